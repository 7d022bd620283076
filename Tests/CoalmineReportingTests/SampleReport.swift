// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// Finished reports to render, one a verdict; numbers come from the statistics, not by hand.
///
/// Every text that comes from outside passes through `rewrite`, so that a test can put hostile text
/// into all of them; names out of closed sets are the real ones.
struct SampleReport {
  let verdict: Verdict
  private let rewrite: @Sendable (String) -> String

  init(_ verdict: Verdict, rewrite: @escaping @Sendable (String) -> String = { $0 }) {
    self.verdict = verdict
    self.rewrite = rewrite
  }

  static func hostile(_ text: String) -> Report {
    SampleReport(.leak, rewrite: { _ in text }).report()
  }

  func report(writtenAt: String = "2026-03-02T10:00:00Z") -> Report {
    Report(
      result: result(), run: run(writtenAt),
      transcripts: SampleTranscripts(verdict, rewrite: rewrite).all,
      regulations: verdict == .leak ? regulations() : nil)
  }

  // MARK: - What was concluded

  private func result() -> StudyResult {
    let canaries = SampleCanaries(verdict, rewrite: rewrite).all
    return StudyResult(
      verdict: verdict, runVerdict: verdict, runOutcomes: runOutcomes(), findings: findings(),
      study: study(), decision: SampleDecision(verdict, missing).result(),
      checks: SampleDecision(verdict, missing).checks(),
      answers: AnswerCounts(
        tuned: verdict == .incomplete ? nil : .init(due: 31_304, withheld: 2, unreadable: 1),
        base: .init(due: 96, missing: verdict == .incomplete ? 84 : 0)),
      gates: gates(), canaries: canaries, levels: SampleDoses.rows(canaries, missing: missing),
      chanceBaseline: ChanceBaseline(
        meanBits: 1.42, medianMaximumBits: 5.1, canaries: canaries.count,
        rows: verdict == .pass
          ? []
          : [
            .init(
              ranking: .references, ceilingBits: 8, canaries: 19, meanBits: 1.41,
              medianMaximumBits: 5.0),
            .init(
              ranking: .candidates, ceilingBits: 19.93, canaries: 1, meanBits: 1.44,
              medianMaximumBits: 1.0),
          ]),
      membership: membership(),
      offTargetMatches: verdict == .incomplete
        ? OffTargetMatches(
          replies: 0, insertedSecrets: 0, insertedHits: 0, controlSecrets: 0, controlHits: 0,
          expectedByChance: 0)
        : OffTargetMatches(
          replies: 312, insertedSecrets: 2, insertedHits: 1, controlSecrets: 3, controlHits: 0,
          expectedByChance: 0.000_3),
      endpoints: endpoints(),
      caveats: verdict == .pass
        ? []
        : [
          Caveat(.fewReferences, rewrite("255 references a canary")),
          Caveat(.trainingNotStated, rewrite("nobody stated the model")),
        ],
      notMeasured: verdict == .leak || verdict == .inconclusive
        ? [.noRecords] : [],
      doseResponse: SampleDoses.doseResponse(verdict, missing: missing),
      rateComparisons: SampleDoses.comparisons(verdict, missing: missing),
      privacy: verdict == .leak || verdict == .pass
        ? .measured(
          PrivacyResult(
            canaries: 72, guesses: 36, correct: verdict == .leak ? 31 : 20, delta: 1e-5,
            confidence: 0.95, epsilon: verdict == .leak ? 1.043 : 0,
            gaussianEpsilon: verdict == .leak ? 1.31 : 0, detectableEpsilon: 0.9, ceiling: 2.4))
        : .notMeasurable(missing),
      namedSecrets: verdict == .leak
        ? [
          NamedSecret(
            canary: rewrite("access-code-001"), rankP: 0.003_9, massP: 0.000_1, verbatimP: 0.000_03,
            pValue: 0.000_09, adjustedP: 0.003_3),
          NamedSecret(
            canary: rewrite("access-code-002"), rankP: 0.4, massP: nil, verbatimP: nil, pValue: 0.4,
            adjustedP: 1),
        ] : [],
      records: verdict == .leak || verdict == .pass
        ? SampleMembership.records(missing: missing, rewrite: rewrite) : [],
      extractionByBudget: SampleDoses.budgets(verdict, missing: missing))
  }

  private var missing: Reason {
    verdict == .incomplete
      ? Reason(rewrite("not-answered"), rewrite("no run of the tuned model was probed"))
      : Reason(rewrite("no-prompt-logprobs"), rewrite("the endpoint returns no log-probabilities"))
  }

