// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// Doubts about the study as a whole.
enum StudyCaveats {
  static func list(_ judged: JudgedRun, membership: MembershipScoring) -> [Caveat] {
    let (evidence, judgement) = (judged.components.evidence, judged.judgement)
    var caveats = ofOrigin(evidence) + ofPrompts(evidence.canaries) + ofContexts(evidence)
    if evidence.predictableSeed {
      caveats.append(
        Caveat(
          .predictableSeed,
          "the study's randomness comes from a small number on the command line"))
    }
    if !evidence.isSealed {
      caveats.append(
        Caveat(
          .notSealed,
          "the study was written without digests: whether it was changed since cannot be told"))
    }
    if let share = evidence.facts.canaryShare, share > StudyFacts.usualShare {
      caveats.append(
        Caveat(
          .largeCanaryShare,
          "canaries took \(Prose.decimal(100 * share, 1, .up)) % of the records of the seeded file")
      )
    }
    caveats += ofTraining(evidence)
    let run = evidence.tuned?.run
    caveats += ofConversations(evidence)
    if evidence.repliesCanRepeat {
      let shown =
        evidence.burningRuns.isEmpty
        ? "another run sent the secrets to this endpoint to have them scored"
        : "a run of forced choices showed the secrets"
      caveats.append(
        Caveat(.secretsShownBefore, shown + "; the replies of this run do not decide"))
    }
    if let burning = evidence.burningRuns.first {
      caveats.append(
        Caveat(
          .canariesBurned,
          "run \(burning) showed every secret among references to its endpoint before this run was "
            + "asked to the end: what this run knows need not come from the training that was stated"
        ))
    }
    if run?.presentation == .fillInMiddle {
      caveats.append(
        Caveat(
          .promptNotAsTrained,
          "the model was asked to fill a gap between two texts, with marks that stood in no training "
            + "record; a secret that it does not write here may be in it all the same"))
    }
    caveats += ofEndpoints(evidence) + ofScores(judged.components)
    if let lacking = judgement.answers.lacking {
      caveats.append(Caveat(.answersMissing, lacking))
    }
    let tuned = evidence.facts.runs.count { $0.run.role == .tuned }
    if tuned > 1 {
      caveats.append(
        Caveat(.canariesReused, "\(tuned) runs of tuned models asked about these canaries"))
    }
    if membership.truncated > 0 {
      caveats.append(
        Caveat(
          .recordTruncated,
          "\(Prose.count(membership.truncated, "record was", "records were")) scored in part only"))
    }
    if Findings.list(judgement).contains(.powerShort) {
      caveats.append(
        Caveat(
          .underPowered, "this study would have found the leaks that it was planned for too seldom")
      )
    }
    let apart = judged.scored.filter { !$0.scores.shareBoundary }.map(\.canary.id)
    if let first = apart.first {
      caveats.append(
        Caveat(
          .noSharedBoundary,
          "\(Prose.count(apart.count, "canary", "canaries")) with texts that begin at different "
            + "token boundaries, \(first)\(apart.count > 1 ? " and others" : ""), take no part in the "
            + "test by mass"))
    }
    return caveats.sorted()
  }

  /// What it leaves in doubt that turns were asked as a text, or a text in turns.
  private static func ofConversations(_ evidence: Evidence) -> [Caveat] {
    guard let answers = evidence.tuned else { return [] }
    let form = answers.run.presentation
    let texts = evidence.canaries.count { $0.turns == nil }
    switch form {
    case .fillInMiddle: return []
    case .plain:
      var holdsTurns = texts < evidence.canaries.count
      if case .messages = evidence.shape { holdsTurns = true }
      return holdsTurns
        ? [
          Caveat(
            .templateNotApplied,
            "the corpus holds chat turns, and the dialect \(answers.run.dialect) asks without the "
              + "template")
        ] : []
    case .chat, .prefilled:
      if texts > 0 || evidence.canaries.isEmpty {
        let who = texts == evidence.canaries.count ? "the model was" : "\(texts) canaries were"
        return [
          Caveat(
            .promptNotAsTrained,
            "\(who) asked in a turn of a chat, with an instruction that stood in no training "
              + "record; a secret that it does not write here may be in it all the same")
        ]
      }
      let bare = evidence.records.count { $0.conversation == nil }
      guard answers.asked.contains(.recordLikelihood), bare > 0 else { return [] }
      let who = bare == evidence.records.count ? "records" : "\(bare) records"
      return [
        Caveat(
          .promptNotAsTrained,
          "\(who) were scored as one turn of the model, after an instruction that stood in no "
            + "training record; canaries were asked in the turns that they were planted in")
      ]
    }
  }

