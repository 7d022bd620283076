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

@Suite struct `Evidence over looks` {
  @Test func `the sum is the weighted one, never falls, and its weights sum to one`() throws {
    let means = [0.8, 1.1, 250, 0, 3]
    let evidence = EvidenceOverLooks(means)
    for look in 1...means.count {
      var naive = 0.0
      for past in 1...look { naive += means[past - 1] / Double(past * (past + 1)) }
      #expect(abs(evidence.sums[look - 1] - naive) < 1e-12)
    }
    #expect(zip(evidence.sums, evidence.sums.dropFirst()).allSatisfy { $0 <= $1 })
    // E = 1 at every look, as if nothing were ever learned, stays below 1.
    let ones = EvidenceOverLooks(Array(repeating: 1, count: 10_000))
    #expect(ones.current < 1 && ones.current > 0.9998)
    #expect(evidence.alarm(alpha: 0.05) == 3)
    #expect(EvidenceOverLooks([20, 20]).alarm(alpha: 0.05) == nil)
    #expect(EvidenceOverLooks([40]).alarm(alpha: 0.05) == 1)
    #expect(EvidenceOverLooks([.nan, -1, 6]).current == 0.5)
  }

  /// Forty secrets, each of 20 bits; under the null a model that was fixed before they were drawn
  /// gives each a probability.
  private static func mean(_ law: Int, _ chance: inout SplitMix) throws -> Double {
    let bits = 20.0
    let nats = (0..<40).map { _ -> Double? in
      switch law {
      // Half of the space has almost all of the probability: E is 1.9 or 0.1.
      case 0: log((chance.next() % 2 == 0 ? 1.9 : 0.1) * exp2(-bits))
      // One candidate in a thousand has all of it.
      case 1: chance.unit() < 0.001 ? log(1000 * exp2(-bits)) : -.infinity
      // Log-normal with mean 1.
      default: -bits * log(2.0) + 1.5 * chance.normal() - 1.125
      }
    }
    return exp(
      try MassTest(
        logProbabilities: nats.map { $0.map { min(0, $0) } },
        spaceBits: Array(repeating: bits, count: 40)
      ).logMean)
  }

  @Test(arguments: [0, 1, 2])
  func `over fifty looks at the same canaries the sum alarms at most at alpha, and the product not`(
    _ law: Int
  ) throws {
    let (studies, looks, alpha) = (isDeep ? 10_000 : 1_000, 50, 0.05)
    var (sums, products) = (0, 0)
    for seed in 1...UInt64(studies) {
      var chance = SplitMix(seed &+ UInt64(law) &* 1_000_003)
      // The model stays what it is, so every look sees the same.
      let mean = try Self.mean(law, &chance)
      let means = Array(repeating: mean, count: looks)
      if EvidenceOverLooks(means).alarm(alpha: alpha) != nil { sums += 1 }
      if (1...looks).contains(where: { pow(mean, Double($0)) >= 1 / alpha }) { products += 1 }
    }
    print("looks at the same canaries, law \(law): sum \(sums), product \(products) of \(studies)")
    #expect(try clopperPearsonLower(sums, of: studies, confidence: 0.99) <= alpha)
    // A product of e-values of the same canaries is no evidence.
    if law != 1 {
      #expect(try clopperPearsonLower(products, of: studies, confidence: 0.99) > alpha)
    }
  }

  @Test func `a look at a model that learned secrets alarms, and one that could not see says so`()
    throws
  {
    var plan = SimulatedStudy.Plan()
    plan.references = 7
    plan.hasBase = false
    plan.score = .plain
    let quiet = MonitorLook(SimulatedStudy(plan, seed: 2).evidence)
    let mean = try #require(quiet.mean.value)
    #expect(
      quiet.isShown && quiet.missing == 0 && EvidenceOverLooks([mean]).alarm(alpha: 0.05) == nil)
    plan.gain = { $0 > 0 ? 60 : 0 }
    let leaky = MonitorLook(SimulatedStudy(plan, seed: 2).evidence)
    #expect(EvidenceOverLooks([try #require(leaky.mean.value)]).alarm(alpha: 0.05) == 1)
    // The mean of the e-values by hand.
    let study = SimulatedStudy(plan, seed: 2)
    let inserted = study.canaries.filter { $0.randomized && $0.role == .inserted }
    let values = try inserted.map { canary -> Double in
      guard
        case .measured(.likelihood(let tokens))? = study.tuned[.sequenceLikelihood]?[
          .canary(canary.id)]
      else { throw MissingAnswer() }
      return exp(tokens.reduce(0) { $0 + ($1.logProbability ?? 0) } + canary.bits * log(2.0))
    }
    let naive = values.reduce(0, +) / Double(values.count)
    #expect(abs((leaky.mean.value ?? 0) / naive - 1) < 1e-9)

    plan.reads = false
    plan.trained = false
    plan.gain = { _ in 0 }
    #expect(!MonitorLook(SimulatedStudy(plan, seed: 2).evidence).isShown)
    plan.asked = [.greedyExtraction]
    #expect(MonitorLook(SimulatedStudy(plan, seed: 2).evidence).mean.value == nil)
  }

  private struct MissingAnswer: Error {}
}
