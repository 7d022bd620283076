// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import CoalmineTesting
import Foundation
import Testing

@Suite struct `Dose-response` {
  /// max over starts ≤ i of min over ends ≥ i of the weighted mean: the minimax formula.
  private func minimax(_ y: [Double], _ w: [Double]) -> [Double] {
    y.indices.map { i in
      (0...i).map { start in
        (i..<y.count).map { end in
          let weight = w[start...end].reduce(0, +)
          return (start...end).reduce(0) { $0 + y[$1] * w[$1] } / weight
        }.min() ?? 0
      }.max() ?? 0
    }
  }

  @Test func `Pooling agrees with the minimax formula`() throws {
    var generator = seeded(90)
    for _ in 0..<200 {
      let count = 1 + Int(generator.uniform(below: UInt64(9)))
      let y = (0..<count).map { _ in generator.unitInterval() }
      let w = (0..<count).map { _ in 0.1 + generator.unitInterval() }
      let x = (0..<count).map { Double($0) }
      let fit = try IsotonicFit(doses: x, responses: y, weights: w)
      for (value, expected) in zip(fit.fitted, minimax(y, w)) {
        #expect(isNear(value, expected, absolute: 1e-12))
      }
      #expect(zip(fit.fitted, fit.fitted.dropFirst()).allSatisfy { $0 <= $1 })
      #expect(fit.rSquared >= 0 && fit.rSquared <= 1)
      let mean = zip(y, w).reduce(0) { $0 + $1.0 * $1.1 } / w.reduce(0, +)
      let fitted = zip(fit.fitted, w).reduce(0) { $0 + $1.0 * $1.1 } / w.reduce(0, +)
      #expect(isNear(fitted, mean, absolute: 1e-12))
    }
  }

  @Test func `The trend test counts what whole fits of permuted doses give, to the last bit`()
    throws
  {
    var generator = seeded(91)
    for levels in [1, 2, 3, 6] {
      for tied in [false, true] {
        let doses = (0..<17).map { _ in
          Double(1 << generator.uniform(below: UInt64(levels)))
        }
        let responses = doses.map { _ in
          tied ? Double(generator.uniform(below: UInt64(4))) : 8 * generator.unitInterval()
        }
        var own = generator
        let trend = try doseTrend(
          doses: doses, responses: responses, statistic: .isotonic, permutations: 200, using: &own)
        let observed = try IsotonicFit(doses: doses, responses: responses).rSquared
        var shuffled = doses
        var atLeast = 1
        for _ in 0..<200 {
          generator.shuffle(&shuffled)
          let again = try IsotonicFit(doses: shuffled, responses: responses).rSquared
          if again >= observed - 1e-12 { atLeast += 1 }
        }
        #expect(trend.statistic == observed && trend.pValue == Double(atLeast) / 201)
        #expect(own.next() == generator.next())
      }
    }
  }

  @Test func `The threshold's interval is that of whole fits of resampled canaries`() throws {
    var generator = seeded(92)
    let doses: [Double] = [1, 1, 1, 2, 2, 4, 4, 4, 4, 8]
    let responses = doses.map { $0 / 2 + 3 * generator.unitInterval() }
    var own = generator
    let found = try ThresholdDose(
      doses: doses, responses: responses, target: 2.5, resamples: 199, using: &own)
    var thresholds: [Double] = []
    for _ in 0..<199 {
      var sample: [Double] = []
      for dose in [1.0, 2, 4, 8] {
        let group = zip(doses, responses).filter { $0.0 == dose }.map(\.1)
        for _ in group { sample.append(group[Int(generator.uniform(below: UInt64(group.count)))]) }
      }
      let fit = try IsotonicFit(doses: doses, responses: sample)
      thresholds.append(fit.threshold(2.5) ?? .infinity)
    }
    thresholds.sort()
    #expect(found.interval.lower == thresholds[4] && found.interval.upper == thresholds[194])
    #expect(found.reached == Double(thresholds.count { $0.isFinite }) / 199)
    #expect(own.next() == generator.next())
  }

