// SPDX-License-Identifier: Apache-2.0

/// Patterns by windows of eight of their bytes, behind a filter that most text does not pass.
///
/// Of the text only every ``step``-th window is looked at. A pattern of at least `step` + 7 bytes
/// holds one of these wherever it stands, so it is entered with `step` windows: the last one, and
/// those that end up to `step` - 1 bytes before its end.
///
/// A window, as a number, gives a tag: the number itself, or the highest bits of its product with
/// an odd number. The tag names two bits of one word of the filter, a Bloom filter in blocks of 64
/// bits. What passes is looked up in a hash table with open addressing.
///
/// - Complexity: one look at the filter per `step` bytes of text, whatever the number of patterns;
///   memory of about 26 · `step` bytes per pattern.
/// - Source: Putze, Sanders and Singler, Cache-, Hash- and Space-Efficient Bloom Filters (2007),
///   https://doi.org/10.1007/978-3-540-72845-0_9.
struct PatternTable: Sendable {
  let patterns: [ScanPattern]
  let step: Int
  private let filter: [UInt64]
  /// Entries, from the slot on that the highest bits of the spread tag name: the number of a
  /// pattern times ``step``, plus the bytes of the pattern behind the window; -1 ends a run.
  private let slots: [Int32]
  /// Beside each slot the tag of its window.
  private let tags: [UInt64]
  private let tagging: Tagging

  /// How eight bytes, read as a number, become a tag.
  struct Tagging: Sendable {
    /// An odd number.
    let multiplier: UInt64
    /// How many bits a tag has, 1…64.
    let bits: Int

    /// All of the eight bytes.
    static let whole = Tagging(multiplier: 1, bits: 64)

    @inline(__always)
    func tag(of window: UInt64) -> UInt64 { (window &* multiplier) &>> UInt64(64 &- bits) }
  }

  /// Patterns whose bytes are known.
  ///
  /// - Parameter step: 1, 2, 4 or 8; no pattern is shorter than `step` + 7 bytes.
  init(_ patterns: [ScanPattern], step: Int) {
    self.init(
      patterns, step: step, tagging: .whole,
      tags: patterns.flatMap { pattern in
        (0..<step).map { Tagging.whole.tag(of: pattern.window(before: $0)) }
      })
  }

  /// Patterns of which only the tag of the last window is known.
  init(_ patterns: [ScanPattern], tagging: Tagging, tags: [UInt64]) {
    self.init(patterns, step: 1, tagging: tagging, tags: tags)
  }

  private init(_ patterns: [ScanPattern], step: Int, tagging: Tagging, tags entries: [UInt64]) {
    self.patterns = patterns
    self.step = step
    self.tagging = tagging
    // 16 bits of the filter per window: of random text one window in 64 passes.
    var filter = [UInt64](repeating: 0, count: Self.powerOfTwo(entries.count / 4))
    var slots = [Int32](repeating: -1, count: Self.powerOfTwo(entries.count * 2))
    var tags = [UInt64](repeating: 0, count: slots.count)
    for (number, tag) in entries.enumerated() {
      let spread = tag &* Self.multiplier
      filter[Int(spread >> Self.shift(filter.count))] |= Self.mask(spread)
      var slot = Int(spread >> Self.shift(slots.count))
      while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = Int32(number)
      tags[slot] = tag
    }
    self.filter = filter
    self.slots = slots
    self.tags = tags
  }

  private static let multiplier: UInt64 = 0x9E37_79B9_7F4A_7C15

  /// The least power of two that is 2 or more and at least `count`.
  private static func powerOfTwo(_ count: Int) -> Int {
    var power = 2
    while power < count { power *= 2 }
    return power
  }

  /// How far a number is shifted to name one of `count` places.
  private static func shift(_ count: Int) -> UInt64 { UInt64(64 - count.trailingZeroBitCount) }

  /// The two bits of its word of the filter.
  @inline(__always)
  private static func mask(_ spread: UInt64) -> UInt64 {
    (1 &<< ((spread &>> 26) & 63)) | (1 &<< ((spread &>> 32) & 63))
  }

  /// Looks through the first `count` bytes of `text` for patterns that end at `start` or behind it;
  /// calls `found` with a pattern and where its last byte is.
  ///
  /// - Parameter start: the text before it was searched already, and its first byte always was at a
  ///   multiple of eight.
  func search(
    _ text: UnsafeRawBufferPointer, count: Int, from start: Int,
    found: (ScanPattern, Int) -> Void
  ) {
    guard let base = text.baseAddress, !patterns.isEmpty else { return }
    let (filterShift, slotShift) = (Self.shift(filter.count), Self.shift(slots.count))
    let (tagging, step, last) = (tagging, step, slots.count - 1)
    filter.withUnsafeBufferPointer { filter in
      slots.withUnsafeBufferPointer { slots in
        tags.withUnsafeBufferPointer { tags in
          // The windows that begin at a multiple of the step; first those that a pattern which ends
          // at `start` can hold.
          var first = max(0, start - 7) / step * step
          while first < count - 7 {
            let tag = tagging.tag(
              of: UInt64(littleEndian: base.loadUnaligned(fromByteOffset: first, as: UInt64.self)))
            let spread = tag &* Self.multiplier
            let mask = Self.mask(spread)
            if filter[Int(truncatingIfNeeded: spread &>> filterShift)] & mask == mask {
              var slot = Int(truncatingIfNeeded: spread &>> slotShift)
              while slots[slot] >= 0 {
                if tags[slot] == tag {
                  let entry = Int(slots[slot])
                  check(entry / step, text, start..<count, first + 7 + entry % step, found)
                }
                slot = (slot &+ 1) & last
              }
            }
            first &+= step
          }
        }
      }
    }
  }

  @inline(never)
  private func check(
    _ number: Int, _ text: UnsafeRawBufferPointer, _ range: Range<Int>, _ place: Int,
    _ found: (ScanPattern, Int) -> Void
  ) {
    let pattern = patterns[number]
    let first = place + 1 - pattern.length
    if first >= 0, range.contains(place), pattern.stands(in: text[first...place]) {
      found(pattern, place)
    }
  }
}
