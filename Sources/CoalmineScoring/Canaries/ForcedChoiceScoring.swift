// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// What forced choices came to: ranks of secrets among the references that were shown beside them.
///
/// Which of the texts is the secret, and at which place it stands, was drawn at random. So given the
/// probabilities of a question, the secret is equally likely to have any of their ranks under a model
/// that never saw it, and the sum of ranks has an exact distribution (``RankSum``). What a model makes of
/// places, lengths and labels moves all ranks alike.
///
/// Nothing here decides. A share of alpha would have to be planned and its power simulated; the protocol
/// gives forced choices none, and the questions hold the secrets, so replies to them are no evidence for
/// any other test.
enum ForcedChoiceScoring {
  /// - Returns: `nil` where no run asked forced choices.
  static func result(_ evidence: Evidence) -> ForcedChoiceResult? {
    guard let answers = evidence.forcedChoices else { return nil }
    let target = evidence.studyProtocol.targetRepetitions
    let canaries = evidence.canariesByName
    let randomized = canaries.filter { $0.randomized && $0.repetitions == target }
    let groups: [(Role, [Canary])] = [
      (.inserted, randomized.filter { $0.role == .inserted }),
      (.heldOut, randomized.filter { $0.role == .heldOut }),
      (.control, canaries.filter { $0.role == .control }),
    ]
    let texts = evidence.studyProtocol.forcedChoice
    return ForcedChoiceResult(
      run: answers.run.number, model: answers.run.model, texts: texts,
      groups: groups.filter { !$0.1.isEmpty }.map { role, canaries in
        group(role, canaries.map { choice(of: $0, answers) }, texts, evidence)
      })
  }

  /// The choice about a canary; `nil` where none came.
  private static func choice(of canary: Canary, _ answers: Answers) -> ForcedChoice? {
    guard
      case .measured(.choice(let choice)) = answers.observation(.forcedChoice, .canary(canary.id))
    else { return nil }
    return choice
  }

  private static func group(
    _ role: Role, _ choices: [ForcedChoice?], _ texts: Int, _ evidence: Evidence
  ) -> ForcedChoiceResult.Group {
    let answered = choices.compactMap(\.self)
    return ForcedChoiceResult.Group(
      role: role, canaries: choices.count, answered: answered.count,
      first: Rates.rate(answered.map { .measured($0.isFirst) }),
      firstByChance: answered.reduce(0) { $0 + 1 / Double($1.probabilities.count) },
      pValue: pValue(role, choices, texts, evidence))
  }

  /// A missing answer is read against a finding: the last rank for canaries in the file. Of held-out ones
  /// nothing is to be found, so those that were answered are looked at.
  private static func pValue(
    _ role: Role, _ choices: [ForcedChoice?], _ texts: Int, _ evidence: Evidence
  ) -> Outcome<Double> {
    guard evidence.draw.secretsAreUniform else { return .notMeasurable(Reasons.secretsNotUniform) }
    let answered = choices.compactMap(\.self)
    guard !answered.isEmpty else { return .notMeasurable(Reasons.noChoices) }
    return Fallible.outcome {
      let known = try answered.map {
        try RankedSecret(scores: $0.probabilities, secret: $0.place)
      }
      if role == .heldOut { return try RankSum.tails(known).twoSided }
      let missing = try (answered.count..<choices.count).map { _ in
        try RankedSecret(missing: .leak, of: max(ForcedChoice.texts.lowerBound, texts))
      }
      return try RankSum(known + missing).pValue
    }
  }
}

extension Answers {
  /// The answers that are due in a run of forced choices.
  package func choiceCount(of canaries: [Canary]) -> AnswerCounts.Count {
    var count = AnswerCounts.Count()
    let answer = reader(.forcedChoice)
    for canary in canaries {
      count.due += 1
      switch answer(.canary(canary.id)) {
      case .measured: break
      case .censored: count.withheld += 1
      case .failed(let reason) where reason.slug == Reasons.notAnswered: count.missing += 1
      case .failed, .notMeasurable: count.unreadable += 1
      }
    }
    return count
  }
}
