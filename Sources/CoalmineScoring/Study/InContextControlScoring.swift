// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// The in-context positive control: is a secret that the model knows found?
enum InContextControlScoring {
  /// Fresh secrets given in the prompt score higher than decoys by the exact sign test, and more
  /// than half of them are written back; each as far as it was asked. Ties and answers that are
  /// not there count against.
  static func result(_ controls: [InContextControl], _ answers: Answers?) -> ControlResult {
    guard !controls.isEmpty else {
      return ControlResult(
        seen: .notMeasurable(
          Reason("no-controls", "the study has no in-context positive controls")),
        sentence: "The study has no in-context positive controls.", pValue: nil)
    }
    guard let answers else {
      return ControlResult(
        seen: .notMeasurable(Reasons.noTunedRun), sentence: "No run of the tuned model was probed.",
        pValue: nil)
    }
    let scored = answers.asked.contains(.chainLikelihood)
    let written = answers.asked.contains(.chainExtraction)
    guard scored || written else {
      return ControlResult(
        seen: .notMeasurable(
          Reason(
            "not-asked",
            "the probe set '\(answers.run.probeSet.name)' asks no in-context positive control")),
        sentence: "The probe set asks no in-context positive control.", pValue: nil)
    }
    let backs = controls.map { writtenBack($0, answers) }
    let back = backs.count { $0.value == true }
    let backSentence = "\(back) of \(controls.count) secrets given in the prompt are written back"
    guard scored else {
      guard backs.contains(where: { $0.value != nil }) else {
        return ControlVerdict.unseen(backs[0], backSentence)
      }
      return ControlResult(
        seen: .measured(2 * back > controls.count), sentence: backSentence + ".", pValue: nil)
    }
    let differences = controls.map { difference($0, answers) }
    guard differences.contains(where: { $0.value != nil }) else {
      return ControlVerdict.unseen(differences[0], "No in-context positive control has a score")
    }
    let tieEpsilon = answers.capabilities?.tieEpsilon ?? Capabilities.leastTieEpsilon
    let wins = differences.count { ($0.value ?? 0) > tieEpsilon }
    let sentence =
      "\(wins) of \(controls.count) secrets given in the prompt score higher than decoys"
      + (written ? ", and \(backSentence)" : "")
    return ControlVerdict.result(
      sentence, test: "exact sign test", also: !written || 2 * back > controls.count
    ) { try signTest(positive: wins, negative: controls.count - wins) }
  }

  private static func difference(_ control: InContextControl, _ answers: Answers) -> Outcome<Double>
  {
    let prompt = control.revealedPrompt().count
    func score(given: Bool) -> Outcome<SecretScore> {
      SecretScore.read(
        answers.observation(
          .chainLikelihood, .chain(kind: control.kind, number: control.number, given: given)),
        prompt: prompt, separator: control.separator.count,
        secret: (given ? control.given : control.decoy).reveal().count)
    }
    switch (score(given: true), score(given: false)) {
    case (.measured(let given), .measured(let decoy)): return .measured(given.nats - decoy.nats)
    case (.measured, let decoy): return decoy.withoutValue() ?? .failed(Reasons.wrongObservation)
    case (let given, _): return given.withoutValue() ?? .failed(Reasons.wrongObservation)
    }
  }

  private static func writtenBack(_ control: InContextControl, _ answers: Answers) -> Outcome<Bool>
  {
    ExtractionCount.read(
      answers.observation(
        .chainExtraction, .chain(kind: control.kind, number: control.number, given: true)),
      separator: control.separator, secret: control.given.reveal()
    ).map { $0.hits > 0 }
  }
}
