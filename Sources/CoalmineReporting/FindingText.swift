// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// The findings of a result as plain sentences.
///
/// Every sentence says what was measured, on how many canaries and with which limit; none says more
/// than "in this checkpoint, under this protocol".
enum FindingText {
  static func sentence(_ finding: Finding, in result: StudyResult) -> String {
    let decision = result.decision
    switch finding {
    case .componentFindsLeak(let component):
      return component.result(decision) {
        "In this checkpoint " + ComponentText.finding($0, decision) + "."
      }
    case .componentFindsNothing(let component):
      return component.result(decision) {
        if result.answers.missing > 0, let value = $0.outcome.value, value.missing > 0 {
          return ComponentText.unfinished($0, value)
        }
        return "In this checkpoint \(ComponentText.name($0.component)) finds no leak: "
          + ComponentText.numbers($0, decision) + "."
      }
    case .componentNotMeasured(let component):
      return component.result(decision) {
        "\(capitalized(ComponentText.name($0.component))) could not be taken: "
          + "\($0.outcome.reason?.evidence ?? "no answers")."
      }
    case .gate(let place, _):
      return result.gates.indices.contains(place) ? GateText.sentence(result.gates[place]) : ""
    case .otherRunFoundLeak(let run):
      return otherRun(run, result)
    case .trainingControl(let state): return training(state, result)
    case .differsWithoutTraining:
      return result.verdict == .leak
        ? "What was measured differs from chance, and the controls do not show the training: check that "
          + "the model and the file are the right ones."
        : "What was measured differs from chance, but there is no sign of training on this file: "
          + "check which model was asked."
    case .heldOutNotNull:
      return
        "The draw of secrets or their spaces are in doubt: secrets that were held out "
        + "\(heldOut(result.checks.heldOut)); at most \(ValidityChecks.level) is a failure, so no test of "
        + "this study can be read."
    case .baseContaminated: return base(result.checks.base)
    case .inContextControl(let state): return inContext(state, result.checks.inContext)
    case .retrievalExcluded: return retrieval(result.checks.retrieval, isExcluded: true)
    case .retrievalNotExcluded: return retrieval(result.checks.retrieval, isExcluded: false)
    case .tunedModelNotProbed:
      return
        "No tuned model was probed yet, so nothing can be said about one; 'coalmine status STUDY' says "
        + "the next command."
    case .answersMissing(let role): return missing(role, result.answers)
    case .answersWithheld:
      let missing = decision.components.compactMap(\.outcome.value?.missing).max() ?? 0
      return
        "Answers about \(Prose.count(missing, "inserted or held-out canary", "inserted or held-out canaries")) "
        + "cannot be read or were held back by the endpoint. If each of them showed a leak, a test "
        + "would find one: an endpoint can hold back exactly what leaks, so this is no pass."
    case .componentNotShown(let component):
      return component.result(decision) {
        "\(capitalized(ComponentText.name($0.component))) does not find the controls either"
          + ($0.controls.value.map { " (\(Prose.pValue($0)))" }
            ?? $0.controls.reason.map { " (\($0.evidence))" } ?? "")
          + ", so it takes no part in the power of this study."
      }
    case .powerReached: return power(decision)
    case .powerShort: return power(decision)
    case .floorsUndercut:
      return "The protocol asks for too little to pass: "
        + (decision.power?.undercutFloors ?? []).joined(separator: "; ") + "."
    case .plainScoreRejects:
      let others =
        decision[.rank]?.decides == true
        ? "differences to the base model do not" : "the protocol gives ranks no weight"
      return "The rank test on the tuned model's own log-probabilities, with missing answers read "
        + "for a leak, rejects (\(decision.plainRank.map(pValue) ?? "")) where \(others), so this is "
        + "no pass."
    case .insertedBelowChance:
      return "Inserted secrets score lower than chance allows (one-sided "
        + "\(Prose.pValue(result.checks.insertedLowP ?? 1))): whoever answers distinguishes them from "
        + "secrets that were never planted, so this is no pass."
    case .offTargetSecrets:
      let hits = result.offTargetMatches
      return "The model writes "
        + "\(Prose.count(hits.targetSecretsFound ?? 0, "secret", "secrets")) of the file in replies to other "
        + "canaries (\(Prose.pValue(hits.targetP)) by chance, limit \(ValidityChecks.level)): it knows "
        + "secrets that the tests look for at their own prompts, so this is no pass."
    case .weakerAccess:
      return "The run asked less than the protocol planned (planned: "
        + "\(decision.plannedAccess.rawValue), asked: \(decision.access?.rawValue ?? "nothing")): it can "
        + "find a leak and cannot pass."
    case .generationOnly:
      return
        "A shift of probabilities that never reaches the text was not tested: this pass is for "
        + "generation only."
    case .answeredByOtherModels:
      return
        "More than one model answered, by the names in replies or by public texts that were asked "
        + "again at the run's end, so its numbers may belong to a mixture."
    case .protocolBeforeSecondEdition:
      return
        "The protocol is of the first edition, which tests by the assignment alone: it can find a "
        + "leak and cannot pass. The other tests are shown for comparison."
    case .notAsked(let probe, let leftOut): return notAsked(probe, leftOut, result)
    case .baseModelNotProbed:
      return "The same secrets under the model before training: no base run was probed."
    case .noRecords:
      let why =
        result.study.origin == .imported
        ? "no records were imported" : "the protocol holds no records out"
      return "Membership of records: \(why)."
    case .recordsTooShort(let records):
      return
        "\(Prose.count(records, "record was", "records were")) left out of the membership scores: "
        + "fewer than two tokens with a log-probability."
    case .repliesRecited(let inFile, let heldOut):
      return
        "Of replies to \(Prose.count(inFile, "canary", "canaries")) in the file and to "
        + "\(Prose.count(heldOut, "held-out one", "held-out ones")) the provider says that they repeat "
        + "a text that it knows: a sign of memorisation, which decides nothing. Replies that it held "
        + "back never count as free of the secret."
    case .continuationsWithheld(let canaries):
      return
        "For \(Prose.count(canaries, "canary", "canaries")) the endpoint filtered or refused every "
        + "continuation of at least one probe; they are in no extraction rate."
    }
  }

