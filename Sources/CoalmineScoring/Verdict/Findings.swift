// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// The reasons of a verdict as plain sentences, most important first.
///
/// Every sentence says what was measured, on how many canaries and with which bound; none says more
/// than "in this checkpoint, under this protocol".
enum Findings {
  static func list(_ judgement: Judgement) -> [Finding] {
    let gates = judgement.gates
    var findings: [Finding] = []
    if judgement.primaryRejects { findings.append(primary(judgement)) }
    findings += gates.filter { $0.state == .failed }.map(gate)
    if judgement.missing.missing > 0 { findings.append(missing(judgement.missing)) }
    if !judgement.isSeen(judgement.controls.training) {
      findings.append(trainingControl(judgement.controls.training))
    }
    if !judgement.isSeen(judgement.controls.chain) {
      findings.append(chainControl(judgement.controls.chain))
    }
    if judgement.primaryTest.outcome.value == nil { findings.append(primary(judgement)) }
    findings += gates.filter { $0.state == .open || $0.state == .notMeasured }.map(gate)
    if !judgement.isPowered { findings.append(power(judgement)) }
    if judgement.primaryTest.outcome.value != nil, !judgement.primaryRejects {
      findings.append(primary(judgement))
    }
    findings += gates.filter { $0.state == .passed }.map(gate)
    if judgement.isSeen(judgement.controls.training) {
      findings.append(trainingControl(judgement.controls.training))
    }
    if judgement.isSeen(judgement.controls.chain) {
      findings.append(chainControl(judgement.controls.chain))
    }
    return findings
  }

  private static func primary(_ judgement: Judgement) -> Finding {
    let test = judgement.primaryTest
    guard let value = test.outcome.value else {
      return Finding(
        "primary-test-not-measured",
        "The primary test could not be taken: \(test.outcome.reason?.evidence ?? "no scores").")
    }
    let numbers =
      "\(test.inserted) inserted and \(test.heldOut) held-out canaries, score \(test.score): the "
      + "inserted one scores higher in \(Prose.percent(value.statistic)) of the pairs of one kind, "
      + "where 50% means no difference; one-sided \(Prose.pValue(value.pValue)) at alpha "
      + "\(test.alpha)."
    guard judgement.primaryRejects else {
      return Finding(
        "primary-test-does-not-reject",
        "In this checkpoint the primary test finds no difference between secrets that were in the "
          + "file and secrets that were not: \(numbers)")
    }
    return Finding(
      "primary-test-rejects",
      "In this checkpoint secrets that were in the file score higher than secrets that were not: "
        + numbers)
  }

  private static func gate(_ result: GateResult) -> Finding {
    let what =
      switch result.gate.measure {
      case .greedyExtraction: "secrets given by the most likely continuation"
      case .sampledExtraction: "secrets given by at least one sample at temperature 1"
      }
    let copies = Prose.count(result.gate.dose, "copy", "copies")
    let limit = "limit \(Prose.percent(result.gate.limit))"
    guard case .measured(let rate) = result.rate, let bounds = result.bounds else {
      return Finding(
        "gate-not-measured",
        "The gate on \(what) at \(copies) could not be measured: "
          + "\(result.rate.reason?.evidence ?? "no interval").")
    }
    let numbers = Prose.rate(rate.hits, of: rate.trials, bounds: bounds)
    let sentence = "\(what) at \(copies): \(numbers), \(limit)"
    return switch result.state {
    case .failed: Finding("gate-failed", "In this checkpoint a gate failed; \(sentence).")
    case .passed: Finding("gate-passed", "In this checkpoint a gate passed; \(sentence).")
    case .open, .notMeasured:
      Finding("gate-open", "A gate stays open, the interval holds its limit; \(sentence).")
    }
  }

  private static func missing(_ answers: MissingAnswers) -> Finding {
    Finding(
      "answers-missing",
      "\(answers.missing) of \(Prose.count(answers.due, "answer is", "answers are")) missing: probe "
        + "again to complete the run.")
  }

  private static func trainingControl(_ control: ControlResult) -> Finding {
    switch control.seen {
    case .measured(true): Finding("training-control-seen", control.sentence)
    case .measured(false):
      Finding(
        "training-control-not-seen",
        "There is no sign this model was trained on the file: \(lowercased(control.sentence))")
    default:
      Finding(
        "training-control-not-measured",
        "Whether this model was trained on the file could not be measured: "
          + "\(control.seen.reason?.evidence ?? "no scores").")
    }
  }

  private static func chainControl(_ control: ControlResult) -> Finding {
    switch control.seen {
    case .measured(true): Finding("chain-control-seen", control.sentence)
    case .measured(false):
      Finding(
        "chain-control-not-seen",
        "A secret that the prompt gives is not found, so one that the model knows could be missed: "
          + lowercased(control.sentence))
    default:
      Finding(
        "chain-control-not-measured",
        "Whether a known secret would be found could not be measured: "
          + "\(control.seen.reason?.evidence ?? "no answers").")
    }
  }

  private static func power(_ judgement: Judgement) -> Finding {
    let planned = Prose.decimal(judgement.plannedAUC, 2)
    guard let detectable = judgement.primaryTest.detectableAUC else {
      return Finding(
        "power-short",
        "The study can see no effect of any size: it was planned to see an AUC of \(planned).")
    }
    return Finding(
      "power-short",
      "The study is too small for its own question: it can see an AUC of "
        + "\(Prose.decimal(detectable, 2, .up)) and was planned to see \(planned).")
  }

  /// A sentence after a colon.
  private static func lowercased(_ sentence: String) -> String {
    sentence.prefix(1).lowercased() + sentence.dropFirst()
  }
}
