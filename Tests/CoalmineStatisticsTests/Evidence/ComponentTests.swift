// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation
import Testing

@Suite struct `Components of the decision` {
  /// Weights of random components, sum 1.
  private func weights(_ random: inout ChaCha8Rand) throws -> ComponentWeights {
    var raw: [EvidenceComponent: Double] = [:]
    for component in EvidenceComponent.allCases where random.coin() {
      raw[component] = 0.01 + random.unitInterval()
    }
    if raw.isEmpty { raw = [.coin: 1] }
    let total = raw.values.reduce(0, +)
    return try ComponentWeights(raw.mapValues { $0 / total })
  }

  @Test func `the standard weights are .4, .2, .2, .2`() {
    let standard = ComponentWeights.standard
    #expect(standard.components == [.rank, .mass, .extraction, .coin])
    #expect(EvidenceComponent.allCases.map { standard[$0] } == [0.4, 0.2, 0.2, 0.2])
    #expect(EvidenceComponent.allCases.map(\.rawValue) == ["rank", "mass", "extraction", "coin"])
  }

  @Test func `what cannot be measured gives its weight to the others in proportion`() throws {
    let text = try ComponentWeights.standard.redistributed(to: [.extraction])
    #expect(text[.extraction] == 1 && text[.rank] == 0 && text.components == [.extraction])
    let three = try ComponentWeights.standard.redistributed(to: [.rank, .mass, .coin])
    #expect(near(three[.rank], 0.5) && near(three[.mass], 0.25) && three[.extraction] == 0)
    let all = Set(EvidenceComponent.allCases)
    #expect(try ComponentWeights.standard.redistributed(to: all) == .standard)
    var random = EvaluationTrials.generator(120)
    for _ in 0..<200 {
      let before = try weights(&random)
      let carried = Set(EvidenceComponent.allCases.filter { _ in random.coin() })
      guard before.components.contains(where: carried.contains) else {
        #expect(refusal { try before.redistributed(to: carried) } == "invalid_parameter")
        continue
      }
      let after = try before.redistributed(to: carried)
      #expect(near(EvidenceComponent.allCases.reduce(0) { $0 + after[$1] }, 1, 1e-12))
      #expect(Set(after.components) == carried.intersection(before.components))
      for one in after.components {
        for other in after.components {
          #expect(near(after[one] * before[other], after[other] * before[one], 1e-12))
        }
      }
      #expect(try after.redistributed(to: carried) == after)
    }
  }

  @Test func `the combined p rejects where some component rejects at its share`() throws {
    var random = EvaluationTrials.generator(121)
    for _ in 0..<500 {
      let weights = try weights(&random)
      var pValues: [EvidenceComponent: Double] = [:]
      for component in EvidenceComponent.allCases where random.unitInterval() < 0.8 {
        pValues[component] = pow(random.unitInterval(), 3)
      }
      let combined = try weights.combined(pValues)
      let expected = pValues.map { weights[$0] > 0 ? $1 / weights[$0] : 1 }.min() ?? 1
      #expect(combined == min(1, expected))
    }
    #expect(near(try ComponentWeights.standard.combined([.rank: 0.02]), 0.05))
    #expect(try ComponentWeights.standard.combined([:]) == 1)
    #expect(try ComponentWeights([.rank: 1]).combined([.coin: 0]) == 1)
  }

  @Test func `one dependent draw for all components rejects in at most alpha`() throws {
    // The worst case of Bonferroni's inequality: the components never reject together.
    let size = try EvaluationTrials.share("combined p size at 5 %", seed: 122) { random in
      let u = random.unitInterval()
      let starts: [EvidenceComponent: Double] = [
        .rank: 0, .mass: 0.02, .extraction: 0.03, .coin: 0.04,
      ]
      let pValues = starts.mapValues { u >= $0 ? u - $0 : u - $0 + 1 }
      return try ComponentWeights.standard.combined(pValues) <= 0.05
    }
    #expect(try size <= EvaluationTrials.most(0.05) && size >= EvaluationTrials.least(0.05))
  }

  @Test func `any runs of all components spend at most 1.25 alpha`() throws {
    var random = EvaluationTrials.generator(123)
    for _ in 0..<200 {
      let spending = try ComponentSpending(
        weights: try weights(&random), alpha: 0.001 + 0.9 * random.unitInterval())
      var runs: [EvidenceComponent: Int] = [:]
      var sum = 0.0
      for component in EvidenceComponent.allCases {
        let count = Int(random.uniform(below: UInt64(random.coin() ? 4 : 400)))
        runs[component] = count
        for run in 0..<count { sum += try spending.level(of: component, run: run + 1) }
      }
      #expect(sum <= 1.25 * spending.alpha)
      #expect(near(try spending.spent(runs: runs), sum, 1e-12))
    }
    let spending = try ComponentSpending(weights: .standard, alpha: 0.05)
    #expect(near(try spending.level(of: .rank, run: 1), 0.02))
    #expect(near(try spending.level(of: .rank, run: 2), 0.02 / 12))
    #expect(near(try spending.level(of: .mass, run: 3), 0.01 / 24))
    let many = Dictionary(uniqueKeysWithValues: EvidenceComponent.allCases.map { ($0, 1 << 40) })
    #expect(near(try spending.spent(runs: many), 1.25 * 0.05))
    #expect(try spending.spent(runs: [:]) == 0)
  }

  @Test func `what does not sum to 1 or is no probability is refused`() throws {
    for bad: [EvidenceComponent: Double] in [[:], [.rank: 0.9], [.rank: 1.5, .mass: -0.5]] {
      #expect(refusal { try ComponentWeights(bad) } == "invalid_parameter")
    }
    #expect(refusal { try ComponentWeights([.rank: .nan]) } == "nan")
    #expect(refusal { try ComponentWeights.standard.combined([.rank: .nan]) } == "nan")
    for p in [-0.1, 1.1] {
      #expect(
        refusal { try ComponentWeights.standard.combined([.rank: p]) } == "invalid_parameter")
    }
    for (alpha, code) in [(0, "invalid_parameter"), (1, "invalid_parameter"), (Double.nan, "nan")] {
      #expect(refusal { try ComponentSpending(weights: .standard, alpha: alpha) } == code)
    }
    let spending = try ComponentSpending(weights: .standard, alpha: 0.05)
    #expect(refusal { try spending.level(of: .rank, run: 0) } == "invalid_parameter")
    #expect(refusal { try spending.spent(runs: [.rank: -1]) } == "invalid_parameter")
    #expect(
      try ComponentSpending(weights: .init([.rank: 1]), alpha: 0.1).level(of: .coin, run: 1) == 0)
  }
}
