// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// Lower bounds of ε from the random assignment of one run.
enum PrivacyScoring {
  /// Below one over the number of training records of most files.
  static let delta = 1e-5
  static let alpha = 0.05

  /// Guesses the better quarter of the randomized canaries in and the worse quarter out, by a score
  /// that does not know the assignment: the secret's place among its own references, or its
  /// difference to the base model. Canaries without a score are not guessed: what an endpoint
  /// withholds is part of what it publishes.
  ///
  /// - Complexity: O(canaries log canaries + bounds).
  static func result(_ components: Components) -> Outcome<PrivacyResult> {
    guard components.evidence.draw.assignmentIsRandom else {
      return .notMeasurable(Reasons.assignmentNotRandom)
    }
    let canaries = components.canaries.inserted + components.canaries.heldOut
    guard !canaries.isEmpty else { return .notMeasurable(Reasons.noRandomizedCanaries) }
    if let waiting = canaries.first(where: { $0.scores.tuned.isNotAnswered }) {
      return waiting.scores.tuned.withoutValue() ?? .failed(Reasons.wrongObservation)
    }
    let scored = canaries.compactMap { canary in
      score(canary.scores, components.scores).map { (scored: canary, score: $0) }
    }
    guard !scored.isEmpty else {
      return canaries[0].scores.tuned.withoutValue() ?? .failed(Reasons.wrongObservation)
    }
    // Equal scores by id, which says nothing of the assignment.
    let order = scored.sorted {
      ($1.score, $0.scored.canary.id) < ($0.score, $1.scored.canary.id)
    }
    let each = min(canaries.count / 4, order.count / 2)
    let correct =
      order.prefix(each).count { $0.scored.canary.role == .inserted }
      + order.suffix(each).count { $0.scored.canary.role == .heldOut }
    guard each > 0 else {
      return .notMeasurable(
        Reason("no-canaries", "fewer than four randomized canaries give no guess"))
    }
    return Fallible.outcome {
      try bounds(
        canaries: canaries.count, guesses: 2 * each, correct: correct,
        components.evidence.studyProtocol.heldOutContexts == .planted ? .exchange : .addOrRemove)
    }
  }

  /// The bounds that follow from so many right guesses.
  private static func bounds(
    canaries: Int, guesses: Int, correct: Int, _ change: PrivacyResult.Change
  ) throws(StatisticsError) -> PrivacyResult {
    func run(_ right: Int) throws(StatisticsError) -> OneRunEpsilon {
      try OneRunEpsilon(canaries: canaries, guesses: guesses, correct: right, delta: delta)
    }
    return PrivacyResult(
      canaries: canaries, guesses: guesses, correct: correct, delta: delta,
      confidence: 1 - alpha, epsilon: try run(correct).lowerBound(alpha: alpha),
      gaussianEpsilon: try OneRunTradeOff(canaries: canaries, guesses: guesses, correct: correct)
        .epsilonLowerBound(delta: delta, alpha: alpha),
      detectableEpsilon: try EpsilonPlanning.distinguishable(
        guesses: guesses, alpha: alpha, power: 0.8),
      ceiling: try run(guesses).lowerBound(alpha: alpha), change: change)
  }

  private static func score(_ scores: SecretScores, _ choice: ScoreChoice) -> Double? {
    if choice.coinUsesDifferences { return scores.tunedMinusBase.value }
    guard let own = scores.tuned.value?.nats else { return nil }
    let references = scores.tunedReferences.compactMap { $0.value?.nats }.filter(\.isFinite)
    guard !references.isEmpty else { return own }
    return own - references.reduce(0, +) / Double(references.count)
  }
}
