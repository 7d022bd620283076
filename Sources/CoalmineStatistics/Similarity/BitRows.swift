// SPDX-License-Identifier: Apache-2.0

/// The table of the edit distance, 128 rows at a time: of each row only by how much it differs from
/// its neighbours, +1, 0 or −1, in two bits.
struct BitRows {
  private let rows: ArraySlice<Int>
  private let columns: ArraySlice<Int>
  private var masks: [Pair]
  private var edges: [Edge]

  /// The rows at which a symbol stands.
  private struct Pair {
    var low: UInt64 = 0
    var high: UInt64 = 0
  }

  /// The difference between two columns in the last row of a block.
  private struct Edge {
    var rises: UInt8 = 1
    var falls: UInt8 = 0
    var value: Int { Int(rises) - Int(falls) }
  }

  init(_ codes: SymbolCodes) {
    (rows, columns) = codes.differing()
    masks = [Pair](repeating: Pair(), count: codes.count)
    edges = [Edge](repeating: Edge(), count: columns.count)
  }

  /// Within a band about the diagonal that is widened until it holds the distance.
  ///
  /// A path of d edits strays from the diagonal by d at most; outside the band every value is taken
  /// too large, so a result within the band's width is the distance.
  consuming func distance() -> Int {
    var width = max(64, rows.count - columns.count)
    while 4 * width < columns.count {
      let found = distance(within: width)
      if found <= width { return found }
      masks = [Pair](repeating: Pair(), count: masks.count)
      edges = [Edge](repeating: Edge(), count: edges.count)
      // The true distance is no more than what was found.
      width = min(found, 4 * width)
    }
    return distance(within: rows.count)
  }

  private mutating func distance(within width: Int) -> Int {
    // The value in the last row of the block before, left of `first`.
    var value = 0
    var first = 0
    for start in stride(from: 0, to: rows.count, by: 128) {
      let end = min(start + 128, rows.count)
      let next = min(columns.count, max(0, start - width))
      // Down the left border of the block's band.
      for column in first..<next { value += edges[column].value }
      value += end - start
      first = next
      fill(start..<end)
      sweep(first..<max(first, min(columns.count, end + width)), of: end - start)
      if end < rows.count { clear(start..<end) }
    }
    for column in first..<columns.count { value += edges[column].value }
    return value
  }

  private mutating func fill(_ block: Range<Int>) {
    let codes = rows[(rows.startIndex + block.lowerBound)..<(rows.startIndex + block.upperBound)]
    var bit: UInt64 = 1
    for code in codes.prefix(64) {
      masks[code].low |= bit
      bit &<<= 1
    }
    bit = 1
    for code in codes.dropFirst(64) {
      masks[code].high |= bit
      bit &<<= 1
    }
  }

  private mutating func clear(_ block: Range<Int>) {
    for row in block { masks[rows[rows.startIndex + row]] = Pair() }
  }

  /// One block of up to 128 rows, from column to column.
  private mutating func sweep(_ range: Range<Int>, of height: Int) {
    var low = Word()
    var high = Word()
    let last = UInt64((height - 1) % 64)
    let isDouble = height > 64
    columns.withUnsafeBufferPointer { columns in
      masks.withUnsafeBufferPointer { masks in
        edges.withUnsafeMutableBufferPointer { edges in
          for column in range {
            let mask = masks[columns[column]]
            let edge = edges[column]
            var (rises, falls) = (UInt64(edge.rises), UInt64(edge.falls))
            low.step(mask.low, &rises, &falls, at: isDouble ? 63 : last)
            if isDouble { high.step(mask.high, &rises, &falls, at: last) }
            edges[column] = Edge(
              rises: UInt8(truncatingIfNeeded: rises), falls: UInt8(truncatingIfNeeded: falls))
          }
        }
      }
    }
  }

  /// The differences between neighbours in one column of 64 rows.
  private struct Word {
    var up = UInt64.max
    var down: UInt64 = 0

    /// To the next column; `rises` and `falls` are of the row above, then of row `last`.
    @inline(__always)
    mutating func step(
      _ mask: UInt64, _ rises: inout UInt64, _ falls: inout UInt64, at last: UInt64
    ) {
      let equal = mask | falls
      let vertical = mask | down
      let diagonal = (((equal & up) &+ up) ^ up) | equal
      let right = down | ~(diagonal | up)
      let left = up & diagonal
      let rightShifted = right &<< 1 | rises
      up = (left &<< 1 | falls) | ~(vertical | rightShifted)
      down = rightShifted & vertical
      rises = right &>> last & 1
      falls = left &>> last & 1
    }
  }
}
