// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineReporting
import CoalmineScoring
import Testing

/// Every combination of tests, controls, base model, power, gates, answers and access through the
/// rules and through the formats that people read: what stands at the top must agree with the
/// reasons below it.
@Suite struct `A report never contradicts itself` {
  /// A report as Markdown: its first line and the lines of its reasons.
  private struct Told {
    let headline: String
    let reasons: [String]
    let all: String

    init(_ markdown: String) {
      let lines = markdown.split(separator: "\n").map(String.init)
      headline = String(lines.first?.dropFirst(2) ?? "")
      reasons = lines.prefix { !$0.hasPrefix("## ") }.filter {
        $0.hasPrefix("- evidence: ") || $0.hasPrefix("- control: ") || $0.hasPrefix("- limit: ")
      }
      // As far as the next heading: what stands behind it is numbers.
      all = lines.prefix { !$0.hasPrefix("## ") }.joined(separator: "\n")
    }

    func gives(_ words: String) -> Bool { reasons.contains { $0.contains(words) } }
  }

  private static let leakWords = [
    "rank better among secrets", "In this checkpoint a gate failed",
  ]
  private static let untrained = [
    "no sign this model was trained", "no sign of training on this file",
    "No sign of training on this file",
  ]

  /// The cause in a headline, and the words of the reason that must stand below it.
  private static let causes = [
    "the draw of secrets is in doubt": "The draw of secrets or their spaces are in doubt",
    "the base model knows the secrets already": "knows the secrets already",
    "it differs from chance, but there is no sign of training on this file":
      "What was measured differs from chance",
    "no sign that this model was trained on the file":
      "There is no sign this model was trained on the file",
    "whether this model was trained on the file is not known":
      "Whether the model was trained on the file",
    "more than one model answered": "More than one model answered",
    "less was asked than the protocol planned": "asked less than the protocol planned",
    "answers that a pass needs are not there": "this is no pass",
    "a test that decides could not be taken": "could not be taken",
    "a gate could not be decided": "gate",
    "the protocol asks for too little to pass": "The protocol asks for too little to pass",
    "this study would have missed a leak too often": "Underpowered",
  ]

  private func contradictions(_ told: Told, _ conclusion: Conclusion) -> [String] {
    let verdict = conclusion.verdict
    var found: [String] = []
    func must(_ holds: Bool, _ what: String) { if !holds { found.append(what) } }
    let isLeak = Self.leakWords.contains { told.gives($0) }
    must(told.headline.hasPrefix("\(verdict.rawValue.capitalized)"), "another headline")
    must(isLeak == conclusion.findsLeak, "a finding of a leak that is not there, or is missing")
    must(
      told.all.contains("must not be read as a pass")
        == [.inconclusive, .incomplete].contains(verdict), "the warning about a pass")
    must(told.all.contains("Do not release it") == (verdict == .leak), "the advice of a leak")
    must(
      told.all.contains("the study would have seen the leaks") == (verdict == .pass),
      "the words of a pass")
    must(
      !(told.gives("The model was trained on this file:")
        && Self.untrained.contains { told.all.contains($0) }), "trained and not trained")
    must(
      !(told.gives("would have found the leaks that it was planned for")
        && told.gives("Underpowered")), "enough power and too little")
    switch verdict {
    case .leak: must(isLeak, "a leak without evidence")
    case .pass:
      must(!isLeak, "a pass with a leak")
      must(told.gives("The model was trained on this file:"), "a pass without the control")
      must(told.gives("would have found the leaks"), "a pass without power")
      must(
        !told.reasons.contains { $0.hasPrefix("- limit: ") && !$0.contains("generation only") },
        "a pass with a limit")
      must(
        told.headline.contains("for generation only") == (conclusion.access == .generationOnly),
        "the scope of the pass")
      for words in ["undecided", "could not be", "knows the secrets already", "in doubt"] {
        must(!told.gives(words), "a pass with: \(words)")
      }
    case .inconclusive:
      let cause = String(told.headline.dropFirst("Inconclusive: ".count))
      guard let words = Self.causes[cause] else { return found + ["no cause: \(cause)"] }
      must(told.gives(words), "a headline whose cause is no reason: \(cause)")
    case .incomplete:
      must(
        told.headline.contains("has not been asked yet") == (conclusion.answers == .unprobed),
        "asked and not asked")
      must(
        told.gives(conclusion.answers == .unprobed ? "was probed yet" : "missing"),
        "nothing is missing")
    }
    return found
  }

  private func report(_ conclusion: Conclusion, on base: StudyResult) -> Report {
    let judgement = conclusion.judgement
    let verdict = judgement.verdict
    let isUnprobed = conclusion.answers == .unprobed
    return Report(
      result: StudyResult(
        verdict: verdict, runVerdict: verdict, runOutcomes: [], findings: judgement.findings,
        study: StudyFacts(
          id: base.study.id, protocolDigest: base.study.protocolDigest,
          corpusDigest: base.study.corpusDigest, seededDigest: base.study.seededDigest,
          corpusRecords: base.study.corpusRecords, insertedCopies: base.study.insertedCopies,
          training: nil, runs: isUnprobed ? [] : base.study.runs),
        decision: judgement.decision, checks: judgement.checks, answers: judgement.answers,
        gates: judgement.gates, canaries: [], levels: [], chanceBaseline: base.chanceBaseline,
        membership: [], offTargetMatches: base.offTargetMatches, caveats: [], notMeasured: []),
      run: RunFacts(version: "0.1.0", writtenAt: "2026-03-02T10:00:00Z", runs: []))
  }

  private static let base = CoalmineScoring.score(
    SimulatedStudy(.init(randomizedPerKind: 9, references: 3)).evidence)

  @Test func `the verdict of every combination is the one that the rules give`() {
    for conclusion in Conclusion.all where conclusion.judgement.verdict != conclusion.verdict {
      Issue.record("\(conclusion): \(conclusion.judgement.verdict), not \(conclusion.verdict)")
      return
    }
    #expect(Set(Conclusion.all.map(\.verdict)) == Set(Verdict.allCases))
  }

  @Test func `headline, advice and reasons agree in every combination`() throws {
    #expect(Self.base.study.runs.contains { $0.run.role == .tuned })
    var seen: [String: String] = [:]
    for conclusion in Conclusion.all {
      let bytes = try MarkdownFormat.render(
        report(conclusion, on: Self.base), options: ReportOptions())
      let told = Told(String(decoding: bytes, as: UTF8.self))
      for problem in contradictions(told, conclusion) where seen[problem] == nil {
        seen[problem] = "\(conclusion)\n\(told.all)"
      }
    }
    for (problem, example) in seen { Issue.record("\(problem)\n\(example)") }
  }

  @Test func `the page has the badge and the headline of the verdict`() throws {
    for conclusion in Conclusion.all.enumerated().filter({ $0.offset % 97 == 0 }).map(\.element) {
      let bytes = try HTMLFormat.render(
        report(conclusion, on: Self.base), options: ReportOptions())
      let page = String(decoding: bytes, as: UTF8.self)
      let verdict = conclusion.verdict.rawValue
      #expect(
        page.contains("<header class=\"verdict \(verdict)\">\n<p class=\"badge\">\(verdict)<"))
      #expect(page.contains("<h1>\(verdict.capitalized)"))
      #expect(page.contains("<title>Leakage report: \(verdict)</title>"))
    }
  }
}
