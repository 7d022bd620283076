// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// Reasons that several measures give, and the one check of a log-probability.
enum Reasons {
  static let notAnswered = "not-answered"
  /// Of a subject of which a later sample is stored.
  static let sampleMissing = "sample-missing"

  /// Nothing was asked, so nothing failed.
  static let noTunedRun = Reason("not-asked", "no run of the tuned model was probed")
  static let noBaseRun = Reason("no-base-run", "no run of the base model was probed")
  static let baseAskedOtherwise = Reason(
    "base-asked-otherwise",
    "the base model was asked in another form, in which another text of the record is scored")
  static let tokenisersDiffer = Reason(
    "tokenisers-differ", "the two models split the record into different tokens")
  static let noFurtherQuestions = Reason(
    "not-asked", "the probe set asks nothing about changed records")
  static let recordTooShort = Reason(
    "record-too-short", "fewer than two tokens of the record have a log-probability")
  static let noPrefix = Reason(
    "no-prefix", "the record stands in the prefix itself, or no non-member is short enough for one")
  static let prefixSplitsOtherwise = Reason(
    "tokenisers-differ", "after the prefix the record is split into different tokens")
  static let ownSamplers = Reason(
    "own-samplers", "the run left temperature and samplers to the model ('samplers=own')")
  static let secretsGuessable = Reason(
    "guessable-secret",
    "the replies to each canary hold so many members of its space that chance can put the secret there"
  )
  static let noRandomizedCanaries = Reason(
    "no-randomized-canaries", "no canary is randomized at the target repetitions")
  static let noPairs = Reason(
    "no-pairs", "no kind has both an inserted and a held-out canary with a score")
  static let noControls = Reason("no-controls", "the study has no control canaries")
  static let noListedTokens = Reason(
    "no-listed-tokens",
    "the endpoint was not asked for the likeliest tokens beside those of the records, or lists none"
  )
  static let noSurprisingToken = Reason(
    "no-surprising-token", "the model was sure of another token at no token of the record")
  static let mayBeLookedUp = Reason(
    "retrieval-not-excluded",
    "the endpoint may look texts up, and canaries of its index alone do not exclude it")
  static let noIndexOnly = Reason(
    "no-index-only-canaries", "no canary stands in the endpoint's index alone")
  static let noHeldOut = Reason(
    "no-held-out-canaries", "no canary was held out by the random assignment")
  static let noChoices = Reason("forced-choice-unanswered", "no forced choice was answered")
  static let noReferences = Reason("no-references", "the protocol draws no references")
  static let secretsNotUniform = Reason(
    "secrets-not-uniform", "the importer does not state that secrets were drawn uniformly")
  static let secretsShown = Reason(
    "secrets-shown-before",
    "another run sent the secrets to an endpoint before this one was asked to the end, so what the model "
      + "writes in it need not come from training")
  static let assignmentNotRandom = Reason(
    "assignment-not-random",
    "the importer does not state that chance decided which canaries were inserted")
  static let wrongObservation = Reason(
    "wrong-observation", "the answer is of another kind than the question")

  /// A log-probability that can be summed.
  ///
  /// Values above 0 by rounding count as 0. Minus infinity is the lowest score; endpoints also spell
  /// it −9999 or as the lowest number of their type.
  static func checked(_ logProbability: Double?) -> Result<Double, Refusal> {
    guard let value = logProbability else {
      return .failure(Refusal(Reason("no-logprob", "a token has no log-probability")))
    }
    guard value <= ScoringRules.positiveLimit else {
      return .failure(
        Refusal(Reason("invalid-logprob", "a token's log-probability is above 0 or no number")))
    }
    return .success(value <= ScoringRules.zeroProbability ? -.infinity : min(value, 0))
  }

  /// Why a log-probability cannot be summed.
  struct Refusal: Error {
    let reason: Reason
    init(_ reason: Reason) { self.reason = reason }
  }
}

extension Outcome {
  /// Whether the question still waits for its answer, or for the run that asks it.
  var isNotAnswered: Bool {
    switch self {
    case .failed(let reason): reason.slug == Reasons.notAnswered
    case .notMeasurable(let reason): reason == Reasons.noTunedRun
    case .measured, .censored: false
    }
  }
}
