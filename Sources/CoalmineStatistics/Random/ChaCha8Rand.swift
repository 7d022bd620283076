// SPDX-License-Identifier: Apache-2.0

/// The C2SP chacha8rand generator: the same seed gives the same numbers on every platform and in
/// every version.
///
/// Sixteen ChaCha8 blocks of a 32-byte key, counted from 0 with a zero nonce, only the key added
/// back, four blocks interleaved word by word, give 1,024 bytes; the last 32 are the next key and
/// the first 992 are output, little-endian.
///
/// Source: C2SP chacha8rand, "Algorithm".
public struct ChaCha8Rand: RandomNumberGenerator, Sendable {
  private var key: [UInt32]
  private var output: [UInt64] = []
  private var position = 0

  /// The name under which manifests store it.
  public static let algorithm = "c2sp-chacha8rand"

  /// - Precondition: `seed` has 32 bytes.
  public init(seed: [UInt8]) {
    precondition(seed.count == 32, "the seed has 32 bytes")
    key = (0..<8).map { word in
      (0..<4).reduce(0) { $0 | UInt32(seed[word * 4 + $1]) << UInt32($1 * 8) }
    }
    output.reserveCapacity(128)
  }

  public mutating func next() -> UInt64 {
    if position == output.count { refill() }
    defer { position += 1 }
    return output[position]
  }

  private mutating func refill() {
    output.removeAll(keepingCapacity: true)
    position = 0
    for group in 0..<4 {
      let blocks = (0..<4).map { block(UInt32(group * 4 + $0)) }
      for word in 0..<16 {
        output.append(UInt64(blocks[0][word]) | UInt64(blocks[1][word]) << 32)
        output.append(UInt64(blocks[2][word]) | UInt64(blocks[3][word]) << 32)
      }
    }
    key = output.suffix(4).flatMap {
      [UInt32(truncatingIfNeeded: $0), UInt32(truncatingIfNeeded: $0 >> 32)]
    }
    output.removeLast(4)
  }

  private func block(_ counter: UInt32) -> [UInt32] {
    var state: [UInt32] =
      [0x6170_7865, 0x3320_646E, 0x7962_2D32, 0x6B20_6574] + key + [counter, 0, 0, 0]
    state.withUnsafeMutableBufferPointer { state in
      func quarter(_ a: Int, _ b: Int, _ c: Int, _ d: Int) {
        func mix(_ x: Int, _ y: Int, _ z: Int, _ shift: UInt32) {
          state[x] &+= state[y]
          let value = state[z] ^ state[x]
          state[z] = value << shift | value >> (32 - shift)
        }
        mix(a, b, d, 16)
        mix(c, d, b, 12)
        mix(a, b, d, 8)
        mix(c, d, b, 7)
      }
      for _ in 0..<4 {
        quarter(0, 4, 8, 12)
        quarter(1, 5, 9, 13)
        quarter(2, 6, 10, 14)
        quarter(3, 7, 11, 15)
        quarter(0, 5, 10, 15)
        quarter(1, 6, 11, 12)
        quarter(2, 7, 8, 13)
        quarter(3, 4, 9, 14)
      }
    }
    for word in 0..<8 { state[word + 4] &+= key[word] }
    return state
  }
}
