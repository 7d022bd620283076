// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// Everything about one run that decides: its canaries, the tests over them, and the judgement by those.
struct JudgedRun {
  /// In the order of their names.
  let scored: [ScoredCanary]
  let components: Components
  let judgement: Judgement
  let offTarget: OffTargetMatches

  /// - Parameter simulatesPower: without it nothing passes.
  init(_ evidence: Evidence, simulatesPower: Bool) {
    let canaries = evidence.canariesByName
    scored = zip(canaries, CanaryReplies.all(canaries, in: evidence)).map { canary, replies in
      ScoredCanary(canary, replies, in: evidence)
    }
    components = Components(evidence, scored)
    let deciding = components.canaries
    let inContext = InContextControlScoring.result(
      evidence.inContextControls.sorted { ($0.kind, $0.number) < ($1.kind, $1.number) },
      evidence.tuned, beside: evidence.canaries)
    offTarget = OffTargetSearch.result(
      canaries, evidence.tuned, target: Set(deciding.inserted.map(\.canary.id)))
    judgement = Judgement(
      edition: evidence.studyProtocol.edition,
      namedScore: evidence.studyProtocol.decision.score,
      decision: components.decision(inContext: inContext, simulatesPower: simulatesPower),
      checks: ValidityChecks(
        training: Validity.training(components), heldOut: Validity.heldOut(components),
        base: Validity.base(components), inContext: inContext,
        insertedLowP: Validity.insertedLow(components),
        retrieval: Validity.retrieval(components)),
      gates: Gates.results(evidence, scored, deciding),
      answers: CountedAnswers.counts(
        evidence, baseDecides: components.scores.coinUsesDifferences),
      severalModels: Set(evidence.tuned?.served.compactMap(\.name) ?? []).count > 1
        || evidence.isOfTwoModels,
      // Replies that can repeat what the endpoint was shown say nothing of the training.
      showsForeignSecrets: !evidence.repliesCanRepeat && offTarget.isBeyondChance)
  }
}
