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
  private var key: SIMD8<UInt32>
  /// 128 words, of which the last four are never given out.
  private var output = [UInt64](repeating: 0, count: 128)
  private var position = 124

  /// The name under which manifests store it.
  public static let algorithm = "c2sp-chacha8rand"

  /// - Precondition: `seed` has 32 bytes.
  public init(seed: [UInt8]) {
    precondition(seed.count == 32, "the seed has 32 bytes")
    key = SIMD8(repeating: 0)
    for (place, byte) in seed.enumerated() {
      key[place / 4] |= UInt32(byte) << UInt32(place % 4 * 8)
    }
  }

  public mutating func next() -> UInt64 {
    if position == 124 { refill() }
    defer { position += 1 }
    return output[position]
  }

  private mutating func refill() {
    position = 0
    for group in 0..<4 { write(counter: UInt32(group * 4), at: group * 32) }
    for place in 0..<4 {
      key[place * 2] = UInt32(truncatingIfNeeded: output[124 + place])
      key[place * 2 + 1] = UInt32(truncatingIfNeeded: output[124 + place] >> 32)
    }
  }

  /// Four blocks that count from `counter`, a lane for each block.
  private mutating func write(counter: UInt32, at start: Int) {
    var a = (lanes(0x6170_7865), lanes(0x3320_646E), lanes(0x7962_2D32), lanes(0x6B20_6574))
    let first = (lanes(key[0]), lanes(key[1]), lanes(key[2]), lanes(key[3]))
    let second = (lanes(key[4]), lanes(key[5]), lanes(key[6]), lanes(key[7]))
    var b = first
    var c = second
    var d = (SIMD4(counter, counter + 1, counter + 2, counter + 3), lanes(0), lanes(0), lanes(0))
    for _ in 0..<4 {
      quarter(&a.0, &b.0, &c.0, &d.0)
      quarter(&a.1, &b.1, &c.1, &d.1)
      quarter(&a.2, &b.2, &c.2, &d.2)
      quarter(&a.3, &b.3, &c.3, &d.3)
      quarter(&a.0, &b.1, &c.2, &d.3)
      quarter(&a.1, &b.2, &c.3, &d.0)
      quarter(&a.2, &b.3, &c.0, &d.1)
      quarter(&a.3, &b.0, &c.1, &d.2)
    }
    output.withUnsafeMutableBufferPointer { output in
      var place = start
      func put(_ lanes: SIMD4<UInt32>) {
        output[place] = UInt64(lanes[0]) | UInt64(lanes[1]) << 32
        output[place + 1] = UInt64(lanes[2]) | UInt64(lanes[3]) << 32
        place += 2
      }
      put(a.0)
      put(a.1)
      put(a.2)
      put(a.3)
      put(b.0 &+ first.0)
      put(b.1 &+ first.1)
      put(b.2 &+ first.2)
      put(b.3 &+ first.3)
      put(c.0 &+ second.0)
      put(c.1 &+ second.1)
      put(c.2 &+ second.2)
      put(c.3 &+ second.3)
      put(d.0)
      put(d.1)
      put(d.2)
      put(d.3)
    }
  }
}

private func lanes(_ word: UInt32) -> SIMD4<UInt32> { SIMD4(repeating: word) }

@inline(__always)
private func quarter(
  _ a: inout SIMD4<UInt32>, _ b: inout SIMD4<UInt32>, _ c: inout SIMD4<UInt32>,
  _ d: inout SIMD4<UInt32>
) {
  a &+= b
  d = rotated(d ^ a, 16)
  c &+= d
  b = rotated(b ^ c, 12)
  a &+= b
  d = rotated(d ^ a, 8)
  c &+= d
  b = rotated(b ^ c, 7)
}

@inline(__always)
private func rotated(_ value: SIMD4<UInt32>, _ shift: UInt32) -> SIMD4<UInt32> {
  value &<< SIMD4(repeating: shift) | value &>> SIMD4(repeating: 32 - shift)
}
