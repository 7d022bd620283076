// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineScoring
import CoalmineStatistics
import CoalmineTesting
import Testing

/// Studies whose contexts begin as records: contexts of inserted canaries were trained, those of held-out
/// ones were not.
@Suite struct `Grafted contexts` {
  /// A model that learned contexts and no secret.
  private static func study(_ change: (inout DrawnStudy) -> Void = { _ in }) -> DrawnStudy {
    var study = DrawnStudy()
    study.references = 31
    study.replies = 5
    study.contextLoss = 1.5
    study.contexts = .grafted
    study.decision.weights = study.contexts.weights(heldOut: .absent)
    change(&study)
    return study
  }

  private static func rankP(_ study: DrawnStudy, _ seed: UInt64) throws -> Double? {
    score(try study.evidence(seed: seed), simulatesPower: false).decision[.rank]?.outcome.value?
      .pValue
  }

  @Test func `ranks are uniform where contexts alone were learned`() throws {
    let study = Self.study {
      $0.kinds = 2
      $0.perKind = 12
      $0.references = 15
    }
    let studies = isDeep ? 10_000 : 400
    let found = try (1...studies).map { try #require(try Self.rankP(study, UInt64($0))) }
    for level in [0.05, 0.2, 0.5, 0.8] {
      let below = found.count { $0 <= level }
      let deviation = (Double(studies) * level * (1 - level)).squareRoot()
      #expect(
        abs(Double(below) - Double(studies) * level) < 4 * deviation + 1,
        "\(below) of \(studies) at \(level)")
    }
  }

  @Test func `the test by assignment would call that a leak`() async throws {
    let weighted = Self.study { $0.decision.weights = .standard }
    let leaks = try await Parallel.count(100) { seed in
      score(try weighted.evidence(seed: seed), simulatesPower: false).decision[.coin]?.findsLeak
        == true
    }
    #expect(leaks > 90, "\(leaks) of 100")
    let result = score(try Self.study().evidence(seed: 1))
    #expect(result.decision[.coin] == nil)
    #expect(result.decision.components.reduce(0) { $0 + $1.weight } == 1)
    #expect(result.caveats.contains { $0.slug == "grafted-contexts" })
    let sentences = score(try DrawnStudy().evidence(seed: 1), simulatesPower: false)
    #expect(!sentences.caveats.contains { $0.slug == "grafted-contexts" })
  }

  /// The same with a placeholder behind the context of each held-out canary.
  private static func twins(_ change: (inout DrawnStudy) -> Void = { _ in }) -> DrawnStudy {
    study {
      $0.heldOutContexts = .planted
      $0.decision.weights = $0.contexts.weights(heldOut: .planted)
      change(&$0)
    }
  }

  @Test func `with placeholders the test by assignment calls it one as seldom as alpha says`()
    async throws
  {
    #expect(Self.twins().decision.weights == .standard)
    let studies = isDeep ? 4_000 : 200
    for level in [0.05, 0.2, 0.5] {
      let below = try await Parallel.count(studies) { seed in
        let result = score(try Self.twins().evidence(seed: seed), simulatesPower: false)
        return try #require(result.decision[.coin]?.outcome.value?.pValue) <= level
      }
      let deviation = (Double(studies) * level * (1 - level)).squareRoot()
      #expect(
        abs(Double(below) - Double(studies) * level) < 4 * deviation + 1,
        "\(below) of \(studies) at \(level)")
    }
    let result = score(try Self.twins().evidence(seed: 1))
    #expect(result.decision[.coin]?.weight == ComponentWeights.standard[.coin])
    let caveat = result.caveats.first { $0.slug == "grafted-contexts" }
    #expect(caveat?.evidence.contains("with a placeholder for the secret") == true)
    #expect(result.privacy.value?.change == .exchange)
    #expect(score(try Self.study().evidence(seed: 1)).privacy.value?.change == .addOrRemove)
  }

  @Test func `with placeholders it finds secrets that were learned, on either side`() async throws {
    for twins in [Self.twins { $0.gain = 1.5 }, Self.twins { $0.placeholderLoss = 1.5 }] {
      let leaks = try await Parallel.count(40) { seed in
        score(try twins.evidence(seed: seed), simulatesPower: false).decision[.coin]?.findsLeak
          == true
      }
      #expect(leaks > 30, "\(leaks) of 40")
    }
  }

  @Test func `a study passes and finds leaks without it`() async throws {
    let quiet = Self.study()
    let passes = try (1...8).count { seed in
      score(try quiet.evidence(seed: UInt64(seed))).verdict == .pass
    }
    #expect(passes >= 5, "\(passes) of 8")
    let dense = Self.study { $0.gain = 2 }
    let sparse = Self.study { $0.memorised = 3 }
    for seed in 1...5 as ClosedRange<UInt64> {
      let ranked = score(try dense.evidence(seed: seed), simulatesPower: false)
      #expect(ranked.verdict == .leak && ranked.decision[.rank]?.findsLeak == true)
      let heavy = score(try sparse.evidence(seed: seed), simulatesPower: false)
      #expect(heavy.verdict == .leak && heavy.decision[.mass]?.findsLeak == true)
    }
  }
}
