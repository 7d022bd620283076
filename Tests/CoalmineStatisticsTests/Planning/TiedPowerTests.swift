// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import CoalmineTesting
import Foundation
import Testing

/// Power where an endpoint gives many texts one score.
@Suite struct `Power of scores that tie` {
  private func design(
    _ inserted: Int, ties: [Int], references: Int = 31, component: EvidenceComponent = .rank,
    tiedSecrets: [String: [Int]] = [:]
  ) throws -> PowerDesign {
    try PowerDesign(
      (0..<2 * inserted).map {
        PlannedCanary(
          kind: "a", isInserted: $0 < inserted, references: references, spaceBits: 20, ties: ties)
      }, weights: ComponentWeights([component: 1]), alpha: 0.05, tiedSecrets: tiedSecrets)
  }

  @Test func `a number that all texts have shows nothing`() throws {
    for component in [EvidenceComponent.rank, .mass, .coin] {
      let simulation = try PowerSimulation(
        design(20, ties: [32], component: component, tiedSecrets: ["a": [40]]), studies: 500)
      for leak in [PlannedLeak.dense(auc: 0.99), .sparse(memorised: 20)] {
        #expect(try simulation.run(leak).found == 0)
      }
    }
  }

  @Test func `levels of one text each are no ties`() throws {
    let plain = try PowerSimulation(design(24, ties: [])).run(.dense(auc: 0.7))
    let single = try PowerSimulation(design(24, ties: Array(repeating: 1, count: 32)))
      .run(.dense(auc: 0.7))
    #expect(abs(plain.power - single.power) < 0.03, "\(plain.power), \(single.power)")
    #expect(plain.power > 0.5 && plain.power < 0.99)
  }

  @Test(arguments: [[8, 16, 8], [2, 30], [31, 1], [4, 4, 4, 4, 4, 4, 4, 4]])
  func `without a leak a test rejects seldom, and coarser scores never help`(ties: [Int]) throws {
    let fine = try PowerSimulation(design(24, ties: []))
    for (component, secrets) in [(EvidenceComponent.rank, [String: [Int]]()), (.coin, ["a": ties])]
    {
      let coarse = try PowerSimulation(
        design(24, ties: component == .rank ? ties : [], component: component, tiedSecrets: secrets)
      )
      let null = try coarse.run(.dense(auc: 0.5))
      #expect(try clopperPearsonLower(null.found, of: null.studies, confidence: 0.999) <= 0.05)
      if component == .rank {
        #expect(try coarse.run(.dense(auc: 0.75)).power <= fine.run(.dense(auc: 0.75)).power + 0.03)
      }
    }
  }

  /// Every text is drawn, rounded to levels of fixed width, ranked with its ties and tested.
  @Test func `it is the power of studies of which every score is drawn and rounded`() throws {
    let (inserted, references) = (16, 31)
    for (width, auc) in [(1.0, 0.64), (2.5, 0.68)] {
      let gain = PlannedLeak.gain(auc: auc, deviation: 1)
      var chance = SplitMix(UInt64(1_000 * width))
      func coarse(_ value: Double) -> Double { (value / width).rounded() }
      func normal() -> Double {
        let u = Double(chance.next() >> 11) / 9_007_199_254_740_992
        let v = Double(chance.next() >> 11) / 9_007_199_254_740_992
        return (-2 * log(1 - u)).squareRoot() * cos(2 * Double.pi * v)
      }
      let studies = 1_000
      var found = 0
      var expected = 0.0
      for study in 0..<studies {
        var ranked: [RankedSecret] = []
        var canaries: [PlannedCanary] = []
        for _ in 0..<inserted {
          let scores = [coarse(normal() + gain)] + (0..<references).map { _ in coarse(normal()) }
          ranked.append(try RankedSecret(scores: scores, secret: 0))
          let counts = Dictionary(grouping: scores, by: { $0 }).sorted { $0.key > $1.key }
          canaries.append(
            PlannedCanary(
              kind: "a", isInserted: true, references: references, spaceBits: 20,
              ties: counts.map(\.value.count)))
        }
        if try RankSum(ranked).pValue <= 0.05 { found += 1 }
        // The levels that a study sees are one draw: the mean over studies is what is compared.
        if study < 30 {
          let design = try PowerDesign(
            canaries, weights: ComponentWeights([.rank: 1]), alpha: 0.05)
          expected += try PowerSimulation(design, studies: 1_000).run(.dense(auc: auc)).power / 30
        }
      }
      let power = Double(found) / Double(studies)
      print("measured: power of rounded scores, width \(width): \(power), promised \(expected)")
      // A secret above all levels that were seen counts as tied with the best: never too much is promised.
      #expect(expected <= power + 0.08, "\(expected), \(power)")
      #expect(expected >= power - 0.2, "\(expected), \(power)")
      // Neither is at an end, where all simulations agree.
      #expect(power > 0.3 && power < 0.97, "\(power)")
    }
  }

  @Test func `a score that no text has is refused`() throws {
    #expect(throws: StatisticsError.self) { try design(4, ties: [3, 0, 1]) }
  }
}
