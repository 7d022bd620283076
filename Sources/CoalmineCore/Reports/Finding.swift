// SPDX-License-Identifier: Apache-2.0

/// One reason for a verdict, or one fact beside it.
public struct Finding: Sendable, Equatable {
  /// The raw value of a ``Slug``.
  public let slug: String
  /// What was found, in one plain sentence.
  public let sentence: String

  public init(_ slug: Slug, _ sentence: String) {
    self.slug = slug.rawValue
    self.sentence = sentence
  }

  /// Every slug that this version gives; `coalmine explain SLUG` says what it means.
  public enum Slug: String, Sendable, CaseIterable {
    // The primary test.
    case primaryTestRejects = "primary-test-rejects"
    case primaryTestDoesNotReject = "primary-test-does-not-reject"
    case primaryTestNotMeasured = "primary-test-not-measured"
    case powerShort = "power-short"
    // Gates.
    case gateFailed = "gate-failed"
    case gatePassed = "gate-passed"
    case gateOpen = "gate-open"
    case gateNotMeasured = "gate-not-measured"
    // Controls.
    case highRepetitionControlSeen = "high-repetition-control-seen"
    case highRepetitionControlNotSeen = "high-repetition-control-not-seen"
    case highRepetitionControlNotMeasured = "high-repetition-control-not-measured"
    case inContextControlSeen = "in-context-control-seen"
    case inContextControlNotSeen = "in-context-control-not-seen"
    case inContextControlNotMeasured = "in-context-control-not-measured"
    // What is not there.
    case answersMissing = "answers-missing"
    case tunedModelNotProbed = "tuned-model-not-probed"
    case baseModelNotProbed = "base-model-not-probed"
    case noRecords = "no-records"
    case recordsTooShort = "records-too-short"
    case continuationsWithheld = "continuations-withheld"
    // Probes that the probe set does not ask.
    case sequenceLikelihoodNotAsked = "sequence-likelihood-not-asked"
    case rankSearchNotAsked = "rank-search-not-asked"
    case greedyExtractionNotAsked = "greedy-extraction-not-asked"
    case sampledExtractionNotAsked = "sampled-extraction-not-asked"
    case defaultExtractionNotAsked = "default-extraction-not-asked"
    case recordLikelihoodNotAsked = "record-likelihood-not-asked"
    case chainLikelihoodNotAsked = "chain-likelihood-not-asked"
    case chainExtractionNotAsked = "chain-extraction-not-asked"

    /// The slug of a probe that was not asked.
    public static func notAsked(_ probe: Probe) -> Slug {
      switch probe {
      case .sequenceLikelihood: .sequenceLikelihoodNotAsked
      case .rankSearch: .rankSearchNotAsked
      case .greedyExtraction: .greedyExtractionNotAsked
      case .sampledExtraction: .sampledExtractionNotAsked
      case .defaultExtraction: .defaultExtractionNotAsked
      case .recordLikelihood: .recordLikelihoodNotAsked
      case .chainLikelihood: .chainLikelihoodNotAsked
      case .chainExtraction: .chainExtractionNotAsked
      }
    }
  }
}
