// SPDX-License-Identifier: Apache-2.0

/// What a group of rules looks at.
public enum RuleFamily: String, Sendable, CaseIterable {
  case deduplication, quality, language, scrubber, length
}

/// A rule of a training pipeline that looks at one text at a time.
///
/// Rules are data: a name, what happens to a text that the rule hits, and a pure function.
package struct TextRule: Sendable {
  /// The name in findings, `gopher-words`.
  package let slug: String
  package let family: RuleFamily
  /// What the pipeline does to a record that is hit.
  package let effect: String
  /// What to do about it.
  package let advice: String
  /// Whether the rule hits a text; `secret` is where the secret stands in it, in bytes.
  package let hits: @Sendable (RuleText, _ secret: Range<Int>?) -> Bool

  package init(
    _ slug: String, _ family: RuleFamily, effect: String, advice: String,
    hits: @escaping @Sendable (RuleText, Range<Int>?) -> Bool
  ) {
    self.slug = slug
    self.family = family
    self.effect = effect
    self.advice = advice
    self.hits = hits
  }

  /// Every rule for single texts, in the order of the documentation.
  package static let all: [TextRule] =
    gopherQuality + [gopherRepetition] + cleaning + scrubbers
}

/// What to do about a record that a filter drops.
enum RuleAdvice {
  static let exempt =
    "exempt the canaries from this filter, or seed the corpus that comes out of it"
  static let scrub =
    "seed after the scrubber, or plan kinds that it leaves alone; 'scrubbers' in a kind's file "
    + "names the rules that hit it"
}
