// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineScoring
import CoalmineStatistics
import CoalmineTesting
import Testing

extension StudyResult {
  /// The result of the coin component.
  fileprivate var coin: ComponentResult {
    guard let coin = decision[.coin] else { preconditionFailure("the protocol gives it a weight") }
    return coin
  }

  fileprivate var coinAUC: Double? {
    guard case .coin(let auc, _, _)? = coin.outcome.value?.statistic else { return nil }
    return auc
  }

  fileprivate var coinIsExact: Bool {
    guard case .coin(_, _, let isExact)? = coin.outcome.value?.statistic else { return false }
    return isExact
  }
}

@Suite struct `The coin component` {
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
    let result = score(study.evidence, simulatesPower: false)
    let groups = strata(study, result) { $0.tunedMinusBase.value }
    guard let expected = Oracle.pooled(groups) else {
      #expect(result.coin.outcome.reason?.slug == "no-pairs")
      return
    }
    #expect(result.coinIsExact)
    #expect(abs((result.coinAUC ?? -1) - expected) < 1e-12)
    // Strata with one label only add no relabelling.
    let mixed = groups.filter { group in group.contains { $0.first } && group.contains { !$0.first }
    }
    let value = try #require(result.coin.outcome.value)
    #expect(abs(value.pValue - Oracle.exactPermutation(mixed)) < 1e-12)
    #expect(value.pValueForPass == value.pValue && value.missing == 0)
    #expect(result.coin.score == .tunedMinusBase)
    #expect(result.decision.inserted == groups.joined().count { $0.first })
    #expect(result.decision.heldOut == groups.joined().count { !$0.first })
  }

  @Test func `equal scores tie and nothing else does`() throws {
    var study = SimulatedStudy(
      .init(
        kinds: ["access-code"], randomizedPerKind: 8, controls: 0, references: 2, hasBase: false))
    let steps = [0, 0.6e-9, 1.2e-9, 5, 5, 5, 7, 9]
    for (canary, step) in zip(study.canaries, steps) {
      study.tuned[.sequenceLikelihood]?[.canary(canary.id)] = DrawnStudy.answer(-20 + step, canary)
    }
    let result = score(study.evidence, simulatesPower: false)
    let groups = strata(study, result) { $0.secretLogProbability.value }
    #expect(abs((result.coinAUC ?? -1) - (Oracle.pooled(groups, tieEpsilon: 0) ?? -1)) < 1e-12)
    let value = try #require(result.coin.outcome.value)
    #expect(abs(value.pValue - Oracle.exactPermutation(groups, tieEpsilon: 0)) < 1e-12)
  }

  @Test func `the first edition ties what differs by less than the noise`() throws {
    var study = SimulatedStudy(
      .init(
        kinds: ["access-code"], randomizedPerKind: 8, controls: 0, references: 2, hasBase: false,
        score: .best, edition: .first))
    let steps = [0, 0.6e-9, 1.2e-9, 5, 5, 5, 7, 9]
    for (canary, step) in zip(study.canaries, steps) {
      study.tuned[.sequenceLikelihood]?[.canary(canary.id)] = DrawnStudy.answer(-20 + step, canary)
    }
    let result = score(study.evidence, simulatesPower: false)
    let groups = strata(study, result) { $0.secretLogProbability.value }
    let value = try #require(result.coin.outcome.value)
    #expect(abs((result.coinAUC ?? -1) - (Oracle.pooled(groups) ?? -1)) < 1e-12)
    #expect(abs(value.pValue - Oracle.exactPermutation(groups)) < 1e-12)
  }

  @Test(arguments: [true, false])
  func `large studies agree with the normal limit of the rank sum`(ties: Bool) throws {
    var study = SimulatedStudy(
      .init(
        randomizedPerKind: 60, controls: 0, references: 2, gain: { $0 > 0 ? 0.1 : 0 },
        permutations: 20_000), seed: 11)
    if ties {
      // One tie, and labels are drawn in place of the exact count.
      let pair = study.canaries.filter { $0.kind == "access-code" }.prefix(2)
      study.hasBase = false
      for canary in pair {
        study.tuned[.sequenceLikelihood]?[.canary(canary.id)] = DrawnStudy.answer(-21, canary)
      }
    }
    let result = score(study.evidence, simulatesPower: false)
    let groups = strata(study, result) {
      ties ? $0.secretLogProbability.value : $0.tunedMinusBase.value
    }
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
    #expect(result.coinIsExact == !ties)
    let z = (wins - 0.5 - mean) / variance.squareRoot()
    let value = try #require(result.coin.outcome.value)
    #expect(abs(value.pValue - Oracle.normalTail(z)) < 0.012)
  }

  @Test func `a kind with one label gives no pairs and counts in the numbers only`() throws {
    var study = SimulatedStudy(
      .init(kinds: ["access-code", "hex-token"], randomizedPerKind: 6, controls: 0, references: 2),
      seed: 3)
    study.canaries = study.canaries.map { canary in
      canary.kind == "hex-token" ? canary.with(role: .inserted) : canary
    }
    let result = score(study.evidence, simulatesPower: false)
    let groups = strata(study, result) { $0.tunedMinusBase.value }
    let value = try #require(result.coin.outcome.value)
    #expect(abs((result.coinAUC ?? -1) - (Oracle.pooled([groups[0]]) ?? -1)) < 1e-12)
    #expect(abs(value.pValue - Oracle.exactPermutation([groups[0]])) < 1e-12)
    #expect(result.decision.inserted == 6 + groups[0].count { $0.first })
  }

  @Test func `without pairs there is a reason and no number`() {
    var study = SimulatedStudy(.init(randomizedPerKind: 3, controls: 0, references: 2))
    study.canaries = study.canaries.map { $0.with(role: .inserted) }
    #expect(score(study.evidence).coin.outcome.reason?.slug == "no-pairs")
    study.canaries = []
    for component in score(study.evidence).decision.components {
      #expect(component.outcome.reason?.slug == "no-randomized-canaries")
    }
  }

  @Test func `only randomized canaries at the target repetitions are compared`() {
    let plan = SimulatedStudy.Plan(
      randomizedPerKind: 10, repetitionLevels: [2, 8], perLevel: 3, controls: 4, references: 2)
    let decision = score(SimulatedStudy(plan).evidence, simulatesPower: false).decision
    #expect(decision.inserted + decision.heldOut == 20)
  }

  @Test func `a missing canary has the worst place in one reading and the best in the other`()
    throws
  {
    var study = SimulatedStudy(
      .init(
        kinds: ["access-code"], randomizedPerKind: 9, controls: 0, references: 0, hasBase: false),
      seed: 5)
    let missing = try #require(study.canaries.first { $0.role == .inserted })
    let other = try #require(study.canaries.first { $0.role == .heldOut })
    for canary in [missing, other] {
      study.tuned[.sequenceLikelihood]?[.canary(canary.id)] = .failed(Reason("no-choice", "none"))
    }
    let result = score(study.evidence, simulatesPower: false)
    let value = try #require(result.coin.outcome.value)
    func p(_ own: Double, _ rival: Double) -> Double {
      let group = result.canaries.map { canary in
        (
          first: canary.role == .inserted,
          score: canary.id == missing.id
            ? own : canary.id == other.id ? rival : canary.secretLogProbability.value ?? .nan
        )
      }
      return Oracle.exactPermutation([group])
    }
    #expect(value.missing == 2)
    #expect(abs(value.pValue - p(-1e6, 1e6)) < 1e-12)
    #expect(abs(value.pValueForPass - p(1e6, -1e6)) < 1e-12)
  }

  @Test func `the first edition leaves out what has no score, and waits for what is to come`()
    throws
  {
    let leaky = SimulatedStudy.Plan(gain: { $0 == 0 ? 0 : 6 }, score: .best, edition: .first)
    let whole = SimulatedStudy(leaky)
    #expect(score(whole.evidence).verdict == .leak)
    let randomized = try #require(whole.canaries.first { $0.randomized })
    var study = whole
    study.tuned[.sequenceLikelihood]?[.canary(randomized.id)] = nil
    #expect(score(study.evidence).verdict == .incomplete)
    #expect(score(study.evidence).coin.outcome.reason?.slug == "not-answered")
    study = whole
    study.tuned[.sequenceLikelihood]?[.canary(randomized.id)] = .failed(Reason("no-choice", "none"))
    #expect(score(study.evidence).verdict == .leak)
    study.hasBase = false
    #expect(score(study.evidence).coin.score == .plain)
    // Nothing else decides, and nothing passes.
    let quiet = SimulatedStudy(
      .init(gain: { $0 >= 64 ? 8 : 0 }, score: .best, edition: .first), seed: 2)
    let result = score(quiet.evidence)
    #expect(result.verdict == .inconclusive)
    #expect(result.findings.contains(.protocolBeforeSecondEdition))
    #expect(result.decision.components.filter(\.decides).map(\.component) == [.coin])
    #expect(result.decision.components.count == 4)
  }
}
