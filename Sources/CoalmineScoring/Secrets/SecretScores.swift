// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The scores of one canary's secret, of the same secret under the base model, and of its
/// references.
struct SecretScores: Sendable {
  let tuned: Outcome<SecretScore>
  let base: Outcome<SecretScore>
  /// Log-probabilities of the references that have one, in nats.
  let references: [Double]
  /// How many references were to be asked.
  let referencesDue: Int
  /// The first reference without a score.
  let unscoredReference: Outcome<SecretScore>?

  init(_ canary: Canary, in evidence: Evidence) {
    let prompt = canary.prefix.count
    let separator = canary.separator.count
    func score(_ answer: Outcome<Observation>, secret: Int?) -> Outcome<SecretScore> {
      SecretScore.read(answer, prompt: prompt, separator: separator, secret: secret)
    }
    let subject = Subject.canary(canary.id)
    let length = canary.secret.reveal().count
    tuned = score(
      evidence.tuned?.observation(.sequenceLikelihood, subject)
        ?? .notMeasurable(Reasons.noTunedRun),
      secret: length)
    base = score(
      evidence.base?.observation(.sequenceLikelihood, subject)
        ?? .notMeasurable(Reasons.noBaseRun),
      secret: length)

    let due = Self.referencesDue(canary, asked: evidence.studyProtocol.references)
    var values: [Double] = []
    var unscored: Outcome<SecretScore>?
    if let answers = evidence.tuned {
      values.reserveCapacity(due)
      for number in 0..<due {
        let answer = answers.observation(
          .sequenceLikelihood, .reference(canary: canary.id, number: number))
        let outcome = score(answer, secret: nil)
        if let value = outcome.value {
          values.append(Self.ranked(value, tuned, tieEpsilon: evidence.ties.score))
        } else if unscored == nil {
          unscored = outcome
        }
      }
    } else {
      unscored = .notMeasurable(Reasons.noTunedRun)
    }
    references = values
    referencesDue = due
    unscoredReference = unscored
  }

  /// What a reference counts as: its score, or the upper bound of one that is surely less likely
  /// than the secret. Where a bound leaves that open it is a tie, which counts against the finding.
  private static func ranked(
    _ reference: SecretScore, _ own: Outcome<SecretScore>, tieEpsilon: Double
  ) -> Double {
    guard reference.isUpperBound, let own = own.value else { return reference.nats }
    return reference.nats < own.nats - tieEpsilon ? reference.nats : own.nats
  }

  /// A small space has fewer other candidates than the protocol asks for.
  static func referencesDue(_ canary: Canary, asked: Int) -> Int {
    guard canary.bits < 40 else { return max(0, asked) }
    let others = Int(exp2(canary.bits).rounded()) - 1
    return max(0, min(asked, others))
  }

  /// Tuned minus base, in nats.
  var tunedMinusBase: Outcome<Double> {
    switch (tuned, base) {
    case (.measured(let tuned), .measured(let base)): .measured(tuned.nats - base.nats)
    case (.measured, _): base.withoutValue() ?? .failed(Reasons.wrongObservation)
    default: tuned.withoutValue() ?? .failed(Reasons.wrongObservation)
    }
  }
}
