// SPDX-License-Identifier: Apache-2.0

/// The quality rules of Gopher, with the limits that datatrove has.
///
/// Source: Rae et al. 2021, table A1 and appendix A.1.1, https://arxiv.org/abs/2112.11446;
/// `GopherQualityFilter` of datatrove 0.10, https://github.com/huggingface/datatrove.
package enum Gopher {
  package static let words = 50...100_000
  package static let meanWordLength = 3.0...10.0
  package static let symbolsPerWord = 0.1
  package static let bulletLines = 0.9
  package static let ellipsisLines = 0.3
  package static let wordsWithLetters = 0.8
  package static let stopWords: Set = ["the", "be", "to", "of", "and", "that", "have", "with"]
  package static let fewestStopWords = 2

  /// Whether the number of words without punctuation is outside the limits.
  package static func failsWords(_ text: RuleText) -> Bool {
    !words.contains(text.plainWords.count)
  }

  /// Whether the mean length of these words in characters is; a text without words has none.
  package static func failsWordLength(_ text: RuleText) -> Bool {
    let words = text.plainWords
    guard !words.isEmpty else { return true }
    let characters = words.reduce(0) { $0 + $1.unicodeScalars.count }
    return !meanWordLength.contains(Double(characters) / Double(words.count))
  }

  /// Whether there are more hash signs, or more ellipses, than one per ten words.
  package static func failsSymbols(_ text: RuleText) -> Bool {
    let most = symbolsPerWord * Double(text.words.count)
    let hashes = text.scalars.count { $0 == "#" }
    return Double(hashes) > most || Double(ellipses(text.scalars)) > most
  }

  /// `…`, and `...` from the left without overlap.
  private static func ellipses(_ scalars: [Unicode.Scalar]) -> Int {
    var count = 0
    var dots = 0
    for scalar in scalars {
      dots = scalar == "." ? dots + 1 : 0
      if scalar == "…" || dots == 3 {
        count += 1
        dots = 0
      }
    }
    return count
  }

  /// Whether too many lines begin with a bullet or end with an ellipsis.
  package static func failsLines(_ text: RuleText) -> Bool {
    let lines = text.lines.map { TextLine.trimmed($0) }
    let count = Double(lines.count)
    let bullets = lines.count { $0.hasPrefix("•") || $0.hasPrefix("-") }
    let open = lines.count { $0.hasSuffix("...") || $0.hasSuffix("…") }
    return Double(bullets) / count > bulletLines || Double(open) / count > ellipsisLines
  }

  /// Whether fewer than 80 % of the words, punctuation included, hold a letter.
  package static func failsLetters(_ text: RuleText) -> Bool {
    guard !text.words.isEmpty else { return true }
    let lettered = text.words.count { word in
      word.unicodeScalars.contains { $0.properties.isAlphabetic }
    }
    return Double(lettered) / Double(text.words.count) < wordsWithLetters
  }

  /// Whether fewer than two different English stop words, in lower case, stand in it.
  package static func failsStopWords(_ text: RuleText) -> Bool {
    stopWords.intersection(text.words).count < fewestStopWords
  }
}

extension TextRule {
  package static let gopherQuality: [TextRule] = [
    gopher(
      "gopher-words", "drops records of fewer than 50 or more than 100,000 words",
      Gopher.failsWords),
    gopher(
      "gopher-word-length", "drops records with a mean word length below 3 or above 10 characters",
      Gopher.failsWordLength),
    gopher(
      "gopher-symbols", "drops records with more than one '#' or ellipsis per ten words",
      Gopher.failsSymbols),
    gopher(
      "gopher-lines",
      "drops records where more than 90 % of the lines are bullets, or more than 30 % end with an "
        + "ellipsis", Gopher.failsLines),
    gopher(
      "gopher-letters", "drops records where fewer than 80 % of the words hold a letter",
      Gopher.failsLetters),
    gopher(
      "gopher-stop-words", "drops records with fewer than two of eight English stop words",
      Gopher.failsStopWords),
  ]

  private static func gopher(
    _ slug: String, _ effect: String, _ fails: @escaping @Sendable (RuleText) -> Bool
  ) -> TextRule {
    TextRule(slug, .quality, effect: effect, advice: RuleAdvice.exempt) { text, _ in fails(text) }
  }
}

/// One line of a text.
enum TextLine {
  /// Without white space at both ends.
  static func trimmed(_ line: String) -> String {
    let scalars = line.unicodeScalars
    guard let start = scalars.firstIndex(where: { !$0.isBlank }),
      let last = scalars.lastIndex(where: { !$0.isBlank })
    else { return "" }
    return String(scalars[start...last])
  }
}
