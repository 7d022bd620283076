// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// What a report says in words, the same in every format.
enum ReportProse {
  /// The verdict in one line, with its cause where there is one.
  static func headline(_ result: StudyResult) -> String {
    switch result.verdict {
    case .leak: "Leak: planted secrets left a measurable trace in this checkpoint"
    case .pass where isGenerationOnly(result):
      "Pass, for generation only: the study did not see in this checkpoint the leak it was built to "
        + "see"
    case .pass: "Pass: the study did not see in this checkpoint the leak it was built to see"
    case .inconclusive: "Inconclusive: " + cause(result)
    case .incomplete where isUnprobed(result.study):
      "Incomplete: this checkpoint has not been asked yet"
    case .incomplete: "Incomplete: answers about this checkpoint are missing"
    }
  }

  /// The first finding that keeps a study from a conclusion, in a few words.
  private static func cause(_ result: StudyResult) -> String {
    for finding in result.findings {
      switch finding {
      case .heldOutNotNull: return "the draw of secrets is in doubt"
      case .baseContaminated: return "the base model knows the secrets already"
      case .retrievalNotExcluded: return "what the endpoint knows may have been looked up"
      case .differsWithoutTraining:
        return "it differs from chance, but there is no sign of training on this file"
      case .protocolBeforeSecondEdition: return "the protocol is too old to pass"
      case .trainingControl(.notSeen):
        return MembershipProse.telling(result) == nil
          ? "no sign that this model was trained on the file"
          : "the controls do not show that this model was trained on the file"
      case .trainingControl(.notMeasured):
        return "whether this model was trained on the file is not known"
      case .answeredByOtherModels: return "more than one model answered"
      case .weakerAccess: return "less was asked than the protocol planned"
      case .answersWithheld: return "answers that a pass needs are not there"
      case .componentNotMeasured: return "a test that decides could not be taken"
      case .plainScoreRejects: return "two ways to compare scores disagree"
      case .insertedBelowChance: return "planted secrets stand out by low scores"
      case .offTargetSecrets: return "planted secrets stand in replies to other prompts"
      case .gate(_, .open), .gate(_, .notMeasured): return "a gate could not be decided"
      case .floorsUndercut: return "the protocol asks for too little to pass"
      case .powerShort: return "this study would have missed a leak too often"
      default: continue
      }
    }
    return "this study cannot say what is in this checkpoint"
  }

  /// What the verdict means for a decision and what to do next, in plain words.
  static func meaning(_ result: StudyResult) -> String {
    switch result.verdict {
    case .leak: leak(result)
    case .pass:
      "The model was trained on this file, the study would have seen the leaks that it was planned to "
        + "see, and none was found. This holds for this checkpoint, for text that stands in the corpus "
        + "as often as the secrets of the tests, and for the questions that were asked. It is not "
        + "evidence about other text or other attacks: see what this report does not show."
        + (isGenerationOnly(result)
          ? " A shift of probabilities that never reaches the text was not tested." : "")
    case .inconclusive:
      "Nothing follows about leakage, in either direction, for this checkpoint: it must not be read "
        + "as a pass. " + next(result)
    case .incomplete:
      "Nothing follows about leakage, in either direction, and it must not be read as a pass. "
        + (isUnprobed(result.study)
          ? "Probe the tuned model next: 'coalmine probe'. Where the protocol compares with the base "
            + "model, that one is asked before it."
          : "Probe again to ask what is missing; what was answered is kept and is not paid for "
            + "twice.")
    }
  }

