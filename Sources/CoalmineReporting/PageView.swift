// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// What the page's templates show. Every text is a ``PageText``, so that none can go in unescaped.
struct PageView {
  let verdict: PageText
  let headline: PageText
  let meaning: PageText
  /// A warning where the page holds secrets.
  let secrets: PageText?
  let style: PageText
  let styleDigest: PageText
  let findings: [PageText]
  let facts: [Pair]
  let coverage: ReportTable
  let notMeasured: [Pair]
  let nothingMissing: Bool
  let caveats: [Pair]
  let attackClasses: ReportTable
  let limits: [PageText]
  let plot: PageText?
  let chanceBaseline: PageText
  let chanceBaselines: ReportTable?
  let levels: ReportTable
  let doseResponse: ReportTable?
  let rateComparisons: ReportTable?
  let primaryTest: [Pair]
  let controls: [Pair]
  let gates: ReportTable?
  let membership: ReportTable?
  let membershipDoubts: [PageText]
  let membershipTests: ReportTable?
  let offTargetMatches: PageText
  let endpoints: [CheckedView]
  let canaries: ReportTable
  let runs: ReportTable
  let evidence: [Pair]
  let terms: [Pair]

  /// What was seen of one endpoint.
  struct CheckedView {
    let title: PageText
    let summary: PageText
    let checks: ReportTable
    let measures: ReportTable?

    init(_ checked: CheckedEndpoint) {
      title = PageText("Run \(checked.run), the \(checked.role.rawValue) model")
      summary = PageText(ReportProse.endpoint(checked))
      checks = ReportTables.checks(checked)
      measures = ReportTables.measures(checked)
    }
  }

  struct Pair {
    let name: PageText
    let value: PageText

    init(_ name: String, _ value: String) {
      self.name = PageText(name)
      self.value = PageText(value)
    }
  }

  /// - Parameters:
  ///   - style: the style sheet, ours to the last byte.
  ///   - styleDigest: its SHA-256 in base64.
  init(_ report: Report, _ options: ReportOptions, style: String, styleDigest: String) {
    let result = report.result
    let measured = ReportCoverage(result)
    verdict = PageText(result.verdict.rawValue)
    headline = PageText(ReportProse.headline(result))
    meaning = PageText(ReportProse.meaning(result))
    secrets = options.reveal ? PageText(ReportProse.holdsSecrets) : nil
    self.style = PageText(markup: style)
    self.styleDigest = PageText(styleDigest)
    findings = result.findings.map { PageText($0.sentence) }
    facts = Self.facts(report)
    coverage = ReportTables.coverage(result)
    notMeasured = result.notMeasured.map { Pair($0.slug, $0.sentence) }
    nothingMissing = result.notMeasured.isEmpty && measured.isComplete
    caveats = result.caveats.map { Pair($0.slug, $0.evidence) }
    attackClasses = ReportTable(
      "Attack classes named in EDPB Opinion 28/2024, paragraph 55",
      ["attack class", "in this study"],
      ReportProse.attackClasses(result).map { [$0.name, $0.state] })
    limits = ReportProse.limits.map { PageText($0) }
    plot = Plot(result).svg().map { PageText(markup: $0) }
    chanceBaseline = PageText(ReportProse.chanceBaseline(result.chanceBaseline))
    chanceBaselines = ReportTables.chanceBaselines(result.chanceBaseline)
    levels = ReportTables.levels(result)
    doseResponse = ReportTables.doseResponse(result.doseResponse)
    rateComparisons = ReportTables.rateComparisons(result.rateComparisons)
    primaryTest = Self.primaryTest(result.primaryTest, result.study.origin)
    controls = [
      ("high-repetition", result.controls.highRepetition),
      ("in-context positive", result.controls.inContext),
    ].map {
      name, control in
      Pair(
        "\(name) control: "
          + (control.seen.value.map { $0 ? "seen" : "not seen" } ?? control.seen.status),
        control.sentence)
    }
    gates = ReportTables.gates(result.gates)
    membership = ReportTables.membership(result.membership)
    membershipDoubts = MembershipProse.doubts(result.membership).map { PageText($0) }
    membershipTests = ReportTables.membershipTests(result.membership)
    offTargetMatches = PageText(ReportProse.offTargetMatches(result.offTargetMatches))
    endpoints = result.endpoints.map { CheckedView($0) }
    canaries = ReportTables.canaries(result, options)
    runs = ReportTables.runs(report)
    evidence = Self.evidence(report)
    terms = ReportTerms.all.map { Pair($0.term, $0.meaning) }
  }

  /// The first page's facts: what was asked, when, of which model, and how often before.
  private static func facts(_ report: Report) -> [Pair] {
    let study = report.result.study
    let used = study.runs.last { $0.run.role == .tuned && $0.used }?.run
    let opened = used.flatMap { run in report.run.runs.first { $0.number == run.number } }?.openedAt
    return [
      Pair("model", used.map { "\($0.model), asked at \($0.endpoint)" } ?? "none was probed"),
      Pair(
        "probed",
        opened.map { "\($0), \(ReportProse.runLine(study))" }
          ?? ReportProse.runLine(study)),
      Pair("planted", ReportProse.planted(report.result)),
      Pair("training, as stated", ReportProse.training(study.training)),
      Pair("report written", "\(report.run.writtenAt) by coalmine \(report.run.version)"),
    ]
  }

  private static func primaryTest(
    _ test: PrimaryTestResult, _ origin: StudyOrigin.Kind
  ) -> [Pair] {
    let rest = origin == .seeded ? "held out by random assignment" : "left out"
    var pairs = [
      Pair("test", test.name), Pair("score", test.score),
      Pair("canaries with a score", "\(test.inserted) inserted, \(test.heldOut) \(rest)"),
    ]
    if let value = test.outcome.value {
      pairs += [
        Pair(
          "share of pairs in which the inserted one scores higher",
          "\(Prose.decimal(value.statistic, 3)) (0.5 means no difference)"),
        Pair(
          "one-sided p",
          "\(Prose.pValue(value.pValue)) at alpha \(Prose.decimal(test.alpha, 3)), "
            + "\(value.relabellings) relabellings\(value.exact ? ", all of them" : "")"),
      ]
    } else {
      pairs.append(
        Pair("result", ReportProse.missing(test.outcome)))
    }
    pairs.append(
      Pair(
        "smallest AUC seen with the planned power",
        test.detectableAUC.map { Prose.decimal($0, 2, .up) }
          ?? (test.inserted + test.heldOut == 0
            ? "not known: no canary has a score" : "none: too few canaries with a score")))
    return pairs
  }

  private static func evidence(_ report: Report) -> [Pair] {
    let study = report.result.study
    let unknown = "not known: the canaries were imported"
    return [
      Pair("study", study.id),
      Pair("protocol, SHA-256", study.protocolDigest),
      Pair("corpus before seeding, SHA-256", study.corpusDigest ?? unknown),
      Pair("corpus as seeded, SHA-256", study.seededDigest ?? unknown),
    ]
  }
}
