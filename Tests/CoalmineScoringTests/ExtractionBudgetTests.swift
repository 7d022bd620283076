// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineScoring
import CoalmineStatistics
import CoalmineTesting
import Testing

@Suite struct `Extraction by budget` {
  private func curve(_ canaries: [CanaryResult], _ role: Role = .inserted, repetitions: Int = 1)
    throws -> [ExtractionBudget.Point]
  {
    let found = ExtractionBudgetScoring.results(canaries, secretsAreUniform: true).first {
      $0.decoding == .sampled && $0.role == role && $0.repetitions == repetitions
    }
    return try #require(found?.curve.value)
  }

  /// Every ordered choice of `budget` of the samples, and how many of them hold a hit.
  private func counted(_ hits: Int, of samples: Int, budget: Int) -> Double {
    var (with, all) = (0, 0)
    func choose(_ chosen: Set<Int>) {
      if chosen.count == budget {
        all += 1
        if chosen.contains(where: { $0 < hits }) { with += 1 }
        return
      }
      for next in 0..<samples where !chosen.contains(next) { choose(chosen.union([next])) }
    }
    choose([])
    return Double(with) / Double(all)
  }

  private func canary(_ id: String, hits: Int, of samples: Int, role: Role = .inserted)
    -> CanaryResult
  {
    let made = MadeCanary.result(id, role: role)
    let sampled = (try? clopperPearson(hits, of: samples)).map {
      SampledExtraction(hits: hits, samples: samples, interval: $0)
    }
    return CanaryResult(
      id: id, kind: made.kind, role: role, repetitions: made.repetitions, secretBits: 20,
      secret: made.secret, secretLogProbability: made.secretLogProbability,
      tunedMinusBase: made.tunedMinusBase, exposure: made.exposure,
      massBoundBits: made.massBoundBits, greedy: made.greedy,
      sampled: sampled.map { .measured($0) } ?? made.sampled, defaults: made.defaults, caveats: [])
  }

  @Test func `each point is the mean of the counted choices`() throws {
    let hits = [0, 1, 2, 5, 0]
    let points = try curve(hits.enumerated().map { canary("c\($0)", hits: $1, of: 5) })
    #expect(points.map(\.samples) == [1, 2, 4, 5])
    for point in points {
      let shares = hits.map { counted($0, of: 5, budget: point.samples) }
      #expect(abs(point.share - shares.reduce(0, +) / 5) < 1e-12)
      #expect(point.canaries == 5)
      #expect(point.interval.lower <= point.share && point.share <= point.interval.upper)
      // 20 bits: k of 2^20 candidates.
      #expect(abs((point.chance ?? 0) - Double(point.samples) / 1_048_576) < 1e-15)
    }
    // Within all samples it is the share of canaries with a hit.
    #expect(points.last?.share == 0.6)
    #expect(
      abs((points.last?.interval.lower ?? 0) - Oracle.lowerBound(3, of: 5, tail: 0.025)) < 1e-9)
  }

  @Test func `a canary with fewer samples is not in the later points, and they say so`() throws {
    let points = try curve([
      canary("a", hits: 1, of: 8), canary("b", hits: 2, of: 3), canary("c", hits: 0, of: 8),
    ])
    #expect(points.map(\.samples) == [1, 2, 4, 8])
    #expect(points.map(\.canaries) == [3, 3, 2, 2])
    #expect(points.last?.share == 0.5)
  }

  @Test func `groups are held out first, then by copies, at both decodings; controls are none`() {
    let canaries =
      [MadeCanary.result("h", role: .heldOut), MadeCanary.result("c", role: .control)]
      + [8, 1].map { MadeCanary.result("i\($0)", repetitions: $0, sampled: 3) }
    let found = ExtractionBudgetScoring.results(canaries, secretsAreUniform: false)
    #expect(
      found.map(\.decoding) == [.sampled, .sampled, .sampled, .defaults, .defaults, .defaults])
    #expect(found.prefix(3).map(\.repetitions) == [0, 1, 8])
    #expect(found.prefix(3).map(\.role) == [.heldOut, .inserted, .inserted])
    #expect(found.allSatisfy { $0.curve.value?.allSatisfy { $0.chance == nil } == true })
  }

  @Test func `a group without a value says why`() {
    let found = ExtractionBudgetScoring.results(
      [MadeCanary.result("a", sampled: nil)], secretsAreUniform: true)
    #expect(found.allSatisfy { $0.curve.reason?.slug == "continuations-withheld" })
    #expect(ExtractionBudgetScoring.results([], secretsAreUniform: true).isEmpty)
  }

  @Test
  func `the curve of a study rises with samples and copies, and held-out ones stay at chance`()
    throws
  {
    let study = SimulatedStudy(
      .init(
        randomizedPerKind: 20, repetitionLevels: [8], perLevel: 10, references: 3,
        extraction: { $0 == 0 ? 0 : $0 == 1 ? 0.1 : 0.6 }, samples: 8))
    let found = score(study.evidence, simulatesPower: false).extractionByBudget
    let points = try found.filter { $0.decoding == .sampled }.map { try #require($0.curve.value) }
    #expect(points.count == 3 && points.allSatisfy { $0.count == 4 })
    for curve in points {
      for (before, after) in zip(curve, curve.dropFirst()) { #expect(before.share <= after.share) }
    }
    #expect(points[0].allSatisfy { $0.share == 0 })
    for (few, many) in zip(points[1], points[2]) { #expect(few.share < many.share) }
  }
}
