// SPDX-License-Identifier: Apache-2.0

/// What came back for one question.
public enum Observation: Sendable, Equatable {
  /// Tokens that cover the end of a passage, in text order. Offsets count bytes of its text.
  case likelihood([TokenScore])
  /// The steps of a search for an exact rank.
  case rankTrail(RankTrail)
  /// What the model wrote, in the order of the samples.
  case completions([Completion])
  /// What the model chose among texts.
  case choice(ForcedChoice)
}

/// Which model a run asked.
public enum RunRole: String, Codable, Sendable, CaseIterable {
  /// The model that was trained on the seeded corpus.
  case tuned
  /// The model before that training.
  case base
}