  @Test func `A long fall is pooled in one sweep, and the threshold is a dose`() throws {
    let x = (0..<100_000).map { Double($0) }
    let fit = try IsotonicFit(doses: x, responses: x.map { -$0 })
    #expect(isNear(fit.fitted[0], -49_999.5, relative: 1e-9) && fit.rSquared == 0)
    let rising = try IsotonicFit(doses: [1, 2, 4], responses: [0, 3, 9])
    #expect(rising.threshold(3) == 2 && rising.threshold(9.1) == nil)
  }

  @Test func `The line agrees with the normal equations, a perfect one has no error`() throws {
    let line = try LinearDoseResponse(
      logDoses: [0, 1, 2, 3], responses: [1, 3, 5, 7].map { .measured($0) })
    #expect(line.slope == 2 && line.intercept == 1 && line.slopeError == 0)
    #expect(line.pValue == 0 && line.rSquared == 1)
    let flat = try LinearDoseResponse(
      logDoses: [0, 1, 2], responses: [5, 5, 5].map { .measured($0) })
    #expect(flat.slope == 0 && flat.pValue == 1 && flat.rSquared == 0)
    let far = try LinearDoseResponse(
      logDoses: (0..<400).map { Double($0) },
      responses: (0..<400).map { .measured(Double($0) + ($0 % 2 == 0 ? 1e-3 : -1e-3)) })
    #expect(far.logPValue < -2000 && far.logPValue.isFinite)
  }

