// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// A small template with every piece a secret can have: characters, words, a number, a check over
/// context and secret, and text between them.
enum SmallSpaces {
  static let templateText = "{given} {surname} of ward {ward} has {letter}{word}-{number}{check}."

  static func template(mode: CheckMode = .failing) throws -> CanaryTemplate {
    try CanaryTemplate(
      kind: "small", summary: "Small.", source: "None.", example: "None.",
      templateTexts: [("default", templateText)],
      slots: [
        Slot(name: "given", role: .context, type: WordsSlot(words: ["An", "Anna", "Bo"])),
        Slot(name: "surname", role: .context, type: WordsSlot(words: ["Ash", "Birch"])),
        Slot(name: "ward", role: .context, type: NumberSlot(range: 3...7)),
        Slot(name: "letter", role: .secret, type: CharactersSlot(alphabet: "yx", length: 2)),
        Slot(
          name: "word", role: .secret,
          type: WordsSlot(words: ["fir", "oak", "yew"], count: 2, joint: "+")),
        Slot(name: "number", role: .secret, type: NumberSlot(range: 8...11, width: 2)),
        Slot(
          name: "check", role: .secret,
          type: CheckSlot(rule: .luhn, mode: mode, over: ["ward", "number"])),
      ])
  }

  /// Every candidate, written out by nested loops over the definition above, in byte order of each
  /// part.
  static func candidates(ward: Int) -> [String] {
    var all: [String] = []
    for letters in ["xx", "xy", "yx", "yy"] {
      for first in ["fir", "oak", "yew"] {
        for second in ["fir", "oak", "yew"] {
          for number in ["08", "09", "10", "11"] {
            for check in 0...9 where !isLuhn([ward] + number.map { Int(String($0))! } + [check]) {
              all.append("\(letters)\(first)+\(second)-\(number)\(check)")
            }
          }
        }
      }
    }
    return all
  }

  /// Luhn from the left, for a check digit in the last place.
  static func isLuhn(_ digits: [Int]) -> Bool {
    var sum = 0
    for (position, digit) in digits.enumerated() {
      let fromRight = digits.count - 1 - position
      let value = fromRight % 2 == 1 ? digit * 2 : digit
      sum += value / 10 + value % 10
    }
    return sum % 10 == 0
  }
}
