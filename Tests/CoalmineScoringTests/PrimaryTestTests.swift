// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineScoring
import CoalmineTesting
import Testing

@Suite struct PrimaryTestTests {
  /// The randomized canaries of a result by kind, with their labels and one of their scores.
  private func strata(
    _ study: SimulatedStudy, _ result: StudyResult, _ score: (CanaryResult) -> Double?
  ) -> [[(first: Bool, score: Double)]] {
    let randomized = Set(study.canaries.filter { $0.randomized && $0.repetitions == 1 }.map(\.id))
    var kinds: [String: [(first: Bool, score: Double)]] = [:]
    for canary in result.canaries where randomized.contains(canary.id) {
      guard let value = score(canary) else { continue }
      kinds[canary.kind, default: []].append((canary.role == .inserted, value))
    }
    return kinds.sorted { $0.key < $1.key }.map(\.value)
  }

  @Test(arguments: 1...12)
  func `small studies agree with listing every relabelling`(seed: UInt64) throws {
    let study = SimulatedStudy(
      .init(randomizedPerKind: 7, controls: 2, references: 3, gain: { Double($0) }), seed: seed)
    let result = score(study.evidence)
    let groups = strata(study, result) { $0.tunedMinusBase.value }
    guard let expected = Oracle.pooled(groups) else {
      #expect(result.primaryTest.outcome.reason?.slug == "no-pairs")
      return
    }
    let value = try #require(result.primaryTest.outcome.value)
    #expect(value.exact)
    #expect(abs(value.statistic - expected) < 1e-12)
    // Strata with one label only add no relabelling.
    let mixed = groups.filter { group in group.contains { $0.first } && group.contains { !$0.first }
    }
    #expect(abs(value.pValue - Oracle.exactPermutation(mixed)) < 1e-12)
    #expect(result.primaryTest.name == "stratified-permutation")
    #expect(result.primaryTest.score == "tuned-minus-base")
    #expect(result.primaryTest.inserted == groups.joined().count { $0.first })
    #expect(result.primaryTest.heldOut == groups.joined().count { !$0.first })
  }

  @Test func `ties count half, also where they are not transitive`() throws {
    var study = SimulatedStudy(
      .init(
        kinds: ["access-code"], randomizedPerKind: 8, controls: 0, references: 2, hasBase: false))
    var chance = SplitMix(4)
    let steps = [0, 0.6e-9, 1.2e-9, 5, 5, 5, 7, 9]
    for (canary, step) in zip(study.canaries, steps) {
      study.answerSecret(canary, -20 + step, &chance)
    }
    let result = score(study.evidence)
    let groups = strata(study, result) { $0.secretLogProbability.value }
    let value = try #require(result.primaryTest.outcome.value)
    #expect(abs(value.statistic - (Oracle.pooled(groups) ?? -1)) < 1e-12)
    #expect(abs(value.pValue - Oracle.exactPermutation(groups)) < 1e-12)
  }

  @Test func `large studies agree with the normal limit of the rank sum`() throws {
    let study = SimulatedStudy(
      .init(
        randomizedPerKind: 60, controls: 0, references: 2, gain: { $0 > 0 ? 0.1 : 0 },
        permutations: 20_000), seed: 11)
    let result = score(study.evidence)
    let groups = strata(study, result) { $0.tunedMinusBase.value }
    var mean = 0.0
    var variance = 0.0
    var wins = 0.0
    for group in groups {
      let m = Double(group.count { $0.first })
      let n = Double(group.count) - m
      mean += m * n / 2
      variance += m * n * (m + n + 1) / 12
      wins +=
        Oracle.auc(group.filter(\.first).map(\.score), group.filter { !$0.first }.map(\.score))
        * m * n
    }
    let value = try #require(result.primaryTest.outcome.value)
    #expect(!value.exact)
    #expect(value.relabellings == 20_000)
    let z = (wins - 0.5 - mean) / variance.squareRoot()
    #expect(abs(value.pValue - Oracle.normalTail(z)) < 0.012)
  }

