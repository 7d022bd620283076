// SPDX-License-Identifier: Apache-2.0

/// The patterns by their last eight bytes, behind a filter of bits that most text does not pass.
///
/// - Complexity: one multiplication and one look at the filter per byte of text, whatever the
///   number of patterns.
struct PatternTable {
  let patterns: [ScanPattern]
  /// The longest pattern in bytes.
  let longest: Int
  private let byEnding: [UInt64: [Int]]
  private let filter: [UInt64]
  private let shift: UInt64

  init(_ patterns: [ScanPattern]) {
    self.patterns = patterns
    longest = patterns.map(\.bytes.count).max() ?? 0
    byEnding = Dictionary(grouping: patterns.indices) { Self.ending(patterns[$0].bytes) }
    // 32 bits per pattern at least: one byte of text in 32 at most passes without cause.
    var bits: UInt64 = 12
    while 1 << bits < patterns.count * 32 { bits += 1 }
    shift = 64 - bits
    var filter = [UInt64](repeating: 0, count: 1 << Int(bits - 6))
    for ending in byEnding.keys {
      let place = (ending &* Self.multiplier) >> shift
      filter[Int(place >> 6)] |= 1 << (place & 63)
    }
    self.filter = filter
  }

  private static let multiplier: UInt64 = 0x9E37_79B9_7F4A_7C15

  private static func ending(_ bytes: [UInt8]) -> UInt64 {
    bytes.suffix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// Looks through `text` from `start` on; calls `found` with a pattern and where its last byte is.
  func search(_ text: [UInt8], from start: Int, found: (ScanPattern, Int) -> Void) {
    guard text.count > start else { return }
    text.withUnsafeBufferPointer { text in
      filter.withUnsafeBufferPointer { filter in
        var window: UInt64 = 0
        for place in max(0, start - 7)..<start { window = window << 8 | UInt64(text[place]) }
        for place in start..<text.count {
          window = window << 8 | UInt64(text[place])
          let hash = (window &* Self.multiplier) >> shift
          guard filter[Int(truncatingIfNeeded: hash >> 6)] & (1 << (hash & 63)) != 0,
            let candidates = byEnding[window]
          else { continue }
          for candidate in candidates {
            let bytes = patterns[candidate].bytes
            let first = place + 1 - bytes.count
            guard first >= 0, bytes.indices.allSatisfy({ text[first + $0] == bytes[$0] }) else {
              continue
            }
            found(patterns[candidate], place)
          }
        }
      }
    }
  }
}
