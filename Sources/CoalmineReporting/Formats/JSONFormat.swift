// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineStatistics

/// JSON for machines: `schema_version`, `result`, `run`, `transcripts`, as `report.schema.json` describes
/// them.
///
/// `result` is a function of protocol and answers, and the same bytes at every scoring.
public enum JSONFormat: ReportFormat {
  public static let slug = "json"
  public static let summary = "JSON for machines; see report.schema.json"
  public static let showsReplies = true

  public static func render(_ report: Report, options: ReportOptions) throws(CoalmineError)
    -> [UInt8]
  {
    try joined(report, options)
  }

  public static func write(
    _ report: Report, options: ReportOptions,
    to output: @escaping ([UInt8]) throws(CoalmineError) -> Void
  ) throws(CoalmineError) {
    var writer = JSONWriter(pretty: true) { try output(asciiControls($0)) }
    do {
      try writer.object { root in
        try root.field("schema_version", Report.schemaVersion)
        try root.field("holds_secrets", options.reveal)
        try root.object("result") { try write(report.result, options, to: &$0) }
        try root.object("run") { try write(report.run, to: &$0) }
        if let transcripts = report.transcripts {
          try root.object("transcripts") { try TranscriptJSON.write(transcripts, options, to: &$0) }
        } else {
          try root.field("transcripts", String?.none)
        }
        if let rows = report.regulations {
          try root.array("regulations") { try RegulationTables.json(rows, to: &$0) }
        } else {
          try root.field("regulations", String?.none)
        }
      }
    } catch let error as CoalmineError {
      throw error
    } catch {
      throw CoalmineError(
        code: "report-not-written", "a number of the report is not finite", exit: .internalError)
    }
    try output(asciiControls(writer.bytes) + [0x0A])
  }

  /// The JSON Schema (2020-12) of what ``render(_:options:)`` writes, as the text of a file.
  public static var schema: String { EmbeddedText.named("report.schema.json") }

  /// The same document with invisible characters that could steer a terminal, C1 controls and
  /// bidirectional overrides among them, as escapes: outside strings JSON has none of them.
  private static func asciiControls(_ json: [UInt8]) -> [UInt8] {
    if json.allSatisfy({ $0 < 0x80 }) { return json }
    var result: [UInt8] = []
    result.reserveCapacity(json.count + 1)
    for scalar in String(decoding: json, as: UTF8.self).unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control where scalar.value > 0x7F, .format, .lineSeparator, .paragraphSeparator:
        for unit in UTF16.encode(scalar) ?? UTF16.encodedReplacementCharacter {
          let digits = String(unit, radix: 16)
          result += Array(("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8)
        }
      default: result += UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
      }
    }
    return result
  }

