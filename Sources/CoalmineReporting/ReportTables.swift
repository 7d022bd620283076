// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// The tables of a report.
enum ReportTables {
  static func coverage(_ result: StudyResult) -> ReportTable {
    ReportTable(
      "Canaries by measure; missing values are in no rate and never count as zero",
      ["measure", "measured", "not measurable", "censored", "failed", "why not"],
      ReportCoverage(result).rows.map {
        [
          $0.measure, "\($0.measured)", "\($0.notMeasurable)", "\($0.censored)", "\($0.failed)",
          $0.why,
        ]
      })
  }

  static func levels(_ result: StudyResult) -> ReportTable {
    ReportTable(
      "Exposure and extraction by copies in the corpus: medians over the canaries (≥: the true one may "
        + "be higher), rates with 95% Clopper-Pearson intervals",
      [
        "copies", "canaries", "median exposure, bits", "quartiles, bits", "at ceiling", "greedy",
        "sampled, temperature 1", "endpoint's defaults",
      ],
      result.levels.map { level in
        [
          ReportProse.level(level.role, level.repetitions), String(level.canaries),
          ReportProse.median(level), ReportProse.quartiles(level),
          String(level.atCeiling), ReportProse.rate(level.greedy), ReportProse.rate(level.sampled),
          ReportProse.rate(level.defaults),
        ]
      }, style: .tight)
  }

  /// Every run of a tuned model with what it came to; `nil` without any.
  static func runOutcomes(_ result: StudyResult) -> ReportTable? {
    guard !result.runOutcomes.isEmpty else { return nil }
    let shown = Set(result.study.runs.filter(\.used).map(\.run.number))
    return ReportTable(
      "Every run of a tuned model on these canaries; a leak that one run found stands for its "
        + "checkpoint",
      ["run", "model", "begun", "complete", "asked", "verdict", "p of all tests", "shown here"],
      result.runOutcomes.map { run in
        [
          String(run.run), run.model, run.openedAt, run.isComplete ? "yes" : "no", run.probeSet,
          run.verdict.rawValue, run.combinedP.map(Prose.pValue) ?? "not measured",
          shown.contains(run.run) ? "yes" : "no",
        ]
      })
  }

  /// The tests that decide.
  static func components(_ result: StudyResult) -> ReportTable {
    ReportTable(
      "Each test finds a leak where its p is at or below its limit, its share of alpha; "
        + "missing answers are read against a leak for p, and for one for the last p",
      [
        "test", "share of alpha", "seen", "p", "limit", "finds a leak", "shown by controls",
        "p if missing answers leak",
      ],
      result.decision.components.map { component in
        let value = component.outcome.value
        return [
          component.component.rawValue, Prose.percent(component.weight),
          ComponentText.short(component), value.map { Prose.pValue($0.pValue) } ?? "",
          component.decides ? ComponentText.limit(component.level) : "for comparison",
          component.decides ? value.map { _ in component.findsLeak ? "yes" : "no" } ?? "" : "",
          component.isShown
            ? "yes"
            : "no: \(component.controls.value.map(Prose.pValue) ?? component.controls.reason?.evidence ?? "")",
          value.map { Prose.pValue($0.pValueForPass) } ?? "",
        ]
      } + ContextText.coinRow(result), style: .dense)
  }

  /// What must hold so that the tests mean what they say: name with state, and sentence.
  static func controls(_ result: StudyResult) -> [(name: String, value: String)] {
    let checks = result.checks
    func state(_ seen: Bool, _ outcome: Outcome<some Sendable>) -> Finding.ControlState {
      outcome.value == nil ? .notMeasured : seen ? .seen : .notSeen
    }
    func words(_ state: Finding.ControlState) -> String {
      state.rawValue.replacing("-", with: " ")
    }
    let training = state(checks.training.isSeen, checks.training.pValue)
    let inContext = state(checks.inContext.isSeen, checks.inContext.seen)
    var rows = [
      (
        "training control: \(words(training))",
        FindingText.sentence(.trainingControl(training), in: result)
      ),
      (
        "held-out control: "
          + (checks.heldOut.pValue.value == nil
            ? "not measured" : checks.heldOut.isBroken ? "failed" : "as chance has it"),
        checks.heldOut.pValue.value.map { _ in
          "\(Prose.count(checks.heldOut.canaries, "held-out secret", "held-out secrets")) "
            + "\(FindingText.heldOut(checks.heldOut)); at most \(ValidityChecks.level) is a failure."
        } ?? ReportProse.missing(checks.heldOut.pValue) + "."
      ),
    ]
    if let base = checks.base {
      rows.append(
        (
          "base model: "
            + (base.isContaminated ? "knows the secrets" : "does not know the secrets"),
          "Run \(base.run), \(ComponentText.name(base.component)): "
            + "\(FindingText.pValue(base.pValue)); by mass: \(FindingText.pValue(base.massPValue)); at "
            + "most \(ValidityChecks.baseLevel) is a failure."
        ))
    }
    if let retrieval = checks.retrieval {
      rows.append(
        (
          "retrieval: "
            + (retrieval.isExcluded
              ? "excluded" : retrieval.isSeen ? "seen" : "not excluded"),
          FindingText.retrieval(retrieval, isExcluded: retrieval.isExcluded)
        ))
    }
    rows.append(
      (
        "secrets given in the prompt: \(words(inContext))",
        FindingText.sentence(.inContextControl(inContext), in: result)
      ))
    return rows
  }

