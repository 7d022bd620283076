// SPDX-License-Identifier: Apache-2.0

/// One of the two readings of the input: as it is, or with its escapes decoded.
///
/// It keeps the text in the form in which it is searched, and every 256 bytes of the input a mark of
/// where that text had come to. The place of a hit is found by reading once more from a mark.
struct ScanReading {
  let decodes: Bool
  /// The place in the input of the next byte to read.
  private(set) var cursor: Int
  /// The text from the place ``dropped`` on; only the first ``count`` bytes are in use.
  private var text: [UInt8] = []
  private var count = 0
  /// How many bytes of the text were left out at its front.
  private var dropped = 0
  /// The first byte of ``text`` that was not searched yet.
  private var fresh = 0
  private var marks: [Mark] = []

  /// The text has this length where the input is read from this place on.
  private struct Mark {
    let text: Int
    let input: Int
  }

  /// How many bytes of the input are read between two marks.
  static let markEvery = 256

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
    guard place < end else { return }
    // What is read is never longer than what it was read from.
    let room = count + end - place
    if text.count < room { text += repeatElement(0, count: room - text.count) }
    var length = count
    let table = decodes ? ScanText.decodingClasses : ScanText.plainClasses
    raw.withUnsafeBufferPointer { raw in
      text.withUnsafeMutableBufferPointer { text in
        table.withUnsafeBufferPointer { table in
          while place < end {
            marks.append(Mark(text: dropped + length, input: base + place))
            let stop = min(end, place + Self.markEvery)
            while place < stop {
              let entry = table[Int(raw[place])]
              if entry & ScanText.opener == 0 {
                text[length] = UInt8(truncatingIfNeeded: entry)
                length &+= Int(entry &>> 8)
                place &+= 1
              } else {
                let (taken, scalar) = ScanText.unit(raw, place)
                ScanText.emit(scalar) {
                  text[length] = $0
                  length += 1
                }
                place += taken
              }
            }
          }
        }
      }
    }
    count = length
    cursor = base + place
  }

  /// Searches what was read since the last search; gives each pattern with its range in the input.
  mutating func search(
    _ patterns: ScanPatterns, _ raw: [UInt8], base: Int, found: (ScanPattern, Range<Int>) -> Void
  ) {
    text.withUnsafeBytes { bytes in
      patterns.table.search(bytes, count: count, from: fresh) { pattern, place in
        let last = dropped + place
        guard let start = range(of: last + 1 - pattern.length, raw, base)?.lowerBound,
          let end = range(of: last, raw, base)?.upperBound, end - start <= Scanner.longestHit
        else { return }
        found(pattern, start..<end)
      }
    }
    // A multiple of eight: the table looks at every first, second, fourth or eighth byte.
    drop(max(0, count - patterns.longest) / 8 * 8)
  }

  private mutating func drop(_ surplus: Int) {
    text.withUnsafeMutableBytes { bytes in
      bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[surplus..<count]))
    }
    dropped += surplus
    count -= surplus
    fresh = count
    let kept = marks.lastIndex { $0.text <= dropped } ?? 0
    marks.removeFirst(kept)
  }

  /// Where in the input the unit stands that gave a byte of the text; `nil` where that is before
  /// `base`.
  private func range(of place: Int, _ raw: [UInt8], _ base: Int) -> Range<Int>? {
    var low = 0
    var high = marks.count
    while low < high {
      let middle = (low + high) / 2
      if marks[middle].text <= place { low = middle + 1 } else { high = middle }
    }
    guard low > 0, marks[low - 1].input >= base else { return nil }
    var length = marks[low - 1].text
    var start = marks[low - 1].input - base
    return raw.withUnsafeBufferPointer { raw in
      while start < raw.count {
        var (taken, scalar) = (1, UInt32(raw[start]))
        if decodes, ScanText.opens(raw[start]) {
          (taken, scalar) = ScanText.unit(raw, start)
          ScanText.emit(scalar) { _ in length += 1 }
        } else if ScanText.fold[Int(raw[start])] != 0 {
          length += 1
        }
        if length > place { return base + start..<base + start + taken }
        start += taken
      }
      return nil
    }
  }
}