  private static func write(
    _ result: StudyResult, _ options: ReportOptions, to root: inout JSONWriter.Object
  ) throws {
    try root.field("verdict", result.verdict.rawValue)
    try root.field("run_verdict", result.runVerdict.rawValue)
    try root.field("scope", ReportProse.isGenerationOnly(result) ? "generation-only" : "full")
    try root.array("findings") { list in
      for finding in result.findings { try list.object { try write(finding, result, to: &$0) } }
    }
    try root.array("run_outcomes") { list in
      for run in result.runOutcomes { try list.object { try write(run, to: &$0) } }
    }
    try root.object("study") { try write(result.study, to: &$0) }
    try root.object("decision") { try DecisionJSON.write(result.decision, to: &$0) }
    try root.object("checks") { try DecisionJSON.write(result.checks, to: &$0) }
    try root.object("answers") { try DecisionJSON.write(result.answers, to: &$0) }
    try root.array("gates") { list in
      for gate in result.gates { try list.object { try write(gate, to: &$0) } }
    }
    try root.object("chance_baseline") { try write(result.chanceBaseline, to: &$0) }
    try root.array("repetition_levels") { list in
      for level in result.levels { try list.object { try write(level, to: &$0) } }
    }
    try root.array("dose_response") { list in
      for curve in result.doseResponse { try list.object { try write(curve, to: &$0) } }
    }
    try root.array("rate_comparisons") { list in
      for rates in result.rateComparisons { try list.object { try write(rates, to: &$0) } }
    }
    try root.array("extraction_by_budget") { list in
      for budget in result.extractionByBudget { try list.object { try write(budget, to: &$0) } }
    }
    try root.object("privacy") { try DecisionJSON.write(result.privacy, to: &$0) }
    try root.array("named_secrets") { list in
      for secret in result.namedSecrets {
        try list.object { try DecisionJSON.write(secret, to: &$0) }
      }
    }
    try root.object("forced_choice") { try ForcedChoiceJSON.write(result.forcedChoice, to: &$0) }
    try root.array("membership") { list in
      for score in result.membership { try list.object { try write(score, to: &$0) } }
    }
    try root.object("off_target_matches") { hits in
      try hits.field("replies", result.offTargetMatches.replies)
      try hits.field("inserted_secrets", result.offTargetMatches.insertedSecrets)
      try hits.field("inserted_hits", result.offTargetMatches.insertedHits)
      try hits.field("control_secrets", result.offTargetMatches.controlSecrets)
      try hits.field("control_hits", result.offTargetMatches.controlHits)
      try hits.field("expected_by_chance", result.offTargetMatches.expectedByChance)
      try hits.field("target_secrets_found", result.offTargetMatches.targetSecretsFound)
      try hits.field("target_p_value", result.offTargetMatches.targetP)
    }
    try root.array("endpoint_checks") { list in
      for checked in result.endpoints {
        try list.object { object in
          try object.field("run", checked.run)
          try object.field("role", checked.role.rawValue)
          try CapabilitiesJSON.write(checked.capabilities, checked.measures, to: &object)
        }
      }
    }
    try root.array("canaries") { list in
      for canary in result.canaries {
        try list.object { try write(canary, options, to: &$0) }
      }
    }
    try root.array("caveats") { list in
      for caveat in result.caveats { try list.object { try write(caveat, to: &$0) } }
    }
    try root.array("not_measured") { list in
      for finding in result.notMeasured { try list.object { try write(finding, result, to: &$0) } }
    }
  }

  private static func write(
    _ canary: CanaryResult, _ options: ReportOptions, to root: inout JSONWriter.Object
  ) throws {
    try root.field("id", canary.id)
    try root.field("kind", canary.kind)
    try root.field("role", canary.role.rawValue)
    try root.field("repetitions", canary.repetitions)
    try root.field("secret_bits", canary.secretBits)
    if options.reveal { try root.field("secret", utf8: canary.secret.reveal()) }
    try root.field("secret_logprob_nats", finite(canary.secretLogProbability.value))
    try root.object("secret_logprob") { try status(canary.secretLogProbability, to: &$0) }
    try root.field("tuned_minus_base_nats", finite(canary.tunedMinusBase.value))
    try root.object("tuned_minus_base") { try status(canary.tunedMinusBase, to: &$0) }
    try root.object("exposure") { object in
      try status(canary.exposure, to: &object)
      let exposure = canary.exposure.value
      try object.field("bits", exposure?.bits)
      try interval("interval_bits", exposure?.interval, to: &object)
      try object.field("interval_level", exposure?.interval.level)
      try object.field("method", exposure?.method.rawValue)
      try object.field("rank", exposure?.rank)
      try object.field("references", exposure?.references)
      try object.field("ceiling_bits", exposure?.ceilingBits)
      try object.field("p_value", exposure?.pValue)
      try object.field("mass_bound_bits", canary.massBoundBits.value)
      try object.object("mass_bound") { try status(canary.massBoundBits, to: &$0) }
    }
    try root.object("extraction") { extraction in
      try extraction.object("greedy") { object in
        try status(canary.greedy, to: &object)
        try object.field("extracted", canary.greedy.value)
      }
      for (name, outcome) in [("sampled", canary.sampled), ("defaults", canary.defaults)] {
        try extraction.object(name) { object in
          try status(outcome, to: &object)
          try object.field("hits", outcome.value?.hits)
          try object.field("samples", outcome.value?.samples)
          try interval("interval", outcome.value?.interval, to: &object)
        }
      }
    }
    try root.object("recitation") { object in
      try object.field("withheld", canary.recited?.withheld)
      try object.field("marked", canary.recited?.marked)
      try object.field("replies", canary.recited?.replies)
    }
    try root.object("probability_after_prompt") { object in
      try object.field("lower", canary.generated?.lower)
      try object.field("estimate", canary.generated?.estimate)
      try object.field("upper", canary.generated?.upper)
    }
    try root.array("caveats") { list in
      for caveat in canary.caveats { try list.object { try write(caveat, to: &$0) } }
    }
  }

