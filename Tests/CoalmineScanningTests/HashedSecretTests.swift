// SPDX-License-Identifier: Apache-2.0

import CoalmineScanning
import CoalmineTesting
import Testing

@Suite struct `Hashed secrets` {
  private static let key = (0..<32).map { UInt8($0) }
  private static let target = ScanTarget(name: "a-1", secret: `Near forms of a secret`.secret)

  private static func scan(_ text: [UInt8], _ patterns: ScanPatterns) -> [ScanHit] {
    var scanner = Scanner(patterns)
    return scanner.scan(text, last: true)
  }

  /// Computed with Python's `hmac` and whole numbers, of `qz7lm-42xkp/9vb` and the key 0, 1, … 31.
  @Test func `are the code and the tag that Python computes`() throws {
    let hashed = HashedSecrets(of: [Self.target], key: Self.key)
    let entry = try #require(hashed.entries.first)
    #expect(hashed.tagBits == 8 && entry.tag == 189 && entry.length == 15)
    #expect(
      entry.code == [
        0x9C, 0x19, 0xC3, 0x0C, 0xC5, 0x78, 0xDE, 0x3E, 0xEA, 0xCD, 0x12, 0x64, 0x65, 0x74, 0xD9,
        0x4C,
      ])
  }

  @Test func `are found in the near forms and in no other`() {
    let patterns = ScanPatterns(HashedSecrets(of: [Self.target], key: Self.key))
    #expect(patterns.forms == ["near"])
    for (form, bytes) in `Near forms of a secret`.forms(Self.target.secret) {
      let hits = Self.scan([0x0A] + bytes + [0x0A], patterns)
      let isNear = form == "exact" || form == "near"
      #expect(hits.map(\.name) == (isNear ? ["a-1"] : []), "\(form)")
    }
  }

  @Test func `are found where the secrets themselves are, and nowhere else`() {
    var random = SplitMix(21)
    let letters = Array("abcdefghij".utf8)
    let targets = (0..<2_000).map { number in
      ScanTarget(
        name: "c-\(number)",
        secret: (0..<Int.random(in: 8...20, using: &random)).map { _ in
          letters.randomElement(using: &random) ?? 0x61
        })
    }
    let hashed = HashedSecrets(of: targets, key: Self.key)
    #expect(hashed.tagBits == 19 && hashed.entries.count == targets.count)
    var text: [UInt8] = []
    for target in targets {
      text += (0..<200).map { _ in letters.randomElement(using: &random) ?? 0x61 } + target.secret
    }
    let known = Self.scan(text, ScanPatterns(targets))
    let found = Self.scan(text, ScanPatterns(hashed))
    #expect(found.map(\.name) == known.map(\.name))
    #expect(found.map(\.offset) == known.map(\.offset) && found.count >= targets.count)
  }

  /// What a tag tells is at most its bits: of secrets that were not drawn, the share that it lets
  /// pass is about one in 2^bits.
  @Test func `have tags that tell no more than their bits`() {
    var random = SplitMix(22)
    let secrets = (0..<200_000).map { number in
      ScanTarget(
        name: "\(number)",
        secret: (0..<9).map { _ in UInt8.random(in: 0x30...0x39, using: &random) })
    }
    let one = HashedSecrets(of: [secrets[0]], key: Self.key)
    // The tags of all, with as many bits as a file of one secret has.
    let passing = secrets.count { target in
      HashedSecrets(of: [target], key: Self.key).entries.first?.tag == one.entries.first?.tag
    }
    #expect(one.tagBits == 8)
    // Mean 781, standard deviation 28 for tags at random.
    #expect(passing > 781 / 2 && passing < 781 * 2, "\(passing)")
  }
}
