// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineScoring
import Testing

/// Every branch of the verdict, each from a study that differs from a passing one in one thing.
@Suite struct VerdictTests {
  /// A quiet model: trained on the file, no memory of single copies.
  private func quiet(
    seed: UInt64 = 2, _ change: (inout SimulatedStudy.Plan) -> Void = { _ in }
  ) -> SimulatedStudy {
    var plan = SimulatedStudy.Plan(
      randomizedPerKind: 40, references: 9, gain: { $0 >= 64 ? 8 : 0 })
    change(&plan)
    return SimulatedStudy(plan, seed: seed)
  }

  private func slugs(_ result: StudyResult) -> [String] { result.findings.map(\.slug) }

  @Test func `a quiet study with both controls, power and gates passes`() {
    let result = score(quiet().evidence)
    #expect(result.verdict == .pass)
    #expect(
      slugs(result) == [
        "primary-test-does-not-reject", "gate-passed", "high-repetition-control-seen",
        "in-context-control-seen",
      ])
    #expect(result.notMeasured.map(\.slug) == ["no-records"])
  }

  @Test func `a rejecting primary test is a leak`() {
    let result = score(quiet { $0.gain = { $0 == 0 ? 0 : 6 } }.evidence)
    #expect(result.verdict == .leak)
    #expect(slugs(result).first == "primary-test-rejects")
    #expect(result.findings[0].sentence.hasPrefix("In this checkpoint"))
  }

  @Test func `a failed gate is a leak by itself`() {
    let result = score(quiet { $0.extraction = { $0 == 1 ? 1 : 0 } }.evidence)
    #expect(result.primaryTest.outcome.value.map { $0.pValue > 0.05 } == true)
    #expect(result.verdict == .leak)
    #expect(slugs(result).first == "gate-failed")
  }

  @Test func `a leak stands whatever else is wrong`() {
    var study = quiet {
      $0.gain = { $0 == 0 ? 0 : 6 }
      $0.reads = false
      $0.trained = false
    }
    study.tuned[.greedyExtraction] = [:]
    let result = score(study.evidence)
    #expect(result.verdict == .leak)
    #expect(slugs(result).contains("answers-missing"))
    #expect(slugs(result).contains("in-context-control-not-seen"))
  }

  @Test(arguments: [
    Probe.sequenceLikelihood, .greedyExtraction, .sampledExtraction, .defaultExtraction,
    .chainLikelihood, .chainExtraction,
  ])
  func `one missing answer is incomplete`(probe: Probe) throws {
    var study = quiet()
    let subject = try #require(study.tuned[probe]?.keys.sorted { $0.slug < $1.slug }.first)
    study.tuned[probe]?[subject] = nil
    let result = score(study.evidence)
    #expect(result.verdict == .incomplete)
    #expect(slugs(result).first == "answers-missing")
    #expect(result.caveats.contains { $0.slug == "answers-missing" })
    #expect(MissingAnswers(study.evidence).missing == 1)
  }

  @Test(arguments: [Probe.sampledExtraction, .defaultExtraction])
  func `one missing sample is incomplete, be it the last or one between`(probe: Probe) throws {
    var study = quiet()
    let (subject, answers) = try #require(study.tuned[probe]?.first)
    guard case .measured(.completions(let texts)) = answers else {
      Issue.record("no samples")
      return
    }
    #expect(texts.count == study.evidence.studyProtocol.decoding.samples(of: probe))
    for found in [
      Outcome<Observation>.measured(.completions(Array(texts.dropLast()))),
      .failed(Reason("sample-missing", "sample 0 has no answer, and a later one has")),
    ] {
      study.tuned[probe]?[subject] = found
      #expect(score(study.evidence).verdict == .incomplete)
      #expect(MissingAnswers(study.evidence).missing == 1)
      #expect(MissingAnswers(study.evidence).unreadable == 0)
    }
  }

  @Test func `a missing answer of the base run or of a record is incomplete`() {
    var study = quiet { $0.records = 3 }
    #expect(score(study.evidence).verdict == .pass)
    study.base[.sequenceLikelihood]?[.canary(study.canaries[3].id)] = nil
    #expect(score(study.evidence).verdict == .incomplete)
    study = quiet { $0.records = 3 }
    study.tuned[.recordLikelihood]?[.record(study.records[0].id)] = nil
    #expect(score(study.evidence).verdict == .incomplete)
  }

  @Test func `the primary test is taken once, when all that it needs is there`() throws {
    let leaky = SimulatedStudy.Plan(gain: { $0 == 0 ? 0 : 6 })
    let whole = SimulatedStudy(leaky)
    #expect(score(whole.evidence).verdict == .leak)
    let randomized = try #require(whole.canaries.first { $0.randomized })
    // However small p would be: nobody looks while answers come in.
    var study = whole
    study.tuned[.sequenceLikelihood]?[.canary(randomized.id)] = nil
    #expect(score(study.evidence).verdict == .incomplete)
    #expect(score(study.evidence).primaryTest.outcome.reason?.slug == "not-answered")
    study = whole
    study.base[.sequenceLikelihood]?[.canary(randomized.id)] = nil
    let waiting = score(study.evidence)
    #expect(waiting.verdict == .incomplete)
    #expect(waiting.primaryTest.score == "tuned-minus-base")
    // An answer that failed for good is not waited for.
    study = whole
    study.tuned[.sequenceLikelihood]?[.canary(randomized.id)] = .failed(Reason("no-choice", "none"))
    #expect(score(study.evidence).verdict == .leak)
  }

  @Test func `an answer that failed for good is told and does not wait for more`() {
    var study = quiet()
    study.tuned[.sequenceLikelihood]?[
      .reference(canary: study.canaries[0].id, number: 1)] = .failed(Reason("no-choice", "none"))
    let result = score(study.evidence)
    #expect(result.verdict == .pass)
    #expect(result.caveats.contains { $0.slug == "answers-missing" })
    #expect(MissingAnswers(study.evidence).unreadable == 1)
  }

  @Test func `without a tuned run nothing was asked`() {
    let evidence = quiet().evidence
    let empty = Evidence(
      studyProtocol: evidence.studyProtocol, facts: evidence.facts, canaries: evidence.canaries,
      inContextControls: evidence.inContextControls, records: evidence.records,
      shape: evidence.shape,
      predictableSeed: false, scoringSeed: evidence.scoringSeed, tuned: nil, base: nil)
    let result = score(empty)
    #expect(result.verdict == .incomplete)
    #expect(result.canaries.allSatisfy { $0.exposure.reason?.slug == "not-asked" })
    #expect(result.notMeasured.contains { $0.slug == "tuned-model-not-probed" })
  }

  @Test func `a model that was not trained on the file is inconclusive, never a pass`() {
    // Not seed 2: there, seven of eight untrained controls score higher by chance, as one in
    // thirty does.
    let result = score(quiet(seed: 3) { $0.trained = false }.evidence)
    #expect(result.verdict == .inconclusive)
    #expect(slugs(result).first == "high-repetition-control-not-seen")
    #expect(
      result.findings[0].sentence.hasPrefix(
        "There is no sign this model was trained on the file:"))
  }

  @Test func `an in-context control that does not find a given secret is inconclusive`() {
    let result = score(quiet { $0.reads = false }.evidence)
    #expect(result.verdict == .inconclusive)
    #expect(slugs(result).first == "in-context-control-not-seen")
  }

  @Test func `an open gate is inconclusive`() {
    let result = score(
      quiet { $0.gates = [Gate(measure: .greedyExtraction, repetitions: 1, limit: 0.01)] }.evidence)
    #expect(result.verdict == .inconclusive)
    #expect(slugs(result).first == "gate-open")
    #expect(result.findings[0].sentence.contains("0 of"))
    #expect(result.findings[0].sentence.contains("with 95% confidence under this protocol"))
  }

  @Test func `a gate that was not measured never passes`() {
    let result = score(quiet { $0.asked.remove(.greedyExtraction) }.evidence)
    #expect(result.verdict == .inconclusive)
    #expect(slugs(result).first == "gate-not-measured")
    #expect(result.notMeasured.contains { $0.slug == "greedy-extraction-not-asked" })
  }

  @Test func `a study without gates can pass`() {
    #expect(score(quiet { $0.gates = [] }.evidence).verdict == .pass)
  }

  @Test func `text alone is inconclusive`() {
    let result = score(
      quiet {
        $0.asked = [.greedyExtraction, .sampledExtraction, .defaultExtraction, .chainExtraction]
      }.evidence)
    #expect(result.verdict == .inconclusive)
    #expect(slugs(result).contains("primary-test-not-measured"))
    #expect(slugs(result).contains("high-repetition-control-not-measured"))
    #expect(result.primaryTest.outcome.status == "not-measurable")
  }

  @Test func `an underpowered study is inconclusive`() {
    let result = score(
      quiet {
        $0.randomizedPerKind = 8
        $0.gates = []
      }.evidence)
    #expect(result.verdict == .inconclusive)
    #expect(slugs(result).first == "power-short")
    #expect(result.caveats.contains { $0.slug == "under-powered" })
  }

  @Test func `caveats of the study are told with what was seen`() {
    var study = quiet()
    #expect(score(study.evidence).caveats.isEmpty)
    study.predictableSeed = true
    study.training = nil
    study.shape = .messages(field: "messages")
    study.tunedRuns = 3
    let caveats = score(study.evidence).caveats
    #expect(
      caveats.map(\.slug) == [
        "canaries-reused", "predictable-seed", "template-not-applied", "training-not-stated",
      ])
    #expect(caveats.first?.evidence == "3 runs of tuned models asked about these canaries")
    study.presentation = .chat
    let asked = score(study.evidence).caveats.map(\.slug)
    #expect(!asked.contains("template-not-applied") && asked.contains("prompt-not-as-trained"))
  }

  @Test(
    arguments: [
      ([], []), ([("tuned-model", "a")], []), ([("org/tuned-model", nil)], []),
      ([("tuned-model-2026-11-26", "a")], []), ([("other", "a")], ["model-name-differs"]),
      ([("tuned-model", "a"), ("tuned-model", "b")], ["model-changed-during-run"]),
      ([("tuned-model", nil), ("other", nil)], ["model-changed-during-run"]),
      ([(nil, "a")], []),
    ] as [([(String?, String?)], [String])])
  func `which model replies name is held against the one asked for`(
    _ served: [(String?, String?)], _ slugs: [String]
  ) {
    var study = quiet()
    study.served = served.map { ServedModel(name: $0.0, fingerprint: $0.1) }
    #expect(score(study.evidence).caveats.map(\.slug) == slugs)
  }

  @Test func `every caveat is one that explain knows`() {
    var study = quiet {
      $0.randomizedPerKind = 4
      $0.references = 3
    }
    study.predictableSeed = true
    let result = score(study.evidence)
    let known = Set(Caveat.Slug.allCases.map(\.rawValue))
    for caveat in result.caveats + result.canaries.flatMap(\.caveats) {
      #expect(known.contains(caveat.slug))
    }
  }
}
