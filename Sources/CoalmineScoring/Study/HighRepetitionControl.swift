// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// The high-repetition control: was the model trained on the file at all?
enum HighRepetitionControl {
  /// With a base run: control canaries that score higher under the tuned model than under the base
  /// model, by the exact sign test. Without: control canaries against held-out ones of the same
  /// kinds, by the exact rank test within kinds (one kind: Mann-Whitney). One-sided; ties count
  /// against. Seen at p ≤ ``ScoringRules/controlAlpha``.
  ///
  /// Canaries that others planted may have no control among them. Then those inserted most often
  /// stand in, where that is ``ScoringRules/standInRepetitions`` times or more and above the target
  /// repetitions: the rule looks at repetition levels only, never at scores, and a canary of the
  /// primary test never vouches for that test. Canaries above the target repetitions never give a
  /// leak or a pass (see "Verdict" in docs/methods.md): a stand-in that is not seen makes a study
  /// inconclusive, as a missing control does. A seeded study has the controls that its protocol
  /// planned, so none stands in there.
  static func result(
    _ canaries: [CanaryResult], origin: StudyOrigin.Kind = .seeded, targetRepetitions: Int = 1,
    permutations: Int, ties: TieWidths, using generator: inout ChaCha8Rand
  ) -> ControlResult {
    let planned = canaries.filter { $0.role == .control }
    let standIns =
      planned.isEmpty && origin == .imported ? standIns(canaries, above: targetRepetitions) : []
    let controls = planned.isEmpty ? standIns : planned
    guard let first = controls.first else {
      return ControlResult(
        seen: .notMeasurable(Reason("no-controls", "the study has no control canaries")),
        sentence: "The study has no control canaries.", pValue: nil)
    }
    let differences = controls.compactMap(\.tunedMinusBase.value)
    if !differences.isEmpty {
      return againstBase(differences, controls, tieEpsilon: ties.difference)
    }
    let scores = controls.compactMap(\.secretLogProbability.value)
    guard !scores.isEmpty else {
      return ControlVerdict.unseen(first.secretLogProbability, "No control canary has a score")
    }
    let kinds = Set(controls.map(\.kind))
    let heldOut = canaries.filter { $0.role == .heldOut && kinds.contains($0.kind) }
    return againstHeldOut(
      controls, heldOut, permutations: permutations, tieEpsilon: ties.score, using: &generator)
  }

  /// The canaries that were inserted most often, if that is often enough.
  private static func standIns(_ canaries: [CanaryResult], above targetRepetitions: Int)
    -> [CanaryResult]
  {
    let inserted = canaries.filter { $0.role == .inserted }
    guard let most = inserted.map(\.repetitions).max(),
      most >= ScoringRules.standInRepetitions, most > targetRepetitions
    else { return [] }
    return inserted.filter { $0.repetitions == most }
  }

  private static func againstBase(
    _ differences: [Double], _ controls: [CanaryResult], tieEpsilon: Double
  ) -> ControlResult {
    let wins = differences.count { $0 > tieEpsilon }
    let sentence =
      "\(wins) of \(count(differences.count, of: controls))"
      + "\(copies(controls)) score higher under the tuned model than under the base model"
    return ControlVerdict.result(sentence, test: "exact sign test") {
      try signTest(positive: wins, negative: differences.count - wins)
    }
  }

  private static func againstHeldOut(
    _ controls: [CanaryResult], _ heldOut: [CanaryResult], permutations: Int,
    tieEpsilon: Double, using generator: inout ChaCha8Rand
  ) -> ControlResult {
    let members = (controls + heldOut).compactMap { canary in
      canary.secretLogProbability.value.map {
        StratifiedTwoSample.Member(
          stratum: canary.kind, first: canary.role != .heldOut, score: $0)
      }
    }
    let groups = StratifiedTwoSample(members, tieEpsilon: tieEpsilon)
    guard !groups.isEmpty else {
      return ControlResult(
        seen: .notMeasurable(
          Reason(
            "no-comparison",
            "without a base run, control canaries need held-out ones of their kinds with a score")),
        sentence: "There is neither a base run nor a held-out canary to compare controls with.",
        pValue: nil)
    }
    let outcome = Fallible.outcome {
      try groups.test(permutations: permutations, using: &generator)
    }
    guard case .measured(let (auc, test)) = outcome else {
      return ControlVerdict.unseen(outcome, "The control could not be computed")
    }
    let sentence =
      "\(count(groups.firsts, of: controls))\(copies(controls)) "
      + "score higher than \(groups.seconds) held-out ones of the same kinds in "
      + "\(Prose.percent(auc)) of pairs"
    return ControlVerdict.result(sentence, test: "rank test within kinds") { test.pValue }
  }

  /// `8 control canaries`; stand-ins are called what they are.
  private static func count(_ number: Int, of controls: [CanaryResult]) -> String {
    controls[0].role == .control
      ? Prose.count(number, "control canary", "control canaries")
      : Prose.count(number, "inserted canary", "inserted canaries")
  }

  /// `, each 64 times in the file,`
  private static func copies(_ controls: [CanaryResult]) -> String {
    let levels = Set(controls.map(\.repetitions))
    guard levels.count == 1, let repetitions = levels.first else { return ", inserted often," }
    return ", each \(Prose.count(repetitions, "time", "times")) in the file,"
  }
}