  private static func write(_ level: RepetitionLevelResult, to root: inout JSONWriter.Object) throws
  {
    try root.field("role", level.role.rawValue)
    try root.field("repetitions", level.repetitions)
    try root.field("canaries", level.canaries)
    try root.field("median_exposure_bits", level.medianExposureBits.value)
    try root.object("median_exposure") { try status(level.medianExposureBits, to: &$0) }
    try range("quartiles_bits", level.quartilesBits.value, to: &root)
    try root.field("at_ceiling", level.atCeiling)
    try root.array("exposure_by_ceiling") { list in
      for group in level.exposures { try list.object { try write(group, to: &$0) } }
    }
    for (name, outcome) in [
      ("greedy", level.greedy), ("sampled", level.sampled), ("defaults", level.defaults),
    ] {
      try root.object(name) { try write(outcome, to: &$0) }
    }
  }

  private static func write(_ run: RunOutcome, to root: inout JSONWriter.Object) throws {
    try root.field("run", run.run)
    try root.field("model", run.model)
    try root.field("complete", run.isComplete)
    try root.field("probe_set", run.probeSet)
    try root.field("verdict", run.verdict.rawValue)
    try root.field("p_value", run.combinedP)
    try root.array("found_by") { list in for slug in run.foundBy { try list.value(slug) } }
  }

  private static func write(_ gate: GateResult, to root: inout JSONWriter.Object) throws {
    try root.field("measure", gate.gate.measure.rawValue)
    try root.field("repetitions", gate.gate.repetitions)
    try root.field("limit", gate.gate.limit)
    try root.field("state", gate.state.rawValue)
    try root.object("rate") { try write(gate.rate, to: &$0) }
    try range("one_sided_bounds", gate.bounds, to: &root)
    try root.field("fisher_p_value", gate.fisherP)
    try root.field("unmeasured", gate.unmeasured)
  }

  private static func write(_ study: StudyFacts, to root: inout JSONWriter.Object) throws {
    try root.field("id", study.id)
    try root.field("protocol_sha256", study.protocolDigest)
    try root.field("origin", study.origin.rawValue)
    try root.field("corpus_sha256", study.corpusDigest)
    try root.field("seeded_sha256", study.seededDigest)
    try root.field("corpus_records", study.corpusRecords)
    try root.field("inserted_copies", study.insertedCopies)
    try root.field("placeholder_copies", study.placeholderCopies ?? 0)
    try root.object("training") { training in
      try training.field("stated", study.training != nil)
      try training.field("model", study.training?.model)
      try training.field("epochs", study.training?.epochs)
      try training.field("job", study.training?.job)
      try training.field("stated_by", study.training?.statedBy)
      try training.field("file_sha256", study.training?.fileDigest)
      if let processed = study.training?.processed {
        try training.object("processed") { try processed.write(to: &$0) }
      } else {
        try training.field("processed", String?.none)
      }
      try training.array("earlier") { list in
        for statement in study.earlierTraining ?? [] {
          try list.object { object in
            try object.field("model", statement.model)
            try object.field("epochs", statement.epochs)
            try object.field("job", statement.job)
            try object.field("stated_by", statement.statedBy)
            try object.field("file_sha256", statement.fileDigest)
            try object.field("copies_planned", statement.processed?.planned)
            try object.field("copies_intact", statement.processed?.intact)
          }
        }
      }
    }
    if let note = study.commitment {
      try root.object("commitment") { object in
        try object.field("root", note.root)
        try object.field("file_sha256", note.fileDigest)
        try object.field("at", note.at)
        try object.field("version", note.version)
        try object.field("training_was_stated", note.trainingWasStated)
        try object.field("runs", note.runs)
      }
    } else {
      try root.field("commitment", String?.none)
    }
    try root.array("runs") { list in
      for summary in study.runs {
        let run = summary.run
        try list.object { object in
          try object.field("number", run.number)
          try object.field("role", run.role.rawValue)
          try object.field("model", run.model)
          try object.field("endpoint", run.endpoint)
          try object.field("dialect", run.dialect)
          try object.field("presentation", run.presentation.rawValue)
          try object.field("probe_set", run.probeSet.name)
          try object.field("complete", run.isComplete)
          try object.field("used", summary.used)
        }
      }
    }
  }

