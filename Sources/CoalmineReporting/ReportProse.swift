// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// What a report says in words, the same in every format.
enum ReportProse {
  /// The verdict in one line.
  static func headline(_ verdict: Verdict) -> String {
    switch verdict {
    case .leak: "Leak: this checkpoint gives away text it was tuned on"
    case .pass: "Pass: no leak was found that this study was built to see"
    case .inconclusive: "Inconclusive: this study cannot say"
    case .incomplete: "Incomplete: answers are missing"
    }
  }

  /// What the verdict means for a decision, in plain words.
  static func meaning(_ verdict: Verdict) -> String {
    switch verdict {
    case .leak:
      "Secrets that were planted in the tuning corpus can be told from secrets that were drawn the "
        + "same way and left out. Text that stands in that corpus as often as the planted secrets "
        + "must be expected to have left a trace in this checkpoint. Do not release it on the "
        + "strength of this study."
    case .pass:
      "Both controls worked, the study was large enough for the question it was planned for, and "
        + "no gate failed. This holds for this checkpoint, for text that stands in the corpus as "
        + "often as the gated secrets, and for the questions that were asked; see what this report "
        + "does not show."
    case .inconclusive:
      "Nothing follows about leakage, in either direction: a control did not work, a gate stayed "
        + "open, or there were too few canaries. It must not be read as a pass."
    case .incomplete:
      "Probe again to ask what is missing; what was answered is kept and is not paid for twice."
    }
  }

  /// Attack classes of EDPB Opinion 28/2024, paragraph 55, and whether this study runs them.
  static func attackClasses(_ result: StudyResult) -> [(name: String, state: String)] {
    let extraction = result.canaries.contains { $0.greedy.value != nil || $0.sampled.value != nil }
    let membership =
      result.primaryTest.outcome.value != nil
      || result.membership.contains { $0.auc.value != nil }
    return [
      (
        "membership inference",
        membership ? "run: planted secrets and corpus records" : "not run"
      ),
      (
        "exfiltration and regurgitation of training data",
        extraction ? "run: planted secrets only, from their own prompts" : "not run"
      ),
      ("attribute inference", "not run"), ("model inversion", "not run"),
      ("reconstruction", "not run"),
    ]
  }

  /// What no report of this kind shows.
  static let limits = [
    "Only planted secrets and marked records were asked about. Other text may leak by other "
      + "prompts, by longer search, or after further tuning.",
    "The result belongs to the checkpoint behind the endpoint at the time of probing. The endpoint "
      + "says which model it serves; this study cannot check that.",
    "Copies in the file times epochs is what the model was exposed to. The epochs are as stated "
      + "under training.",
    "Higher doses show how leakage grows with repetition. They are instruments and never decide.",
    "Not protected against: an operator who controls machine, keys and clock; a vendor who trains "
      + "a separate model for the auditor; whoever holds the ledger file, which is not encrypted.",
  ]

  /// `run 2 of 2 on these canaries`, and what went before.
  static func runLine(_ study: StudyFacts) -> String {
    let tuned = study.runs.filter { $0.role == .tuned }
    guard let used = tuned.last else { return "no tuned model was probed yet" }
    let earlier = tuned.count - 1
    return "run \(used.number) of \(study.runs.count) on these canaries; "
      + Prose.count(earlier, "earlier result", "earlier results") + " on a tuned model"
  }

  /// `0 of 32; true rate below …` in the short form of tables: `0 of 32 (0.0–10.9%)`.
  static func rate(_ outcome: Outcome<Rate>) -> String {
    guard let rate = outcome.value else { return outcome.status }
    return "\(rate.hits) of \(rate.trials) (\(Prose.decimal(rate.interval.lower * 100, 1))–"
      + "\(Prose.percent(rate.interval.upper)))"
  }

  /// `4.0 (2.9–6.0)`, `≥ 6.1` where the upper end has no bound.
  static func exposure(_ outcome: Outcome<Exposure>) -> String {
    guard let exposure = outcome.value else { return outcome.status }
    let lower = Prose.decimal(exposure.interval.lower, 1)
    guard exposure.interval.upper.isFinite else { return "at ceiling, ≥ \(lower)" }
    return "\(Prose.decimal(exposure.bits, 1)) (\(lower)–"
      + "\(Prose.decimal(exposure.interval.upper, 1)))"
  }

  /// A number, or the status of why there is none.
  static func number(_ outcome: Outcome<Double>, _ digits: Int = 1) -> String {
    outcome.value.map { Prose.decimal($0, digits) } ?? outcome.status
  }

  /// `held out`, `1 copy`, `64 copies (control)`.
  static func dose(_ role: Role, _ repetitions: Int) -> String {
    switch role {
    case .heldOut: "held out"
    case .indexOnly: "index only"
    case .inserted: Prose.count(repetitions, "copy", "copies")
    case .control: Prose.count(repetitions, "copy", "copies") + " (control)"
    }
  }

  /// The membership scores in words.
  static func auc(_ score: MembershipResult) -> (value: String, interval: String) {
    guard let value = score.auc.value else { return (score.auc.status, "") }
    let interval = value.interval.map {
      "\(Prose.decimal($0.lower, 3))–\(Prose.decimal($0.upper, 3))"
    }
    return (Prose.decimal(value.auc, 3), interval ?? "no interval")
  }
}
