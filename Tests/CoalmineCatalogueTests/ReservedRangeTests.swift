// SPDX-License-Identifier: Apache-2.0

import CoalmineCatalogue
import CoalmineCore
import CoalmineTesting
import Testing

/// No canary can be a real number, address or key: each kind's candidates are held against rules
/// written down again here, without the arithmetic under test.
@Suite struct ReservedRangeTests {
  @Test(arguments: Fixtures.usualTexts)
  func `candidates stay where nothing real can be`(kind: KindText) throws {
    let name = kind.template.kind
    let isHarmless = try #require(Self.rules[name], "no rule for '\(name)'")
    let space = try kind.space
    var generator = SplitMix(3)
    var offenders = 0
    for _ in 0..<Fixtures.draws {
      let index = UInt128.random(in: 0..<space.count, using: &generator)
      if !isHarmless(space.candidate(at: index).text) { offenders += 1 }
    }
    #expect(offenders == 0)
  }

  @Test func `the rules refuse what is real`() {
    let real: [(kind: String, secret: String)] = [
      ("payment-card", "4111 1111 1111 1111"), ("payment-card", "4929 1111 1111 1110"),
      ("social-security", "123-45-6789"), ("social-security", "912-45-6789"),
      ("iban", "DE89 3704 0044 0532 0130 00"), ("email", "some.body123@example.de"),
      ("email", "some.body123@example.com.evil.org"), ("phone", "503-555-0243"),
      ("phone", "020 7947 0123"), ("phone", "07700 901123"),
      ("postal-address", "318 Gorsedene Lane, Kidbridge, SW14 7KM"),
      ("postal-address", "318 Gorsedene Lane, Kidbridge, QX14 7AB"),
      ("api-key", "AKIAIOSFODNN7EXAMPLE"), ("hex-token", "d41d8cd98f00b204e9800998ecf8427e"),
      ("code-constant", "ghp_abcdefghijkl"), ("spaced-code", "30255719"),
      ("letter-code", "KFTRBMHD"),
    ]
    for (kind, secret) in real { #expect(Self.rules[kind]?(secret) == false, "\(secret)") }
  }

  private static let rules: [String: @Sendable (String) -> Bool] = [
    "access-code": { isDigits($0, 6) },
    "account-number": { isDigits($0, 9) },
    "code-comment": { isDigits($0, 6) },
    "payment-card": { secret in
      let groups = secret.split(separator: " ", omittingEmptySubsequences: false)
      let number = groups.joined()
      return groups.count == 4 && groups.allSatisfy { isDigits($0, 4) }
        && ["222300", "353011", "411111", "424242", "510510", "555555", "601111"]
          .contains(number.prefix(6))
        && luhnSum(number) % 10 != 0
    },
    "social-security": { secret in
      let parts = secret.split(separator: "-", omittingEmptySubsequences: false)
      return parts.count == 3 && ["000", "666"].contains(parts[0]) && isDigits(parts[1], 2)
        && isDigits(parts[2], 4)
    },
    "iban": { secret in
      let plain = secret.filter { $0 != " " }
      guard plain.hasPrefix("DE"), isDigits(plain.dropFirst(2), 20) else { return false }
      // D is 13 and E is 14; the account first, then country and check digits.
      let digits = plain.dropFirst(4) + "1314" + plain.dropFirst(2).prefix(2)
      return digits.reduce(0) { ($0 * 10 + ($1.wholeNumberValue ?? 0)) % 97 } != 1
    },
    "email": { secret in
      let parts = secret.split(separator: "@", omittingEmptySubsequences: false)
      return parts.count == 2 && ["example.com", "example.net", "example.org"].contains(parts[1])
        && !parts[0].isEmpty
    },
    "phone": { secret in
      if secret.contains("-") {
        let parts = secret.split(separator: "-", omittingEmptySubsequences: false)
        return parts.count == 3 && isDigits(parts[0], 3) && parts[1] == "555"
          && isDigits(parts[2], 4) && parts[2].hasPrefix("01")
      }
      guard let number = Int(secret.filter { $0 != " " }), secret.hasPrefix("0") else {
        return false
      }
      return dramaRanges.contains { $0.contains(number) }
    },
    "api-key": { secret in
      let groups = secret.split(separator: "~", omittingEmptySubsequences: false)
      return groups.count == 4
        && groups.allSatisfy { group in
          group.count == 5 && group.allSatisfy { ($0.isLowercase || $0.isNumber) && $0.isASCII }
        }
    },
    "spaced-code": { secret in
      let parts = secret.split(separator: " ", omittingEmptySubsequences: false)
      return parts.count == 8 && parts.allSatisfy { isDigits($0, 1) }
    },
    "letter-code": { secret in
      let parts = secret.split(separator: " ", omittingEmptySubsequences: false)
      return parts.count == 8 && parts.allSatisfy { $0.count == 1 && $0.allSatisfy(\.isUppercase) }
    },
    "hex-token": { $0.count == 20 && $0.allSatisfy(\.isHexDigit) },
    "code-configuration": { $0.count == 20 && $0.allSatisfy(\.isHexDigit) },
    "pass-phrase": { secret in
      let words = secret.split(separator: " ", omittingEmptySubsequences: false)
      return words.count == 4
        && words.allSatisfy { word in word.count >= 4 && word.allSatisfy(\.isLowercase) }
    },
    "medical-record": { secret in
      let parts = secret.split(separator: "-", omittingEmptySubsequences: false)
      return parts.count == 2 && parts[0].count == 2 && parts[0].allSatisfy(\.isUppercase)
        && isDigits(parts[1], 7)
    },
    "postal-address": { secret in
      let parts = secret.split(separator: ", ")
      guard parts.count == 3, let outward = parts[2].split(separator: " ").first,
        let inward = parts[2].split(separator: " ").last, let area = outward.first
      else { return false }
      return "QVX".contains(area) && inward.count == 3
        && inward.suffix(2).allSatisfy { "CIKMOV".contains($0) }
    },
    "code-constant": { secret in
      secret.count == 16 && secret.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
    },
  ]

  /// The numbers that Ofcom keeps for drama, as whole numbers without the leading zero.
  private static let dramaRanges: [ClosedRange<Int>] = [
    1134_960_000...1134_960_999, 1144_960_000...1144_960_999, 1154_960_000...1154_960_999,
    1164_960_000...1164_960_999, 1174_960_000...1174_960_999, 1184_960_000...1184_960_999,
    1214_960_000...1214_960_999, 1314_960_000...1314_960_999, 1414_960_000...1414_960_999,
    1514_960_000...1514_960_999, 1614_960_000...1614_960_999, 1914_980_000...1914_980_999,
    2079_460_000...2079_460_999, 2896_496_000...2896_496_999, 2920_180_000...2920_180_999,
    1632_960_000...1632_960_999, 7700_900_000...7700_900_999, 8081_570_000...8081_570_999,
    3069_990_000...3069_990_999, 9098_790_000...9098_790_999,
  ]

  private static func isDigits(_ text: some StringProtocol, _ count: Int) -> Bool {
    text.utf8.count == count && text.utf8.allSatisfy { (48...57).contains($0) }
  }

  /// The Luhn sum of sixteen digits from the left: the first is doubled, the last is not.
  private static func luhnSum(_ digits: String) -> Int {
    digits.enumerated().reduce(0) { sum, digit in
      let value = (digit.element.wholeNumberValue ?? 0) * (digit.offset % 2 == 0 ? 2 : 1)
      return sum + (value > 9 ? value - 9 : value)
    }
  }
}