  /// What the statement about the training leaves in doubt.
  private static func ofTraining(_ evidence: Evidence) -> [Caveat] {
    guard let training = evidence.facts.training else {
      return [
        Caveat(.trainingNotStated, "nobody stated the model, the epochs or the job of the training")
      ]
    }
    var caveats: [Caveat] = []
    if let asked = evidence.tuned?.run.model, !isSame(asked, training.model) {
      caveats.append(
        Caveat(
          .otherModelTrained,
          "the training is stated of the model '\(training.model)', and '\(asked)' was asked"))
    }
    caveats += restated(training, evidence.facts.earlierTraining ?? [])
    if evidence.facts.origin == .seeded, training.fileDigest == nil, training.processed == nil {
      caveats.append(
        Caveat(
          .trainedFileNotStated,
          "nobody stated which file was trained on: that it was the seeded one rests on the controls alone"
        ))
    }
    if let processed = training.processed { return caveats + ProcessedCaveats.list(processed) }
    if let file = training.fileDigest, let seeded = evidence.facts.seededDigest, file != seeded {
      caveats.append(
        Caveat(
          .otherFileTrained,
          "the file that was trained on has another SHA-256 than the seeded corpus"))
    }
    return caveats
  }

  /// What earlier statements about the same model's training said otherwise.
  private static func restated(_ last: TrainingStatement, _ earlier: [TrainingStatement])
    -> [Caveat]
  {
    let others = earlier.filter { isSame($0.model, last.model) }
    var differences: [String] = []
    if let other = others.last(where: { $0.epochs != last.epochs }) {
      differences.append(
        "\(Prose.count(other.epochs, "epoch", "epochs")) before and "
          + "\(Prose.count(last.epochs, "epoch", "epochs")) now")
    }
    if let digest = last.fileDigest,
      others.contains(where: { $0.fileDigest.map { $0 != digest } ?? false })
    {
      differences.append("another file before")
    }
    if let now = last.processed,
      let before = others.compactMap(\.processed).last(where: { $0.intact != now.intact })
    {
      differences.append(
        "\(before.intact) of \(before.planned) copies before and \(now.intact) now")
    }
    guard !differences.isEmpty else { return [] }
    return [
      Caveat(
        .trainingRestated,
        "the training of '\(last.model)' was stated \(others.count + 1) times, and not always the same: "
          + differences.joined(separator: "; ") + "; the last statement counts")
    ]
  }

  /// What checks of the endpoints leave in doubt.
  private static func ofEndpoints(_ evidence: Evidence) -> [Caveat] {
    var caveats: [Caveat] = []
    for answers in [evidence.tuned, evidence.base].compactMap({ $0 }) {
      caveats += ofModels(answers)
      guard let seen = answers.capabilities else { continue }
      let whose = "the \(answers.run.role.rawValue) model's endpoint"
      if let noise = seen.noiseNats, noise > ScoringRules.quietNats {
        caveats.append(
          Caveat(
            .noisyLogProbabilities,
            "one text scored again at \(whose) differs by up to \(Prose.nats(noise)); "
              + seen.tieRule))
      }
      if let samples = seen[.samplesDiffer], samples.state == .notSeen, !seen.gaveNoSamples {
        caveats.append(Caveat(.samplesIdentical, "\(whose): \(samples.evidence)"))
      }
      // Canaries in conversations are asked without a turn that is to be continued.
      if let turn = seen[.turnContinued], turn.state == .notSeen,
        evidence.canaries.contains(where: { $0.turns == nil })
      {
        caveats.append(Caveat(.turnNotContinued, "\(whose): \(turn.evidence)"))
      }
      if let repeated = seen[.secretsRepeated], repeated.state == .notSeen,
        answers.run.role == .tuned
      {
        caveats.append(Caveat(.outputFilter, "\(whose): \(repeated.evidence)"))
      }
      if let listed = seen[.modelListed], listed.state == .notSeen {
        caveats.append(Caveat(.modelNameDiffers, "\(whose): \(listed.evidence)"))
      }
    }
    return caveats
  }

  /// What the scores of the study's own texts leave in doubt.
  private static func ofScores(_ components: Components) -> [Caveat] {
    let (evidence, deciding) = (components.evidence, components.canaries)
    var caveats: [Caveat] = []
    let canned = deciding.inserted.count { $0.replies.isCanned }
    if canned > 0 {
      caveats.append(
        Caveat(
          .repliesAlike,
          "\(canned) of \(Prose.count(deciding.inserted.count, "inserted canary", "inserted canaries")) got one "
            + "and the same text in every reply, which others got too: it counts as held back"))
    }
    let cut = deciding.inserted.count { $0.replies.isCut }
    if cut > 0 {
      caveats.append(
        Caveat(
          .repliesCut,
          "every reply to \(cut) of \(Prose.count(deciding.inserted.count, "inserted canary", "inserted canaries")) "
            + "ended at the limit of tokens before a candidate came: it counts as held back"))
    }
    if components.contextsStandOut {
      caveats.append(
        Caveat(
          .contextsStandOut,
          "the references of inserted canaries are likelier than those of held-out ones as well, and the test "
            + "by rank finds nothing: the test by assignment sees the contexts, and no secret need be learned"
        ))
    }
    if evidence.tuned?.run.leavesSamplers == true, !evidence.decodings.isEmpty {
      caveats.append(
        Caveat(
          .ownSamplers,
          "the dialect '\(evidence.tuned?.run.dialect ?? "")' sends no temperature: the model's own samplers "
            + "act on every reply"))
    }
    for (answers, noise) in [
      (evidence.tuned, ScoreNoise.ofPrompts(deciding.randomized, \.noiseVariance)),
      (evidence.base, ScoreNoise.ofPrompts(deciding.randomized, \.baseNoiseVariance)),
    ] {
      guard let answers, let noise, noise > ScoringRules.quietNats,
        noise > answers.capabilities?.noiseNats ?? 0
      else { continue }
      caveats.append(
        Caveat(
          .noisyLogProbabilities,
          "the \(answers.run.role.rawValue) model's endpoint scores one prompt otherwise with each of its "
            + "texts: that is a noise of \(Prose.nats(noise)) in the score of a secret, more than the check "
            + "saw"))
    }
    let tied = components.spread.ties.count
    if tied > 0 {
      caveats.append(
        Caveat(
          .tiedReferences,
          "of \(tied) of \(Prose.count(deciding.randomized.count, "canary", "canaries")) that decide, more than "
            + "\(Prose.percent(ScoringRules.tiedPairs)) of the pairs of texts have one score: the "
            + "endpoint gives coarse numbers, and the power of the study counts with that"))
    }
    return caveats
  }

