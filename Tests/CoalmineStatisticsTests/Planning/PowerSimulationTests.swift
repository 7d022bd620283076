// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation
import Testing

@Suite struct `Simulated power` {
  /// `inserted` and as many held out in four kinds.
  static func canaries(_ inserted: Int, references: Int = 255, bits: Double = 19.93)
    -> [PlannedCanary]
  {
    (0..<4).flatMap {
      PlannedCanary.group(
        kind: "kind-\($0)", inserted: inserted / 4, heldOut: inserted / 4, references: references,
        spaceBits: bits)
    }
  }

  @Test func `without a leak some component rejects in at most alpha of studies`() throws {
    let plain = Self.canaries(36)
    let mixed =
      Self.canaries(8, references: 20, bits: 3.32) + Self.canaries(12, references: 300, bits: 12)
    let designs = [
      try PowerDesign(plain), try PowerDesign(plain, alpha: 0.2, noise: 1.5),
      try PowerDesign(plain, alpha: 0.1, missingShare: 0.03),
      try PowerDesign(mixed, alpha: 0.1, candidatesSeen: 4),
      try PowerDesign(mixed, alpha: 0.1, access: .topTokens, scoreDeviation: 2),
      try PowerDesign(mixed, alpha: 0.1, access: .textOnly, candidatesSeen: 2),
    ]
    for design in designs {
      let simulation = try PowerSimulation(design)
      for leak in [PlannedLeak.dense(auc: 0.5), .sparse(memorised: 0)] {
        let result = try simulation.run(leak)
        print("measured: size at \(design.alpha): \(result.power)")
        #expect(try result.limits().lower <= design.alpha)
        for component in design.components {
          let lower = try clopperPearsonLower(
            result.foundBy[component] ?? 0, of: result.studies, confidence: 0.999)
          #expect(lower <= design.weights[component] * design.alpha)
        }
      }
    }
  }