  @Test func `Censored responses are left out and counted`() throws {
    let line = try LinearDoseResponse(
      logDoses: [0, 1, 2, 3, 4, 5],
      responses: [.measured(1), .measured(2), .measured(3), .censored, .measured(5.5), .censored])
    #expect(line.points == 4 && line.censored == 2)
    #expect(
      refusal {
        try LinearDoseResponse(logDoses: [0, 1, 2], responses: [.censored, .censored, .censored])
      } == "all_censored")
  }

  @Test func `Kendall's and Spearman's coefficients have their extremes and textbook values`()
    throws
  {
    let x = [1.0, 2, 3, 4, 5]
    #expect(try RankCorrelation.kendallTauB(x, x) == 1)
    #expect(try RankCorrelation.spearman(x, x.map { -exp($0) }) == -1)
    #expect(try RankCorrelation.kendallTauB(x, [1, 1, 1, 1, 1]) == 0)
    #expect(try RankCorrelation.spearman([2, 2], [1, 3]) == 0)
    // One swap of neighbours among five: (9 − 1)/10 and 1 − 6·2/(5·24).
    #expect(isNear(try RankCorrelation.kendallTauB(x, [2, 1, 3, 4, 5]), 0.8, relative: 1e-14))
    #expect(isNear(try RankCorrelation.spearman(x, [2, 1, 3, 4, 5]), 0.9, relative: 1e-14))
    // Ties: five of six pairs differ in x, all six in y, no discord.
    let tied = try RankCorrelation.kendallTauB([1, 1, 2, 3], [1, 2, 3, 4])
    #expect(isNear(tied, 5 / 30.0.squareRoot(), relative: 1e-14))
  }

  @Test func `Nonsense is refused everywhere`() {
    var generator = seeded(91)
    #expect(refusal { try IsotonicFit(doses: [1, .nan], responses: [1, 2]) } == "nan")
    #expect(
      refusal { try IsotonicFit(doses: [.infinity], responses: [1]) }
        == "invalid_parameter")
    #expect(
      refusal { try LinearDoseResponse(logDoses: [1], responses: []) }
        == "length_mismatch")
    #expect(
      refusal {
        try LinearDoseResponse(logDoses: [1, .nan, 2], responses: [1, 2, 3].map { .measured($0) })
      } == "nan")
    #expect(
      refusal {
        try LinearDoseResponse(logDoses: [1, 2], responses: [1, 2].map { .measured($0) })
      } == "degenerate_input")
    #expect(refusal { try RankCorrelation.kendallTauB([], []) } == "empty_input")
    #expect(refusal { try RankCorrelation.spearman([1], [1, 2]) } == "length_mismatch")
    #expect(refusal { try RankCorrelation.spearman([1, .nan], [1, 2]) } == "nan")
    #expect(
      refusal {
        try doseTrend(
          doses: [1, 2], responses: [1, 2], statistic: .kendall, permutations: 3,
          using: &generator)
      } == "invalid_parameter")
    #expect(
      refusal {
        try ThresholdDose(doses: [1], responses: [1], target: .nan, using: &generator)
      } == "nan")
  }

  @Test func `A trend test agrees with all orders of six`() throws {
    let doses = [1.0, 1, 2, 2, 4, 4]
    let responses = [0.1, 0.5, 0.4, 1.2, 1.1, 2]
    func orders(_ list: [Double]) -> [[Double]] {
      guard list.count > 1 else { return [list] }
      return list.indices.flatMap { index in
        var rest = list
        let first = rest.remove(at: index)
        return orders(rest).map { [first] + $0 }
      }
    }
    let observed = try RankCorrelation.kendallTauB(doses, responses)
    let all = orders(doses)
    let atLeast = try all.count {
      try RankCorrelation.kendallTauB($0, responses) >= observed - 1e-12
    }
    var generator = seeded(92)
    let drawn = try doseTrend(
      doses: doses, responses: responses, statistic: .kendall, permutations: 9999,
      using: &generator)
    #expect(isNear(drawn.pValue, Double(atLeast) / Double(all.count), absolute: 0.01))
    #expect(drawn.statistic == observed)
  }

  @Test(arguments: [2000] + (isDeep ? [10_000] : []))
  func `Trend tests keep their size and the slope's interval its level`(trials: Int) throws {
    let doses = (0..<12).map { Double(1 << ($0 / 3)) }
    for statistic in TrendStatistic.allCases {
      let size = try shareOfTrials(trials, seed: 93) { generator in
        let responses = doses.map { _ in generator.unitInterval() }
        return try doseTrend(
          doses: doses, responses: responses, statistic: statistic, permutations: 99,
          using: &generator
        ).pValue <= 0.05
      }
      print("measured: trend \(statistic) size \(size)")
      #expect(try size <= EvaluationTrials.most(0.05, of: trials))
    }
    let coverage = try shareOfTrials(trials, seed: 94) { generator in
      let responses = doses.map { log2($0) * 0.7 + generator.normalPair().0 }
      let line = try LinearDoseResponse(
        logDoses: doses.map { log2($0) }, responses: responses.map { .measured($0) })
      return line.slopeInterval.lower <= 0.7 && 0.7 <= line.slopeInterval.upper
    }
    print("measured: slope coverage \(coverage)")
    #expect(try coverage >= EvaluationTrials.least(0.95, of: trials))
  }

  @Test(arguments: [500] + (isDeep ? [2000] : []))
  func `The threshold dose lies in its interval, also where it is never reached`(trials: Int)
    throws
  {
    var generator = seeded(95)
    let never = try ThresholdDose(
      doses: [1, 2, 4], responses: [0, 0.5, 1], target: 5, resamples: 99, using: &generator)
    #expect(never.dose == nil && never.reached == 0)
    #expect(never.interval.lower == .infinity && never.interval.upper == .infinity)
    let doses = (0..<40).map { Double(1 << ($0 / 8)) }
    let coverage = try shareOfTrials(trials, seed: 96) { generator in
      // The true mean log2(dose) reaches 2.5 first at dose 8.
      let responses = doses.map { log2($0) + generator.normalPair().0 }
      let threshold = try ThresholdDose(
        doses: doses, responses: responses, target: 2.5, resamples: 199, using: &generator)
      return threshold.interval.lower <= 8 && 8 <= threshold.interval.upper
    }
    print("measured: threshold dose coverage \(coverage)")
    #expect(try coverage >= EvaluationTrials.least(0.95, of: trials))
  }
}