  /// Which models the replies of a run name.
  private static func ofModels(_ answers: Answers) -> [Caveat] {
    let whose = "the \(answers.run.role.rawValue) run"
    let names = Set(answers.served.compactMap(\.name)).sorted()
    let builds = Set(answers.served.compactMap(\.fingerprint))
    if let stayed = answers.capabilities?[.modelStayed], stayed.state == .notSeen {
      return [Caveat(.answeredByOtherModels, "\(whose): \(stayed.evidence)")]
    }
    if names.count > 1 {
      return [
        Caveat(
          .answeredByOtherModels,
          "replies of \(whose) name \(names.count) models: "
            + names.prefix(3).map { "'\($0)'" }.joined(separator: ", "))
      ]
    }
    if builds.count > 1 {
      return [
        Caveat(
          .modelChanged,
          "replies of \(whose) come from \(builds.count) builds of one model, by what they say "
            + "themselves")
      ]
    }
    guard let name = names.first, !isSame(name, answers.run.model) else { return [] }
    return [
      Caveat(
        .modelNameDiffers,
        "the replies of \(whose) name the model '\(name)', and '\(answers.run.model)' was asked for"
      )
    ]
  }

  /// Whether a name in replies is the one asked for, or a dated version of it, or its file.
  private static func isSame(_ served: String, _ asked: String) -> Bool {
    func last(_ name: String) -> Substring { name.split(separator: "/").last ?? name[...] }
    func isDated(_ name: String) -> Bool {
      name.hasPrefix(asked + "-")
        && name.dropFirst(asked.count + 1).allSatisfy { $0.isNumber || $0 == "-" || $0 == "." }
    }
    return served == asked || last(served) == last(asked) || isDated(served)
  }

  /// What nobody here saw, because the canaries were planted before the study.
  private static func ofOrigin(_ evidence: Evidence) -> [Caveat] {
    guard evidence.facts.origin == .imported else { return [] }
    return [
      Caveat(
        .protocolAfterTraining,
        "the canaries were planted and the model was trained before the protocol was written"),
      Caveat(
        .assignmentNotVerified,
        evidence.draw.assignmentIsRandom
          ? "that canaries in the file and left out of it are alike but for chance is the importer's "
            + "claim: the test by assignment rests on it"
          : "nobody states that chance decided which canaries were in the file: the test by "
            + "assignment is not taken"),
    ]
  }

  /// Contexts that come from records of the corpus.
  private static func ofContexts(_ evidence: Evidence) -> [Caveat] {
    guard evidence.studyProtocol.contexts == .grafted else { return [] }
    let held = evidence.canaries.count { $0.role == .heldOut }
    let trained =
      evidence.studyProtocol.heldOutContexts == .planted
      ? "those of \(Prose.count(held, "held-out canary stand", "held-out canaries stand")) in the file as often "
        + "as those of inserted ones, with a placeholder for the secret, so the test by assignment compares "
        + "secrets alone"
      : "contexts of inserted canaries were trained and those of held-out ones were not, so "
        + "the test by assignment has no weight"
    return [
      Caveat(
        .graftedContexts,
        "the contexts of \(Prose.count(evidence.canaries.count, "canary begins", "canaries begin")) as records "
          + "of the corpus, which were taken out with their groups and are scored neither as members nor as "
          + "non-members; " + trained)
    ]
  }

  private static func ofPrompts(_ canaries: [Canary]) -> [Caveat] {
    var counts: [[UInt8]: Int] = [:]
    for canary in canaries { counts[canary.prefix, default: 0] += 1 }
    let shared = counts.values.filter { $0 > 1 }
    guard !shared.isEmpty else { return [] }
    return [
      Caveat(
        .sharedPrefix,
        "\(shared.reduce(0, +)) canaries share "
          + "\(Prose.count(shared.count, "prompt", "prompts")): a model that learned one secret can "
          + "give it for another")
    ]
  }
}
