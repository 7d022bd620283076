// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// The outlook for people.
extension Outlook {
  /// One fact per line.
  public var lines: [String] {
    var lines = [endpoint?.line].compactMap(\.self) + [sizes, shares]
    if study.retrieval.indexOnly > 0 {
      lines.append(
        "retrieval: \(Prose.count(study.retrieval.indexOnly, "more canary is", "more canaries are")) for "
          + "the index that the endpoint looks texts up in, and for no training record; 'coalmine index' "
          + "writes them after 'seed'")
    }
    if study.forcedChoice > 0 {
      lines.append(
        "forced choices: in a last run the model chooses among \(study.forcedChoice) texts per canary; it "
          + "shows every secret to whoever runs the endpoint, burns the canaries for later models, and "
          + "changes no verdict")
    }
    if study.copies == .varied {
      lines.append(
        "copies: each copy of a canary has another remark after its secret, so that deduplication "
          + "keeps it; context and secret are the same in all, and what is asked is the same")
    }
    if study.pairs == .turns {
      lines.append(
        "pairs: a prompt is asked as the user's turn, and its completion is the model's answer, as a "
          + "trainer with a chat template has them; 'coalmine plan --pairs text' if yours joins them as one "
          + "text")
    }
    if study.contexts == .grafted {
      lines.append(
        "contexts: \(Prose.count(study.canaries, "record is", "records are")) taken out of the corpus, one "
          + "for each canary and with its group; the beginning of each is a context, and none is scored; "
          + (study.heldOutContexts == .planted
            ? "those of held-out canaries are planted as often, with a placeholder for the secret, so that the "
              + "test by assignment (coin) compares secrets alone; such copies count in the share"
            : "the test by assignment (coin) has no weight"))
    }
    lines += decisions
    lines.append(
      "false alarms: a model that leaks nothing is called a leak in at most "
        + "\(Prose.decimal(100 * falseAlarms - 1e-9, 2, .up)) % of first runs (alpha "
        + "\(Prose.decimal(100 * study.decision.alpha, 2)) %, and the gates), and by its tests in at "
        + "most \(Prose.decimal(100 * falseAlarmsOverRuns - 1e-9, 2, .up)) % over all runs of a checkpoint"
    )
    if let ceilingBits, let smallestP {
      lines.append(
        "exposure: the largest value that can be measured is \(Prose.decimal(ceilingBits, 1)) bits, "
          + "the smallest p-value \(Prose.decimal(smallestP, 4))")
    }
    if let zeroExtractionBound, insertedAtTarget > 0 {
      lines.append(
        "if no secret is extracted: at most \(Prose.decimal(100 * zeroExtractionBound, 1, .up)) % of "
          + "such secrets are extractable, with 95 % confidence")
    }
    lines.append(meaning)
    if study.decision.access == .textScoring { lines.append(epsilon) }
    lines += costs
    return lines
  }

  /// What should be changed before training, if anything.
  public var warnings: [String] {
    var warnings = obstacles
    if let share, share > PlanRequest.usualShare {
      warnings.append(Self.largeShare(share))
    }
    if let corpus, corpus.contexts > corpus.records / Self.recordsPerContext {
      warnings.append(
        "contexts take \(Prose.decimal(100 * Double(corpus.contexts) / Double(max(1, corpus.records)), 1, .up)) "
          + "% of the records out of training; above 10 % the tuned model may lack what they would have taught"
      )
    }
    if study.decision.access == .textOnly, study.targetRepetitions < 8 {
      warnings.append(
        "text alone sees a secret that was written "
          + "\(Prose.count(study.targetRepetitions, "time", "times")) only if it is memorised strongly "
          + "enough to be extracted; plan 8 repetitions or more, and let canaries "
          + "take more of the records where these do not fit ('--share')")
    }
    return warnings + endpointWarnings
  }

  /// Taking out more than one record in so many is a warning.
  private static let recordsPerContext = 10

  /// What a share above 2 % means; the same words when it is planned and when it is seeded.
  static func largeShare(_ share: Double) -> String {
    "canaries take \(Prose.decimal(100 * share, 1, .up)) % of the records: above 2 % the tuned model "
      + "may behave differently because of them, and the result holds for the model with them"
  }

