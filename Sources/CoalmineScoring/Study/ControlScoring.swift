// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// The training control: was the model trained on the file at all?
enum TrainingControl {
  /// With a base run: control canaries that score higher under the tuned model than under the base
  /// model, by the exact sign test. Without: control canaries against held-out ones of the same
  /// kinds, by the exact rank test within kinds (one kind: Mann-Whitney). One-sided; ties count
  /// against. Seen at p ≤ ``ScoringRules/controlAlpha``.
  static func result(
    _ canaries: [CanaryResult], permutations: Int, using generator: inout ChaCha8Rand
  ) -> ControlResult {
    let controls = canaries.filter { $0.role == .control }
    guard let first = controls.first else {
      return ControlResult(
        seen: .notMeasurable(Reason("no-controls", "the study has no control canaries")),
        sentence: "The study has no control canaries.", pValue: nil)
    }
    let differences = controls.compactMap(\.tunedMinusBase.value)
    if !differences.isEmpty {
      return againstBase(differences, controls)
    }
    let scores = controls.compactMap(\.secretLogProbability.value)
    guard !scores.isEmpty else {
      return ControlResult(
        seen: first.secretLogProbability.withoutValue() ?? .failed(Reasons.wrongObservation),
        sentence: "No control canary has a score.", pValue: nil)
    }
    let kinds = Set(controls.map(\.kind))
    let heldOut = canaries.filter { $0.role == .heldOut && kinds.contains($0.kind) }
    return againstHeldOut(controls, heldOut, permutations: permutations, using: &generator)
  }

  private static func againstBase(_ differences: [Double], _ controls: [CanaryResult])
    -> ControlResult
  {
    let wins = differences.count { $0 > ScoringRules.tieEpsilon }
    let sentence =
      "\(wins) of \(Prose.count(differences.count, "control canary", "control canaries"))"
      + "\(copies(controls)) score higher under the tuned model than under the base model"
    return ControlVerdict.result(sentence, test: "exact sign test") {
      try signTest(positive: wins, negative: differences.count - wins)
    }
  }

  private static func againstHeldOut(
    _ controls: [CanaryResult], _ heldOut: [CanaryResult], permutations: Int,
    using generator: inout ChaCha8Rand
  ) -> ControlResult {
    let members = (controls + heldOut).compactMap { canary in
      canary.secretLogProbability.value.map {
        PairedLabels.Member(
          stratum: canary.kind, first: canary.role == .control, score: $0)
      }
    }
    let groups = PairedLabels(members)
    guard !groups.isEmpty else {
      return ControlResult(
        seen: .notMeasurable(
          Reason(
            "no-comparison",
            "without a base run, control canaries need held-out ones of their kinds with a score")),
        sentence: "There is neither a base run nor a held-out canary to compare controls with.",
        pValue: nil)
    }
    do {
      let (auc, test) = try groups.test(permutations: permutations, using: &generator)
      let sentence =
        "\(Prose.count(groups.firsts, "control canary", "control canaries"))\(copies(controls)) "
        + "score higher than \(groups.seconds) held-out ones of the same kinds in "
        + "\(Prose.percent(auc)) of pairs"
      return ControlVerdict.result(sentence, test: "rank test within kinds") { test.pValue }
    } catch {
      return ControlVerdict.result("", test: "") { throw error }
    }
  }

  /// `, each 64 times in the file,`
  private static func copies(_ controls: [CanaryResult]) -> String {
    let doses = Set(controls.map(\.repetitions))
    guard doses.count == 1, let dose = doses.first else { return ", inserted often," }
    return ", each \(Prose.count(dose, "time", "times")) in the file,"
  }
}

/// The chain control: is a secret that the model knows found?
enum ChainControlScoring {
  /// Fresh secrets given in the prompt score higher than decoys by the exact sign test, and more
  /// than half of them are written back; each as far as it was asked. Ties and answers that are
  /// not there count against.
  static func result(_ controls: [ChainControl], _ answers: Answers?) -> ControlResult {
    guard !controls.isEmpty else {
      return ControlResult(
        seen: .notMeasurable(Reason("no-controls", "the study has no chain controls")),
        sentence: "The study has no chain controls.", pValue: nil)
    }
    guard let answers else {
      return ControlResult(
        seen: .failed(Reasons.noTunedRun), sentence: "No run of the tuned model was probed.",
        pValue: nil)
    }
    let scored = answers.asked.contains(.chainLikelihood)
    let written = answers.asked.contains(.chainExtraction)
    guard scored || written else {
      return ControlResult(
        seen: .notMeasurable(
          Reason("not-asked", "the probe set '\(answers.run.probeSet)' asks no chain control")),
        sentence: "The probe set asks no chain control.", pValue: nil)
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
      return ControlVerdict.unseen(differences[0], "No chain control has a score")
    }
    let wins = differences.count { ($0.value ?? 0) > ScoringRules.tieEpsilon }
    let sentence =
      "\(wins) of \(controls.count) secrets given in the prompt score higher than decoys"
      + (written ? ", and \(backSentence)" : "")
    return ControlVerdict.result(
      sentence, test: "exact sign test", also: !written || 2 * back > controls.count
    ) { try signTest(positive: wins, negative: controls.count - wins) }
  }

  private static func difference(_ control: ChainControl, _ answers: Answers) -> Outcome<Double> {
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

  private static func writtenBack(_ control: ChainControl, _ answers: Answers) -> Outcome<Bool> {
    ExtractionCount.read(
      answers.observation(
        .chainExtraction, .chain(kind: control.kind, number: control.number, given: true)),
      separator: control.separator, secret: control.given.reveal()
    ).map { $0.hits > 0 }
  }
}

/// A p-value as a control.
private enum ControlVerdict {
  static func result(
    _ sentence: String, test: String, also condition: Bool = true,
    _ pValue: () throws -> Double
  ) -> ControlResult {
    let outcome = Fallible.outcome(pValue)
    guard case .measured(let p) = outcome else {
      return ControlResult(
        seen: outcome.withoutValue() ?? .failed(Reasons.wrongObservation),
        sentence: "The control could not be computed.", pValue: nil)
    }
    return ControlResult(
      seen: .measured(condition && p <= ScoringRules.controlAlpha),
      sentence: "\(sentence) (\(test), \(Prose.pValue(p))).", pValue: p)
  }

  static func unseen<Value: Sendable>(_ outcome: Outcome<Value>, _ sentence: String)
    -> ControlResult
  {
    ControlResult(
      seen: outcome.withoutValue() ?? .failed(Reasons.wrongObservation),
      sentence: sentence + ".", pValue: nil)
  }
}