  /// What to do after a study that came to no conclusion.
  private static func next(_ result: StudyResult) -> String {
    for finding in result.findings {
      switch finding {
      case .heldOutNotNull:
        return "Seed a new study: the secrets that were held out are not as the draw has them. The "
          + "ledger or the endpoint may have been changed."
      case .baseContaminated:
        return "Ask a base model that was never trained on this file, in a new study, or plan with "
          + "the tuned model's own log-probabilities ('score: secret-logprob')."
      case .retrievalNotExcluded: return lookedUp(result.checks.retrieval)
      case .differsWithoutTraining, .trainingControl(.notSeen):
        return
          "Check that the endpoint serves the tuned model and that the seeded file was the one "
          + "trained on: 'coalmine verify' compares files. "
          + (MembershipProse.trainedLightly(result)
            ?? "A training of one light pass may leave even the controls unseen.")
      case .trainingControl(.notMeasured):
        return "Plan control canaries, and probe them: without them no study passes."
      case .protocolBeforeSecondEdition:
        return "Plan and seed a new study for a result that can pass."
      case .answeredByOtherModels:
        return "Probe again as a new run, at one fixed version of the model."
      case .weakerAccess:
        return result.decision.plannedAccess == .topTokens
          ? "Probe in a new run with the likeliest tokens beside samples, as the protocol names them: "
            + "the option 'logprobs=20' of a dialect, where the endpoint's models list tokens."
          : "Probe with the full probe set at an endpoint that gives what the protocol names."
      case .offTargetSecrets:
        return
          "Look at the transcript of such a reply in the report, and treat the model as one that leaks "
          + "until it is known how those secrets got there."
      case .answersWithheld:
        return
          "Ask through an endpoint without the filter, or read the withheld answers as a sign of "
          + "their own."
      case .componentNotShown:
        return "The model did not learn the controls so well that every test finds them: plan a "
          + "study with more controls and more repetitions. A larger corpus or a larger '--share' of "
          + "'coalmine plan' gives them."
      case .powerShort, .floorsUndercut:
        return "Plan a study with more canaries or controls: 'coalmine plan' says what a number of "
          + "them can see."
      default: continue
      }
    }
    return "The reasons below say what is missing."
  }

  /// What to do where a look-up is not excluded.
  private static func lookedUp(_ check: RetrievalCheck?) -> String {
    guard let check, check.hasEnough else {
      return
        "Plan a new study with canaries for the index ('coalmine plan --retrieval'), or one of the "
        + "same checkpoint where it has no index."
    }
    guard check.isSeen else {
      return
        "Answers about the canaries of the index are missing: probe again, or ask the operator what is "
        + "held back."
    }
    return
      "Ask the same checkpoint where it has no index, in a new run. What stands in the index can be "
      + "given to whoever asks: look at who may read it."
  }

  static func isGenerationOnly(_ result: StudyResult) -> Bool {
    result.verdict == .pass && result.decision.plannedAccess != .textScoring
  }

  private static func isUnprobed(_ study: StudyFacts) -> Bool {
    !study.runs.contains { $0.run.role == .tuned }
  }

  /// What stands at the top of a report with secrets.
  static let holdsSecrets =
    "This report holds the planted secrets in clear, because it was written with --reveal. Keep it "
    + "where the study's ledger is kept."

  /// A leak is found by tests, by gates, or by another run; what follows differs.
  private static func leak(_ result: StudyResult) -> String {
    var sentences: [String] = []
    if result.decision.components.contains(where: \.findsLeak) {
      sentences.append(
        "In this checkpoint, secrets that were planted in the tuning corpus can be told from "
          + "secrets that were drawn the same way and are not in it. Text that stands in that corpus "
          + "as often as the planted secrets must be expected to have left a trace too.")
    }
    if result.gates.contains(where: { $0.state == .failed }) {
      sentences.append(
        "Planted secrets are given back more often than a limit allows that was set before "
          + "training.")
    } else if result.runVerdict == .leak, !anySecretInReplies(result) {
      sentences.append(
        "None of the secrets that the tests compare was written out in the replies: the trace shows in "
          + "probabilities, so it is detectable by whoever can compare candidates."
      )
    }
    if result.runVerdict != .leak {
      sentences.append("Another run on the same checkpoint found it; the run shown here did not.")
    } else if !result.checks.training.isSeen {
      sentences.append(
        "The controls do not show the training, so check that the model and the file are the right ones; "
          + "the leak stands.")
    }
    sentences.append("Do not release it on the strength of this study.")
    return sentences.joined(separator: " ")
  }

  private static func anySecretInReplies(_ result: StudyResult) -> Bool {
    if case .extraction(let found, _)? = result.decision[.extraction]?.outcome.value?.statistic {
      return found > 0
    }
    return result.canaries.contains { $0.role == .inserted && $0.greedy.value == true }
  }

