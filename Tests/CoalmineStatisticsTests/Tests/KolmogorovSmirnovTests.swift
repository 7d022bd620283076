// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import CoalmineTesting
import Foundation
import Testing

@Suite struct `Kolmogorov-Smirnov test` {
  private func distance(_ x: [Double], _ y: [Double]) -> Double {
    (x + y).map { t in
      let first = Double(x.count { $0 <= t }) / Double(x.count)
      return abs(first - Double(y.count { $0 <= t }) / Double(y.count))
    }.max() ?? 0
  }

  @Test func `The two-sample p counts every assignment, with ties and without`() throws {
    var generator = seeded(80)
    for round in 0..<60 {
      let pool = (0..<8).map { _ in
        round % 2 == 0 ? generator.unitInterval() : Double(generator.uniform(below: UInt64(4)))
      }
      let m = 1 + round % 7
      let test = try KolmogorovSmirnov(Array(pool[..<m]), Array(pool[m...]))
      let observed = distance(Array(pool[..<m]), Array(pool[m...]))
      #expect(isNear(test.statistic, observed, absolute: 1e-12))
      var atLeast = 0
      var all = 0
      for mask in 0..<256 where mask.nonzeroBitCount == m {
        let first = pool.indices.filter { mask >> $0 & 1 == 1 }.map { pool[$0] }
        let second = pool.indices.filter { mask >> $0 & 1 == 0 }.map { pool[$0] }
        all += 1
        if distance(first, second) >= observed - 1e-9 { atLeast += 1 }
      }
      #expect(isNear(test.pValue, Double(atLeast) / Double(all), relative: 1e-10))
    }
  }

  @Test func `Separated samples have the smallest p there is, equal ones 1`() throws {
    let low = (0..<40).map { Double($0) }
    let test = try KolmogorovSmirnov(low, low.map { $0 + 100 })
    // Two of C(80, 40) paths.
    let ways = lgamma(81.0) - 2 * lgamma(41.0)
    #expect(isNear(test.logExactP ?? 0, log(2) - ways, relative: 1e-11))
    #expect(try KolmogorovSmirnov(low, low).pValue == 1)
    #expect(try KolmogorovSmirnov([1], [1]).pValue == 1)
  }

  @Test func `The one-sample statistic is the largest gap of the empirical cdf`() throws {
    let test = try KolmogorovSmirnov([0.2, 0.9, 0.4]) { x in min(1, max(0, x)) }
    #expect(isNear(test.above ?? 0, 2.0 / 3 - 0.4, absolute: 1e-12))
    #expect(isNear(test.below ?? 0, 0.9 - 2.0 / 3, absolute: 1e-12))
    #expect(test.statistic == max(test.above ?? 0, test.below ?? 0))
    let edge = try KolmogorovSmirnov([.infinity, -.infinity]) { x in x > 0 ? 1 : 0 }
    #expect(edge.statistic == 0.5)
  }

  @Test func `Nonsense is refused`() {
    #expect(refusal { try KolmogorovSmirnov([]) { _ in 0.5 } } == "empty_input")
    #expect(refusal { try KolmogorovSmirnov([.nan]) { _ in 0.5 } } == "nan")
    #expect(refusal { try KolmogorovSmirnov([1]) { _ in .nan } } == "nan")
    #expect(refusal { try KolmogorovSmirnov([1]) { _ in 2 } } == "invalid_parameter")
    #expect(refusal { try KolmogorovSmirnov([], [1]) } == "empty_input")
    #expect(refusal { try KolmogorovSmirnov([1], [.nan]) } == "nan")
  }

  @Test(arguments: [2000] + (isDeep ? [10_000] : []))
  func `Both tests keep their size`(trials: Int) throws {
    let one = try shareOfTrials(trials, seed: 81) { generator in
      let sample = (0..<20).map { _ in generator.unitInterval() }
      return try KolmogorovSmirnov(sample) { x in x }.pValue <= 0.05
    }
    let two = try shareOfTrials(trials, seed: 82) { generator in
      let x = (0..<15).map { _ in generator.unitInterval() }
      let y = (0..<20).map { _ in generator.unitInterval() }
      return try KolmogorovSmirnov(x, y).pValue <= 0.05
    }
    print("measured: KS size one-sample \(one), two-sample \(two)")
    let most = try EvaluationTrials.most(0.05, of: trials)
    #expect(one <= most && one > 0.035 && two <= most)
  }
}
