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

@Suite struct `Privacy bounds and secrets one by one` {
  /// Studies whose scores are randomised response: each canary's true label with probability
  /// e^ε / (1 + e^ε), so that the training is exactly ε-private.
  private func response(epsilon: Double, canaries: Int = 200) -> DrawnStudy {
    var study = DrawnStudy()
    study.kinds = 1
    study.perKind = canaries
    study.controls = 0
    study.references = 0
    study.asked = [.sequenceLikelihood]
    study.change = { drawn in
      // The seed of the draw is in the secrets.
      var chance = SplitMix(
        drawn.canaries.reduce(UInt64(7)) { $0 &* 31 &+ UInt64(truncatingIfNeeded: $1.index) })
      let right = 1 / (1 + exp(-epsilon))
      for canary in drawn.canaries {
        let isIn = (canary.role == .inserted) == (chance.unit() < right)
        drawn.score(.canary(canary.id), (isIn ? -5 : -15) - chance.unit(), of: canary)
      }
    }
    return study
  }

  @Test func `the bound exceeds the true epsilon in no more than 5 of 100 runs`() async throws {
    let study = response(epsilon: 1)
    let runs = 1_000
    let above = try await Parallel.count(runs) { seed in
      let result = score(try study.evidence(seed: seed), simulatesPower: false)
      guard let privacy = result.privacy.value else { return true }
      return privacy.epsilon > 1
    }
    print("epsilon of randomised response: the bound is above in \(above) of \(runs)")
    #expect(try clopperPearsonLower(above, of: runs, confidence: 0.99) <= 0.05)
  }

  @Test func `the bound is large on a memorising model, and 0 where nothing was learned`() throws {
    let memorising = score(try response(epsilon: 20).evidence(seed: 1), simulatesPower: false)
    let privacy = try #require(memorising.privacy.value)
    #expect(privacy.canaries == 200 && privacy.guesses == 100 && privacy.correct == 100)
    #expect(privacy.epsilon > 3.4 && privacy.epsilon == privacy.ceiling)
    #expect(privacy.gaussianEpsilon > 0)
    let none = score(try response(epsilon: 0).evidence(seed: 2), simulatesPower: false)
    #expect(none.privacy.value?.epsilon == 0)
    // 59 of 100 are seldom enough: e^ε / (1 + e^ε) about 0.63.
    let detectable = try #require(privacy.detectableEpsilon)
    #expect(detectable > 0.45 && detectable < 0.65)
  }

  @Test func `without a stated assignment there is no bound`() throws {
    var study = response(epsilon: 3)
    study.change = { $0.draw = Evidence.Draw(assignmentIsRandom: false) }
    let result = score(try study.evidence(seed: 1), simulatesPower: false)
    #expect(result.privacy.reason?.slug == "assignment-not-random")
  }

  @Test func `a memorised secret stands out by itself after Holm's correction`() throws {
    var study = DrawnStudy()
    study.memorised = 1
    let result = score(try study.evidence(seed: 3), simulatesPower: false)
    let found = result.namedSecrets.filter { $0.adjustedP <= 0.05 }
    #expect(found.count == 1)
    #expect(result.namedSecrets.count == result.decision.inserted)
    let one = try #require(found.first)
    #expect((one.massP ?? 1) < 2e-6 && (one.verbatimP ?? 1) < 2e-5 && (one.rankP ?? 1) < 0.04)
    let least = try #require([one.rankP, one.massP, one.verbatimP].compactMap(\.self).min())
    #expect(abs(one.pValue - 3 * least) < 1e-12)
  }
}
