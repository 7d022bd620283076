// SPDX-License-Identifier: Apache-2.0

/// Check characters computed from slots that stand earlier in the text.
///
/// `valid` gives the one correct candidate; `failing` gives candidates of which none is correct, so
/// that no real number can arise. The count of candidates does not depend on the other slots.
public struct CheckSlot: SlotType, Equatable {
  /// The arithmetic.
  public let rule: CheckRule
  /// Correct or deliberately wrong.
  public let mode: CheckMode
  /// The slots it is computed from, in the order of the rule's digits.
  public let over: [String]

  /// - Throws: ``SlotError`` where `over` is empty, or the rule cannot be made valid.
  public init(rule: CheckRule, mode: CheckMode, over: [String]) throws(SlotError) {
    guard !over.isEmpty else {
      throw SlotError(code: "check-over-nothing", "a check needs 'over: [slot, …]'")
    }
    guard rule.optionCount(mode) > 0 else {
      throw SlotError(
        code: "check-not-possible",
        "the rule '\(rule.rawValue)' can only be used with 'mode: failing'")
    }
    self.rule = rule
    self.mode = mode
    self.over = over
  }

  public func steps(slot: String, role: SlotRole) throws(SlotError) -> [Step] {
    [.check(slot: slot, rule: rule, mode: mode, over: over)]
  }
}

/// Whether check characters are right or wrong on purpose.
public enum CheckMode: String, Sendable, CaseIterable {
  /// The correct characters.
  case valid
  /// Never the correct ones.
  case failing
}

/// A published check-character system.
public enum CheckRule: String, Sendable, CaseIterable {
  /// Luhn (ISO/IEC 7812-1): one digit, the sum of alternately doubled digits is a multiple of 10.
  case luhn
  /// ISO/IEC 7064 MOD 97-10: two digits, the whole number is 1 modulo 97.
  case mod97
  /// The last digit of an IBAN (ISO 13616): the number, its first four characters moved to the
  /// end, is 1 modulo 97. The check digits stand in front, so only `failing` is possible.
  case iban

  /// How many characters the check has.
  package var length: Int { self == .mod97 ? 2 : 1 }

  /// How many options the rule offers in `mode`, whatever the other digits are.
  package func optionCount(_ mode: CheckMode) -> Int {
    switch (self, mode) {
    case (.luhn, .valid), (.mod97, .valid): 1
    case (.luhn, .failing), (.iban, .failing): 9
    case (.mod97, .failing): 98
    case (.iban, .valid): 0
    }
  }

  /// The options after `body`: the correct one, or the first wrong ones in numeric order.
  ///
  /// Where fewer than the usual number of candidates would be correct, surplus wrong candidates
  /// are dropped from the end, so that every body has the same count.
  package func options(_ mode: CheckMode, over body: [UInt8]) -> [[UInt8]] {
    let candidates: [[UInt8]] = (0..<(length == 2 ? 100 : 10)).map { (number: Int) -> [UInt8] in
      let units = UInt8(48 + number % 10)
      return length == 2 ? [UInt8(48 + number / 10), units] : [units]
    }
    switch mode {
    case .valid:
      guard self == .mod97 else { return candidates.filter { holds(body + $0) } }
      // 98 - remainder, in 02…98: the one canonical value where two are congruent.
      return candidates.dropFirst(2).filter { holds(body + $0) }.prefix(1).map { $0 }
    case .failing:
      return Array(candidates.lazy.filter { !holds(body + $0) }.prefix(optionCount(mode)))
    }
  }

  /// Whether the characters, check included, are correct. Letters count as in ISO 7064: A is 10.
  ///
  /// Spaces and other marks are left out first: a number is the same however it is grouped.
  package func holds(_ text: [UInt8]) -> Bool {
    let characters = text.filter { Self.value($0) != nil }
    switch self {
    case .luhn:
      var sum = 0
      let digits = characters.filter { (48...57).contains($0) }
      for (position, byte) in digits.reversed().enumerated() {
        let digit = Int(byte) - 48
        let weighted = position.isMultiple(of: 2) ? digit : digit * 2
        sum += weighted > 9 ? weighted - 9 : weighted
      }
      return sum.isMultiple(of: 10)
    case .mod97: return Self.remainder(characters) == 1
    case .iban: return Self.remainder(characters.dropFirst(4) + characters.prefix(4)) == 1
    }
  }

  private static func remainder(_ characters: some Sequence<UInt8>) -> Int {
    characters.reduce(0) { remainder, byte in
      let value = value(byte) ?? 0
      return (remainder * (value > 9 ? 100 : 10) + value) % 97
    }
  }

  /// The number that a digit or an ASCII letter stands for; `nil` for anything else.
  private static func value(_ byte: UInt8) -> Int? {
    switch byte {
    case 48...57: Int(byte) - 48
    case 65...90: Int(byte) - 55
    case 97...122: Int(byte) - 87
    default: nil
    }
  }
}
