// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// The scores of one canary's secret and of its references, under the tuned and the base model.
struct SecretScores: Sendable {
  let tuned: Outcome<SecretScore>
  let base: Outcome<SecretScore>
  /// Of every reference that is due, in the order of their numbers.
  let tunedReferences: ReferenceScores
  /// The same under the base model; empty where it was not asked about references.
  let baseReferences: ReferenceScores
  /// Log-probabilities of the references that have one, in nats, as exposure ranks them.
  let references: [Double]
  /// What the noise of the tuned model's endpoint adds to the variance of a score, in nats², as the prompt
  /// shows it, which is scored with each of the texts; `nil` where it is not scored.
  let noiseVariance: Double?
  /// The same of the base model's endpoint.
  let baseNoiseVariance: Double?

  init(_ canary: Canary, in evidence: Evidence) {
    let length = canary.secret.reveal().count
    let due = ReferenceCount.due(canary, asked: evidence.studyProtocol.references)
    func score(_ answers: Answers?, _ absent: Reason) -> Outcome<SecretScore> {
      guard let answers else { return .notMeasurable(absent) }
      let place = canary.passage(answers.run.presentation, target: [])
      return SecretScore.read(
        answers.observation(.sequenceLikelihood, .canary(canary.id)),
        prompt: place.before.count, separator: place.separator.count, secret: length)
    }
    func references(_ answers: Answers?) -> [Outcome<SecretScore>] {
      guard let answers else { return [] }
      let answer = answers.reader(.sequenceLikelihood)
      let place = canary.passage(answers.run.presentation, target: [])
      return (0..<due).map { number in
        SecretScore.read(
          answer(.reference(canary: canary.id, number: number)), prompt: place.before.count,
          separator: place.separator.count, secret: nil)
      }
    }
    let tuned = score(evidence.tuned, Reasons.noTunedRun)
    self.tuned = tuned
    base = score(evidence.base, Reasons.noBaseRun)
    let ofTuned = references(evidence.tuned)
    let ofBase = references(evidence.asksBaseReferences ? evidence.base : nil)
    tunedReferences = ReferenceScores(ofTuned)
    baseReferences = ReferenceScores(ofBase)
    noiseVariance = Self.noiseVariance([tuned] + ofTuned)
    baseNoiseVariance = Self.noiseVariance([base] + ofBase)
    let tieEpsilon = evidence.ties.score
    self.references =
      tunedReferences.exact
      ?? tunedReferences.compactMap { outcome in
        outcome.value.map { Self.ranked($0, tuned, tieEpsilon: tieEpsilon) }
      }
  }

  /// The base model's scores in the place of the tuned model's.
  var ofBase: SecretScores {
    SecretScores(
      tuned: base, base: base, tunedReferences: baseReferences, references: [])
  }

  init(
    tuned: Outcome<SecretScore>, base: Outcome<SecretScore>, tunedReferences: ReferenceScores,
    baseReferences: ReferenceScores = ReferenceScores([]), references: [Double]
  ) {
    self.tuned = tuned
    self.base = base
    self.tunedReferences = tunedReferences
    self.baseReferences = baseReferences
    self.references = references
    noiseVariance = nil
    baseNoiseVariance = nil
  }

  /// The variance of the sum over one prompt, carried over to the tokens of a secret: as if the noise of
  /// each token were its own, or one shift of all of them, whichever is more.
  ///
  /// - Returns: `nil` below three texts that end the prompt at one token.
  private static func noiseVariance(_ scores: [Outcome<SecretScore>]) -> Double? {
    var first: SecretScore?
    var sums: [Double] = []
    var tokens = 0
    for case .measured(let score) in scores {
      let start = first ?? score
      guard score.start == start.start, score.promptTokens == start.promptTokens else { return nil }
      first = start
      sums.append(score.promptNats)
      tokens += score.tokens
    }
    guard let first, sums.count > 2, first.promptTokens > 0 else { return nil }
    let ratio = Double(tokens) / Double(sums.count * first.promptTokens)
    return sampleVariance(sums) * max(ratio, ratio * ratio)
  }

  /// The first reference without a score.
  var unscoredReference: Outcome<SecretScore>? { tunedReferences.first { $0.value == nil } }

  /// What a reference counts as: its score, or the upper bound of one that is surely less likely
  /// than the secret. Where a bound leaves that open it is a tie, which counts against the finding.
  private static func ranked(
    _ reference: SecretScore, _ own: Outcome<SecretScore>, tieEpsilon: Double
  ) -> Double {
    guard reference.isUpperBound, let own = own.value else { return reference.nats }
    return reference.nats < own.nats - tieEpsilon ? reference.nats : own.nats
  }

  /// Tuned minus base, in nats.
  var tunedMinusBase: Outcome<Double> {
    switch (tuned, base) {
    case (.measured(let tuned), .measured(let base)):
      .measured(Self.difference(tuned.nats, base.nats))
    case (.measured, _): base.withoutValue() ?? .failed(Reasons.wrongObservation)
    default: tuned.withoutValue() ?? .failed(Reasons.wrongObservation)
    }
  }

  /// What is compared with other canaries, in nats.
  func compared(asDifferences: Bool) -> Outcome<Double> {
    asDifferences ? tunedMinusBase : tuned.map(\.nats)
  }

  /// The difference of two scores. A text that the tuned model gives no probability is the lowest,
  /// whatever the base model gives it.
  static func difference(_ tuned: Double, _ base: Double) -> Double {
    tuned == -.infinity ? tuned : tuned - base
  }

  /// Whether the sums of all texts that have one begin at the same byte, as those of one space must
  /// so that they sum to at most 1.
  var shareBoundary: Bool {
    if let start = tunedReferences.start { return (tuned.value?.start ?? start) == start }
    let starts = ([tuned] + tunedReferences).compactMap { $0.value?.start }
    return Set(starts).count <= 1
  }
}
