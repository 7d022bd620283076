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
  let findings: [Pair]
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
  let processedNote: PageText?
  let processedCopies: ReportTable?
  let processedFiles: ReportTable?
  let runOutcomes: ReportTable?
  let components: ReportTable
  let namedSecrets: ReportTable?
  let namedSentence: PageText
  let decision: [Pair]
  let budget: PageText?
  let doseResponse: ReportTable?
  let rateComparisons: ReportTable?
  let forcedChoice: ReportTable?
  let forcedChoiceSentence: PageText
  let recitations: ReportTable?
  let budgetPlot: PageText?
  let budgetTables: [ReportTable]
  let controls: [Pair]
  let gates: ReportTable?
  let membership: ReportTable?
  let membershipDoubts: [PageText]
  let membershipTests: ReportTable?
  let roc: PageText?
  let offTargetMatches: PageText
  let endpoints: [CheckedView]
  let transcripts: TranscriptView?
  let regulations: RegulationView?
  let canariesTitle: PageText
  let canaries: ReportTable
  let runs: ReportTable
  let costs: ReportTable?
  let removal: [Pair]
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

  /// Texts of law, guidance and standards, below what the table is not.
  struct RegulationView {
    let note = PageText(RegulationTables.note)
    let table: ReportTable
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
    findings = result.findings.map {
      Pair(ReportProse.sort($0.sort), FindingText.sentence($0, in: result))
    }
    facts = Self.facts(report)
    coverage = ReportTables.coverage(result)
    notMeasured = result.notMeasured.map {
      Pair($0.slug, FindingText.sentence($0, in: result))
    }
    nothingMissing = result.notMeasured.isEmpty && measured.isComplete
    caveats = result.caveats.map { Pair($0.slug, $0.evidence) }
    attackClasses = AttackCoverage.table(result)
    limits = ReportProse.limits.map { PageText($0) }
    plot = Plot(result).svg().map { PageText(markup: $0) }
    chanceBaseline = PageText(ReportProse.chanceBaseline(result.chanceBaseline))
    chanceBaselines = ReportTables.chanceBaselines(result.chanceBaseline)
    levels = ReportTables.levels(result)
    processedNote = ProcessedTables.note(result.study).map { PageText($0) }
    processedCopies = ProcessedTables.copies(result.study)
    processedFiles = ProcessedTables.files(result.study)
    runOutcomes = ReportTables.runOutcomes(result)
    components = ReportTables.components(result)
    namedSecrets = PrivacyText.table(result.namedSecrets)
    namedSentence = PageText(PrivacyText.named(result.namedSecrets))
    decision = Self.decision(result)
    controls = ReportTables.controls(result).map { Pair($0.name, $0.value) }
    budget = AttackCoverage.budget(result).map {
      PageText("Replies read per canary: \($0).")
    }
    doseResponse = ReportTables.doseResponse(result.doseResponse)
    rateComparisons = ReportTables.rateComparisons(result.rateComparisons)
    recitations = ReportTables.recitations(result)
    forcedChoice = result.forcedChoice.map(ForcedChoiceText.table)
    forcedChoiceSentence = PageText(result.forcedChoice.map(ForcedChoiceText.sentence) ?? "")
    budgetPlot = BudgetPlot(result.extractionByBudget).svg().map { PageText(markup: $0) }
    budgetTables = ReportTables.extractionByBudget(result.extractionByBudget)
    gates = ReportTables.gates(result.gates)
    membership = ReportTables.membership(result.membership)
    membershipDoubts = MembershipProse.doubts(result.membership).map { PageText($0) }
    membershipTests = ReportTables.membershipTests(result.membership)
    roc = ROCPlot(result.membership).svg().map { PageText(markup: $0) }
    offTargetMatches = PageText(ReportProse.offTargetMatches(result.offTargetMatches))
    endpoints = result.endpoints.map { CheckedView($0) }
    transcripts = report.transcripts.map { TranscriptView($0, options) }
    regulations = RegulationTables.table(report.regulations).map { RegulationView(table: $0) }
    canariesTitle = PageText(
      result.canaries.count > ReportTables.mostListed ? "Canaries that stand out" : "Every canary")
    canaries = ReportTables.canaries(result, options)
    runs = ReportTables.runs(report)
    costs = ReportTables.costs(report.run.runs)
    removal = RemovalText.steps(result.study).map { Pair($0.place, $0.step) }
    evidence = EvidenceText.rows(report).map { Pair($0.name, $0.value) }
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
      Pair("copies in the files that were trained on", ProcessedTables.words(study)),
      Pair("false alarms where nothing leaked", ComponentText.falseAlarms(report.result)),
      Pair("report written", "\(report.run.writtenAt) by coalmine \(report.run.version)"),
    ] + (ReportProse.retired(report.run).map { [Pair("retired", $0 + ".")] } ?? [])
  }

  private static func decision(_ result: StudyResult) -> [Pair] {
    let decision = result.decision
    let rest = result.study.origin == .seeded ? "held out by random assignment" : "left out"
    return [
      Pair("canaries", "\(decision.inserted) inserted, \(decision.heldOut) \(rest)"),
      Pair(
        "access planned, access of this run",
        "\(decision.plannedAccess.rawValue), \(decision.access?.rawValue ?? "none")"),
      Pair(
        "all tests together",
        decision.combinedP.map {
          "\(Prose.pValue($0)) at alpha \(Prose.decimal(decision.alpha, 3))"
        }
          ?? "nothing was measured"),
      Pair("false alarms where nothing leaked", ComponentText.falseAlarms(result)),
      Pair("differential privacy, lower bound", PrivacyText.sentence(result)),
    ]
  }
}
