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

  @Test func `a quiet study with training, power and gates passes`() {
    let result = score(quiet().evidence)
    #expect(result.verdict == .pass)
    #expect(
      slugs(result) == [
        "rank-finds-nothing", "mass-finds-nothing", "extraction-finds-nothing",
        "coin-finds-nothing", "gate-passed", "training-control-seen", "power-reached",
        "in-context-control-seen",
      ])
    #expect(
      result.notMeasured.map(\.slug) == [
        "record-lowercase-not-asked", "record-after-nonmembers-not-asked", "no-records",
      ])
    #expect(result.runVerdict == .pass && result.runOutcomes.map(\.verdict) == [.pass])
    let power = result.decision.power
    #expect(power?.dense?.size == 0.75 && power?.sparse?.size == 2 && power?.isReached == true)
  }

  @Test func `a rejecting component is a leak`() {
    let result = score(quiet { $0.gain = { $0 == 0 ? 0 : 6 } }.evidence)
    #expect(result.verdict == .leak)
    #expect(slugs(result).first == "rank-finds-leak")
    #expect(result.runOutcomes.first?.foundBy.first == "rank-finds-leak")
  }

  @Test func `a failed gate is a leak by itself`() {
    let result = score(quiet { $0.extraction = { $0 == 1 ? 1 : $0 >= 64 ? 1 : 0 } }.evidence)
    #expect(result.decision[.rank]?.findsLeak == false)
    #expect(result.verdict == .leak)
    #expect(slugs(result).contains("gate-failed"))
  }

  @Test func `a leak stands whatever else is wrong`() {
    var study = quiet {
      $0.gain = { $0 == 0 ? 0 : 6 }
      $0.reads = false
      $0.trained = false
    }
    study.tuned[.greedyExtraction] = [:]
    let result = score(study.evidence)
    // The evidence is overwhelming: removing the controls does not hide it.
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
    #expect(score(study.evidence, simulatesPower: false).answers.missing == 1)
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
      #expect(score(study.evidence, simulatesPower: false).answers.missing == 1)
      #expect(score(study.evidence, simulatesPower: false).answers.unreadable == 0)
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

  @Test func `an answer that failed for good is told and does not wait for more`() {
    var study = quiet()
    study.tuned[.sequenceLikelihood]?[
      .reference(canary: study.canaries[0].id, number: 1)] = .failed(Reason("no-choice", "none"))
    let result = score(study.evidence)
    #expect(result.verdict == .pass)
    #expect(result.caveats.contains { $0.slug == "answers-missing" })
    #expect(score(study.evidence, simulatesPower: false).answers.unreadable == 1)
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
    let result = score(quiet { $0.trained = false }.evidence)
    #expect(result.verdict == .inconclusive)
    #expect(slugs(result).first == "training-control-not-seen")
  }

  @Test func `an in-context control that does not find a given secret informs`() {
    // Small real models fail it, and controls show the same.
    let study = quiet {
      $0.reads = false
      $0.extraction = { $0 >= 64 ? 1 : 0 }
    }
    let result = score(study.evidence)
    #expect(result.verdict == .pass)
    #expect(slugs(result).contains("in-context-control-not-seen"))
  }

  @Test func `an open gate is inconclusive`() {
    let result = score(
      quiet { $0.gates = [Gate(measure: .greedyExtraction, repetitions: 1, limit: 0.01)] }.evidence)
    #expect(result.verdict == .inconclusive)
    #expect(slugs(result).first == "gate-open")
  }

  @Test func `a run that leaves out a planned decoding can find a leak and never pass`() {
    let result = score(quiet { $0.asked.remove(.greedyExtraction) }.evidence)
    #expect(result.verdict == .inconclusive)
    #expect(slugs(result).first == "weaker-access-than-planned")
    #expect(result.notMeasured.contains { $0.slug == "greedy-extraction-not-asked" })
  }

  @Test func `a study without gates can pass`() {
    #expect(score(quiet { $0.gates = [] }.evidence).verdict == .pass)
  }

  @Test func `text alone is inconclusive where scores were planned`() {
    let result = score(
      quiet {
        $0.asked = [.greedyExtraction, .sampledExtraction, .defaultExtraction, .chainExtraction]
      }.evidence)
    #expect(result.verdict == .inconclusive)
    #expect(slugs(result).first == "training-control-not-seen")
    #expect(slugs(result).contains("weaker-access-than-planned"))
    #expect(slugs(result).contains("component-not-measured"))
  }

  @Test func `text alone passes for generation only, where that was planned`() throws {
    var study = DrawnStudy()
    study.writesOnly(digits: 6)
    var passes = 0
    for seed in 1...6 as ClosedRange<UInt64> {
      let result = score(try study.evidence(seed: seed))
      // A few in a hundred are called a leak by chance.
      #expect((result.verdict == .pass) == slugs(result).contains("generation-only"))
      #expect(result.decision.components.map(\.component) == [.rank, .mass, .extraction])
      #expect(result.decision.power?.dense == nil)
      #expect((result.decision.power?.sparse?.power ?? 0) >= 0.8)
      if result.verdict == .pass { passes += 1 }
    }
    #expect(passes >= 4)
  }

  @Test func `replies of several models never pass`() {
    var study = quiet()
    study.served = [
      ServedModel(name: "tuned-model", fingerprint: nil),
      ServedModel(name: "other", fingerprint: nil),
    ]
    let result = score(study.evidence)
    #expect(result.verdict == .inconclusive)
    #expect(slugs(result).first == "answered-by-other-models")
  }

  @Test func `an underpowered study is inconclusive`() {
    let result = score(
      quiet {
        $0.randomizedPerKind = 6
        $0.gates = []
      }.evidence)
    #expect(result.verdict == .inconclusive)
    #expect(slugs(result).contains("power-short"))
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
      ([("tuned-model", nil), ("other", nil)], ["answered-by-other-models"]),
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
