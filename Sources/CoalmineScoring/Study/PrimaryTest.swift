// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// The primary test, named before training.
///
/// Randomized canaries at the target repetitions, inserted against held out, within their kinds: a
/// random assignment decided which are in the file, so without leakage every relabelling within a
/// kind that keeps its counts is as likely as the one that was drawn.
///
/// It is taken when all of them are answered, and not before. Ties count half. Kinds of which only
/// one label was scored give no pairs. Source: Phipson and Smyth 2010, section 3, for p = (1 + b +
/// e) / (B + 1).
package enum PrimaryTest {
  package static let name = "stratified-permutation"

  /// - Parameters:
  ///   - canaries: in the order of their ids, with `results` beside them.
  ///   - hasBase: whether a base run is at hand.
  static func run(
    _ canaries: [Canary], _ results: [CanaryResult], hasBase: Bool,
    protocol studyProtocol: StudyProtocol, ties: TieWidths,
    using generator: inout ChaCha8Rand
  ) -> PrimaryTestResult {
    let plan = studyProtocol.decision
    let randomized = zip(canaries, results).filter { canary, _ in
      canary.randomized && canary.repetitions == studyProtocol.targetRepetitions
        && (canary.role == .inserted || canary.role == .heldOut)
    }.map(\.1)
    let score = chosenScore(plan.score, randomized, hasBase: hasBase)
    let outcomes = randomized.map { result in
      score == .tunedMinusBase ? result.tunedMinusBase : result.secretLogProbability
    }
    let members = zip(randomized, outcomes).compactMap { result, outcome in
      outcome.value.map {
        StratifiedTwoSample.Member(
          stratum: result.kind, first: result.role == .inserted, score: $0)
      }
    }
    let groups = StratifiedTwoSample(
      members, tieEpsilon: score == .tunedMinusBase ? ties.difference : ties.score)
    let value = value(groups, randomized, outcomes, plan, using: &generator)
    return PrimaryTestResult(
      name: name, score: score.rawValue, alpha: plan.alpha, outcome: value,
      inserted: members.count { $0.first }, heldOut: members.count { !$0.first },
      detectableAUC: Rates.detectableAUC(groups.firsts, groups.seconds, plan))
  }

  /// The best score is the difference to the base model where that was scored for every randomized
  /// canary: a mixture of two scores would compare canaries by which of them they have.
  private static func chosenScore(
    _ asked: StudyProtocol.Decision.Score, _ randomized: [CanaryResult], hasBase: Bool
  ) -> StudyProtocol.Decision.Score {
    guard asked == .best else { return asked }
    // A base run that is under way is waited for: a score that changes with it would be two tests.
    if hasBase, randomized.contains(where: \.tunedMinusBase.isNotAnswered) {
      return .tunedMinusBase
    }
    let answered = randomized.allSatisfy { result in
      result.tunedMinusBase.value != nil || result.secretLogProbability.value == nil
    }
    return hasBase && answered && randomized.contains { $0.tunedMinusBase.value != nil }
      ? .tunedMinusBase : .plain
  }

  private static func value(
    _ groups: StratifiedTwoSample, _ randomized: [CanaryResult], _ outcomes: [Outcome<Double>],
    _ plan: StudyProtocol.Decision, using generator: inout ChaCha8Rand
  ) -> Outcome<PrimaryTestResult.Value> {
    guard !randomized.isEmpty else {
      return .notMeasurable(Reasons.noRandomizedCanaries)
    }
    // Taken once, when every randomized canary has its answer: a test that is looked at again and
    // again while answers come in would reject too often.
    if let waiting = outcomes.first(where: \.isNotAnswered) {
      return waiting.withoutValue() ?? .failed(Reasons.wrongObservation)
    }
    guard !groups.isEmpty else {
      if let missing = outcomes.first(where: { $0.value == nil }) {
        return missing.withoutValue() ?? .failed(Reasons.wrongObservation)
      }
      return .notMeasurable(Reasons.noPairs)
    }
    return Fallible.outcome {
      let (auc, test) = try groups.test(permutations: plan.permutations, using: &generator)
      return PrimaryTestResult.Value(
        statistic: auc, pValue: test.pValue, relabellings: test.relabellings, exact: test.isExact)
    }
  }
}
