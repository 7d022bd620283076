// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation
import Testing

@Suite struct `Next-token moments` {
  /// E and Var by the raw moments, which is fine where nothing cancels.
  static func naive(_ row: [Double]) -> (mean: Double, variance: Double) {
    var first = 0.0
    var second = 0.0
    for value in row where value > -.infinity {
      first += exp(value) * value
      second += exp(value) * value * value
    }
    return (first, second - first * first)
  }

  @Test func `they equal the raw moments`() throws {
    var draws = ScoreDraws(101)
    for _ in 0..<400 {
      let row = draws.row(2 + draws.below(40))
      let moments = try NextTokenMoments(row: row)
      let naive = Self.naive(row)
      #expect(scoresAgree(moments.mean, naive.mean, 1e-10))
      #expect(scoresAgree(moments.variance, naive.variance, 1e-10))
      #expect(moments.residual == 0)
    }
  }

  @Test func `under the distribution z has mean 0 and variance 1`() throws {
    var draws = ScoreDraws(102)
    for _ in 0..<200 {
      let row = draws.row(2 + draws.below(40))
      let moments = try NextTokenMoments(row: row)
      let z = try row.map { try moments.z(of: $0) }
      #expect(abs(zip(row, z).reduce(0) { $0 + exp($1.0) * $1.1 }) < 1e-9)
      #expect(scoresAgree(zip(row, z).reduce(0) { $0 + exp($1.0) * $1.1 * $1.1 }, 1, 1e-9))
    }
  }

  @Test func `of two tokens z is the root of the odds`() throws {
    for p in [0.6, 0.9, 0.999, 0.7] {
      let row = [log(p), log(1 - p)]
      let moments = try NextTokenMoments(row: row)
      #expect(scoresAgree(try moments.z(of: row[0]), sqrt((1 - p) / p), 1e-9))
      #expect(scoresAgree(try moments.z(of: row[1]), -sqrt(p / (1 - p)), 1e-9))
    }
  }

  @Test func `an even rest is recovered exactly from the top`() throws {
    var draws = ScoreDraws(103)
    for _ in 0..<200 {
      let top = draws.row(6).sorted(by: >)
      let kept = top.map { $0 + log(0.8) }
      let unseen = 1 + draws.below(50)
      let row = kept + [Double](repeating: log(0.2 / Double(unseen)), count: unseen)
      let whole = try NextTokenMoments(row: row)
      let part = try NextTokenMoments(top: kept, vocabularySize: row.count)
      #expect(scoresAgree(part.mean, whole.mean, 1e-9))
      #expect(scoresAgree(part.variance, whole.variance, 1e-9))
      #expect(scoresAgree(part.residual, 0.2, 1e-9))
    }
  }

  @Test func `the mean from the top is never above that of the full row`() throws {
    var draws = ScoreDraws(104)
    for _ in 0..<300 {
      let row = draws.row(40).sorted(by: >)
      let whole = try NextTokenMoments(row: row)
      let part = try NextTokenMoments(
        top: Array(row.prefix(1 + draws.below(39))), vocabularySize: 40)
      #expect(part.mean <= whole.mean + 1e-12)
    }
  }

  @Test func `the entropy bound holds and is met by the full row`() throws {
    var draws = ScoreDraws(105)
    for _ in 0..<300 {
      let row = draws.row(30).sorted(by: >)
      let entropy = -(try NextTokenMoments(row: row).mean)
      let top = Array(row.prefix(1 + draws.below(30)))
      #expect(try NextTokenMoments.entropyLowerBound(top: top) <= entropy + 1e-12)
      #expect(scoresAgree(try NextTokenMoments.entropyLowerBound(top: row), entropy, 1e-9))
    }
  }

  @Test func `sure, even and impossible cases have a z and no NaN`() throws {
    let sure = try NextTokenMoments(row: [-.infinity, 0])
    #expect(sure.mean == 0 && sure.variance == 0)
    #expect(try sure.z(of: 0) == 0)
    #expect(try sure.z(of: -.infinity) == -.infinity)
    let even = try NextTokenMoments(row: [Double](repeating: -log(8), count: 8))
    #expect(try even.z(of: -log(8)) == 0)
    let blind = try NextTokenMoments(top: [-.infinity], vocabularySize: 9)
    #expect(blind.residual == 1)
    #expect(scoresAgree(blind.mean, -log(8)))
    // Below e^-708 a probability is nothing.
    let faint = try NextTokenMoments(row: [0, -709, -1e300, -.infinity])
    #expect(faint.mean == 0 && faint.variance == 0)
    let huge = try NextTokenMoments(top: [log(0.5)], vocabularySize: .max)
    #expect(huge.mean.isFinite && huge.variance.isFinite)
  }

  @Test func `what is no distribution is refused`() {
    func code(_ row: [Double], _ size: Int) -> String? {
      refusal { () throws(StatisticsError) in
        try NextTokenMoments(top: row, vocabularySize: size)
      }
    }
    #expect(code([], 5) == "empty_input")
    #expect(code([.nan], 5) == "nan")
    #expect(code([0.1], 5) == "invalid_logprob")
    #expect(code([-1, -1], 1) == "invalid_parameter")
    #expect(code([0, -3], 5) == "invalid_parameter")
    #expect(
      refusal { () throws(StatisticsError) in try NextTokenMoments(row: [-1, -1]) }
        == "invalid_parameter")
  }
}