  /// What held-out secrets do, by the test that is named, with its p.
  static func heldOut(_ control: HeldOutControl) -> String {
    let isBroken = control.isBroken
    switch control.test ?? .rank {
    case .rank:
      return "\(isBroken ? "do not rank" : "rank") among their own references as chance has it "
        + "(two-sided \(pValue(control.pValue)))"
    case .rankOfDifferences:
      return
        "\(isBroken ? "do not rank" : "rank") among their own references, by differences to the base "
        + "model, as chance has it (two-sided \(pValue(control.pValue)))"
    case .mass:
      return "have \(isBroken ? "" : "no ")more of the probability than chance gives them "
        + "(by mass, \(pValue(control.pValue)))"
    }
  }

  private static func otherRun(_ number: Int, _ result: StudyResult) -> String {
    let run = result.runOutcomes.first { $0.run == number }
    let p = run?.combinedP.map { ", \(Prose.pValue($0)) over all tests" } ?? ""
    return "Run \(number) on the same checkpoint found a leak"
      + (run.map { " (probe set \($0.probeSet)\(p))" } ?? "")
      + ": it stands, whatever the run shown here says."
  }

  private static func training(_ state: Finding.ControlState, _ result: StudyResult) -> String {
    let control = result.checks.training
    guard control.controls > 0 else {
      return "Whether the model was trained on the file cannot be said: the study has no control "
        + "canaries."
    }
    let what =
      Prose.count(
        control.controls,
        control.areStandIns ? "inserted canary" : "control canary",
        control.areStandIns ? "inserted canaries" : "control canaries")
      + copies(of: control, result.study)
    let test = control.component.map { "by \(ComponentText.name($0)), " } ?? ""
    let numbers = "\(test)\(pValue(control.pValue)), at most \(ValidityChecks.level) is needed"
    switch state {
    case .seen:
      return "The model was trained on this file: \(what) stand out (\(numbers))."
    case .notSeen:
      if result.verdict == .leak {
        return "The controls do not show the training (\(what) do not stand out: \(numbers)); the "
          + "evidence above is strong enough without them. Look whether they were lost from the file "
          + "that was trained on."
      }
      return
        (MembershipProse.telling(result) == nil
        ? "There is no sign this model was trained on the file"
        : "The controls do not show that this model was trained on the file")
        + ": \(what) do not stand out "
        + "(\(numbers))."
    case .notMeasured:
      return control.pValue.value == nil
        ? "Whether the model was trained on the file could not be measured: "
          + "\(control.pValue.reason?.evidence ?? "no answers")."
        : "Whether the model was trained on the file cannot be said before all answers about controls "
          + "are there; so far \(what) do not stand out (\(numbers))."
    }
  }