  @Test func `a study of forty thousand canaries is simulated and rarely alarms`() throws {
    let simulation = try PowerSimulation(
      PowerDesign(Self.canaries(20_000, references: 9)), studies: 100)
    #expect(try simulation.run(.dense(auc: 0.75)).power == 1)
    #expect(try simulation.run(.dense(auc: 0.5)).limits().lower <= 0.05)
    #expect(throws: StatisticsError.self) {
      try PowerDesign(Self.canaries(PowerDesign.largest / 2 + 4))
    }
  }

  @Test func `more gain, more memorised secrets, more canaries: never less power`() throws {
    let simulation = try PowerSimulation(
      PowerDesign(Self.canaries(12), noise: 0.3, missingShare: 0.02), studies: 2000)
    var before = 0
    for hundredths in stride(from: 50, through: 100, by: 5) {
      let found = try simulation.run(.dense(auc: Double(hundredths) / 100)).found
      #expect(found >= before)
      before = found
    }
    before = 0
    for memorised in 0...12 {
      let found = try simulation.run(.sparse(memorised: memorised)).found
      #expect(found >= before)
      before = found
    }
    let powers = try [8, 16, 32, 64].map {
      try PowerSimulation(PowerDesign(Self.canaries($0))).run(.dense(auc: 0.62)).power
    }
    #expect(powers == powers.sorted() && powers[0] < 0.3 && powers[3] > 0.8)
  }

  @Test func `noise and missing answers cost power`() throws {
    func power(noise: Double = 0, missing: Double = 0) throws -> Double {
      try PowerSimulation(
        PowerDesign(Self.canaries(36), noise: noise, missingShare: missing)
      ).run(.dense(auc: 0.65)).power
    }
    let clean = try power()
    #expect(try power(noise: 0.5) < clean - 0.05)
    #expect(try power(missing: 0.05) < clean - 0.05)
    let all = try PowerSimulation(PowerDesign(Self.canaries(36), missingShare: 1))
    #expect(try all.run(.sparse(memorised: 36)).found == 0)
  }

  @Test func `canaries without mass, or with many candidates in their replies, cost power`() throws
  {
    func power(
      _ component: EvidenceComponent, hasMass: Bool = true, candidates: Int = 0
    ) throws -> Double {
      let canaries = Self.canaries(36).map {
        PlannedCanary(
          kind: $0.kind, isInserted: $0.isInserted, references: $0.references,
          spaceBits: $0.spaceBits, hasMass: hasMass, candidatesSeen: candidates)
      }
      return try PowerSimulation(
        PowerDesign(canaries, weights: ComponentWeights([component: 1]))
      ).run(.sparse(memorised: 1)).power
    }
    #expect(try power(.mass) == 1)
    #expect(try power(.mass, hasMass: false) == 0)
    #expect(try power(.extraction) == 1)
    // 36 · 10,000 / 2^20: one hit in three studies is chance.
    #expect(try power(.extraction, candidates: 10_000) < 0.4)
    // Fewer than the design's own change nothing.
    #expect(try power(.extraction, candidates: 5) == power(.extraction))
  }

  @Test func `the standard design finds what it is planned for`() throws {
    let simulation = try PowerSimulation(PowerDesign(Self.canaries(36)))
    let dense = try simulation.run(.dense(auc: 0.75))
    let sparse = try simulation.run(.sparse(memorised: 3))
    #expect(dense.power >= 0.99 && sparse.power >= 0.99)
    // The coin test alone, with all of alpha: nearly as good for the one, blind for the other.
    let coin = try PowerSimulation(
      PowerDesign(Self.canaries(36), weights: ComponentWeights([.coin: 1])))
    let coinDense = try coin.run(.dense(auc: 0.75)).power
    let coinSparse = try coin.run(.sparse(memorised: 3)).power
    #expect((0.97...0.995).contains(coinDense) && (0.1...0.17).contains(coinSparse))
    print(
      "measured: power at AUC .75: \(dense.power), coin alone \(coinDense); 3 of 36 memorised: "
        + "\(sparse.power), coin alone \(coinSparse)")
  }

  @Test func `whether a leak is found is what the whole simulation says`() throws {
    for design in [
      try PowerDesign(Self.canaries(12), noise: 0.2), try PowerDesign(Self.canaries(36)),
    ] {
      let simulation = try PowerSimulation(design, studies: 400)
      let leaks =
        stride(from: 0.5, through: 1, by: 0.05).map { PlannedLeak.dense(auc: $0) }
        + (0...6).map { PlannedLeak.sparse(memorised: $0) }
      for leak in leaks {
        let whole = try simulation.run(leak)
        let limit = try whole.limits().lower
        for power in [0.01, 0.2, 0.5, 0.8, 0.95, 0.999, whole.power, limit] where power < 1 {
          #expect(try simulation.finds(leak, power: power, .ignored) == (whole.power >= power))
          #expect(try simulation.finds(leak, power: power, .counted) == (limit >= power))
        }
      }
    }
  }

  @Test func `detectable leaks are the first that are found with the wanted power`() throws {
    for (design, power) in [
      (try PowerDesign(Self.canaries(36)), 0.8),
      (try PowerDesign(Self.canaries(12), noise: 0.2), 0.9),
      (try PowerDesign(Self.canaries(36), weights: ComponentWeights([.coin: 1])), 0.8),
    ] {
      let simulation = try PowerSimulation(design, studies: 3000)
      let auc = try #require(try simulation.smallestDenseAUC(power: power, .ignored))
      #expect(try simulation.run(.dense(auc: auc)).power >= power)
      #expect(try simulation.run(.dense(auc: auc - 0.01)).power < power)
      let memorised = try #require(try simulation.smallestSparseCount(power: power, .ignored))
      #expect(try simulation.run(.sparse(memorised: memorised)).power >= power)
      if memorised > 1 {
        #expect(try simulation.run(.sparse(memorised: memorised - 1)).power < power)
      }
      let planned = try #require(try simulation.smallestDenseAUC(power: power, .counted))
      #expect(planned >= auc && planned <= auc + 0.02)
      #expect(try simulation.run(.dense(auc: planned)).limits().lower >= power)
    }
    // One canary with three references: the best rank is too likely.
    let small = try PowerSimulation(
      PowerDesign(
        PlannedCanary.group(kind: "a", inserted: 1, heldOut: 0, references: 3, spaceBits: 1),
        weights: ComponentWeights([.rank: 1])), studies: 200)
    #expect(try small.smallestDenseAUC(power: 0.5, .ignored) == nil)
    #expect(try small.smallestSparseCount(power: 0.5, .counted) == nil)
  }

  @Test func `the same design gives the same result, another seed another one`() throws {
    let design = try PowerDesign(Self.canaries(16), noise: 0.1, missingShare: 0.01)
    let first = try PowerSimulation(design, studies: 1000).run(.dense(auc: 0.65))
    #expect(try PowerSimulation(design, studies: 1000).run(.dense(auc: 0.65)) == first)
    let other = try PowerSimulation(
      design, studies: 1000, seed: [UInt8](repeating: 9, count: 32)
    ).run(.dense(auc: 0.65))
    #expect(other != first && abs(other.power - first.power) < 0.1)
    #expect(first.foundBy.count == 4)
  }

  @Test func `what controls have not shown loses its weight, what access lacks gives it away`()
    throws
  {
    let canaries = Self.canaries(36)
    let all = try PowerDesign(canaries)
    let shown = try PowerDesign(canaries, shown: [.rank, .mass])
    #expect(shown.weights == all.weights && shown.components == [.rank, .mass])
    let full = try PowerSimulation(all, studies: 1000).run(.dense(auc: 0.62))
    let part = try PowerSimulation(shown, studies: 1000).run(.dense(auc: 0.62))
    #expect(part.found < full.found && part.power(of: .coin) == 0 && full.power(of: .coin) > 0)
    let text = try PowerDesign(canaries, access: .textOnly)
    #expect(abs(text.weights[.extraction] - 0.25) < 1e-12 && text.components == [.extraction])
    #expect(
      try PowerSimulation(text, studies: 1000).run(.dense(auc: 1)).found
        == PowerSimulation(text, studies: 1000).run(.dense(auc: 0.5)).found)
  }

  @Test func `a whole search takes about a second`() throws {
    let clock = ContinuousClock()
    let time = try clock.measure {
      let simulation = try PowerSimulation(PowerDesign(Self.canaries(36)))
      #expect(try simulation.smallestDenseAUC(power: 0.8, .counted) == 0.64)
      #expect(try simulation.smallestSparseCount(power: 0.8, .counted) == 1)
    }
    print("measured: search for detectable leaks, 36 + 36 canaries: \(time)")
    // Several times what was measured, as other work may share the machine.
    #expect(time < .seconds(10))
  }

  @Test func `nonsense is refused`() throws {
    let bad = "invalid_parameter"
    let canaries = Self.canaries(8)
    #expect(refusal { try PowerDesign([]) } == "empty_input")
    #expect(
      refusal {
        try PowerDesign(
          PlannedCanary.group(kind: "a", inserted: 0, heldOut: 3, references: 9, spaceBits: 9))
      } == "empty_input")
    for (references, bits) in [(-1, 9.0), (1 << 20, 9), (9, -1), (9, .infinity)] {
      let one = PlannedCanary(
        kind: "a", isInserted: true, references: references, spaceBits: bits)
      #expect(refusal { try PowerDesign([one]) } == bad)
    }
    #expect(refusal { try PowerDesign(canaries, alpha: 0) } == bad)
    #expect(refusal { try PowerDesign(canaries, alpha: .nan) } == "nan")
    #expect(refusal { try PowerDesign(canaries, scoreDeviation: 0) } == bad)
    #expect(refusal { try PowerDesign(canaries, noise: -1) } == bad)
    #expect(refusal { try PowerDesign(canaries, missingShare: 1.1) } == bad)
    #expect(refusal { try PowerDesign(canaries, candidatesSeen: -1) } == bad)
    #expect(
      refusal {
        try PowerDesign(canaries, weights: ComponentWeights([.coin: 1]), access: .textOnly)
      } == bad)
    let design = try PowerDesign(canaries)
    #expect(refusal { try PowerSimulation(design, studies: 99) } == bad)
    #expect(refusal { try PowerSimulation(design, seed: [1]) } == bad)
    let simulation = try PowerSimulation(design, studies: 100)
    #expect(refusal { try simulation.run(.dense(auc: 0.49)) } == bad)
    #expect(refusal { try simulation.run(.dense(auc: .nan)) } == "nan")
    for count in [-1, 9, .max] {
      #expect(refusal { try simulation.run(.sparse(memorised: count)) } == bad)
    }
    #expect(refusal { try simulation.smallestDenseAUC(power: 1, .counted) } == bad)
    #expect(refusal { try simulation.smallestSparseCount(power: .nan, .counted) } == "nan")
    #expect(
      PlannedCanary.group(kind: "a", inserted: -3, heldOut: 0, references: 1, spaceBits: 1).isEmpty)
  }
}