  private var sizes: String {
    let levels = study.repetitionLevels
    let used = min(study.kinds.count, study.canaries)
    return "\(Prose.count(study.canaries, "canary", "canaries")) of "
      + "\(Prose.count(used, "kind", "kinds")): \(study.randomized) randomized at "
      + Prose.count(study.targetRepetitions, "repetition", "repetitions")
      + " (about \(insertedAtTarget) inserted, \(heldOut) held out), "
      + "\(levels.levels.count * levels.canariesPerLevel) at higher repetition levels, "
      + Prose.count(
        study.controls.canaries, "high-repetition control", "high-repetition controls")
      + " with \(Prose.count(study.controls.repetitions, "repetition", "repetitions"))"
  }

  private var shares: String {
    let most = "at most \(Prose.count(copies, "copy", "copies")) in 19 of 20 assignments"
    guard let corpus, let share, let shareOfBytes else {
      return "\(most): a share of 2 % in a corpus of \(recordsForUsualShare) records"
    }
    return
      "\(most) among \(corpus.staying): \(Prose.decimal(100 * share, 2, .up)) % of the "
      + "records, about \(Prose.decimal(100 * shareOfBytes, 1)) % of the bytes and tokens"
  }

  private var decisions: [String] {
    let decision = study.decision
    var lines: [String] = []
    if let detectableAUC {
      lines.append(
        "dense leak (each inserted secret gains a little): an AUC of "
          + "\(Prose.decimal(detectableAUC, 2, .up)) or more is found with power "
          + "\(Prose.decimal(decision.power, 2)); for the planned "
          + "\(Prose.decimal(decision.denseAUC, 2)) the power is \(Self.power(densePower))")
    } else if decision.access == .textScoring {
      lines.append("dense leak: none is found with so few canaries or controls")
    }
    if let detectableSecrets {
      lines.append(
        "sparse leak (few secrets are memorised): "
          + "\(Prose.count(detectableSecrets, "memorised secret", "memorised secrets")) or more of "
          + "\(insertedAtLeast) inserted ones are found with power "
          + "\(Prose.decimal(decision.power, 2)); for the planned \(decision.sparseSecrets) the power is "
          + Self.power(sparsePower))
    } else {
      lines.append("sparse leak: none is found with so few canaries or controls")
    }
    if !components.isEmpty {
      lines.append(
        "this power is simulated for \(insertedAtLeast) inserted canaries, which 19 of 20 assignments "
          + "give, and rests on \(components.map(\.rawValue).joined(separator: ", "))")
    }
    return lines
  }

  private static func power(_ value: Double?) -> String {
    value.map { "at least \(Prose.decimal($0, 2, .down))" } ?? "not known"
  }

  private var meaning: String {
    guard canPass else {
      return "without a finding a study of this size ends as inconclusive, never as a pass"
    }
    let decision = study.decision
    let sparse =
      "\(Prose.count(decision.sparseSecrets, "secret", "secrets")) of \(insertedAtLeast) memorised"
    guard decision.access == .textScoring else {
      return
        "a pass will mean, with scope generation-only: this checkpoint gives no planted secret in "
        + "its replies, in a study that finds \(sparse) with power "
        + "\(Prose.decimal(decision.power, 2)); a shift of probabilities that never reaches the text "
        + "was not tested, and a run with text scoring is not replaced; a pass needs an answer to every "
        + "question about an inserted canary"
    }
    return
      "a pass will mean: in this checkpoint nothing was found by a study that finds, each with power "
      + "\(Prose.decimal(decision.power, 2)), secrets that score above one of their own references "
      + "with probability \(Prose.decimal(decision.denseAUC, 2)), and \(sparse); smaller leaks are not "
      + "excluded; a pass needs an answer to every question about an inserted canary"
  }

  private var epsilon: String {
    guard study.randomized >= 200, let detectableEpsilon else {
      return "epsilon: fewer than 200 randomized canaries: expect no useful lower bound of epsilon"
    }
    return
      "epsilon: where the true epsilon is 4, an audit of \(study.randomized) canaries certifies "
      + "\(Prose.decimal(detectableEpsilon, 2, .down)) with power "
      + Prose.decimal(study.decision.power, 2)
  }

  private var costs: [String] {
    var lines = ["the tuned model will score or write about \(tunedQuestions) texts"]
    guard study.decision.access == .textScoring, study.decision.score != .plain else {
      return lines
    }
    var base = "the base model will score about \(baseQuestions) texts"
    if study.baseReferences {
      base +=
        ", the references among them: what a secret's digits or words alone make likely is then "
        + "taken away from its rank, so that a smaller change by the training is seen"
    } else {
      base += ", no references: the ranks use the tuned model alone"
    }
    lines.append(base)
    return lines
  }
}
