// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineSeeding
import CoalmineStatistics
import Testing

@Suite struct StudyRandomnessTests {
  /// RFC 5869 by hand: extract with a salt of 32 zero bytes, expand one block.
  private func hkdf(_ key: [UInt8], _ info: String) -> [UInt8] {
    let extracted = HMACSHA256(key: [UInt8](repeating: 0, count: 32)).code(for: key)
    return HMACSHA256(key: extracted).code(for: Array(info.utf8) + [1])
  }

  @Test func `a purpose's seed is one block of HKDF-SHA256`() throws {
    let root = (0..<32).map { UInt8($0) }
    let randomness = try StudyRandomness(storedRoot: root, isPredictable: false)
    #expect(randomness.seed(for: .contexts) == hkdf(root, "coalmine/1/contexts"))
    #expect(randomness.seed(for: .contexts, "7") == hkdf(root, "coalmine/1/contexts/7"))
    #expect(randomness.seed(for: .inContextControls) == hkdf(root, "coalmine/1/chain-controls"))
    let number = StudyRandomness(number: 42)
    #expect(number.root.reveal() == hkdf(Array("42".utf8), "coalmine/1/seed-number"))
  }

  @Test func `HKDF by hand gives the third case of RFC 5869`() {
    // Appendix A.3: IKM of 22 bytes 0x0b, no salt, no info; the first 32 of 42 bytes.
    let expected: [UInt8] = [
      0x8D, 0xA4, 0xE7, 0x75, 0xA5, 0x63, 0xC1, 0x8F, 0x71, 0x5F, 0x80, 0x2A, 0x06, 0x3C, 0x5A,
      0x31, 0xB8, 0xA1, 0x1F, 0x5C, 0x5E, 0xE1, 0x87, 0x9E, 0xC3, 0x45, 0x4E, 0x5F, 0x3C, 0x73,
      0x8D, 0x2D,
    ]
    #expect(hkdf([UInt8](repeating: 0x0B, count: 22), "") == expected)
  }

  @Test func `every purpose has its own seed`() {
    let randomness = StudyRandomness(number: 1)
    let seeds = StudyRandomness.Purpose.allCases.map { randomness.seed(for: $0) }
    #expect(Set(seeds).count == StudyRandomness.Purpose.allCases.count)
    #expect(seeds.allSatisfy { $0.count == 32 })
  }

  @Test func `only a root from a number is predictable`() {
    #expect(StudyRandomness(number: 1).isPredictable)
    #expect(StudyRandomness(number: 1) == StudyRandomness(number: 1))
    #expect(StudyRandomness(number: 1) != StudyRandomness(number: 2))
    #expect(!StudyRandomness().isPredictable)
    #expect(StudyRandomness() != StudyRandomness())
    #expect(StudyRandomness().root.reveal().count == 32)
  }

  @Test func `a stored root of another length is refused`() {
    #expect(throws: CoalmineError.self) {
      _ = try StudyRandomness(storedRoot: [1, 2, 3], isPredictable: false)
    }
  }
}