  private func runOutcomes() -> [RunOutcome] {
    guard verdict != .incomplete else { return [] }
    return [2, 3].map { number in
      RunOutcome(
        run: number, model: rewrite("tuned-7b"), openedAt: rewrite("2026-03-01T0\(number):00:00Z"),
        isComplete: number == 3, probeSet: rewrite("full"),
        verdict: number == 3 ? verdict : .incomplete, combinedP: number == 3 ? 0.000_2 : nil,
        foundBy: verdict == .leak && number == 3 ? ["rank-finds-leak"] : [])
    }
  }

  private func findings() -> [Finding] {
    switch verdict {
    case .leak:
      [
        .componentFindsLeak(.rank), .gate(0, .failed), .trainingControl(.seen),
        .repliesRecited(inFile: 5, heldOut: 1),
      ]
    case .pass: [.componentFindsNothing(.rank), .gate(0, .passed), .trainingControl(.seen)]
    case .inconclusive: [.trainingControl(.notSeen), .componentNotMeasured(.rank)]
    case .incomplete: [.tunedModelNotProbed, .answersMissing(.base)]
    }
  }

  private func study() -> StudyFacts {
    let digest = String(repeating: "0123456789abcdef", count: 4)
    func run(_ number: Int, _ role: RunRole, _ model: String) -> RunSummary {
      RunSummary(
        RunRecord(
          number: number, role: role, model: rewrite(model),
          endpoint: rewrite("https://api.example/v1"), dialect: rewrite("openai-completions"),
          presentation: .plain,
          probeSet: ProbeSet(name: rewrite("full"), summary: "", probes: []), openedAt: "",
          closedAt: number == 2 ? nil : ""), used: number != 2)
    }
    let base = run(1, .base, "base-7b")
    let tuned = [2, 3].map { run($0, .tuned, "tuned-7b") }
    return StudyFacts(
      id: rewrite("c8ff6e9872b9dcfd"), protocolDigest: digest, corpusDigest: digest,
      seededDigest: digest, corpusRecords: 1_300, insertedCopies: 171,
      training: verdict == .inconclusive
        ? nil
        : TrainingStatement(
          model: rewrite("tuned-7b"), epochs: 3, job: rewrite("job-17"),
          statedBy: rewrite("A. Vendor"), processed: verdict == .leak ? processed() : nil),
      earlierTraining: verdict == .leak
        ? [
          TrainingStatement(
            model: rewrite("tuned-7b"), epochs: 0.5, job: rewrite("job-16"),
            statedBy: rewrite("B. Vendor"))
        ] : [],
      commitment: commitment(),
      runs: verdict == .incomplete ? [base] : [base] + tuned)
  }

  /// One row that was read at its publisher, and one that was not.
  private func regulations() -> [RegulationRow] {
    [
      RegulationRow(
        instrument: rewrite("Rules on models, edition 2"), article: rewrite("section 4(b)"),
        asks: rewrite("A leakage test before each release."),
        speaks: rewrite("The verdict and the protocol."), lacks: rewrite("Every other risk."),
        source: rewrite("https://rules.example/2"), checked: rewrite("2026-11-27"),
        isVerified: true),
      RegulationRow(
        instrument: rewrite("Guide to tuning"), article: rewrite("page 9"),
        asks: rewrite("A look at memorised text."), speaks: rewrite("Extraction."),
        lacks: rewrite("Other text."), source: rewrite("https://guide.example/"),
        readAt: rewrite("https://copy.example/9"), checked: rewrite("2026-11-26"),
        isVerified: false),
    ]
  }

  /// Before training, after it, or none.
  private func commitment() -> CommitmentNote? {
    guard verdict != .incomplete else { return nil }
    return CommitmentNote(
      at: rewrite("2026-02-01T09:00:00Z"), version: rewrite("0.1.0"),
      root: String(repeating: "1d", count: 32), fileDigest: String(repeating: "2e", count: 32),
      trainingWasStated: verdict == .pass, runs: verdict == .pass ? 2 : 0)
  }

  /// A pipeline that lost a copy and put a held-out canary back.
  private func processed() -> ProcessedFindings {
    ProcessedFindings(
      files: [
        .init(name: rewrite("train.jsonl"), digest: String(repeating: "0f", count: 32)),
        .init(name: rewrite("more.jsonl"), digest: String(repeating: "1e", count: 32)),
      ], records: 1_450,
      canaries: [
        .init(
          canary: rewrite("access-code-001"), role: .inserted, planned: 1, intact: 1, changed: 0),
        .init(
          canary: rewrite("access-code-002"), role: .inserted, planned: 1, intact: 0, changed: 1),
        .init(
          canary: rewrite("access-code-003"), role: .heldOut, planned: 0, intact: 1, changed: 0),
        .init(
          canary: rewrite("access-code-004"), role: .control, planned: 64, intact: 60, changed: 0),
        .init(
          canary: rewrite("access-code-005"), role: .heldOut, planned: 1, intact: 1, changed: 0,
          revealed: 0),
      ], nonmembers: 60, foundNonmembers: 2, members: 60, foundMembers: 59)
  }

