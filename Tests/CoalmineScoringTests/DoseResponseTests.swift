// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineScoring
import CoalmineStatistics
import CoalmineTesting
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite struct `Exposure over repetition levels` {
  private func curves(_ canaries: [CanaryResult]) -> [DoseResponseResult] {
    var generator = ChaCha8Rand(seed: Array(repeating: 5, count: 32))
    return DoseResponseScoring.results(canaries, using: &generator)
  }

  /// Canaries by level, with exposures by exact rank.
  private func canaries(_ levels: [(repetitions: Int, ranks: [Int])], candidates: Int = 4096)
    throws -> [CanaryResult]
  {
    try levels.flatMap { repetitions, ranks in
      try ranks.enumerated().map { number, rank in
        MadeCanary.result(
          "c-\(repetitions)-\(number)", role: repetitions == 0 ? .heldOut : .inserted,
          repetitions: repetitions,
          exposure: try MadeCanary.exact(rank: rank, candidates: candidates))
      }
    }
  }

  /// max over a ≤ i of min over b ≥ i of the mean of levels a…b.
  private func minMax(_ levels: [[Double]]) -> [Double] {
    func mean(_ from: Int, _ to: Int) -> Double {
      let values = levels[from...to].flatMap { $0 }
      return values.reduce(0, +) / Double(values.count)
    }
    return levels.indices.map { place in
      (0...place).map { from in
        (place..<levels.count).map { mean(from, $0) }.min() ?? .nan
      }.max() ?? .nan
    }
  }

  @Test func `the fit is the isotonic one, with held-out canaries as level 0`() throws {
    let levels = [(0, [900, 2000, 40]), (1, [3000, 700]), (2, [600, 5]), (8, [9, 30, 2])]
    let curve = try #require(curves(try canaries(levels)).first?.curve.value)
    #expect(curve.levels.map(\.repetitions) == [0, 1, 2, 8])
    #expect(curve.levels.map(\.canaries) == [3, 2, 2, 3])
    let bits = levels.map { $0.1.map { 12 - log2(Double($0)) } }
    for (level, (fitted, own)) in zip(curve.levels, zip(minMax(bits), bits)) {
      #expect(abs(level.fittedBits - fitted) < 1e-9)
      #expect(abs(level.meanBits - own.reduce(0, +) / Double(own.count)) < 1e-9)
      #expect(!level.isLowerBound)
    }
    #expect(curve.censored == 0 && curve.ceilingBits == 12 && curve.canaries == 10)
    let reached = curve.levels.first { $0.fittedBits >= 4 }?.repetitions
    #expect(curve.threshold.value?.repetitions == reached && reached == 2)
  }

  @Test func `cut exposures bound the fit from below, and only marked levels differ from it`()
    throws
  {
    var chance = SplitMix(31)
    for trial in 0..<40 {
      // One canary with seven references cuts all at three bits.
      let levels = [0, 1, 4, 16].map { repetitions in
        (
          repetitions,
          (0..<4).map { _ in 1 + Int(chance.next() % UInt64(1 << (12 - repetitions / 2))) }
        )
      }
      let cutting = MadeCanary.result(
        "cut", role: .heldOut, exposure: try MadeCanary.sampled(rank: 5, references: 7))
      let curve = try #require(curves(try canaries(levels) + [cutting]).first?.curve.value)
      #expect(curve.ceilingBits == 3)
      var bits = levels.map { $0.1.map { 12 - log2(Double($0)) } }
      bits[0].append(3 - log2(5))
      for (level, whole) in zip(curve.levels, minMax(bits)) {
        #expect(level.fittedBits <= whole + 1e-9, "\(trial)")
        if !level.isLowerBound { #expect(abs(level.fittedBits - whole) < 1e-9, "\(trial)") }
      }
      #expect(curve.censored == bits.joined().count { $0 > 3 + 1e-9 })
      #expect(curve.levels.contains(where: \.isLowerBound) == (curve.censored > 0))
      #expect(curve.threshold.reason?.slug == "ceiling-too-low")
    }
  }

  @Test func `a sampled exposure at its ceiling is censored, and an exact one is not`() throws {
    let sampled = try [0, 1, 1, 1].enumerated().map { number, repetitions in
      MadeCanary.result(
        "\(number)", role: repetitions == 0 ? .heldOut : .inserted, repetitions: repetitions,
        exposure: try MadeCanary.sampled(rank: repetitions == 0 ? 100 : 1, references: 255))
    }
    let curve = try #require(curves(sampled).first?.curve.value)
    #expect(curve.censored == 3 && curve.levels.map(\.isLowerBound) == [false, true])
    let exact = try canaries([(0, [100]), (1, [1, 1, 1])], candidates: 256)
    let known = try #require(curves(exact).first?.curve.value)
    #expect(known.censored == 0 && known.levels.allSatisfy { !$0.isLowerBound })
    for (one, other) in zip(known.levels, curve.levels) {
      #expect(abs(one.fittedBits - other.fittedBits) < 1e-12)
    }
  }

  @Test func `controls and index-only canaries take no part, and each kind has its curve`() throws {
    let study = SimulatedStudy(
      .init(
        randomizedPerKind: 14, repetitionLevels: [2, 8, 32], perLevel: 3, controls: 4,
        references: 50, gain: { $0 == 0 ? 0 : 1 + log2(Double($0)) * 2 }))
    let result = score(study.evidence, simulatesPower: false)
    #expect(result.doseResponse.map(\.kind) == [nil, "access-code", "hex-token"])
    for curve in result.doseResponse {
      let own = result.canaries.filter {
        ($0.role == .heldOut || $0.role == .inserted) && (curve.kind ?? $0.kind) == $0.kind
      }
      let value = try #require(curve.curve.value)
      #expect(value.canaries == own.count)
      #expect(value.levels.map(\.repetitions) == [0, 1, 2, 8, 32])
      #expect(value.levels.map(\.fittedBits) == value.levels.map(\.fittedBits).sorted())
      #expect(value.pValue == 0.001)
      let threshold = try #require(value.threshold.value)
      #expect((threshold.lower ?? 99) <= (threshold.repetitions ?? -1))
      #expect((threshold.repetitions ?? 99) <= (threshold.upper ?? 99))
    }
    let one = SimulatedStudy(.init(kinds: ["hex-token"], randomizedPerKind: 9, references: 20))
    #expect(score(one.evidence, simulatesPower: false).doseResponse.map(\.kind) == [nil])
  }

  @Test func `without a leak the p-value of the trend keeps its size`() {
    var alarms = 0
    for seed in 0..<200 {
      let study = SimulatedStudy(
        .init(
          kinds: ["hex-token"], randomizedPerKind: 16, repetitionLevels: [4, 16], perLevel: 4,
          controls: 0, references: 31, hasBase: false, permutations: 99,
          asked: [.sequenceLikelihood]),
        seed: UInt64(seed))
      let pValue = score(study.evidence, simulatesPower: false).doseResponse.first?.curve.value?
        .pValue
      if let pValue, pValue <= 0.05 { alarms += 1 }
    }
    #expect(Oracle.lowerBound(alarms, of: 200, tail: 0.005) <= 0.05)
    #expect(Oracle.upperBound(alarms, of: 200, tail: 0.005) >= 0.03)
  }

  @Test func `what cannot be drawn says why`() throws {
    #expect(curves([]).isEmpty)
    let flat = curves(try canaries([(1, [4, 8, 9])]))
    #expect(flat.first?.curve.reason?.slug == "too-few-levels")
    let unasked = MadeCanary.result("a")
    #expect(curves([unasked]).first?.curve.reason?.slug == "not-asked")
    let never = try #require(
      curves(try canaries([(0, [4000, 3000]), (1, [2000, 3500])])).first?.curve.value)
    let threshold = try #require(never.threshold.value)
    #expect(threshold.repetitions == nil && threshold.lower == nil && threshold.upper == nil)
  }
}
