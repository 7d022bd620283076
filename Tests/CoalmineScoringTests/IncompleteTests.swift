// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineReporting
import CoalmineScoring
import Testing

/// What is said of a study that waits for answers: what is missing and what to do, and nothing that
/// only looks like a result because answers are missing.
@Suite struct `Incomplete studies` {
  private func evidence(
    _ study: SimulatedStudy, withoutTuned: Bool = false
  ) -> Evidence {
    let whole = study.evidence
    guard withoutTuned else { return whole }
    return Evidence(
      studyProtocol: whole.studyProtocol, facts: whole.facts, canaries: whole.canaries,
      inContextControls: whole.inContextControls, records: whole.records, shape: whole.shape,
      predictableSeed: false, scoringSeed: whole.scoringSeed, tuned: nil, base: whole.base)
  }

  /// Large enough for its question, so that no word about power is due.
  private let whole = SimulatedStudy(
    .init(randomizedPerKind: 40, references: 9, records: 4, gain: { $0 >= 64 ? 8 : 0 }), seed: 2)

  private func words(_ result: StudyResult) -> String {
    (ReportText.findings(result) + result.caveats.map(\.evidence)).joined(separator: "\n")
  }

  private func expectNothingOfPower(_ result: StudyResult) {
    #expect(!words(result).contains("can see"), "\(words(result))")
    #expect(!result.findings.contains { $0.slug == "power-short" })
    #expect(!result.caveats.contains { $0.slug == "under-powered" })
  }

  @Test func `a whole study of this size passes, so that what follows comes from what is missing`()
  {
    #expect(score(whole.evidence).verdict == .pass)
  }

  @Test func `before any run the one finding is what to do next`() {
    var study = whole
    study.hasBase = false
    let result = score(evidence(study, withoutTuned: true))
    #expect(result.verdict == .incomplete)
    #expect(result.findings.map(\.slug) == ["tuned-model-not-probed"])
    #expect(ReportText.findings(result)[0].contains("'coalmine status STUDY'"))
    #expect(!result.caveats.contains { $0.slug == "answers-missing" })
    expectNothingOfPower(result)
  }

  @Test(arguments: [true, false])
  func `before any tuned run every value is not asked, and none is called failed`(
    _ hasBase: Bool
  ) {
    var study = whole
    study.hasBase = hasBase
    let result = score(evidence(study, withoutTuned: true))
    let words = result.canaries.flatMap { canary in
      [
        canary.secretLogProbability.word, canary.tunedMinusBase.word, canary.exposure.word,
        canary.massBoundBits.word, canary.greedy.word, canary.sampled.word, canary.defaults.word,
      ]
    }
    let tables = result.levels.flatMap { level in
      [
        level.medianExposureBits.word, level.quartilesBits.word, level.greedy.word,
        level.sampled.word, level.defaults.word,
      ]
    }
    let rest =
      [
        result.checks.training.pValue.word, result.checks.heldOut.pValue.word,
        result.checks.inContext.seen.word,
      ] + result.decision.components.map(\.outcome.word) + result.gates.map(\.rate.word)
      + result.membership.map(\.auc.word)
    #expect(Set(words + tables + rest) == ["not-measurable: not-asked"])
  }

  @Test func `a level of which every answer is awaited has the status of its canaries`() {
    var study = whole
    study.tuned = [:]
    let result = score(study.evidence)
    #expect(Set(result.canaries.map(\.exposure.word)) == ["failed: not-answered"])
    #expect(Set(result.levels.map(\.medianExposureBits.word)) == ["failed: not-answered"])
    #expect(Set(result.levels.map(\.quartilesBits.word)) == ["failed: not-answered"])
  }

  @Test func `with a base run alone nothing is missing of that run, and the tuned one is due`() {
    let result = score(evidence(whole, withoutTuned: true))
    #expect(result.verdict == .incomplete)
    #expect(result.findings.map(\.slug) == ["tuned-model-not-probed"])
    expectNothingOfPower(result)
  }

  @Test func `a base run that is under way is told beside the tuned one that is due`() {
    var study = whole
    study.base[.sequenceLikelihood]?[.canary(study.canaries[0].id)] = nil
    let result = score(evidence(study, withoutTuned: true))
    #expect(result.verdict == .incomplete)
    #expect(result.findings.map(\.slug) == ["tuned-model-not-probed", "answers-missing"])
    let due = study.canaries.count + study.records.count
    #expect(
      ReportText.findings(result)[1].hasPrefix("1 of \(due) answers of the base run is missing"))
    expectNothingOfPower(result)
  }

  @Test func `a tuned run without any answer says how many are due, and nothing of the model`() {
    var study = whole
    study.tuned = [:]
    let result = score(study.evidence)
    #expect(result.verdict == .incomplete)
    #expect(
      Set(result.findings.map(\.slug)) == [
        "answers-missing", "training-control-not-measured", "in-context-control-not-measured",
        "rank-finds-nothing", "mass-finds-nothing", "coin-finds-nothing", "component-not-measured",
        "gate-open",
      ])
    #expect(!words(result).contains("finds no leak") && !words(result).contains(" 0.0%"))
    #expect(words(result).contains("The test by rank says nothing yet: answers about "))
    let count = result.answers
    #expect(count.tuned?.due == count.missing && count.missing > 500)
    #expect(
      ReportText.findings(result)[0].hasPrefix(
        "\(count.missing) of \(count.missing) answers of the tuned run are missing"))
    expectNothingOfPower(result)
  }

  @Test(arguments: [true, false])
  func `a half answered run says nothing that the other half could turn`(_ trained: Bool) {
    var study = SimulatedStudy(
      .init(
        randomizedPerKind: 40, references: 9, gain: { $0 >= 64 ? 8 : 0 }, trained: trained,
        reads: trained), seed: 3)
    for (probe, answers) in study.tuned {
      let kept = answers.sorted { $0.key.slug < $1.key.slug }.enumerated()
        .filter { $0.offset % 2 == 0 }.map(\.element)
      study.tuned[probe] = Dictionary(uniqueKeysWithValues: kept.map { ($0.key, $0.value) })
    }
    let result = score(study.evidence)
    #expect(result.verdict == .incomplete)
    #expect(result.findings.first?.slug == "answers-missing")
    let slugs = Set(result.findings.map(\.slug))
    #expect(
      slugs.isSubset(of: [
        "answers-missing", "training-control-not-measured", "training-control-seen",
        "in-context-control-not-measured", "in-context-control-not-seen", "rank-finds-nothing",
        "mass-finds-nothing", "coin-finds-nothing", "component-not-measured",
        "gate-open",
      ]), "\(slugs)")
    expectNothingOfPower(result)
  }

  @Test func `a study whose secrets are not asked is not called underpowered`() {
    var study = whole
    study.asked = [.greedyExtraction, .sampledExtraction, .defaultExtraction, .chainExtraction]
    let result = score(study.evidence)
    #expect(result.verdict == .inconclusive)
    #expect(result.findings.contains { $0.slug == "component-not-measured" })
    expectNothingOfPower(result)
  }
}

extension Outcome {
  /// Status and reason as reports write them.
  fileprivate var word: String { reason.map { "\(status): \($0.slug)" } ?? status }
}