  @Test func `a kind with one label gives no pairs and counts in the numbers only`() throws {
    var study = SimulatedStudy(
      .init(kinds: ["access-code", "hex-token"], randomizedPerKind: 6, controls: 0, references: 2),
      seed: 3)
    study.canaries = study.canaries.map { canary in
      canary.kind == "hex-token" ? canary.with(role: .inserted) : canary
    }
    let result = score(study.evidence)
    let groups = strata(study, result) { $0.tunedMinusBase.value }
    let value = try #require(result.primaryTest.outcome.value)
    #expect(abs(value.statistic - (Oracle.pooled([groups[0]]) ?? -1)) < 1e-12)
    #expect(abs(value.pValue - Oracle.exactPermutation([groups[0]])) < 1e-12)
    #expect(result.primaryTest.inserted == 6 + groups[0].count { $0.first })
  }

  @Test func `without pairs there is a reason and no number`() {
    var study = SimulatedStudy(.init(randomizedPerKind: 3, controls: 0, references: 2))
    study.canaries = study.canaries.map { $0.with(role: .inserted) }
    #expect(score(study.evidence).primaryTest.outcome.reason?.slug == "no-pairs")
    study.canaries = []
    #expect(score(study.evidence).primaryTest.outcome.reason?.slug == "no-randomized-canaries")
  }

  @Test func `only randomized canaries at the target repetitions are compared`() {
    let plan = SimulatedStudy.Plan(
      randomizedPerKind: 10, repetitionLevels: [2, 8], perLevel: 3, controls: 4, references: 2)
    let test = score(SimulatedStudy(plan).evidence).primaryTest
    #expect(test.inserted + test.heldOut == 20)
  }

  @Test func `the base model decides which score is best`() {
    func name(_ change: (inout SimulatedStudy) -> Void, _ asked: StudyProtocol.PrimaryTest.Score)
      -> (String, Int)
    {
      var study = SimulatedStudy(
        .init(randomizedPerKind: 10, controls: 2, references: 2, score: asked))
      change(&study)
      let test = score(study.evidence).primaryTest
      return (test.score, test.inserted + test.heldOut)
    }
    #expect(name({ _ in }, .best) == ("tuned-minus-base", 20))
    #expect(name({ $0.hasBase = false }, .best) == ("secret-logprob", 20))
    let first: (inout SimulatedStudy) -> Void = { study in
      study.base[.sequenceLikelihood]?[.canary(study.canaries[0].id)] = nil
    }
    // An answer that is still to come is waited for; one that failed for good is not.
    #expect(name(first, .best) == ("tuned-minus-base", 19))
    let failed: (inout SimulatedStudy) -> Void = { study in
      study.base[.sequenceLikelihood]?[.canary(study.canaries[0].id)] = .failed(
        Reason("no-choice", "none"))
    }
    #expect(name(failed, .best) == ("secret-logprob", 20))
    #expect(name(first, .tunedMinusBase) == ("tuned-minus-base", 19))
    #expect(name({ _ in }, .secretLogProbability) == ("secret-logprob", 20))
    #expect(name({ $0.base = [:] }, .best) == ("tuned-minus-base", 0))
  }

  @Test func `a test that was named and cannot be taken is not replaced`() {
    var study = SimulatedStudy(
      .init(randomizedPerKind: 10, controls: 2, references: 2, score: .tunedMinusBase))
    study.hasBase = false
    let test = score(study.evidence).primaryTest
    #expect(test.outcome.status == "not-measurable")
    #expect(test.outcome.reason?.slug == "no-base-run")
    #expect(test.detectableAUC == nil)
  }

  @Test func `the detectable effect shrinks with the numbers`() throws {
    func detectable(_ randomized: Int) -> Double? {
      score(
        SimulatedStudy(.init(randomizedPerKind: randomized, controls: 0, references: 2)).evidence
      ).primaryTest.detectableAUC
    }
    let small = try #require(detectable(12))
    let large = try #require(detectable(100))
    #expect(large < small)
    #expect(large > 0.5 && small < 1)
    // Equal groups of n: AUC − ½ ≈ (z_α + z_β) / √(6n), here 1.645 + 0.842 and about 100 a group.
    #expect(abs(large - 0.5 - 2.487 / 600.0.squareRoot()) < 0.01)
  }
}
