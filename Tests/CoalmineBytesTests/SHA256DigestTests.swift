// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import Testing

/// Lower-case hexadecimal digits, two per byte.
func digits(_ bytes: [UInt8]) -> String {
  bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
}

@Suite struct `SHA-256` {
  /// NIST's examples to FIPS 180-4: no byte, 24, 448 and 896 bits, and one million letters.
  static let examples: [(message: String, times: Int, digest: String)] = [
    ("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (
      "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno"
        + "ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu", 1,
      "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
    ),
    ("a", 1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
  ]

  @Test(arguments: examples)
  func `NIST's examples have their digests, at once and byte by byte`(
    _ message: String, _ times: Int, _ expected: String
  ) {
    let bytes = Array(String(repeating: message, count: times).utf8)
    #expect(digits(sha256(bytes)) == expected)
    var running = SHA256Digest()
    for byte in bytes { running.update(CollectionOfOne(byte)) }
    #expect(digits(running.finalize()) == expected)
  }

  @Test func `the digest does not depend on where the bytes are cut`() {
    var generator = SystemRandomNumberGenerator()
    for length in [1, 55, 56, 63, 64, 65, 119, 127, 128, 1_000, 70_000] {
      let bytes = `Deflate streams`.noise(length, mask: 255)
      let expected = sha256(bytes)
      for trial in 0..<50 {
        var running = SHA256Digest()
        var rest = bytes[...]
        var cuts: [Int] = []
        while !rest.isEmpty {
          let longest = trial.isMultiple(of: 2) ? rest.count : min(rest.count, 70)
          let count = Int.random(in: 0...longest, using: &generator)
          cuts.append(count)
          running.update(rest.prefix(count))
          rest = rest.dropFirst(count)
        }
        #expect(running.finalize() == expected, "\(length) bytes cut into \(cuts)")
      }
    }
  }

  @Test func `one byte more or another byte gives another digest`() {
    var seen: Set<[UInt8]> = []
    for length in 0..<200 { seen.insert(sha256([UInt8](repeating: 0, count: length))) }
    for bit in 0..<800 {
      var bytes = [UInt8](repeating: 0, count: 100)
      bytes[bit / 8] ^= 1 << (bit % 8)
      seen.insert(sha256(bytes))
    }
    #expect(seen.count == 1_000)
    #expect(seen.allSatisfy { $0.count == 32 })
  }

  @Test func `every kind of sequence gives the digest of its bytes`() {
    let bytes = `Deflate streams`.noise(1_000, mask: 255)
    func digest(_ sequence: some Sequence<UInt8>) -> [UInt8] {
      var running = SHA256Digest()
      running.update(sequence)
      return running.finalize()
    }
    let expected = sha256(bytes)
    #expect(digest(bytes) == expected)
    #expect(digest(([0] + bytes + [0])[1...1_000]) == expected)
    #expect(digest(ContiguousArray(bytes)) == expected)
    #expect(digest(bytes.lazy.map { $0 }) == expected)
    #expect(digest(AnySequence(bytes)) == expected)
    #expect(bytes.withUnsafeBytes { digest($0) } == expected)
    #expect(digest(EmptyCollection()) == sha256([]))
  }

  @Test func `a copy goes on from the same bytes and neither changes the other`() {
    var first = SHA256Digest()
    first.update(Array("ab".utf8))
    var second = first
    second.update(Array("x".utf8))
    first.update(Array("c".utf8))
    let third = first
    first.update(Array("d".utf8))
    #expect(first.finalize() == sha256(Array("abcd".utf8)))
    #expect(second.finalize() == sha256(Array("abx".utf8)))
    #expect(third.finalize() == sha256(Array("abc".utf8)))
  }

  @Test func `a digest can be read any number of times while it runs`() {
    struct Holder { var digest = SHA256Digest() }
    var holder = Holder()
    var bytes: [UInt8] = []
    for byte: UInt8 in 0..<200 {
      #expect(holder.digest.finalize() == sha256(bytes))
      #expect(holder.digest.finalize() == sha256(bytes))
      holder.digest.update([byte])
      bytes.append(byte)
    }
    let last = holder
    #expect(last.digest.finalize() == sha256(bytes))
    #expect(last.digest.finalize() == holder.digest.finalize())
  }

  @Test func `copies can be read and continued on many threads at once`() async {
    var start = SHA256Digest()
    start.update(Array("start".utf8))
    let shared = start
    let digests = await withTaskGroup(of: (UInt8, [UInt8]).self) { group in
      for number: UInt8 in 0..<100 {
        group.addTask {
          var own = shared
          for _ in 0..<50 { own.update([number]) }
          return (number, own.finalize())
        }
      }
      return await group.reduce(into: [UInt8: [UInt8]]()) { $0[$1.0] = $1.1 }
    }
    #expect(digests.count == 100)
    for (number, digest) in digests {
      #expect(digest == sha256(Array("start".utf8) + [UInt8](repeating: number, count: 50)))
    }
    #expect(shared.finalize() == sha256(Array("start".utf8)))
  }
}
