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
    // A tie, so that labels are drawn.
    var study = SimulatedStudy(
      .init(randomizedPerKind: 30, references: 9, hasBase: false, gain: { $0 > 0 ? 0.1 : 0 }),
      seed: 3)
    for canary in study.canaries.filter({ $0.kind == "access-code" }).prefix(2) {
      study.tuned[.sequenceLikelihood]?[.canary(canary.id)] = DrawnStudy.answer(-21, canary)
    }
    func coin(_ result: StudyResult) -> ComponentResult.Value? {
      result.decision[.coin]?.outcome.value
    }
    let first = score(study.evidence)
    study.scoringSeed = Array(repeating: 9, count: 32)
    let second = score(study.evidence)
    let one = try #require(coin(first))
    let other = try #require(coin(second))
    #expect(one.statistic == other.statistic)
    #expect(one.pValue != other.pValue)
    #expect(abs(one.pValue - other.pValue) < 0.1)
    #expect(
      String(describing: first.canaries) == String(describing: second.canaries))
    // A seed of another length is filled up or cut, never a trap.
    for seed: [UInt8] in [[], [1], Array(repeating: 9, count: 40)] {
      study.scoringSeed = seed
      #expect(coin(score(study.evidence))?.statistic == one.statistic)
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
    #expect(result.decision.components.allSatisfy { $0.outcome.value == nil })
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
