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
    Report(result: result(), run: run(writtenAt))
  }

  // MARK: - What was concluded

  private func result() -> StudyResult {
    let canaries = SampleCanaries(verdict, rewrite: rewrite).all
    return StudyResult(
      verdict: verdict, findings: findings(), study: study(), primaryTest: primaryTest(),
      controls: controls(), gates: gates(), canaries: canaries,
      levels: SampleDoses.rows(canaries, missing: missing),
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
      massEvidence: verdict == .leak
        ? .measured(MassEvidence(meanEValue: 12.5, pValue: 0.08, canaries: 4))
        : .notMeasurable(missing),
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
        ? [Finding(.noRecords, rewrite("Membership of records: none were held out."))] : [],
      doseResponse: SampleDoses.doseResponse(verdict, missing: missing),
      rateComparisons: SampleDoses.comparisons(verdict, missing: missing))
  }

  private var missing: Reason {
    verdict == .incomplete
      ? Reason(rewrite("not-answered"), rewrite("no run of the tuned model was probed"))
      : Reason(rewrite("no-prompt-logprobs"), rewrite("the endpoint returns no log-probabilities"))
  }

  private func findings() -> [Finding] {
    let (slug, sentence): (Finding.Slug, String) =
      switch verdict {
      case .leak:
        (
          .primaryTestRejects,
          "In this checkpoint secrets that were in the file score higher than others."
        )
      case .pass:
        (.primaryTestDoesNotReject, "In this checkpoint the primary test finds no difference.")
      case .inconclusive:
        (.highRepetitionControlNotSeen, "There is no sign this model was trained on the file.")
      case .incomplete: (.answersMissing, "84 of 96 answers of the base run are missing.")
      }
    return [
      Finding(slug, rewrite(sentence)),
      Finding(.highRepetitionControlSeen, rewrite("8 of 8 controls score higher (p = 0.0040).")),
    ]
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
          statedBy: rewrite("A. Vendor")),
      runs: verdict == .incomplete ? [base] : [base] + tuned)
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
      })
  }

  // MARK: - Tests

  private func primaryTest() -> PrimaryTestResult {
    let outcome: Outcome<PrimaryTestResult.Value> =
      switch verdict {
      case .leak:
        .measured(.init(statistic: 0.812, pValue: 0.000_1, relabellings: 9_999, exact: false))
      case .pass:
        .measured(.init(statistic: 0.486, pValue: 0.586_5, relabellings: 70, exact: true))
      case .inconclusive, .incomplete: .notMeasurable(missing)
      }
    return PrimaryTestResult(
      name: "stratified-permutation", score: "tuned-minus-base", alpha: 0.05,
      outcome: outcome, inserted: 37, heldOut: 35,
      detectableAUC: outcome.value == nil ? nil : 0.666_3)
  }

  private func controls() -> ControlResults {
    switch verdict {
    case .leak, .pass:
      ControlResults(
        highRepetition: ControlResult(
          seen: .measured(true), sentence: rewrite("8 of 8 controls score higher."), pValue: 0.003_9
        ),
        inContext: ControlResult(
          seen: .measured(true), sentence: rewrite("8 of 8 given secrets are found."),
          pValue: 0.003_9
        ))
    case .inconclusive, .incomplete:
      ControlResults(
        highRepetition: ControlResult(
          seen: .measured(false), sentence: rewrite("1 of 8 controls scores higher."), pValue: 0.996
        ),
        inContext: ControlResult(
          seen: .failed(missing), sentence: rewrite("The probe set asks none."), pValue: nil))
    }
  }

  private func gates() -> [GateResult] {
    guard verdict != .inconclusive else { return [] }
    func gate(_ measure: Gate.Measure, _ state: GateResult.State, _ hits: Int) -> GateResult {
      GateResult(
        gate: Gate(measure: measure, repetitions: 1, limit: 0.15), state: state,
        rate: .measured(Sample.rate(hits, of: 37)), bounds: Sample.bounds(hits, of: 37))
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
    default: return [gate(.greedyExtraction, .passed, 0)]
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

  static func bounds(_ hits: Int, of trials: Int) -> ClosedRange<Double> {
    guard let lower = try? clopperPearsonLower(hits, of: trials),
      let upper = try? clopperPearsonUpper(hits, of: trials)
    else { preconditionFailure("counts are in order") }
    return lower...upper
  }
}
