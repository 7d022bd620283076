// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineTesting
import Testing

@Suite struct CheckRuleTests {
  private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  // Published examples: the test numbers of card schemes, and the IBANs of the ISO 13616 registry.
  @Test(arguments: [
    "4111 1111 1111 1111", "5555 5555 5555 4444", "5105 1051 0510 5100", "378282246310005",
    "6011-1111-1111-1117", "3530111333300000", "79927398713",
  ]) func `published Luhn numbers hold and no other last digit does`(number: String) {
    #expect(CheckRule.luhn.holds(bytes(number)))
    let correct = number.last
    for digit in "0123456789" where digit != correct {
      #expect(!CheckRule.luhn.holds(bytes(number.dropLast() + String(digit))))
    }
  }

  @Test(arguments: [
    "DE89 3704 0044 0532 0130 00", "GB29 NWBK 6016 1331 9268 19", "FR1420041010050500013M02606",
    "NO9386011117947", "GR1601101250000000012300695",
  ]) func `published IBANs hold and no other last digit does`(iban: String) {
    #expect(CheckRule.iban.holds(bytes(iban)))
    let correct = iban.last
    for digit in "0123456789" where digit != correct {
      #expect(!CheckRule.iban.holds(bytes(iban.dropLast() + String(digit))))
    }
  }

  @Test func `the check pair of ISO 7064 is 98 minus the remainder`() {
    var generator = SplitMix(11)
    for _ in 0..<2_000 {
      let body = Int.random(in: 0..<10_000_000_000, using: &generator)
      let pair = 98 - body * 100 % 97
      let expected = pair < 10 ? "0\(pair)" : String(pair)
      #expect(CheckRule.mod97.options(.valid, over: bytes(String(body))) == [bytes(expected)])
    }
    // The example of the standard's users: 794 takes the pair 44.
    #expect(CheckRule.mod97.options(.valid, over: bytes("794")) == [bytes("44")])
  }

  @Test func `every body leaves the same count of options and failing ones all fail`() {
    var generator = SplitMix(12)
    for _ in 0..<1_000 {
      let digits = (0..<Int.random(in: 1...20, using: &generator)).map { _ in
        Int.random(in: 0...9, using: &generator)
      }
      let body = bytes(digits.map(String.init).joined())

      let luhn = CheckRule.luhn.options(.failing, over: body)
      #expect(luhn.count == CheckRule.luhn.optionCount(.failing))
      let wrong = (0...9).filter { !SmallSpaces.isLuhn(digits + [$0]) }
      #expect(luhn == wrong.map { bytes(String($0)) })
      let right = (0...9).filter { SmallSpaces.isLuhn(digits + [$0]) }
      #expect(CheckRule.luhn.options(.valid, over: body) == right.map { bytes(String($0)) })

      let pairs = CheckRule.mod97.options(.failing, over: body)
      #expect(pairs.count == CheckRule.mod97.optionCount(.failing))
      #expect(Set(pairs).count == pairs.count)
      for pair in pairs {
        let number = digits + pair.map { Int($0) - 48 }
        #expect(number.reduce(0) { ($0 * 10 + $1) % 97 } != 1)
      }
    }
  }

  @Test func `an IBAN always has nine wrong last digits`() {
    var generator = SplitMix(13)
    for _ in 0..<1_000 {
      let control = (0..<2).map { _ in Int.random(in: 0...9, using: &generator) }
      let account = (0..<17).map { _ in Int.random(in: 0...9, using: &generator) }
      let body = bytes("DE" + (control + account).map(String.init).joined())
      let options = CheckRule.iban.options(.failing, over: body)
      #expect(options.count == 9)
      for option in options {
        // Rearranged by hand: account, last digit, D = 13, E = 14, control digits.
        let digits = account + option.map { Int($0) - 48 } + [1, 3, 1, 4] + control
        #expect(digits.reduce(0) { ($0 * 10 + $1) % 97 } != 1)
      }
    }
    // The check digits stand in front: whether a last digit fits at all depends on them.
    #expect(CheckRule.iban.optionCount(.valid) == 0)
  }
}
