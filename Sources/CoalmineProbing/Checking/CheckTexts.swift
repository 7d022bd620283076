// SPDX-License-Identifier: Apache-2.0

/// The texts that a check asks about: public, short, and nothing of any study.
enum CheckTexts {
  /// A text, an ending that its pattern makes likely, and one that no text has.
  struct Pair: Sendable {
    let context: String
    let likely: String
    let improbable: String
  }

  static let pairs = [
    Pair(context: "one two three, one two three, one two", likely: " three", improbable: " qzxv"),
    Pair(context: "the sea and the land, the sea and the", likely: " land", improbable: " xqj"),
    Pair(context: "day and night, day and night, day and", likely: " night", improbable: " vwzk"),
    Pair(context: "A and B and A and B and A and B and", likely: " A", improbable: " Qx"),
    Pair(context: "yes and no, yes and no, yes and", likely: " no", improbable: " jqz"),
  ]

  /// Endings of which at most one can follow: none begins another, so their probabilities sum to no
  /// more than 1. The pattern makes one of them likely, so that the sum says something.
  static let exclusive = (
    context: pairs[0].context,
    endings: [
      " three", " four", " one", " two", " five", " six", " seven", " and", " of", " in",
    ]
  )

  /// The beginning of a text that can go on in many ways.
  static let opening = "In the beginning"
}
