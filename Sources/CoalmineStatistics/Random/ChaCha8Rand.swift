// SPDX-License-Identifier: Apache-2.0

/// The C2SP chacha8rand generator: the same seed gives the same numbers on every platform and in
/// every version.
///
/// Sixteen ChaCha8 blocks of a 32-byte key, counted from 0 with a zero nonce, only the key added
/// back, four blocks interleaved word by word, give 1,024 bytes; the last 32 are the next key and
/// the first 992 are output, little-endian.
///
/// Source: C2SP chacha8rand, "Description".
public struct ChaCha8Rand: RandomNumberGenerator, Sendable {
  private var key: SIMD8<UInt32>
  /// 256 words, of which the last eight are never given out.
  private var output = [UInt32](repeating: 0, count: 256)
  private var position = 248

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
    if position == 248 { refill() }
    defer { position += 2 }
    return UInt64(output[position]) | UInt64(output[position + 1]) << 32
  }

  private mutating func refill() {
    position = 0
    let current = key
    output.withUnsafeMutableBufferPointer { output in
      for block in 0..<16 {
        let first = block / 4 * 64 + block % 4
        Self.write(current, counter: UInt32(block), to: .init(rebasing: output[first...]))
      }
    }
    for place in 0..<8 { key[place] = output[248 + place] }
  }

  /// One block, each word four places after the one before.
  ///
  /// In plain words: four blocks in vectors took almost three times as long, since the compiler took
  /// the rotations apart lane by lane.
  private static func write(
    _ key: SIMD8<UInt32>, counter: UInt32, to output: UnsafeMutableBufferPointer<UInt32>
  ) {
    var a: Row = (0x6170_7865, 0x3320_646E, 0x7962_2D32, 0x6B20_6574)
    var b: Row = (key[0], key[1], key[2], key[3])
    var c: Row = (key[4], key[5], key[6], key[7])
    var d: Row = (counter, 0, 0, 0)
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
    func put(_ row: Row, at place: Int) {
      output[place] = row.0
      output[place + 4] = row.1
      output[place + 8] = row.2
      output[place + 12] = row.3
    }
    put(a, at: 0)
    put((b.0 &+ key[0], b.1 &+ key[1], b.2 &+ key[2], b.3 &+ key[3]), at: 16)
    put((c.0 &+ key[4], c.1 &+ key[5], c.2 &+ key[6], c.3 &+ key[7]), at: 32)
    put(d, at: 48)
  }
}

private typealias Row = (UInt32, UInt32, UInt32, UInt32)

@inline(__always)
private func quarter(
  _ a: inout UInt32, _ b: inout UInt32, _ c: inout UInt32, _ d: inout UInt32
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
private func rotated(_ value: UInt32, _ shift: UInt32) -> UInt32 {
  value &<< shift | value &>> (32 - shift)
}
