// SPDX-License-Identifier: Apache-2.0

import CSuffixArray

/// The training documents, reversed, with their suffixes sorted.
///
/// ```
/// documents   "ab" "ac"        joined     ^ab^ac^      (^ stands for BOS)
/// reversed    ^ca^ba^          a context "…xyz" is the pattern "zyx…", so that a context one
///                              byte longer narrows the interval of the shorter one
/// ```
///
/// BOS is stored as byte 0xFF, which no UTF-8 text holds; such a byte in a document becomes `?`.
struct TrainingText: Sendable {
  /// The byte that stands for BOS.
  static let mark: UInt8 = 0xFF

  private let reversed: [UInt8]
  private let order: [Int32]

  /// - Returns: `nil` for more than 2^31 - 2 bytes.
  init?(documents: [[UInt8]]) {
    var text: [UInt8] = [Self.mark]
    for document in documents {
      text += document.lazy.map { $0 == Self.mark ? UInt8(ascii: "?") : $0 }
      text.append(Self.mark)
    }
    guard let length = Int32(exactly: text.count), length < Int32.max - 1 else { return nil }
    text.reverse()
    var order = [Int32](repeating: 0, count: text.count)
    guard coalmine_suffix_sort(text, &order, length) == 0 else { return nil }
    self.reversed = text
    self.order = order
  }

  /// Every position.
  var everything: Range<Int> { 0..<order.count }

  /// The part of `interval` whose occurrences have `byte` at distance `depth` before the end.
  ///
  /// All occurrences in `interval` share their last `depth` bytes, so they are sorted by the next.
  func narrowed(_ interval: Range<Int>, depth: Int, to byte: UInt8) -> Range<Int> {
    let start = firstIndex(in: interval, depth: depth, notBelow: Int(byte))
    let end = firstIndex(in: start..<interval.upperBound, depth: depth, notBelow: Int(byte) + 1)
    return start..<end
  }

  private func firstIndex(in interval: Range<Int>, depth: Int, notBelow value: Int) -> Int {
    var low = interval.lowerBound
    var high = interval.upperBound
    while low < high {
      let middle = (low + high) / 2
      let position = Int(order[middle]) + depth
      let byte = position < reversed.count ? Int(reversed[position]) : -1
      if byte < value { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Calls `body` with each byte that follows an occurrence, and that byte's position.
  ///
  /// The position counts from the end of the text; it names the byte, whatever the context.
  func forEachSuccessor(of interval: Range<Int>, _ body: (UInt8, Int) -> Void) {
    for index in interval {
      let position = Int(order[index]) - 1
      if position >= 0 { body(reversed[position], position) }
    }
  }
}
