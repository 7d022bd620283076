// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes

/// The cleaning rules of C4 and FineWeb, with the limits that datatrove has.
///
/// Source: Raffel et al. 2020, section 2.2, https://jmlr.org/papers/v21/20-074.html; Penedo et al.
/// 2024, https://arxiv.org/abs/2406.17557; `C4QualityFilter` and `FineWebQualityFilter` of
/// datatrove 0.10.
package enum Cleaning {
  package static let fewestSentences = 5
  package static let fewestWordsPerLine = 3
  package static let longestWord = 1_000
  static let sentenceEnds: [Unicode.Scalar] = [".", "?", "!", "\"", "'"]
  static let ellipsis: [Unicode.Scalar] = [".", ".", "."]
  static let notices = [
    "javascript", "terms of use", "privacy policy", "cookie policy", "uses cookies",
    "use of cookies", "use cookies",
  ].map { Array($0.utf8) }
  package static let endedLines = 0.12
  package static let shortLine = 30
  package static let shortLines = 0.67
  package static let repeatedCharacters = 0.01
  package static let breaksPerWord = 0.3

  /// Whether C4 keeps a line: it ends a sentence, has three words, and is no notice of a website.
  package static func keepsLine(_ line: String) -> Bool {
    let scalars = line.unicodeScalars
    guard let last = scalars.lastIndex(where: { !$0.isBlank }),
      sentenceEnds.contains(scalars[last]), !scalars[...last].reversed().starts(with: ellipsis)
    else { return false }
    let words = scalars.split { $0.isBlank }
    guard words.count >= fewestWordsPerLine, words.allSatisfy({ $0.count <= longestWord }) else {
      return false
    }
    let lower = Array(line.lowercased().utf8)
    return !notices.contains { ByteSearch.contains(lower, $0) }
  }

  /// Whether C4 drops the line in which the secret stands.
  package static func dropsLine(_ text: RuleText, secret: Range<Int>?) -> Bool {
    guard let secret else { return !text.filledLines.contains(where: keepsLine) }
    var start = 0
    for line in text.lines {
      let end = start + line.utf8.count
      if start <= secret.lowerBound, secret.lowerBound < end { return !keepsLine(line) }
      start = end + 1
    }
    return false
  }

  /// Whether the lines that C4 keeps hold fewer than five sentences.
  ///
  /// A sentence ends at a full stop, an exclamation mark or a question mark before white space or at
  /// the end; an ellipsis ends none.
  package static func failsSentences(_ text: RuleText) -> Bool {
    let sentences = text.lines.filter(keepsLine).reduce(0) { $0 + max(1, self.sentences(in: $1)) }
    return sentences < fewestSentences
  }

  package static func sentences(in line: String) -> Int {
    var count = 0
    var isAtEnd = false
    var dots = 0
    for scalar in TextLine.trimmed(line).unicodeScalars {
      if scalar.isBlank, isAtEnd { count += 1 }
      let closes = scalar == "\"" || scalar == "'" || scalar == ")"
      dots = scalar == "." ? dots + 1 : 0
      isAtEnd = dots == 1 || scalar == "!" || scalar == "?" || (isAtEnd && closes)
    }
    return count + (isAtEnd ? 1 : 0)
  }

  /// Whether a kept line holds a curly bracket or 'lorem ipsum': C4 then drops the record.
  package static func failsBraces(_ text: RuleText) -> Bool {
    text.lines.filter(keepsLine).contains {
      $0.utf8.contains(UInt8(ascii: "{"))
        || ByteSearch.contains(Array($0.lowercased().utf8), Array("lorem ipsum".utf8))
    }
  }

  /// Whether too few lines end with punctuation that ends a sentence in any script; quotes do not.
  package static func failsEnds(_ text: RuleText) -> Bool {
    let lines = text.filledLines
    guard !lines.isEmpty else { return true }
    let ended = lines.count { line in
      line.unicodeScalars.last?.properties.isSentenceTerminal ?? false
    }
    return Double(ended) / Double(lines.count) < endedLines
  }

  /// Whether too many lines have at most 30 characters.
  package static func failsShortLines(_ text: RuleText) -> Bool {
    let lines = text.filledLines
    guard !lines.isEmpty else { return true }
    let short = lines.count { $0.unicodeScalars.count <= shortLine }
    return Double(short) / Double(lines.count) > shortLines
  }

  /// Whether lines that stand there twice have more than 1 % of the characters.
  package static func failsRepeatedLines(_ text: RuleText) -> Bool {
    let size = text.scalars.count { $0 != "\n" }
    let repeated = GopherRepetition.repeats(in: text.filledLines).characters
    return size == 0 || Double(repeated) / Double(size) > repeatedCharacters
  }

  /// Whether there is more than 0.3 line breaks per word.
  package static func failsBreaks(_ text: RuleText) -> Bool {
    guard !text.words.isEmpty else { return true }
    return Double(text.lines.count - 1) / Double(text.words.count) > breaksPerWord
  }
}

extension TextRule {
  package static let cleaning: [TextRule] = [
    TextRule(
      "c4-lines", .quality,
      effect:
        "drops lines that end without a full stop, question mark or quote, or have fewer than "
        + "3 words", advice: RuleAdvice.exempt, hits: Cleaning.dropsLine),
    cleaning(
      "c4-sentences", "drops records of fewer than 5 sentences", Cleaning.failsSentences),
    cleaning("c4-braces", "drops records with a curly bracket", Cleaning.failsBraces),
    cleaning(
      "fineweb-line-ends", "drops records where fewer than 12 % of the lines end a sentence",
      Cleaning.failsEnds),
    cleaning(
      "fineweb-short-lines",
      "drops records where more than 67 % of the lines have at most 30 characters",
      Cleaning.failsShortLines),
    cleaning(
      "fineweb-repeated-lines", "drops records that repeat lines", Cleaning.failsRepeatedLines),
    cleaning(
      "fineweb-line-breaks", "drops records with more than 0.3 line breaks per word",
      Cleaning.failsBreaks),
  ]

  private static func cleaning(
    _ slug: String, _ effect: String, _ fails: @escaping @Sendable (RuleText) -> Bool
  ) -> TextRule {
    TextRule(slug, .quality, effect: effect, advice: RuleAdvice.exempt) { text, _ in fails(text) }
  }
}
