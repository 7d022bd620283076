// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import CoalmineTesting
import Foundation
import Testing

@Suite struct `Ranks among references and whole spaces` {
  @Test func `Counting agrees with sorting, and every convention with its formula`() throws {
    var generator = seeded(50)
    for _ in 0..<200 {
      let count = 1 + Int(generator.uniform(below: UInt64(30)))
      let values = (0..<count).map { _ in Double(generator.uniform(below: UInt64(9))) }
      let score = Double(generator.uniform(below: UInt64(9)))
      let ranks = try ReferenceRanks(score: score, references: values)
      let sorted = (values + [score]).sorted(by: >)
      let first = (sorted.firstIndex(of: score) ?? 0) + 1
      let last = (sorted.lastIndex(of: score) ?? 0) + 1
      #expect(ranks.optimistic == first && ranks.conservative == last)
      #expect(ranks.middle == Double(first + last) / 2)
      let exposure = try Exposure.sampled(score: score, references: values)
      #expect(exposure.rank == last && exposure.pValue == ranks.pValue)
      #expect(exposure.bits == ranks.bits(Double(last)))
      let census = try RankCensus(counting: values, canary: score)
      #expect(census.pValue == ranks.pValue)
      #expect(isNear(census.exposure.bits, exposure.bits, absolute: 1e-12))
      let gap = exposure.bits - ranks.interpolatedBits
      #expect(isNear(gap, log2(Double(count + 1) / Double(count)), absolute: 1e-12))
    }
  }

  @Test func `Near scores tie without bins, and equal infinities tie`() throws {
    let ranks = try ReferenceRanks(
      score: 1, references: [1 + 5e-10, 1 - 5e-10, 1.1, 0.9], tieEpsilon: 1e-9)
    #expect(ranks.better == 1 && ranks.tied == 2 && ranks.tiedShare == 0.5)
    let worst = try ReferenceRanks(score: -.infinity, references: [-.infinity, 0])
    #expect(worst.better == 1 && worst.tied == 1 && worst.pValue == 1)
  }

  @Test func `A census of the whole space gives the exact exposure`() throws {
    let space = (0..<1024).map { Double($0) }
    let exposure = try Exposure.exact(score: 1000, others: space.filter { $0 != 1000 })
    #expect(exposure.rank == 24 && exposure.method == .exactRank)
    #expect(isNear(exposure.bits, 10 - log2(24), absolute: 1e-12))
    #expect(isNear(exposure.pValue ?? -1, 24.0 / 1024, relative: 1e-14))
    #expect(try Exposure.exact(score: 3, others: [Double]()).bits == 0)
    #expect(try Exposure.bits(rank: 1 << 100, spaceBits: 120) == 20)
    #expect(refusal { try Exposure.bits(rank: 9, spaceBits: 3) } == "invalid_parameter")
    #expect(refusal { try Exposure.bits(rank: 0, spaceBits: 3) } == "invalid_parameter")
  }

  @Test func `Nonsense is refused`() throws {
    #expect(refusal { try ReferenceRanks(score: 1, references: []) } == "empty_input")
    #expect(refusal { try ReferenceRanks(score: .nan, references: [1]) } == "nan")
    #expect(refusal { try ReferenceRanks(score: 1, references: [.nan]) } == "nan")
    #expect(
      refusal { try ReferenceRanks(score: 1, references: [1], tieEpsilon: -1) }
        == "invalid_parameter")
    #expect(refusal { try RankCensus(canary: .nan) } == "nan")
    #expect(refusal { try Exposure.exact(score: 1, others: [.nan]) } == "nan")
  }

  @Test func `A census of draws rejects at its level, also with many ties`() throws {
    // Counts of hits in transcripts: few distinct values.
    let size = try EvaluationTrials.share("rank census of 199 draws, ties", seed: 162) { random in
      var census = try RankCensus(canary: Double(random.hits(12, p: 0.2)))
      for _ in 0..<199 { try census.count(Double(random.hits(12, p: 0.2))) }
      return census.pValue <= 0.05
    }
    #expect(try size <= EvaluationTrials.most(0.05))
  }

  @Test(arguments: [(40, 2000)] + (isDeep ? [(99, 10_000)] : []))
  func `The p-value keeps its size and the interval its level`(references: Int, trials: Int) throws
  {
    let size = try shareOfTrials(trials, seed: 51) { generator in
      let values = (0...references).map { _ in generator.unitInterval() }
      let exposure = try Exposure.sampled(
        score: values[0], references: Array(values.dropFirst()))
      return exposure.pValue ?? 0 <= 0.05
    }
    #expect(try size <= EvaluationTrials.most(0.05, of: trials), "size \(size)")
    let coverage = try shareOfTrials(trials, seed: 52) { generator in
      // A share 0.1 of the space scores at least as high: 3.32 bits.
      let values = (0..<references).map { _ in generator.unitInterval() }
      let interval = try Exposure.sampled(score: 0.9, references: values).interval
      return interval.lower <= -log2(0.1) && -log2(0.1) <= interval.upper
    }
    #expect(
      try coverage >= EvaluationTrials.least(0.95, of: trials), "coverage \(coverage)")
    print("measured: sampled exposure m=\(references): size \(size), coverage \(coverage)")
  }
}

extension RankCensus {
  init(counting values: [Double], canary: Double) throws {
    try self.init(canary: canary)
    for value in values { try count(value) }
  }
}
