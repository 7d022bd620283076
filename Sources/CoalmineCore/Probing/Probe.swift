// SPDX-License-Identifier: Apache-2.0

/// A kind of question.
public enum Probe: String, Codable, Sendable, CaseIterable {
  /// The log-probability of a canary's secret, or of a reference in its place.
  case sequenceLikelihood = "sequence-likelihood"
  /// The exact rank of a canary's secret among all that could have been drawn, by search.
  case rankSearch = "rank-search"
  /// What the model writes after the prompt, most likely token first.
  case greedyExtraction = "greedy-extraction"
  /// What it writes at temperature 1 with neutral samplers.
  case sampledExtraction = "sampled-extraction"
  /// What it writes with the endpoint's own settings.
  case defaultExtraction = "default-extraction"
  /// The log-probabilities of a corpus record.
  case recordLikelihood = "record-likelihood"
  /// The log-probabilities of a corpus record in lower case.
  case recordLowercase = "record-lowercase"
  /// The log-probabilities of a corpus record after records that were not trained on.
  case recordAfterNonmembers = "record-after-nonmembers"
  /// Whether a fresh secret given in the prompt is scored as known.
  case chainLikelihood = "chain-likelihood"
  /// Whether a fresh secret given in the prompt is written back.
  case chainExtraction = "chain-extraction"
  /// Which of some texts that it is shown the model chooses: a canary's secret among references. It
  /// shows every secret to whoever runs the endpoint.
  case forcedChoice = "forced-choice"

  /// What an endpoint must give so that the question can be answered.
  public var needs: Need {
    switch self {
    case .sequenceLikelihood, .rankSearch, .recordLikelihood, .recordLowercase,
      .recordAfterNonmembers, .chainLikelihood:
      .scores
    case .greedyExtraction, .sampledExtraction, .defaultExtraction, .chainExtraction: .completions
    case .forcedChoice: .choices
    }
  }

  /// What questions are answered with.
  public enum Need: String, Sendable {
    /// Log-probabilities of a given text.
    case scores
    /// Text that the model writes.
    case completions
    /// Probabilities of texts that the question names.
    case choices
  }
}

/// A named list of probes, as a file of `probe-sets/` describes it.
public struct ProbeSet: Codable, Sendable, Equatable {
  /// The file's name.
  public let name: String
  /// One line for people.
  public let summary: String
  /// The probes, in the order in which they are asked.
  public let probes: [Probe]

  public init(name: String, summary: String, probes: [Probe]) {
    self.name = name
    self.summary = summary
    self.probes = probes
  }
}
