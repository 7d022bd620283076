// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineLedger
import CoalmineStatistics

/// The texts of forced choices: which references stand beside a canary's secret, and in which order.
///
/// Both follow from the study's own seed and the canary's name, so that every run shows the same texts in
/// the same order. References are kept by their numbers: the first ones would be the smallest, and the
/// secret among them would stand out by its number alone. So a random part of them is taken.
struct ForcedChoiceQuestions {
  let study: RegisteredStudy

  /// One question per canary; none for a canary without references.
  func list() -> [PlannedQuestion] {
    let texts = study.studyProtocol.forcedChoice
    guard texts >= ForcedChoice.texts.lowerBound else { return [] }
    return study.record.canaries.compactMap { canary in
      let shown = choices(of: canary, texts)
      guard shown.count >= ForcedChoice.texts.lowerBound else { return nil }
      var question = PlannedQuestion(
        .forcedChoice, .canary(canary.id),
        Passage(
          before: canary.prefix, separator: canary.separator, target: canary.secret.reveal(),
          presentation: .plain))
      question.choices = shown
      return question
    }
  }

  /// The secret and references, in the order in which they are shown.
  private func choices(of canary: Canary, _ count: Int) -> [[UInt8]] {
    guard let space = study.spaces[canary.id] else { return [] }
    var generator = ChaCha8Rand(
      seed: sha256(study.record.orderSeed + Array("forced-choice:\(canary.id)".utf8)))
    var numbers = study.record.references[canary.id] ?? []
    generator.shuffle(&numbers)
    var texts =
      [canary.secret.reveal()] + numbers.prefix(count - 1).map { space.candidate(at: $0) }
    generator.shuffle(&texts)
    return texts
  }
}

extension ProbeVerb {
  /// Forced choices show every secret, so they are asked where the protocol plans them, and last.
  ///
  /// - Throws: ``CoalmineError`` with code `forced-choice-not-planned` or `forced-choice-not-last`.
  func expectForcedChoice(_ ledger: Ledger, _ plan: StudyProtocol, _ probes: ProbeSet) throws {
    guard probes.probes.contains(.forcedChoice) else { return }
    guard plan.forcedChoice > 0 else {
      throw CoalmineError(
        code: "forced-choice-not-planned",
        "the protocol of the study plans no forced choice",
        details: ["it would show every secret of the study to whoever runs the endpoint"],
        help: "a new study may plan one: 'coalmine plan --forced-choice NUMBER'",
        exit: .badConfiguration)
    }
    let asked = try ledger.askedRuns().asked
    let others = try ledger.runs().filter { asked.contains($0.number) && !$0.asksChoices }
    let last = others.last { $0.role == .tuned }
    guard let last, last.isComplete else {
      throw CoalmineError(
        code: "forced-choice-not-last",
        last.map { "run \($0.number) of the tuned model is not complete" }
          ?? "nothing else was asked of the tuned model yet",
        details: ["forced choices show every secret, so they are the last that a study asks"],
        help: "ask everything else first, with another dialect and probe set",
        exit: .badConfiguration)
    }
  }

  /// Says that forced choices showed the secrets before a run of another kind.
  func noteBurned(_ ledger: Ledger, _ probes: ProbeSet, _ note: (String) -> Void) throws {
    guard !probes.probes.contains(.forcedChoice) else { return }
    let asked = try ledger.askedRuns().asked
    guard let run = try ledger.runs().first(where: { $0.asksChoices && asked.contains($0.number) })
    else { return }
    note(
      "the canaries are burned: run \(run.number) showed every secret among references to its endpoint; "
        + "reports of a run that is asked now have the caveat 'canaries-burned'")
  }
}
