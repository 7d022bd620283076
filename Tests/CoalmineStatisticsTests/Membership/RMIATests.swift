// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation
import Testing

@Suite struct `Offline RMIA` {
  static func draw(_ draws: inout ScoreDraws, models: Int) -> ModelScores {
    ModelScores(
      target: -6 * draws.unit(), references: (0..<models).map { _ in -6 * draws.unit() })
  }

  @Test func `it equals the ratio of probabilities`() throws {
    var draws = ScoreDraws(141)
    for _ in 0..<300 {
      let models = 1 + draws.below(4)
      let record = Self.draw(&draws, models: models)
      let population = (0..<(1 + draws.below(30))).map { _ in Self.draw(&draws, models: models) }
      let a = draws.unit()
      let gamma = 0.5 + draws.unit()
      func ratio(_ record: ModelScores) -> Double {
        let out = record.references.reduce(0) { $0 + exp($1) } / Double(models)
        return exp(record.target) / (((1 + a) * out + (1 - a)) / 2)
      }
      let result = try OfflineRMIA(record: record, population: population, a: a, gamma: gamma)
      let beaten = population.count { ratio(record) / ratio($0) > gamma }
      #expect(result.score == Double(beaten) / Double(population.count))
      #expect(scoresAgree(result.logRatio, log(ratio(record)), 1e-10))
    }
  }

  @Test func `at a = 1 the ratio is that to the mean of the out-models`() throws {
    let record = ModelScores(target: log(0.3), references: [log(0.1), log(0.2)])
    let result = try OfflineRMIA(record: record, population: [record], a: 1)
    #expect(scoresAgree(result.logRatio, log(2)))
    #expect(result.score == 0, "a tie does not count")
  }

  @Test func `a likelier record under the target never scores lower`() throws {
    var draws = ScoreDraws(142)
    let population = (0..<50).map { _ in Self.draw(&draws, models: 2) }
    let scores = try stride(from: -6.0, through: 0, by: 0.25).map { target in
      try OfflineRMIA(
        record: ModelScores(target: target, references: [-2, -3]), population: population, a: 0.3
      ).score
    }
    #expect(scores == scores.sorted())
  }

  @Test func `records far below the doubles keep their order`() throws {
    let far = ModelScores(target: -2_000, references: [-2_100])
    let farther = ModelScores(target: -2_000, references: [-2_001])
    let result = try OfflineRMIA(record: far, population: [farther], a: 1)
    #expect(result.score == 1)
    #expect(scoresAgree(result.logRatio, 100))
  }

  @Test func `impossible records are ordered or refused`() throws {
    let never = ModelScores(target: -.infinity, references: [-1])
    let result = try OfflineRMIA(record: never, population: [never], a: 0.5)
    #expect(result.logRatio == -.infinity && result.score == 0)
    let unseen = ModelScores(target: -1, references: [-.infinity])
    #expect(try OfflineRMIA(record: unseen, population: [never], a: 1).score == 1)
    #expect(
      refusal { () throws(StatisticsError) in
        try OfflineRMIA(
          record: ModelScores(target: -.infinity, references: [-.infinity]), population: [unseen],
          a: 1)
      } == "indeterminate")
  }

  @Test func `the ratio orders records as the share of a population does`() throws {
    var draws = ScoreDraws(143)
    let population = (0..<200).map { _ in Self.draw(&draws, models: 1) }
    let records = (0..<40).map { _ in Self.draw(&draws, models: 1) }
    let ratios = try records.map { try OfflineRMIA.logRatio($0, a: 0.3) }
    let shares = try records.map {
      try OfflineRMIA(record: $0, population: population, a: 0.3).score
    }
    let order = records.indices.sorted { ratios[$0] < ratios[$1] }
    #expect(order.map { shares[$0] } == shares.sorted())
    #expect(
      refusal { () throws(StatisticsError) in try OfflineRMIA.logRatio(records[0], a: 1.1) }
        == "invalid_parameter")
  }

  @Test func `what cannot be computed is refused`() {
    let good = ModelScores(target: -1, references: [-1])
    func code(
      _ record: ModelScores, _ population: [ModelScores], _ a: Double = 0.5,
      _ gamma: Double = 1
    ) -> String? {
      refusal { () throws(StatisticsError) in
        try OfflineRMIA(record: record, population: population, a: a, gamma: gamma)
      }
    }
    #expect(code(good, []) == "empty_input")
    #expect(code(ModelScores(target: -1, references: []), [good]) == "empty_input")
    #expect(code(ModelScores(target: .nan, references: [-1]), [good]) == "nan")
    #expect(code(ModelScores(target: 1, references: [-1]), [good]) == "invalid_logprob")
    #expect(code(good, [ModelScores(target: -1, references: [.nan])]) == "nan")
    for a in [-0.1, 1.1, .nan] { #expect(code(good, [good], a) == "invalid_parameter") }
    for gamma in [0, -1, .nan, .infinity] {
      #expect(code(good, [good], 0.5, gamma) == "invalid_parameter")
    }
  }
}
