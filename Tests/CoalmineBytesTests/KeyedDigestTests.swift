// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import Testing

@Suite struct `HMAC-SHA256` {
  private static func bytes(_ byte: UInt8, _ count: Int) -> [UInt8] {
    [UInt8](repeating: byte, count: count)
  }

  /// RFC 4231, section 4; the fifth case gives the first 16 bytes only.
  static let cases: [(key: [UInt8], message: [UInt8], code: String)] = [
    (
      bytes(0x0B, 20), Array("Hi There".utf8),
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    ),
    (
      Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    ),
    (
      bytes(0xAA, 20), bytes(0xDD, 50),
      "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
    ),
    (
      Array(1...25), bytes(0xCD, 50),
      "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
    ),
    (
      bytes(0x0C, 20), Array("Test With Truncation".utf8),
      "a3b6167473100ee06e0c796c2955552b"
    ),
    (
      bytes(0xAA, 131), Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    ),
    (
      bytes(0xAA, 131),
      Array(
        ("This is a test using a larger than block-size key and a larger than block-size data. "
          + "The key needs to be hashed before being used by the HMAC algorithm.").utf8),
      "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
    ),
  ]

  @Test(arguments: cases)
  func `the cases of RFC 4231 have their codes`(
    _ key: [UInt8], _ message: [UInt8], _ expected: String
  ) {
    let code = HMACSHA256(key: key).code(for: message)
    #expect(code.count == 32)
    #expect(digits(code).hasPrefix(expected))
  }

  /// RFC 2104, section 2, as it stands there.
  private static func naive(_ key: [UInt8], _ message: [UInt8]) -> [UInt8] {
    let short = key.count > 64 ? sha256(key) : key
    let filled = short + [UInt8](repeating: 0, count: 64 - short.count)
    return sha256(filled.map { $0 ^ 0x5C } + sha256(filled.map { $0 ^ 0x36 } + message))
  }

  @Test func `keys and messages of any length agree with the formula`() {
    for keyLength in [0, 1, 31, 32, 63, 64, 65, 128, 1_000] {
      let key = `Deflate streams`.noise(keyLength, mask: 255)
      let keyed = HMACSHA256(key: key)
      for length in [0, 1, 55, 63, 64, 65, 1_000] {
        let message = `Deflate streams`.noise(length, mask: 127)
        #expect(keyed.code(for: message) == Self.naive(key, message), "\(keyLength), \(length)")
      }
    }
  }

  @Test func `one key gives the same code again, on many threads at once`() async {
    let key = HMACSHA256(key: Array("key".utf8))
    let equal = await withTaskGroup(of: Bool.self) { group in
      for number: UInt8 in 0..<100 {
        group.addTask {
          (0..<20).allSatisfy { _ in
            key.code(for: [number]) == Self.naive(Array("key".utf8), [number])
          }
        }
      }
      return await group.reduce(true) { $0 && $1 }
    }
    #expect(equal)
  }
}

@Suite struct `HKDF-SHA256` {
  /// RFC 5869, appendices A.1 to A.3.
  static let cases: [(secret: [UInt8], salt: [UInt8], info: [UInt8], output: String)] = [
    (
      [UInt8](repeating: 0x0B, count: 22), Array(0...0x0C), Array(0xF0...0xF9),
      "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    ),
    (
      Array(0...0x4F), Array(0x60...0xAF), Array(0xB0...0xFF),
      "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
        + "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
        + "cc30c58179ec3e87c14c01d5c1f3434f1d87"
    ),
    (
      [UInt8](repeating: 0x0B, count: 22), [], [],
      "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
    ),
  ]

  @Test(arguments: cases)
  func `the cases of RFC 5869 have their outputs`(
    _ secret: [UInt8], _ salt: [UInt8], _ info: [UInt8], _ expected: String
  ) {
    let count = expected.count / 2
    #expect(digits(hkdfSHA256(secret, salt: salt, info: info, count: count)) == expected)
  }

  /// RFC 5869, section 2, as it stands there.
  private static func naive(
    _ secret: [UInt8], _ salt: [UInt8], _ info: [UInt8], _ count: Int
  ) -> [UInt8] {
    let filled = salt.isEmpty ? [UInt8](repeating: 0, count: 32) : salt
    let key = HMACSHA256(key: HMACSHA256(key: filled).code(for: secret))
    var output: [UInt8] = []
    var block: [UInt8] = []
    for number: UInt8 in 1...255 where output.count < count {
      block = key.code(for: block + info + [number])
      output += block
    }
    return Array(output.prefix(count))
  }

  @Test func `parts of any length agree with the formula`() {
    for secret in [0, 1, 32, 100] {
      for salt in [0, 32, 80] {
        for info in [0, 1, 40, 3_000] {
          for count in [1, 31, 32, 33, 8_160] {
            let parts = [secret, salt, info].map { `Deflate streams`.noise($0, mask: 255) }
            let output = hkdfSHA256(parts[0], salt: parts[1], info: parts[2], count: count)
            #expect(
              output == Self.naive(parts[0], parts[1], parts[2], count),
              "secret \(secret), salt \(salt), info \(info), count \(count)")
          }
        }
      }
    }
  }

  @Test func `no salt is a salt of 32 zeros`() {
    let zeros = [UInt8](repeating: 0, count: 32)
    #expect(hkdfSHA256([1, 2], count: 32) == hkdfSHA256([1, 2], salt: zeros, count: 32))
    #expect(hkdfSHA256([1, 2], count: 32) != hkdfSHA256([1, 2], salt: zeros + [1], count: 32))
  }
}