  /// `nil` where the protocol sets no gate.
  static func gates(_ gates: [GateResult]) -> ReportTable? {
    guard !gates.isEmpty else { return nil }
    return ReportTable(
      "Limits set in the protocol before training; rates are compared with one-sided 95% bounds",
      ["gate", "limit", "seen", "state"],
      gates.map { gate in
        [
          "\(gate.gate.measure.rawValue) at \(Prose.count(gate.gate.repetitions, "copy", "copies"))",
          GateText.limit(gate.gate), GateText.seen(gate), gate.state.rawValue,
        ]
      })
  }

  static func checks(_ checked: CheckedEndpoint) -> ReportTable {
    ReportTable(
      "What was looked at, with texts of no study, before anything was asked",
      ["checked", "state", "what was seen"],
      checked.capabilities.items.map {
        [$0.subject.rawValue, $0.state.rawValue, $0.evidence]
      })
  }

  /// `nil` where the run is only compared with another one.
  static func measures(_ checked: CheckedEndpoint) -> ReportTable? {
    guard !checked.measures.isEmpty else { return nil }
    return ReportTable(
      "What each measure can and cannot conclude at this endpoint",
      ["measure", "possible", "what it can conclude, or what is missing"],
      checked.measures.map { [$0.measure, $0.isPossible ? "yes" : "no", $0.conclusion] })
  }

  /// More canaries than this are not listed for people.
  static let mostListed = 1_000

  /// Every canary; of more than ``mostListed``, those that stand out: first those whose secret came out,
  /// then those with the highest exposure.
  static func listed(_ canaries: [CanaryResult]) -> [CanaryResult] {
    guard canaries.count > mostListed else { return canaries }
    func cameOut(_ canary: CanaryResult) -> Bool {
      canary.greedy.value == true || (canary.sampled.value?.hits ?? 0) > 0
        || (canary.defaults.value?.hits ?? 0) > 0
    }
    let order = canaries.map { canary in
      (canary: canary, cameOut: cameOut(canary), bits: canary.exposure.value?.bits ?? -1)
    }.sorted { first, second in
      if first.cameOut != second.cameOut { return first.cameOut }
      return first.bits != second.bits
        ? first.bits > second.bits : first.canary.id < second.canary.id
    }
    return order.prefix(mostListed).map(\.canary).sorted { $0.id < $1.id }
  }

  static func canaries(_ result: StudyResult, _ options: ReportOptions) -> ReportTable {
    let canaries = listed(result.canaries)
    let left = result.canaries.count - canaries.count
    let recites = result.canaries.contains(where: isRecited)
    return ReportTable(
      (options.reveal ? "Secrets are shown on request. " : "Secrets are redacted. ")
        + (left > 0
          ? "These \(canaries.count) of \(result.canaries.count) canaries stand out most, by a secret that "
            + "came out, then by exposure; \(left) are left out, and the format csv lists all. "
          : "")
        + "Exposure in bits with 95% interval; log-probability of the secret in nats. "
        + ReportProse.chanceBaseline(result.chanceBaseline),
      [
        "canary", "copies", "bits", "secret", "log-probability", "exposure", "greedy", "sampled",
      ] + (recites ? ["known text"] : []) + ["caveats"],
      canaries.map { canary in
        [
          canary.id, ReportProse.level(canary.role, canary.repetitions),
          Prose.decimal(canary.secretBits, 1), ReportProse.secret(canary.secret, options),
          logProbability(canary), ReportProse.exposure(canary.exposure),
          canary.greedy.value.map { $0 ? "yes" : "no" } ?? missing(canary.greedy),
          canary.sampled.value.map { "\($0.hits) of \($0.samples)" } ?? missing(canary.sampled),
        ] + (recites ? [recited(canary)] : []) + [
          canary.caveats.map(\.slug).joined(separator: ", ")
        ]
      }, style: .dense)
  }

  /// In nats; bounds where only the tokens beside samples are known.
  private static func logProbability(_ canary: CanaryResult) -> String {
    guard canary.secretLogProbability.value == nil, let generated = canary.generated else {
      return ReportProse.number(canary.secretLogProbability)
    }
    func nats(_ probability: Double) -> String {
      probability > 0 ? Prose.decimal(Binary.log2(probability) / 1.4426950408889634, 2) : "-∞"
    }
    return "\(nats(generated.lower)) to \(nats(generated.upper))"
  }

  static func runs(_ report: Report) -> ReportTable {
    let costs = Dictionary(
      report.run.runs.map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first })
    return ReportTable(
      "Every probing of these canaries, oldest first",
      [
        "run", "as", "model", "endpoint", "asked", "complete", "used here", "questions",
        "requests", "opened",
      ],
      report.result.study.runs.map { summary in
        let run = summary.run
        let cost = costs[run.number]
        return [
          String(run.number), run.role.rawValue, run.model, run.endpoint, run.probeSet.name,
          run.isComplete ? "yes" : "no", summary.used ? "yes" : "no",
          cost.map { String($0.queries) } ?? "not recorded",
          cost.map { String($0.requests) } ?? "not recorded", cost?.openedAt ?? "not recorded",
        ]
      }, style: .dense)
  }
}
