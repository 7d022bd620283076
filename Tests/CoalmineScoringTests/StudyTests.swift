// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineScoring
import CoalmineTesting
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Whole studies of a model whose memory is known.
@Suite struct StudyTests {
  @Test func `leakage that was planted is found`() {
    var found = 0
    for seed in 1...40 {
      let study = SimulatedStudy(
        .init(
          randomizedPerKind: 36, references: 31, gain: { $0 == 0 ? 0 : 1.5 + log2(Double($0)) },
          permutations: 999),
        seed: UInt64(seed))
      let result = score(study.evidence)
      if result.verdict == .leak, result.findings[0].slug == "primary-test-rejects" { found += 1 }
    }
    #expect(found == 40)
  }

  /// The false-alarm rate over studies of a model that never saw a single copy: 98 of 2,000 with a
  /// base run and 111 without; of the 10,000 of `COALMINE_DEEP=1`, 491 and 499.
  @Test(arguments: [true, false])
  func `leakage that is absent is called so as rarely as alpha says`(hasBase: Bool) {
    let studies = isDeep ? 10_000 : 2_000
    var alarms = 0
    for seed in 1...studies {
      let study = SimulatedStudy(
        .init(
          randomizedPerKind: 20, controls: 0, references: 0, hasBase: hasBase, permutations: 199,
          asked: [.sequenceLikelihood], samples: 1),
        seed: UInt64(seed))
      if score(study.evidence).verdict == .leak { alarms += 1 }
    }
    print("false alarms: \(alarms) of \(studies), base run: \(hasBase)")
    // At most alpha as far as this many studies can tell: the exact lower bound is below it…
    #expect(Oracle.lowerBound(alarms, of: studies, tail: 0.005) <= 0.05)
    // …and a test that never rejects would not be one.
    #expect(Oracle.upperBound(alarms, of: studies, tail: 0.005) >= 0.035)
  }

  @Test func `the order in which things are listed makes no difference`() {
    let plan = SimulatedStudy.Plan(
      randomizedPerKind: 15, repetitionLevels: [4], perLevel: 3, references: 20, records: 30,
      gain: { $0 == 0 ? 0 : 1 }, recordGain: 0.1)
    for hasBase in [true, false] {
      var study = SimulatedStudy(plan, seed: 30)
      study.hasBase = hasBase
      study.records = study.records.enumerated().map { position, record in
        CorpusRecord(
          id: record.id, membership: record.membership,
          group: "\(record.membership.rawValue)-\(position / 6)", text: record.text)
      }
      let expected = String(describing: score(study.evidence))
      var chance = SplitMix(77)
      for _ in 0..<5 {
        study.canaries = chance.shuffled(study.canaries)
        study.records = chance.shuffled(study.records)
        study.inContextControls = chance.shuffled(study.inContextControls)
        #expect(String(describing: score(study.evidence)) == expected)
      }
    }
  }

  @Test func `the scoring seed changes relabellings and nothing else`() throws {
    var study = SimulatedStudy(
      .init(randomizedPerKind: 30, references: 9, gain: { $0 > 0 ? 0.1 : 0 }), seed: 3)
    let first = score(study.evidence)
    study.scoringSeed = Array(repeating: 9, count: 32)
    let second = score(study.evidence)
    let one = try #require(first.primaryTest.outcome.value)
    let other = try #require(second.primaryTest.outcome.value)
    #expect(one.statistic == other.statistic)
    #expect(one.pValue != other.pValue)
    #expect(abs(one.pValue - other.pValue) < 0.1)
    #expect(
      String(describing: first.canaries) == String(describing: second.canaries))
    // A seed of another length is filled up or cut, never a trap.
    for seed: [UInt8] in [[], [1], Array(repeating: 9, count: 40)] {
      study.scoringSeed = seed
      #expect(score(study.evidence).primaryTest.outcome.value?.statistic == one.statistic)
    }
  }

  @Test func `exposure grows with the repetition level`() {
    let study = SimulatedStudy(
      .init(
        randomizedPerKind: 20, repetitionLevels: [4, 32], perLevel: 10, references: 127,
        gain: { $0 == 0 ? 0 : 1.5 * log2(2 * Double($0)) }), seed: 12)
    let medians = score(study.evidence).levels.compactMap(\.medianExposureBits.value)
    #expect(medians.count == 5)
    #expect(medians == medians.sorted())
    #expect(medians[0] < 2.5 && medians[4] > 6)
  }

  @Test func `an empty study has a verdict and no number`() {
    var study = SimulatedStudy(.init(randomizedPerKind: 0, controls: 0, references: 5))
    study.inContextControls = []
    study.tuned = [:]
    study.base = [:]
    let result = score(study.evidence)
    #expect(result.verdict == .inconclusive)
    #expect(result.canaries.isEmpty && result.levels.isEmpty)
    #expect(result.chanceBaseline.canaries == 0 && result.chanceBaseline.medianMaximumBits == 0)
    #expect(result.massEvidence.value == nil)
    #expect(result.primaryTest.outcome.value == nil)
  }

  @Test func `a secret is nowhere in the words of a result`() {
    let study = SimulatedStudy(
      .init(
        randomizedPerKind: 10, references: 5, gain: { $0 == 0 ? 0 : 9 }, extraction: { _ in 1 }),
      seed: 2)
    let result = score(study.evidence)
    let words = String(describing: result)
    for canary in study.canaries {
      #expect(!words.contains(String(decoding: canary.secret.reveal(), as: UTF8.self)))
    }
  }
}
