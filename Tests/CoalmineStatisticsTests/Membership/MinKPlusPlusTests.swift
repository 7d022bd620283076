// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation
import Testing

@Suite struct `Min-K%++` {
  @Test func `it equals z by raw moments and a sort`() throws {
    var draws = ScoreDraws(111)
    for _ in 0..<200 {
      let length = 1 + draws.below(30)
      let rows = (0..<length).map { _ in draws.row(12) }
      let tokens = (0..<length).map { _ in draws.below(12) }
      let percent = 1 + draws.below(100)
      let result = try MinKPlusPlus(
        rows: rows, tokens: tokens, fraction: Double(percent) / 100)
      let z = zip(rows, tokens).map { row, token in
        let naive = `Next-token moments`.naive(row)
        return (row[token] - naive.mean) / sqrt(naive.variance)
      }
      let count = max(1, length * percent / 100)
      #expect(result.count == count)
      #expect(zip(result.z, z).allSatisfy { scoresAgree($0, $1, 1e-7) })
      let smallest = z.sorted()[..<count]
      #expect(scoresAgree(result.score, smallest.reduce(0, +) / Double(count), 1e-7))
    }
  }

  @Test func `rows of any length, and more than are taken together, give the same z`() throws {
    var draws = ScoreDraws(114)
    for size in [1, 2, 5, 700] {
      let rows = (0..<(size == 700 ? 9 : 1_500)).map { _ in draws.row(size + draws.below(6)) }
      let tokens = rows.map { draws.below($0.count) }
      let result = try MinKPlusPlus(rows: rows, tokens: tokens, fraction: 1)
      for (place, row) in rows.enumerated() where row.count > 1 {
        let naive = `Next-token moments`.naive(row)
        let z = (row[tokens[place]] - naive.mean) / sqrt(naive.variance)
        #expect(scoresAgree(result.z[place], z, 1e-6))
      }
    }
  }

  @Test func `with every token seen both forms agree`() throws {
    var draws = ScoreDraws(112)
    for _ in 0..<100 {
      let rows = (0..<10).map { _ in draws.row(9) }
      let tokens = (0..<10).map { _ in draws.below(9) }
      let exact = try MinKPlusPlus(rows: rows, tokens: tokens)
      let part = try MinKPlusPlus(
        logProbabilities: zip(rows, tokens).map { $0[$1] },
        top: rows.map { $0.sorted(by: >) }, vocabularySize: 9)
      #expect(scoresAgree(exact.score, part.score, 1e-9))
      #expect(part.meanResidual == 0)
    }
  }

  @Test func `moments that were computed before give the same`() throws {
    var draws = ScoreDraws(115)
    for _ in 0..<100 {
      let rows = (0..<12).map { _ in draws.row(9) }
      let tokens = (0..<12).map { _ in draws.below(9) }
      let values = zip(rows, tokens).map { $0[$1] }
      let top = rows.map { Array($0.sorted(by: >).prefix(5)) }
      let whole = try MinKPlusPlus(
        logProbabilities: values, top: top, vocabularySize: 9, maximumResidual: 1)
      let moments = try top.map { list in
        let own = try NextTokenMoments(top: list, vocabularySize: 9)
        return try NextTokenMoments(
          mean: own.mean, variance: own.variance, residual: own.residual)
      }
      let again = try MinKPlusPlus(
        logProbabilities: values, moments: moments, maximumResidual: 1)
      #expect(scoresAgree(whole.score, again.score, 1e-12))
      #expect(abs(whole.meanResidual - again.meanResidual) < 1e-12)
      #expect(whole.largestResidual == again.largestResidual)
      #expect(throws: StatisticsError.self) {
        try MinKPlusPlus(
          logProbabilities: values, moments: moments,
          maximumResidual: max(0, whole.meanResidual - 1e-6))
      }
    }
    for (mean, variance, residual) in [
      (0.1, 1.0, 0.0), (-1, -0.1, 0), (-1, 1, 1.1), (.nan, 1, 0), (-1, .infinity, 0),
      (-.infinity, 1, 0),
    ] {
      #expect(throws: StatisticsError.self) {
        try NextTokenMoments(mean: mean, variance: variance, residual: residual)
      }
    }
  }

  @Test func `the likeliest token scores at least any other`() throws {
    var draws = ScoreDraws(113)
    for _ in 0..<200 {
      let row = draws.row(15)
      let best = row.indices.reduce(0) { row[$1] > row[$0] ? $1 : $0 }
      let other = draws.below(15)
      let high = try MinKPlusPlus(rows: [row], tokens: [best]).score
      #expect(high >= (try MinKPlusPlus(rows: [row], tokens: [other]).score))
    }
  }

  @Test func `too much unseen probability is refused, and the residuals are reported`() throws {
    let half = [log(0.5)]
    func code(_ limit: Double) -> String? {
      refusal { () throws(StatisticsError) in
        try MinKPlusPlus(
          logProbabilities: [-1, -1], top: [half, [log(0.9)]], vocabularySize: 100,
          maximumResidual: limit)
      }
    }
    #expect(code(0.29) == "residual_too_large")
    #expect(code(0.31) == nil)
    #expect(code(.nan) == "invalid_parameter")
    let result = try MinKPlusPlus(
      logProbabilities: [-1, -1], top: [half, [log(0.9)]], vocabularySize: 100,
      maximumResidual: 1)
    #expect(scoresAgree(result.meanResidual, 0.3))
    #expect(scoresAgree(result.largestResidual, 0.5))
  }

  @Test func `a token of probability 0 makes the score −∞`() throws {
    let rows = [[0, -Double.infinity], [log(0.5), log(0.5)]]
    #expect(try MinKPlusPlus(rows: rows, tokens: [1, 0]).score == -.infinity)
    #expect(try MinKPlusPlus(rows: rows, tokens: [0, 0], fraction: 1).score == 0)
  }

  @Test func `what does not fit together is refused`() {
    let row = [log(0.5), log(0.5)]
    func code(_ rows: [[Double]], _ tokens: [Int], _ fraction: Double = 0.2) -> String? {
      refusal { () throws(StatisticsError) in
        try MinKPlusPlus(rows: rows, tokens: tokens, fraction: fraction)
      }
    }
    #expect(code([], []) == "empty_input")
    #expect(code([row], []) == "invalid_parameter")
    #expect(code([row], [2]) == "invalid_parameter")
    #expect(code([row], [-1]) == "invalid_parameter")
    #expect(code([row], [0], 0) == "invalid_parameter")
    #expect(code([row], [0], .nan) == "invalid_parameter")
    #expect(code([[.nan, 0]], [0]) == "nan")
    #expect(
      refusal { () throws(StatisticsError) in
        try MinKPlusPlus(logProbabilities: [-1, -1], top: [row, [0]], vocabularySize: 5)
      } == "invalid_parameter")
  }
}