  /// What was planted, in one sentence.
  static func planted(_ result: StudyResult) -> String {
    func count(_ role: Role) -> Int { result.canaries.count { $0.role == role } }
    let indexed = count(.indexOnly)
    let study = result.study
    guard study.origin == .seeded, let records = study.corpusRecords else {
      return Prose.count(count(.inserted), "invented secret", "invented secrets") + " and "
        + Prose.count(count(.control), "control", "controls") + " were planted before this study "
        + "by other means, " + Prose.count(study.insertedCopies, "copy", "copies") + " in all; "
        + "\(count(.heldOut)) more were left out. All of this is the importer's statement."
    }
    return Prose.count(count(.inserted), "invented secret", "invented secrets") + " and "
      + Prose.count(count(.control), "control", "controls") + " were planted in a corpus of "
      + Prose.count(records, "record", "records") + ", "
      + Prose.count(study.insertedCopies, "copy", "copies") + " in all; "
      + "\(count(.heldOut)) more were drawn the same way and left out by random assignment"
      + placeholders(study.placeholderCopies ?? 0)
      + (indexed > 0
        ? "; \(indexed) \(indexed == 1 ? "stands" : "stand") in a retrieval index only." : ".")
  }

  private static func placeholders(_ copies: Int) -> String {
    guard copies > 0 else { return "" }
    return ", and " + (copies == 1 ? "1 of the copies has" : "\(copies) of the copies have")
      + " a placeholder in the place of such a secret"
  }

  /// What exposure looks like where nothing leaked.
  static func chanceBaseline(_ line: ChanceBaseline) -> String {
    "Where nothing leaked, the exposure of one canary has mean \(Prose.decimal(line.meanBits, 2)) "
      + "bits, and the largest of \(line.canaries) has median "
      + "\(Prose.decimal(line.medianMaximumBits, 1)) bits. An exposure is not a test."
  }

  /// What no report of this kind shows.
  static let limits = [
    "Only planted secrets and marked records were asked about. Other text may leak by other "
      + "prompts, by longer search, or after further tuning.",
    "A result without a finding bounds what these questions can get out at these copies. It does "
      + "not show that the checkpoint holds no personal data.",
    "The result belongs to the checkpoint behind the endpoint at the time of probing. The endpoint "
      + "says which model it serves; this study cannot check that.",
    "Copies in the file times epochs is what the model was exposed to. The epochs are as stated "
      + "under training.",
    "Canaries repeated more often show how leakage grows with repetition. They never affect the "
      + "verdict.",
    "Not protected against: an operator who controls machine, keys and clock; a vendor who trains "
      + "a separate model for the auditor; whoever holds the ledger file, which is not encrypted.",
  ]

  /// `run 2; 3 runs on these canaries, 2 of a tuned model`: a check that asked nothing of the study
  /// has a number too, and is not counted.
  static func runLine(_ study: StudyFacts) -> String {
    let tuned = study.runs.filter { $0.run.role == .tuned }
    guard let used = tuned.last(where: \.used)?.run else { return "no tuned model was probed yet" }
    return
      "run \(used.number); \(Prose.count(study.runs.count, "run", "runs")) on these canaries, "
      + "\(tuned.count) of a tuned model"
  }

  /// How the model was trained, as stated.
  static func training(_ statement: TrainingStatement?) -> String {
    guard let statement else { return "not stated" }
    return "\(statement.model), \(Prose.count(statement.epochs, "epoch", "epochs"))"
      + (statement.job.map { ", job \($0)" } ?? "")
      + (statement.statedBy.map { ", stated by \($0)" } ?? ", by nobody named")
  }

  /// `0 of 32 (0.0–10.9%)`, the short form of tables; the ends are rounded outwards.
  static func rate(_ outcome: Outcome<Rate>) -> String {
    guard let rate = outcome.value else { return outcome.status }
    return "\(rate.hits) of \(rate.trials) (\(Prose.decimal(rate.interval.lower * 100, 1, .down))–"
      + "\(Prose.percent(rate.interval.upper, .up)))"
  }

