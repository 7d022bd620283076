// SPDX-License-Identifier: Apache-2.0

/// Counts of the words and byte sequences of texts, hashed: all that a guesser without the model
/// can see.
///
/// A word is a longest run of ASCII letters, digits and bytes above 127, so that UTF-8 letters stay
/// in one piece; case counts. Beside words, every sequence of 2, 3 and 4 bytes. Each goes into one
/// of 2^18 buckets by FNV-1a, the kinds apart.
struct BlindFeatures: Sendable {
  /// How often one feature is in one text.
  struct Entry: Sendable {
    let feature: Int32
    let count: Int32
  }

  /// By text: the features that are in another text too, numbered densely. One that is not can
  /// never have been seen in training.
  let entries: [[Entry]]
  /// By text: all features, seen elsewhere or not.
  let lengths: [Int]
  /// Distinct features of all texts.
  let vocabulary: Int
  /// Those of them that have a number.
  let shared: Int

  static let buckets: UInt64 = 1 << 18

  /// - Complexity: O(bytes).
  init(_ texts: [[UInt8]]) {
    let counts = texts.map { text in
      Self.buckets(of: text).reduce(into: [Int: Int32]()) { $0[Int($1), default: 0] += 1 }
    }
    lengths = counts.map { $0.values.reduce(0) { $0 + Int($1) } }
    var holders = [Int32](repeating: 0, count: Int(Self.buckets))
    for found in counts { for bucket in found.keys { holders[bucket] += 1 } }
    vocabulary = holders.count { $0 > 0 }
    var numbers = [Int32](repeating: -1, count: holders.count)
    var shared: Int32 = 0
    for bucket in holders.indices where holders[bucket] > 1 {
      numbers[bucket] = shared
      shared += 1
    }
    self.shared = Int(shared)
    entries = counts.map { found in
      found.filter { numbers[$0.key] >= 0 }
        .map { Entry(feature: numbers[$0.key], count: $0.value) }
        .sorted { $0.feature < $1.feature }
    }
  }

  static func buckets(of text: [UInt8]) -> [UInt64] {
    var found: [UInt64] = []
    found.reserveCapacity(text.count * 4)
    for word in text.split(whereSeparator: { !isWord($0) }) { found.append(hash(word, kind: 1)) }
    for length in 2...4 where text.count >= length {
      for start in 0...(text.count - length) {
        found.append(hash(text[start..<(start + length)], kind: UInt8(length)))
      }
    }
    return found
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    byte >= 0x80 || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
      || (0x61...0x7A).contains(byte)
  }

  private static func hash(_ bytes: ArraySlice<UInt8>, kind: UInt8) -> UInt64 {
    var value: UInt64 = 0xCBF2_9CE4_8422_2325
    value = (value ^ UInt64(kind)) &* 0x0000_0100_0000_01B3
    for byte in bytes { value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    // The low bits of FNV-1a depend on few input bits: fold the high ones in.
    return (value ^ value >> 32) % buckets
  }
}