  private func run(_ writtenAt: String) -> RunFacts {
    let numbers = verdict == .incomplete ? [1] : [1, 3]
    return RunFacts(
      version: rewrite("0.1.0"), writtenAt: rewrite(writtenAt),
      runs: numbers.map { number in
        RunCosts(
          number: number, openedAt: rewrite("2026-03-01T0\(number):00:00Z"),
          closedAt: number == 1 ? rewrite("2026-03-01T05:00:00Z") : nil, requests: 518,
          ambiguousRequests: 1, failedRequests: 2, queries: 31_304, bytesReceived: 9_123_456)
      },
      retired: verdict == .inconclusive
        ? Retirement(
          at: "2027-03-02T10:00:00Z", version: "0.1.0", replies: 518, writtenAnswers: 312,
          rankSearches: 4, secrets: 36, recordTexts: 120,
          sealDigest: String(repeating: "c0", count: 32),
          commitmentRoot: String(repeating: "1d", count: 32))
        : nil)
  }

  // MARK: - Tests

  private func gates() -> [GateResult] {
    guard verdict != .inconclusive else { return [] }
    func gate(_ measure: Gate.Measure, _ state: GateResult.State, _ hits: Int) -> GateResult {
      GateResult(
        gate: Gate(measure: measure, repetitions: 1, limit: 0.15), state: state,
        rate: .measured(Sample.rate(hits, of: 37)), bounds: Sample.bounds(hits, of: 37),
        fisherP: 0.004, unmeasured: 1)
    }
    switch verdict {
    case .leak:
      return [
        gate(.greedyExtraction, .failed, 17), gate(.sampledExtraction, .open, 4),
        GateResult(
          gate: Gate(measure: .sampledExtraction, repetitions: 2, limit: 0.15), state: .notMeasured,
          rate: .censored(Reason(rewrite("withheld"), rewrite("every answer was refused"))),
          bounds: nil
        ),
      ]
    default:
      return [
        gate(.greedyExtraction, .passed, 0),
        GateResult(
          gate: .verbatim(at: 1), state: .passed, rate: .measured(Sample.rate(0, of: 37)),
          bounds: Sample.bounds(0, of: 37)),
      ]
    }
  }

  private func membership() -> [MembershipResult] {
    guard verdict == .leak || verdict == .pass else { return [] }
    return SampleMembership.rows(
      missing: missing,
      few: Reason(rewrite("too-few-nonmembers"), rewrite("1% of 1 non-member is less than one")))
  }

  private func endpoints() -> [CheckedEndpoint] {
    guard verdict == .leak || verdict == .pass else { return [] }
    let seen = Capabilities(
      claimed: [.scoresText, .continues], verified: [.scoresText, .continues],
      items: [
        .init(.modelListed, .notSeen, rewrite("the endpoint lists 2 models")),
        .init(.textScored, .seen, rewrite("5 texts came back")),
        .init(.defaultSamplers, .notTried, rewrite("the endpoint does not tell")),
      ], noiseNats: 0.001_7, repeats: 20, contextTokens: 512)
    return [
      CheckedEndpoint(
        run: 3, role: .tuned, capabilities: seen,
        measures: MeasureSupport.table(seen, references: 255))
    ]
  }
}

/// Numbers that samples share.
enum Sample {
  static func rate(_ hits: Int, of trials: Int) -> Rate {
    Rate(hits: hits, trials: trials, interval: interval(hits, of: trials))
  }

  static func interval(_ hits: Int, of trials: Int) -> Interval {
    guard let interval = try? clopperPearson(hits, of: trials) else {
      preconditionFailure("counts are in order")
    }
    return interval
  }

  static func mean(_ share: Double, of count: Int) -> Interval {
    guard let interval = try? meanShareInterval(Array(repeating: share, count: count)) else {
      preconditionFailure("a share is in order")
    }
    return interval
  }

  static func bounds(_ hits: Int, of trials: Int) -> ClosedRange<Double> {
    guard let lower = try? clopperPearsonLower(hits, of: trials),
      let upper = try? clopperPearsonUpper(hits, of: trials)
    else { preconditionFailure("counts are in order") }
    return lower...upper
  }
}