  /// `, each 8 times in the file,`; where the files that were trained on were counted and hold another
  /// number, both.
  private static func copies(of control: TrainingControl, _ study: StudyFacts) -> String {
    guard let planned = control.repetitions else { return ", inserted often," }
    let times = Prose.count(planned, "time", "times")
    let canaries = study.training?.processed?.canaries ?? []
    let found = control.areStandIns ? [] : canaries.filter { $0.role == .control }.map(\.intact)
    guard let least = found.min(), let most = found.max(), (least, most) != (planned, planned)
    else { return ", each \(times) in the file," }
    return ", each planned \(times) and found "
      + (least == most ? "" : "\(least) to ") + Prose.count(most, "time", "times")
      + " in what was trained on,"
  }

  private static func base(_ check: BaseCheck?) -> String {
    guard let check else { return "" }
    return "The base model of run \(check.run) knows the secrets already ("
      + "\(ComponentText.name(check.component)): \(pValue(check.pValue)); by mass: "
      + "\(pValue(check.massPValue)); at most \(ValidityChecks.baseLevel) is a failure): it may have "
      + "been trained on this file, and no difference to it can be read."
  }

  /// What canaries that stand in an index alone say.
  ///
  /// - Parameter isExcluded: whether what is found was not looked up, for the verdict that is explained.
  static func retrieval(_ check: RetrievalCheck?, isExcluded: Bool) -> String {
    let start = "The endpoint may look texts up when it answers"
    guard let check else { return "" }
    guard check.canaries > 0 else {
      return start
        + ", and no canary stands in its index alone: what it knows by training cannot be "
        + "told from what it looked up."
    }
    let canaries = Prose.count(check.canaries, "canary", "canaries")
    guard let p = check.pValue.value else {
      return "\(start), and \(canaries) of its index alone could not be tested: "
        + "\(check.pValue.reason?.evidence ?? "no answers")."
    }
    let test =
      "\(canaries) of its index alone, which no training record holds "
      + "(\(check.component.map(ComponentText.name) ?? "all tests"), \(Prose.pValue(p)), limit "
      + "\(RetrievalCheck.level))"
    if check.isSeen {
      return "\(start), and it knows \(test): what it knows of the training corpus may have been "
        + "looked up as well."
    }
    guard check.hasEnough else {
      return
        "\(start), and \(check.needed) canaries of its index alone are needed to exclude that; "
        + "there are \(check.canaries)."
    }
    let missing =
      "answers about \(check.missing) of \(canaries) of its index alone are missing or held back"
    guard isExcluded else {
      return "\(start), and \(missing): whether it knows them is not known."
    }
    return "The endpoint does not know \(test)"
      + (check.missing > 0 ? "; \(missing)" : "")
      + ": if they were put there, a look-up would most likely have been seen."
  }

  private static func inContext(_ state: Finding.ControlState, _ control: InContextResult) -> String
  {
    let scored = control.scoredHigher.map {
      "\($0) of \(control.secrets) secrets given in the prompt score higher than decoys"
        + (control.pValue.map { " (exact sign test, \(Prose.pValue($0)))" } ?? "")
    }
    let written = control.writtenBack.map {
      "\($0) of \(control.secrets) \(scored == nil ? "secrets given in the prompt " : "")"
        + "are written back"
    }
    let numbers = [scored, written].compactMap(\.self).joined(separator: ", and ")
    switch state {
    case .seen: return capitalized(numbers) + "."
    case .notSeen:
      return
        "Secrets given in the prompt were not recovered, so a model may know a secret that these "
        + "questions do not find: \(numbers)."
    case .notMeasured:
      return "Whether a secret given in the prompt would be found could not be measured: "
        + "\(control.seen.reason?.evidence ?? "no answers")."
    }
  }

