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

@Suite struct RepetitionLevelTests {
  private let plan = SimulatedStudy.Plan(
    randomizedPerKind: 14, repetitionLevels: [2, 8, 32], perLevel: 3, controls: 4, references: 50,
    gain: { $0 == 0 ? 0 : 1 + log2(Double($0)) * 2 }, extraction: { $0 >= 8 ? 0.7 : 0 })

  @Test func `held-out canaries come first as level 0 and controls last`() {
    let levels = score(SimulatedStudy(plan).evidence, simulatesPower: false).levels
    #expect(levels.map(\.repetitions) == [0, 1, 2, 8, 32, 64])
    #expect(
      levels.map(\.role) == [.heldOut, .inserted, .inserted, .inserted, .inserted, .control])
  }

  @Test func `each row counts its own canaries`() throws {
    let result = score(SimulatedStudy(plan, seed: 6).evidence, simulatesPower: false)
    for row in result.levels {
      let canaries = result.canaries.filter {
        $0.role == row.role && $0.repetitions == row.repetitions
      }
      #expect(row.canaries == canaries.count)
      let bits = canaries.compactMap { $0.exposure.value?.bits }.sorted()
      let median = try #require(row.medianExposureBits.value)
      // At least half lie on either side, the median included.
      #expect(2 * bits.count { $0 <= median + 1e-12 } >= bits.count)
      #expect(2 * bits.count { $0 >= median - 1e-12 } >= bits.count)
      let quartiles = try #require(row.quartilesBits.value)
      #expect(quartiles.contains(median))
      // Of n values, n − 1 steps lie between the first and the last: a quarter of them on each
      // side.
      let quarter = (bits.count + 2) / 4
      #expect(bits.count { $0 < quartiles.lowerBound - 1e-12 } <= quarter)
      #expect(bits.count { $0 > quartiles.upperBound + 1e-12 } <= quarter)
      #expect(row.atCeiling == canaries.count { $0.exposure.value?.rank == 1 })
      let rates = [
        (row.greedy, canaries.map { $0.greedy.value ?? false }),
        (row.sampled, canaries.map { ($0.sampled.value?.hits ?? 0) > 0 }),
        (row.defaults, canaries.map { ($0.defaults.value?.hits ?? 0) > 0 }),
      ]
      for (rate, outcomes) in rates {
        let value = try #require(rate.value)
        #expect(value.hits == outcomes.count { $0 } && value.trials == outcomes.count)
      }
    }
    #expect(result.levels.contains { ($0.sampled.value?.hits ?? 0) > 0 })
  }

  @Test func `quantiles are linear between neighbours`() {
    #expect(ExposureGroups.quantile(of: [], 0.5) == nil)
    #expect(ExposureGroups.quantile(of: [3], 0.25) == 3)
    #expect(ExposureGroups.quantile(of: [1, 2], 0.5) == 1.5)
    #expect(ExposureGroups.quantile(of: [1, 2, 3, 4, 5], 0.25) == 2)
    #expect(ExposureGroups.quantile(of: [1, 2, 3, 4], 0.75) == 3.25)
    #expect(ExposureGroups.quantile(of: [1, 2, 3, 4], 1) == 4)
  }

  @Test func `a repetition level without scores says why`() {
    var study = SimulatedStudy(plan)
    study.asked = [.chainLikelihood]
    for row in score(study.evidence, simulatesPower: false).levels {
      #expect(row.medianExposureBits.reason?.slug == "not-asked")
      #expect(row.quartilesBits.reason?.slug == "not-asked")
      #expect(row.greedy.reason?.slug == "not-asked")
      #expect(row.atCeiling == 0)
    }
  }

  @Test func `the chance baseline is for the canaries and references of this study`() {
    let line = score(SimulatedStudy(plan).evidence, simulatesPower: false).chanceBaseline
    #expect(line.canaries == 2 * 14 + 2 * 9 + 4)
    #expect(abs(line.meanBits - ExposureUnderNull.mean(references: 50)) < 1e-12)
    #expect(abs(line.medianMaximumBits - ExposureUnderNull.medianMaximum([50: 50])) < 1e-12)
    var unscored = SimulatedStudy(plan)
    unscored.asked = [.greedyExtraction]
    #expect(score(unscored.evidence, simulatesPower: false).chanceBaseline == line)
  }
}
