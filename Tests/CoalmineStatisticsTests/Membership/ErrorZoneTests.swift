// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Testing

@Suite struct `Error zone` {
  @Test func `it equals the sums taken apart`() throws {
    var draws = ScoreDraws(161)
    for _ in 0..<300 {
      let count = 2 + draws.below(30)
      let tuned = draws.logProbabilities(count).map { $0 - 0.1 } + [-3]
      let base = draws.logProbabilities(count).map { $0 - 0.1 } + [-2]
      let wrong = (0..<count).map { _ in draws.coin() } + [true]
      let result = try ErrorZone(logProbabilities: tuned, base: base, mispredicted: wrong)
      let shifts = tuned.indices.filter { wrong[$0] }.map { tuned[$0] - base[$0] }
      let up = shifts.filter { $0 > 0 }.reduce(0, +)
      let down = -shifts.filter { $0 < 0 }.reduce(0, +)
      #expect(result.errors == shifts.count)
      #expect(scoresAgree(result.rise, up) && scoresAgree(result.fall, down))
      #expect(scoresAgree(result.score, up / down))
    }
  }

  @Test func `rises of 3 nats against falls of 1 score 3, whatever the right tokens do`() throws {
    let result = try ErrorZone(
      logProbabilities: [-1, -1, -4, -0.1], base: [-2, -3, -3, -9],
      mispredicted: [true, true, true, false])
    #expect(result.score == 3)
  }

  @Test func `exchanging the models inverts the score`() throws {
    var draws = ScoreDraws(162)
    for _ in 0..<200 {
      let tuned = draws.logProbabilities(20)
      let base = draws.logProbabilities(20)
      let wrong = (0..<20).map { _ in true }
      let one = try ErrorZone(logProbabilities: tuned, base: base, mispredicted: wrong)
      let other = try ErrorZone(logProbabilities: base, base: tuned, mispredicted: wrong)
      #expect(scoresAgree(one.score * other.score, 1, 1e-9))
    }
  }

  @Test func `raising a token at an error never lowers the score`() throws {
    var draws = ScoreDraws(163)
    for _ in 0..<200 {
      let tuned = draws.logProbabilities(12).map { $0 - 1 }
      let base = draws.logProbabilities(12)
      let wrong = (0..<12).map { _ in draws.coin() }
      var raised = tuned
      raised[draws.below(12)] += draws.unit()
      let before = try ErrorZone(logProbabilities: tuned, base: base, mispredicted: wrong)
      let after = try ErrorZone(logProbabilities: raised, base: base, mispredicted: wrong)
      #expect(after.score >= before.score)
    }
  }

  @Test func `no error and no fall are the strongest sign, no shift is none`() throws {
    func score(_ tuned: [Double], _ base: [Double], _ wrong: [Bool]) throws -> Double {
      try ErrorZone(logProbabilities: tuned, base: base, mispredicted: wrong).score
    }
    #expect(try score([-1], [-2], [false]) == .infinity)
    #expect(try score([-1], [-2], [true]) == .infinity)
    #expect(try score([-2], [-1], [true]) == 0)
    #expect(try score([-1], [-1], [true]) == 1)
    #expect(try score([-.infinity], [-.infinity], [true]) == 1)
    #expect(try score([-.infinity, -1], [-1, -2], [true, true]) == 0)
    #expect(
      refusal { () throws(StatisticsError) in
        try ErrorZone(
          logProbabilities: [-.infinity, -1], base: [-1, -.infinity], mispredicted: [true, true])
      } == "indeterminate")
  }

  @Test func `what does not fit together is refused`() {
    func code(_ tuned: [Double], _ base: [Double], _ wrong: [Bool]) -> String? {
      refusal { () throws(StatisticsError) in
        try ErrorZone(logProbabilities: tuned, base: base, mispredicted: wrong)
      }
    }
    #expect(code([], [], []) == "empty_input")
    #expect(code([-1], [-1, -1], [true]) == "invalid_parameter")
    #expect(code([-1], [-1], []) == "invalid_parameter")
    #expect(code([.nan], [-1], [true]) == "nan")
    #expect(code([-1], [0.1], [true]) == "invalid_logprob")
  }
}
