// SPDX-License-Identifier: Apache-2.0

/// The repetition rules of Gopher, with the limits that datatrove has.
///
/// A short text fails easily: its most frequent pair of words, though it stands there once, can
/// have more than 20 % of the characters.
///
/// Source: Rae et al. 2021, table A1, https://arxiv.org/abs/2112.11446; `GopherRepetitionFilter` of
/// datatrove 0.10.
package enum GopherRepetition {
  package static let repeatedParts = 0.3
  package static let repeatedCharacters = 0.2
  /// Words in a run, and the largest share of characters that the most frequent run may have.
  package static let topRuns = [(2, 0.2), (3, 0.18), (4, 0.16)]
  /// Words in a run, and the largest share of characters in runs that stood there before.
  package static let repeatedRuns = [
    (5, 0.15), (6, 0.14), (7, 0.13), (8, 0.12), (9, 0.11), (10, 0.10),
  ]

  package static func fails(_ text: RuleText) -> Bool {
    let size = Double(text.scalars.count)
    guard size > 0 else { return true }
    for parts in [paragraphs(of: text), lines(of: text)] where !parts.isEmpty {
      let repeated = repeats(in: parts)
      if Double(repeated.count) / Double(parts.count) > repeatedParts { return true }
      if Double(repeated.characters) / size > repeatedCharacters { return true }
    }
    let runs = WordRuns(text.words)
    for (length, limit) in topRuns where Double(runs.top(length)) / size > limit { return true }
    for (length, limit) in repeatedRuns where Double(runs.repeated(length)) / size > limit {
      return true
    }
    return false
  }

  /// Cut at two or more line breaks, without line breaks at both ends.
  private static func paragraphs(of text: RuleText) -> [String] {
    var paragraphs: [[String]] = [[]]
    for line in text.lines {
      if line.isEmpty { paragraphs.append([]) } else { paragraphs[paragraphs.count - 1] += [line] }
    }
    return paragraphs.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }
  }

  private static func lines(of text: RuleText) -> [String] { text.lines.filter { !$0.isEmpty } }

  /// How many of `parts` stand before already, and their characters.
  package static func repeats(in parts: [String]) -> (count: Int, characters: Int) {
    var seen: Set<String> = []
    var count = 0
    var characters = 0
    for part in parts where !seen.insert(part).inserted {
      count += 1
      characters += part.unicodeScalars.count
    }
    return (count, characters)
  }
}

extension TextRule {
  package static let gopherRepetition = TextRule(
    "gopher-repetition", .quality,
    effect: "drops records in which runs of words, lines or paragraphs take too many characters",
    advice: RuleAdvice.exempt
  ) { text, _ in GopherRepetition.fails(text) }
}
