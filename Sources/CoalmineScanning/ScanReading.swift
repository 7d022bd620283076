// SPDX-License-Identifier: Apache-2.0

import CBytes

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
  /// How long a pattern can be.
  private let reach: Int
  /// The places of the text where a pattern can end that has something decoded in it, in order. Only
  /// these are searched in the second reading: all else stands in the first one too.
  private var decoded: [Range<Int>] = []

  /// The text has this length where the input is read from this place on.
  private struct Mark {
    let text: Int
    let input: Int
  }

  /// How many bytes of the input are read between two marks.
  static let markEvery = 256

  /// - Parameter reach: the length of the longest pattern.
  init(decodes: Bool, cursor: Int, reach: Int) {
    self.decodes = decodes
    self.cursor = cursor
    self.reach = reach
  }

  /// Reads what `raw`, which begins at `base` in the input, has behind the cursor.
  ///
  /// - Parameter last: whether the input ends with `raw`. Before its end, a byte is read only where
  ///   the whole of the longest escape is there too.
  mutating func read(_ raw: [UInt8], base: Int, last: Bool) {
    let end = last || !decodes ? raw.count : max(cursor - base, raw.count - ScanText.lookahead)
    var place = cursor - base
    guard place < end else { return }
    // What is read is never longer than what it was read from; the kernel writes sixteen bytes at once.
    let room = count + end - place + 16
    if text.count < room { text += repeatElement(0, count: room - text.count) }
    var length = count
    raw.withUnsafeBufferPointer { raw in
      text.withUnsafeMutableBufferPointer { text in
        guard let bytes = raw.baseAddress, let folded = text.baseAddress else { return }
        while place < end {
          marks.append(Mark(text: dropped + length, input: base + place))
          let stop = min(end, place + Self.markEvery)
          while place < stop {
            place += coalmine_fold(bytes + place, stop - place, decodes ? 1 : 0, folded, &length)
            guard place < stop else { break }
            let (taken, scalar) = ScanText.unit(raw, place)
            if ScanText.changes(raw[place], taken, scalar) {
              Self.add(dropped + length..<dropped + length + reach, to: &decoded)
            }
            ScanText.emit(scalar) {
              text[length] = $0
              length += 1
            }
            place += taken
          }
        }
      }
    }
    count = length
    cursor = base + place
  }

  /// Adds a range that begins no earlier than the last one.
  private static func add(_ range: Range<Int>, to ranges: inout [Range<Int>]) {
    guard let last = ranges.last, range.lowerBound <= last.upperBound else {
      return ranges.append(range)
    }
    ranges[ranges.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
  }

  /// Searches what was read since the last search; gives each pattern with its range in the input.
  mutating func search(
    _ patterns: ScanPatterns, _ raw: [UInt8], base: Int, found: (ScanPattern, Range<Int>) -> Void
  ) {
    let ends = dropped + fresh..<dropped + count
    text.withUnsafeBytes { bytes in
      for stretch in decodes ? decoded.map({ $0.clamped(to: ends) }) : [ends] {
        patterns.table.search(
          bytes, count: stretch.upperBound - dropped, from: stretch.lowerBound - dropped
        ) { pattern, place in
          let last = dropped + place
          guard let start = range(of: last + 1 - pattern.length, raw, base)?.lowerBound,
            let end = range(of: last, raw, base)?.upperBound, end - start <= Scanner.longestHit
          else { return }
          found(pattern, start..<end)
        }
      }
    }
    decoded.removeAll { $0.upperBound <= ends.upperBound }
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
