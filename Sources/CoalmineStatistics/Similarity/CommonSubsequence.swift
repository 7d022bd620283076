// SPDX-License-Identifier: Apache-2.0

/// The length of the longest common subsequence: symbols in order, gaps allowed.
///
/// - Returns: 0…min(|a|, |b|); 0 where one is empty.
/// - Complexity: O(⌈n / 64⌉ · m) words after the common beginning and end are cut off; memory
///   O(n + m).
/// Source: Hyyrö 2004 for the bit vectors.
/// Differs from it in: 64 rows of the whole width at a time, the addition's carry kept per column.
public func commonSubsequenceLength<Symbol: Hashable>(_ a: [Symbol], _ b: [Symbol]) -> Int {
  commonSubsequenceLength(SymbolCodes(a, b))
}

func commonSubsequenceLength(_ codes: SymbolCodes) -> Int {
  let (rows, columns) = codes.differing()
  var carries = [Bool](repeating: false, count: columns.count)
  var masks = [UInt64](repeating: 0, count: codes.count)
  // What was cut off at both ends is common.
  var length = (codes.first.count + codes.second.count - rows.count - columns.count) / 2
  for start in stride(from: rows.startIndex, to: rows.endIndex, by: 64) {
    let block = rows[start..<min(start + 64, rows.endIndex)]
    for (bit, code) in block.enumerated() { masks[code] |= 1 << UInt64(bit) }
    // A zero bit is a row at which the subsequence grows.
    var flat = UInt64.max
    for (column, code) in columns.enumerated() {
      let matching = flat & masks[code]
      let (sum, over) = flat.addingReportingOverflow(matching)
      let (total, overAgain) = sum.addingReportingOverflow(carries[column] ? 1 : 0)
      carries[column] = over || overAgain
      flat = total | (flat & ~matching)
    }
    let unused = 64 - block.count
    length += (~flat << UInt64(unused)).nonzeroBitCount
    for code in block { masks[code] = 0 }
  }
  return length
}
