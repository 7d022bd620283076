// SPDX-License-Identifier: Apache-2.0

/// How many single-symbol edits lie between two sequences, and the similarities made from it.
///
/// Symbols are whatever is compared: for text pass `Array(text.unicodeScalars)`, which compares
/// without normalisation ("é" of one scalar differs from "é" of two); tokens and words work alike.
/// Two "ratios" are in use and differ: ``levenshteinSimilarity(_:_:)`` divides by the longer
/// length, ``indelRatio(_:_:)`` (Python's "ratio") by the sum of both.
public enum EditDistance {
  /// The Levenshtein distance: the least number of insertions, deletions and substitutions.
  ///
  /// Empty against n symbols is n.
  ///
  /// - Returns: 0…max(|a|, |b|).
  /// - Complexity: O(⌈n / 64⌉ · m) words after the common beginning and end are cut off; memory
  ///   O(n + m).
  /// Source: Levenshtein 1966; Myers 1999 and Hyyrö 2003 for the bit vectors.
  /// Differs from it in: 64 rows of the whole width at a time, so that the match masks of one
  /// block suffice for any alphabet.
  public static func levenshtein<Symbol: Hashable>(_ a: [Symbol], _ b: [Symbol]) -> Int {
    let codes = SymbolCodes(a, b)
    let (rows, columns) = codes.differing()
    // The horizontal difference of each column at the lower edge of the block: +1, 0 or −1.
    var rises = [Bool](repeating: true, count: columns.count)
    var falls = [Bool](repeating: false, count: columns.count)
    var masks = [UInt64](repeating: 0, count: codes.count)
    for start in stride(from: rows.startIndex, to: rows.endIndex, by: 64) {
      let block = rows[start..<min(start + 64, rows.endIndex)]
      for (bit, code) in block.enumerated() { masks[code] |= 1 << UInt64(bit) }
      let lowest: UInt64 = 1 << UInt64(block.count - 1)
      var up = UInt64.max
      var down: UInt64 = 0
      for (column, code) in columns.enumerated() {
        let risen: UInt64 = rises[column] ? 1 : 0
        let fallen: UInt64 = falls[column] ? 1 : 0
        let equal = masks[code] | fallen
        let vertical = masks[code] | down
        let diagonal = (((equal & up) &+ up) ^ up) | equal
        let right = down | ~(diagonal | up)
        let left = up & diagonal
        rises[column] = right & lowest != 0
        falls[column] = left & lowest != 0
        let rightShifted = right << 1 | risen
        up = (left << 1 | fallen) | ~(vertical | rightShifted)
        down = rightShifted & vertical
      }
      for code in block { masks[code] = 0 }
    }
    return rows.count + rises.count { $0 } - falls.count { $0 }
  }

  /// The Levenshtein similarity: the share of the longer sequence that needs no edit.
  ///
  ///     1 − d / max(|a|, |b|)
  ///
  /// - Returns: 0…1; 1 where both are empty.
  /// - Complexity: as ``levenshtein(_:_:)``.
  public static func levenshteinSimilarity<Symbol: Hashable>(_ a: [Symbol], _ b: [Symbol])
    -> Double
  {
    let longer = max(a.count, b.count)
    return longer == 0 ? 1 : 1 - Double(levenshtein(a, b)) / Double(longer)
  }

  /// The indel distance: the least number of insertions and deletions, without substitutions.
  ///
  ///     |a| + |b| − 2 · LCS
  ///
  /// - Returns: 0…|a| + |b|.
  /// - Complexity: as ``commonSubsequenceLength(_:_:)``.
  public static func indel<Symbol: Hashable>(_ a: [Symbol], _ b: [Symbol]) -> Int {
    a.count + b.count - 2 * commonSubsequenceLength(a, b)
  }

  /// The indel ratio, Python's "ratio": the share of all symbols that stand in the common
  /// subsequence.
  ///
  ///     1 − indel / (|a| + |b|)
  ///
  /// - Returns: 0…1; 1 where both are empty.
  /// - Complexity: as ``commonSubsequenceLength(_:_:)``.
  public static func indelRatio<Symbol: Hashable>(_ a: [Symbol], _ b: [Symbol]) -> Double {
    let all = a.count + b.count
    return all == 0 ? 1 : 1 - Double(indel(a, b)) / Double(all)
  }
}