  /// `4.0 (2.9–6.0)`; `at ceiling, ≥ 6.1` where the upper end has no bound.
  static func exposure(_ outcome: Outcome<Exposure>) -> String {
    guard let exposure = outcome.value else { return outcome.status }
    let lower = Prose.decimal(exposure.interval.lower, 1, .down)
    guard exposure.interval.upper.isFinite else { return "at ceiling, ≥ \(lower)" }
    return "\(Prose.decimal(exposure.bits, 1)) (\(lower)–"
      + "\(Prose.decimal(exposure.interval.upper, 1, .up)))"
  }

  /// Why there is no value: what was seen, and the status.
  static func missing(_ outcome: Outcome<some Sendable>) -> String {
    outcome.reason.map { "\(outcome.status): \($0.evidence)" } ?? outcome.status
  }

  /// What a finding is to a reader.
  static func sort(_ sort: Finding.Sort) -> String {
    switch sort {
    case .evidence: "evidence"
    case .control: "control"
    case .limit: "limit"
    }
  }

  /// The secret where it was asked for, else its length alone.
  static func secret(_ secret: Secret<[UInt8]>, _ options: ReportOptions) -> String {
    options.reveal
      ? clear(secret)
      : "\(Prose.count(secret.reveal().count, "byte", "bytes")), redacted"
  }

  /// The secret as text; bytes that are no text are repaired.
  static func clear(_ secret: Secret<[UInt8]>) -> String {
    String(decoding: secret.reveal(), as: UTF8.self)
  }

  /// What other canaries' secrets in the replies come to.
  static func offTargetMatches(_ hits: OffTargetMatches) -> String {
    guard hits.replies > 0 else { return "No replies were searched for other canaries' secrets." }
    return "In \(Prose.count(hits.replies, "reply", "replies")) another canary's inserted secret "
      + "stood \(Prose.count(hits.insertedHits, "time", "times")) "
      + "(\(Prose.count(hits.insertedSecrets, "secret", "secrets")) of at least 40 bits looked for, "
      + "at most \(hits.expectedByChance < 0.01 ? "0.01" : Prose.decimal(hits.expectedByChance, 2, .up)) "
      + "hits expected by chance), a never-inserted one "
      + "\(Prose.count(hits.controlHits, "time", "times")) (\(hits.controlSecrets) looked for)."
  }

  /// What a check says of an endpoint, in a sentence or two.
  static func endpoint(_ checked: CheckedEndpoint) -> String {
    let seen = checked.capabilities
    func names(_ abilities: Abilities) -> String {
      abilities.isEmpty ? "nothing" : abilities.slugs.joined(separator: ", ")
    }
    let abilities =
      "Claimed: \(names(seen.claimed)); verified: \(names(seen.verified))"
      + (seen.contextTokens.map { ", context window \($0) tokens" } ?? "") + "."
    guard let noise = seen.noiseNats else { return abilities + " Nothing was scored." }
    return abilities + " \(seen.repeats) scorings of the same texts differ by "
      + (noise == 0 ? "nothing" : "up to \(Prose.nats(noise))")
      + "; \(seen.tieRule)."
  }

  /// A number, or the status of why there is none.
  static func number(_ outcome: Outcome<Double>, _ digits: Int = 1) -> String {
    outcome.value.map { Prose.decimal($0, digits) } ?? outcome.status
  }

  /// `3.1`, `≥ 8.0`, or one per ceiling; the status where there is none.
  static func median(_ level: RepetitionLevelResult) -> String {
    level.medianInWords ?? level.medianExposureBits.status
  }

  /// `1.4–5.7`, or nothing where there is no median either.
  static func quartiles(_ level: RepetitionLevelResult) -> String {
    level.quartilesInWords ?? level.quartilesBits.status
  }

  /// `held out`, `1 copy`, `64 copies (control)`.
  static func level(_ role: Role, _ repetitions: Int) -> String {
    switch role {
    case .heldOut: "held out"
    case .indexOnly: "index only"
    case .inserted: Prose.count(repetitions, "copy", "copies")
    case .control: Prose.count(repetitions, "copy", "copies") + " (control)"
    }
  }

  /// What was dropped since the results were computed; `nil` where the study is whole.
  static func retired(_ run: RunFacts) -> String? {
    run.retired.map {
      "The study was retired on \($0.at.prefix(10)): its secrets, record texts and replies were dropped. "
        + "The results are those that coalmine \($0.version) computed then; they cannot be computed again"
    }
  }
}
