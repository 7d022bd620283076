// SPDX-License-Identifier: Apache-2.0

/// One of the two readings of the input: as it is, or with its escapes decoded.
struct ScanReading {
  let decodes: Bool
  /// The place in the input of the next byte to read.
  private(set) var cursor: Int
  /// The text in the form in which it is searched; the end of what was searched before stays.
  private(set) var bytes: [UInt8] = []
  /// Where in the input each of ``bytes`` begins.
  private var starts: [Int] = []
  /// Where in the input each of ``bytes`` ends.
  private var ends: [Int] = []
  /// The first of ``bytes`` that was not searched yet.
  private var fresh = 0

  init(decodes: Bool, cursor: Int) {
    self.decodes = decodes
    self.cursor = cursor
  }

  /// Reads what `raw`, which begins at `base` in the input, has behind the cursor.
  ///
  /// - Parameter last: whether the input ends with `raw`. Before its end, a byte is read only where
  ///   the whole of the longest escape is there too.
  mutating func read(_ raw: [UInt8], base: Int, last: Bool) {
    let end = last || !decodes ? raw.count : max(cursor - base, raw.count - ScanText.lookahead)
    var place = cursor - base
    bytes.reserveCapacity(bytes.count + end - place)
    starts.reserveCapacity(bytes.count + end - place)
    ends.reserveCapacity(bytes.count + end - place)
    raw.withUnsafeBufferPointer { raw in
      ScanText.fold.withUnsafeBufferPointer { fold in
        while place < end {
          let byte = raw[place]
          if !decodes || !ScanText.opens(byte) {
            let folded = fold[Int(byte)]
            if folded != 0 { append(folded, base + place, 1) }
            place += 1
          } else {
            let (length, scalar) = ScanText.unit(raw, place)
            ScanText.emit(scalar) { append($0, base + place, length) }
            place += length
          }
        }
      }
    }
    cursor = base + place
  }

  @inline(__always)
  private mutating func append(_ byte: UInt8, _ start: Int, _ length: Int) {
    bytes.append(byte)
    starts.append(start)
    ends.append(start + length)
  }

  /// Searches what was read since the last search; gives each pattern with its range in the input.
  mutating func search(_ table: PatternTable, found: (ScanPattern, Range<Int>) -> Void) {
    table.search(bytes, from: fresh) { pattern, place in
      let range = starts[place + 1 - pattern.bytes.count]..<ends[place]
      if range.count <= Scanner.longestHit { found(pattern, range) }
    }
    let kept = min(bytes.count, table.longest)
    bytes.removeFirst(bytes.count - kept)
    starts.removeFirst(starts.count - kept)
    ends.removeFirst(ends.count - kept)
    fresh = kept
  }
}