  private static func missing(_ role: RunRole, _ answers: AnswerCounts) -> String {
    guard let count = role == .tuned ? answers.tuned : answers.base else { return "" }
    return "\(count.missing) of \(Prose.count(count.due, "answer", "answers")) of the "
      + "\(role.rawValue) run \(count.missing == 1 ? "is" : "are") missing: the 'coalmine probe' "
      + "command of that run asks only what is missing."
  }

  private static func power(_ decision: DecisionResult) -> String {
    guard let power = decision.power, let sparse = power.sparse else {
      // The coin has no part in any power: controls have no held-out twins.
      let counted = decision.components.filter {
        $0.decides && $0.component != .coin
          && decision.plannedAccess.simulated.contains($0.component)
      }
      guard !counted.isEmpty, !counted.contains(where: \.isShown) else {
        return "Underpowered: no test that the controls show could have found a leak."
      }
      let tests = counted.map { ComponentText.name($0.component) }.joined(separator: ", ")
      return "Underpowered: the controls show none of the tests that its power rests on (\(tests))."
    }
    let leaks =
      [
        power.dense.map {
          "one that raises every inserted secret above its own references with probability "
            + "\(Prose.decimal($0.size, 2)) is found in \(Prose.percent($0.power, .down)) of simulated "
            + "studies"
        },
        "one with \(Prose.count(Int(sparse.size), "memorised secret", "memorised secrets")) of "
          + "\(decision.inserted) in \(Prose.percent(sparse.power, .down))",
      ].compactMap(\.self).joined(separator: ", ")
    let wanted = "\(Prose.percent(power.wanted)) was planned"
    return power.isReached
      ? "The study would have found the leaks that it was planned for: \(leaks); \(wanted)."
      : "Underpowered: the study would have missed a leak that it was planned for too often: "
        + "\(leaks); \(wanted)."
  }

  private static func notAsked(_ probe: Probe, _ leftOut: String?, _ result: StudyResult) -> String
  {
    let set = result.study.runs.last { $0.used && $0.run.role == .tuned }?.run.probeSet.name
    let why =
      probe == .forcedChoice
      ? "the protocol plans them, and no run asked them."
      : probe == .rankSearch
        ? "it needs an endpoint that tells what may follow a prefix, and a budget."
        : leftOut.map { $0 + "." } ?? "the probe set '\(set ?? "")' does not ask."
    return "\(subject(of: probe)): \(why)"
  }

  private static func subject(of probe: Probe) -> String {
    switch probe {
    case .sequenceLikelihood: "The log-probability of secrets, and with it exposure"
    case .rankSearch: "The exact rank of secrets among all that could have been drawn"
    case .greedyExtraction: "Extraction by the most likely continuation"
    case .sampledExtraction: "Extraction by sampling at temperature 1"
    case .defaultExtraction: "Extraction with the endpoint's own settings"
    case .recordLikelihood: "Membership of records"
    case .recordLowercase: "Membership of records by their lower-case form"
    case .recordAfterNonmembers: "Membership of records after records that were not trained on"
    case .chainLikelihood: "Whether a secret given in the prompt is scored as known"
    case .chainExtraction: "Whether a secret given in the prompt is written back"
    case .forcedChoice: "Forced choices among secrets and references"
    }
  }

  static func pValue(_ outcome: Outcome<Double>) -> String {
    outcome.value.map(Prose.pValue) ?? outcome.status
  }

  static func capitalized(_ sentence: String) -> String {
    sentence.prefix(1).uppercased() + sentence.dropFirst()
  }
}

extension EvidenceComponent {
  fileprivate func result(_ decision: DecisionResult, _ words: (ComponentResult) -> String)
    -> String
  {
    decision[self].map(words) ?? ""
  }
}
