// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import CoalmineTesting
import Foundation
import Testing

@Suite struct `Offline LiRA` {
  @Test func `z equals that of the plain formulas`() throws {
    var draws = ScoreDraws(151)
    for _ in 0..<300 {
      let outs = (0..<(2 + draws.below(12))).map { _ in 3 * draws.normal() - 1 }
      let score = draws.normal()
      let result = try OfflineLiRA(score: score, outScores: outs)
      let n = Double(outs.count)
      let sum = outs.reduce(0, +)
      let squares = outs.reduce(0) { $0 + $1 * $1 }
      let spread = sqrt((squares - sum * sum / n) / (n - 1))
      #expect(scoresAgree(result.mean, sum / n, 1e-10))
      #expect(scoresAgree(result.standardDeviation, spread, 1e-9))
      #expect(scoresAgree(result.z, (score - sum / n) / spread, 1e-7))
      #expect(scoresAgree(result.logNormalP, log(0.5 * erfc(result.z / sqrt(2))), 1e-9))
      #expect(scoresAgree(result.predictiveT, result.z / sqrt(1 + 1 / n)))
      #expect(try canaryZ(score, references: outs) == result.z)
    }
  }

  @Test func `with two references the tail is the Cauchy distribution's`() throws {
    let result = try OfflineLiRA(score: 4, outScores: [-1, 1])
    let t = 4 / sqrt(2) / sqrt(1.5)
    #expect(scoresAgree(result.predictiveT, t))
    #expect(scoresAgree(result.predictiveP, 0.5 - atan(t) / .pi))
  }

  @Test func `shifting and scaling everything changes nothing`() throws {
    var draws = ScoreDraws(152)
    for _ in 0..<200 {
      let outs = (0..<6).map { _ in draws.normal() }
      let score = 2 * draws.normal()
      let plain = try OfflineLiRA(score: score, outScores: outs)
      let moved = try OfflineLiRA(score: 7 * score - 3, outScores: outs.map { 7 * $0 - 3 })
      #expect(scoresAgree(plain.z, moved.z, 1e-9))
      #expect(scoresAgree(plain.logPredictiveP, moved.logPredictiveP, 1e-9))
    }
  }

  /// The shares of null trials that reject at 5 %.
  static func size(trials: Int, references: Int, seed: UInt8) throws -> (t: Double, normal: Double)
  {
    var draws = ScoreDraws(seed)
    var t = 0
    var normal = 0
    for _ in 0..<trials {
      let outs = (0..<references).map { _ in draws.normal() }
      let result = try OfflineLiRA(score: draws.normal(), outScores: outs)
      if result.predictiveP <= 0.05 { t += 1 }
      if result.logNormalP <= log(0.05) { normal += 1 }
    }
    return (Double(t) / Double(trials), Double(normal) / Double(trials))
  }

  @Test func `under the null the predictive t rejects at its level, the normal too often`() throws {
    let five = try Self.size(trials: 2_000, references: 5, seed: 153)
    let two = try Self.size(trials: 2_000, references: 2, seed: 154)
    print("LiRA size: \(five) at 5 references, \(two) at 2")
    // Within four standard errors of 5 %.
    #expect(abs(five.t - 0.05) < 0.0195)
    #expect(abs(two.t - 0.05) < 0.0195)
    #expect(five.normal > 0.07)
  }

  @Test(.enabled(if: isDeep))
  func `under the null the predictive t rejects at its level in 10,000 trials`() throws {
    for references in [2, 3, 5, 20] {
      let size = try Self.size(trials: 10_000, references: references, seed: 155)
      #expect(abs(size.t - 0.05) < 0.0088)
    }
  }

  @Test func `far scores keep their logarithm`() throws {
    let far = try OfflineLiRA(score: 1e6, outScores: [-1, 0, 1])
    #expect(scoresAgree(far.logNormalP, -5e11, 1e-3))
    #expect(far.logPredictiveP < -20 && far.logPredictiveP.isFinite)
    let never = try OfflineLiRA(score: .infinity, outScores: [-1, 0, 1])
    #expect(never.logPredictiveP == -.infinity && never.logNormalP == -.infinity)
    let least = try OfflineLiRA(score: -.infinity, outScores: [-1, 0, 1])
    #expect(least.predictiveP == 1 && least.logNormalP == 0)
  }

  @Test(
    arguments: [
      (0, [], "too_few_references"), (0, [1], "too_few_references"),
      (0, [2, 2, 2], "degenerate_references"), (0, [0.1, 0.1, 0.1], "degenerate_references"),
      (.nan, [1, 2], "nan"), (0, [1, .nan], "nan"), (0, [1, .infinity], "invalid_parameter"),
      (0, [-1e308, 1e308], "invalid_parameter"),
    ] as [(Double, [Double], String)])
  func `references without a spread are refused`(score: Double, outs: [Double], code: String) {
    #expect(
      refusal { () throws(StatisticsError) in try OfflineLiRA(score: score, outScores: outs) }
        == code)
    #expect(
      refusal { () throws(StatisticsError) in try canaryZ(score, references: outs) } == code)
  }
}
