// SPDX-License-Identifier: Apache-2.0

/// Finds any of many texts in bytes, by a rolling hash over a window of fixed length.
///
/// Of each text the window that the fewest other texts share is looked for: sentences of one kind
/// differ only in their names.
///
/// ```
/// The access code of Mara Dalby is
///                    └────────────┘   the window
/// ```
///
/// - Complexity: O(bytes + matches · longest text), whatever the number of texts.
struct TextIndex {
  private struct Entry {
    let text: Int
    /// Where the window stands in its text.
    let offset: Int
  }

  private let texts: [[UInt8]]
  private let window: Int
  private let entries: [UInt64: [Entry]]
  /// One bit per hash, so that most positions need no look into ``entries``.
  private let filter: [UInt64]
  /// What the byte that leaves the window contributes.
  private let leaving: UInt64

  private static let base: UInt64 = 0x100_0000_01B3
  private static let filterBits = 20
  private static let longestWindow = 24

  /// Texts of fewer than four bytes are not looked for.
  init(_ texts: [[UInt8]]) {
    self.texts = texts
    let window = min(texts.map(\.count).filter { $0 >= 4 }.min() ?? 4, Self.longestWindow)
    var leaving: UInt64 = 1
    for _ in 0..<window { leaving = leaving &* Self.base }
    var shared: [UInt64: Int] = [:]
    for text in texts {
      Self.hashes(of: text, window, leaving) { hash, _ in shared[hash, default: 0] += 1 }
    }
    var entries: [UInt64: [Entry]] = [:]
    var filter = [UInt64](repeating: 0, count: 1 << (Self.filterBits - 6))
    for (number, text) in texts.enumerated() {
      var best: (hash: UInt64, offset: Int, count: Int)?
      Self.hashes(of: text, window, leaving) { hash, offset in
        let count = shared[hash] ?? 0
        if best.map({ count < $0.count }) ?? true { best = (hash, offset, count) }
      }
      guard let best else { continue }
      entries[best.hash, default: []].append(Entry(text: number, offset: best.offset))
      let bit = Self.bit(of: best.hash)
      filter[bit >> 6] |= 1 << UInt64(bit & 63)
    }
    self.window = window
    self.leaving = leaving
    self.entries = entries
    self.filter = filter
  }

  private static func bit(of hash: UInt64) -> Int {
    Int((hash &* 0x9E37_79B9_7F4A_7C15) >> UInt64(64 - filterBits))
  }

  private static func hashes(
    of bytes: [UInt8], _ window: Int, _ leaving: UInt64, _ take: (UInt64, Int) -> Void
  ) {
    guard bytes.count >= window else { return }
    bytes.withUnsafeBufferPointer { bytes in
      var hash: UInt64 = 0
      for position in bytes.indices {
        hash = hash &* base &+ UInt64(bytes[position]) &+ 1
        if position >= window {
          hash = hash &- leaving &* (UInt64(bytes[position - window]) &+ 1)
        }
        if position >= window - 1 { take(hash, position - window + 1) }
      }
    }
  }

  /// Calls `found` with the number of each text and where it begins, in the order of the bytes.
  func matches(in bytes: [UInt8], _ found: (_ text: Int, _ start: Int) -> Void) {
    guard !entries.isEmpty else { return }
    Self.hashes(of: bytes, window, leaving) { hash, position in
      let bit = Self.bit(of: hash)
      guard filter[bit >> 6] & 1 << UInt64(bit & 63) != 0, let here = entries[hash] else { return }
      for entry in here {
        let text = texts[entry.text]
        let start = position - entry.offset
        guard start >= 0, start + text.count <= bytes.count,
          bytes[start..<start + text.count] == text[...]
        else { continue }
        found(entry.text, start)
      }
    }
  }
}
