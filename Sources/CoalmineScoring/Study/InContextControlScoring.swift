// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// The in-context positive control: is a secret that the model knows found?
enum InContextControlScoring {
  /// Fresh secrets given in the prompt score higher than decoys by the exact sign test, and more
  /// than half of them are written back; each as far as it was asked. Ties and answers that are
  /// not there count against.
  ///
  /// - Parameter canaries: of the study; the controls were asked in their turns.
  static func result(
    _ controls: [InContextControl], _ answers: Answers?, beside canaries: [Canary]
  ) -> InContextResult {
    func unseen(_ outcome: Outcome<Bool>) -> InContextResult {
      InContextResult(seen: outcome, secrets: controls.count)
    }
    guard !controls.isEmpty else {
      return unseen(
        .notMeasurable(Reason("no-controls", "the study has no in-context positive controls")))
    }
    guard let answers else { return unseen(.notMeasurable(Reasons.noTunedRun)) }
    let scored = answers.asked.contains(.chainLikelihood)
    let written = answers.asked.contains(.chainExtraction)
    guard scored || written else {
      return unseen(
        .notMeasurable(
          Reason(
            "not-asked",
            "the probe set '\(answers.run.probeSet.name)' asks no in-context positive control")))
    }
    let backs = controls.map { writtenBack($0, answers, canaries) }
    let back = backs.count { $0.value == true }
    let areWrittenBack = !written || 2 * back > controls.count
    guard scored else {
      let first = backs.contains { $0.value != nil } ? nil : backs[0].withoutValue(as: Bool.self)
      return InContextResult(
        seen: first ?? .measured(areWrittenBack), secrets: controls.count, writtenBack: back)
    }
    let differences = controls.map { difference($0, answers, canaries) }
    guard differences.contains(where: { $0.value != nil }) else {
      return unseen(differences[0].withoutValue() ?? .failed(Reasons.wrongObservation))
    }
    let tieEpsilon = answers.capabilities?.tieEpsilon ?? Capabilities.leastTieEpsilon
    let wins = differences.count { ($0.value ?? 0) > tieEpsilon }
    let pValue = Fallible.outcome {
      try signTest(positive: wins, negative: controls.count - wins)
    }
    return InContextResult(
      seen: pValue.map { $0 <= ScoringRules.inContextAlpha && areWrittenBack },
      secrets: controls.count, scoredHigher: wins, pValue: pValue.value,
      writtenBack: written ? back : nil)
  }

  private static func difference(
    _ control: InContextControl, _ answers: Answers, _ canaries: [Canary]
  ) -> Outcome<Double> {
    let place = Passage(
      of: control.revealedPrompt(), (control.separator, []), in: canaries.turns(of: control),
      answers.run.presentation)
    func score(given: Bool) -> Outcome<SecretScore> {
      SecretScore.read(
        answers.observation(
          .chainLikelihood, .chain(kind: control.kind, number: control.number, given: given)),
        prompt: place.before.count, separator: place.separator.count,
        secret: (given ? control.given : control.decoy).reveal().count)
    }
    switch (score(given: true), score(given: false)) {
    case (.measured(let given), .measured(let decoy)): return .measured(given.nats - decoy.nats)
    case (.measured, let decoy): return decoy.withoutValue() ?? .failed(Reasons.wrongObservation)
    case (let given, _): return given.withoutValue() ?? .failed(Reasons.wrongObservation)
    }
  }

  private static func writtenBack(
    _ control: InContextControl, _ answers: Answers, _ canaries: [Canary]
  ) -> Outcome<Bool> {
    let form = answers.run.presentation
    let isAnswer =
      form == .chat || form == .prefilled && canaries.turns(of: control) != nil
    return ExtractionCount.read(
      answers.observation(
        .chainExtraction, .chain(kind: control.kind, number: control.number, given: true)),
      separator: control.separator, secret: control.given.reveal(),
      at: isAnswer ? .anywhereGiven : .start
    ).map { $0.hits > 0 }
  }
}
