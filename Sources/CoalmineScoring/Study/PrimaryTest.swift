// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// The one test that was named before training.
///
/// Coined canaries at the target dose, inserted against held out, within their kinds: the coins
/// decided who is in the file, so under no leakage every relabelling within a kind that keeps its
/// counts is as likely as the one that was thrown.
///
/// It is taken when all of them are answered, and not before. Ties count half. Kinds of which only
/// one label was scored give no pairs. Source: Phipson and Smyth 2010, section 3, for p = (1 + b +
/// e) / (B + 1).
package enum PrimaryTest {
  package static let name = "stratified-coin-permutation"

  /// - Parameters:
  ///   - canaries: in the order of their ids, with `results` beside them.
  ///   - hasBase: whether a base run is at hand.
  static func run(
    _ canaries: [Canary], _ results: [CanaryResult], hasBase: Bool,
    protocol studyProtocol: StudyProtocol, ties: TieWidths,
    using generator: inout ChaCha8Rand
  ) -> PrimaryTestResult {
    let plan = studyProtocol.primaryTest
    let coined = zip(canaries, results).filter { canary, _ in
      canary.coined && canary.dose == studyProtocol.targetDose
        && (canary.role == .inserted || canary.role == .heldOut)
    }.map(\.1)
    let score = chosenScore(plan.score, coined, hasBase: hasBase)
    let outcomes = coined.map { result in
      score == .tunedMinusBase ? result.tunedMinusBase : result.secretLogProbability
    }
    let members = zip(coined, outcomes).compactMap { result, outcome in
      outcome.value.map {
        StratifiedTwoSample.Member(
          stratum: result.kind, first: result.role == .inserted, score: $0)
      }
    }
    let groups = StratifiedTwoSample(
      members, tieEpsilon: score == .tunedMinusBase ? ties.difference : ties.score)
    let value = value(groups, coined, outcomes, plan, using: &generator)
    return PrimaryTestResult(
      name: name, score: score.rawValue, alpha: plan.alpha, outcome: value,
      inserted: members.count { $0.first }, heldOut: members.count { !$0.first },
      detectableAUC: Rates.detectableAUC(groups.firsts, groups.seconds, plan))
  }

  /// The best score is the difference to the base model where that was scored for every coined
  /// canary: a mixture of two scores would compare canaries by which of them they have.
  private static func chosenScore(
    _ asked: StudyProtocol.PrimaryTest.Score, _ coined: [CanaryResult], hasBase: Bool
  ) -> StudyProtocol.PrimaryTest.Score {
    guard asked == .best else { return asked }
    // A base run that is under way is waited for: a score that changes with it would be two tests.
    if hasBase, coined.contains(where: \.tunedMinusBase.isNotAnswered) { return .tunedMinusBase }
    let answered = coined.allSatisfy { result in
      result.tunedMinusBase.value != nil || result.secretLogProbability.value == nil
    }
    return hasBase && answered && coined.contains { $0.tunedMinusBase.value != nil }
      ? .tunedMinusBase : .secretLogProbability
  }

  private static func value(
    _ groups: StratifiedTwoSample, _ coined: [CanaryResult], _ outcomes: [Outcome<Double>],
    _ plan: StudyProtocol.PrimaryTest, using generator: inout ChaCha8Rand
  ) -> Outcome<PrimaryTestResult.Value> {
    guard !coined.isEmpty else {
      return .notMeasurable(Reasons.noCoinedCanaries)
    }
    // Taken once, when every coined canary has its answer: a test that is looked at again and again
    // while answers come in would reject too often.
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