  private static func write(_ run: RunFacts, to root: inout JSONWriter.Object) throws {
    try root.field("version", run.version)
    try root.field("written_at", run.writtenAt)
    try root.array("runs") { list in
      for costs in run.runs {
        try list.object { object in
          try object.field("number", costs.number)
          try object.field("opened_at", costs.openedAt)
          try object.field("closed_at", costs.closedAt)
          try object.field("requests", costs.requests)
          try object.field("ambiguous_requests", costs.ambiguousRequests)
          try object.field("failed_requests", costs.failedRequests)
          try object.field("queries", costs.queries)
          try object.field("bytes_received", costs.bytesReceived)
        }
      }
    }
    guard let retired = run.retired else {
      try root.field("retired", String?.none)
      return
    }
    try root.object("retired") { object in
      try object.field("at", retired.at)
      try object.field("version", retired.version)
      try object.field("secrets", retired.secrets)
      try object.field("record_texts", retired.recordTexts)
      try object.field("replies", retired.replies)
      try object.field("written_answers", retired.writtenAnswers)
      try object.field("rank_searches", retired.rankSearches)
      try object.field("seal_sha256", retired.sealDigest)
      try object.field("commitment_root", retired.commitmentRoot)
    }
  }

  private static func write(
    _ finding: Finding, _ result: StudyResult, to root: inout JSONWriter.Object
  ) throws {
    try root.field("slug", finding.slug)
    try root.field("sort", finding.sort.rawValue)
    try root.field("sentence", FindingText.sentence(finding, in: result))
  }

  private static func write(_ caveat: Caveat, to root: inout JSONWriter.Object) throws {
    try root.field("slug", caveat.slug)
    try root.field("evidence", caveat.evidence)
  }

  private static func write(_ rate: Outcome<Rate>, to root: inout JSONWriter.Object) throws {
    try status(rate, to: &root)
    try root.field("hits", rate.value?.hits)
    try root.field("trials", rate.value?.trials)
    try interval("interval", rate.value?.interval, to: &root)
  }

  /// `status`, and `reason` where there is no value.
  static func status(
    _ outcome: Outcome<some Sendable>, to root: inout JSONWriter.Object
  ) throws {
    try root.field("status", outcome.status)
    if let reason = outcome.reason {
      try root.object("reason") { object in
        try object.field("slug", reason.slug)
        try object.field("evidence", reason.evidence)
      }
    }
  }

  /// Null for a probability of 0, whose logarithm JSON has no number for.
  private static func finite(_ value: Double?) -> Double? {
    value.flatMap { $0.isFinite ? $0 : nil }
  }

  /// `[lower, upper]`; null without a range.
  static func range(
    _ name: String, _ range: ClosedRange<Double>?, to root: inout JSONWriter.Object
  ) throws {
    guard let range else {
      try root.field(name, Double?.none)
      return
    }
    try root.array(name) { list in
      try list.value(range.lowerBound)
      try list.value(range.upperBound)
    }
  }

  /// `[lower, upper]`, with null for an upper end that has no bound; null without an interval.
  static func interval(
    _ name: String, _ interval: Interval?, to root: inout JSONWriter.Object
  ) throws {
    guard let interval else {
      try root.field(name, Double?.none)
      return
    }
    try root.array(name) { list in
      try list.value(interval.lower)
      try list.value(interval.upper.isFinite ? interval.upper : Double?.none)
    }
  }
}
