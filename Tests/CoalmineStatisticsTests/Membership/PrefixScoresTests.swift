// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Testing

@Suite struct `Prefix scores` {
  @Test func `they equal sums over sums`() throws {
    var draws = ScoreDraws(91)
    for _ in 0..<300 {
      let count = 1 + draws.below(20)
      let alone = draws.logProbabilities(count).map { $0 - 0.01 }
      let non = draws.logProbabilities(count)
      let member = draws.logProbabilities(count)
      let gamma = draws.unit()
      let sums = [alone, non, member].map { $0.reduce(0, +) }
      let recall = try reCaLLScore(alone, afterNonmembers: non)
      #expect(scoresAgree(recall, sums[1] / sums[0], 1e-11))
      let contrast = try conReCaLLScore(
        alone, afterNonmembers: non, afterMembers: member, gamma: gamma)
      #expect(scoresAgree(contrast, (sums[1] - gamma * sums[2]) / sums[0], 1e-11))
    }
  }

  @Test func `a prefix that changes nothing gives 1, and 1 − γ`() throws {
    let tokens = [-0.5, -2, -1.25]
    #expect(try reCaLLScore(tokens, afterNonmembers: tokens) == 1)
    let contrast = try conReCaLLScore(
      tokens, afterNonmembers: tokens, afterMembers: tokens, gamma: 0.25)
    #expect(scoresAgree(contrast, 0.75))
  }

  @Test func `the further the prefix pushes a record down, the higher it scores`() throws {
    let tokens = [-0.5, -2, -1.25]
    let scores = try [0.5, 1, 2, 4].map { factor in
      try reCaLLScore(tokens, afterNonmembers: tokens.map { $0 * factor })
    }
    #expect(scores == scores.sorted())
  }

  @Test func `infinities are ordered or refused`() throws {
    let impossible = [-1, -Double.infinity]
    #expect(try reCaLLScore([-1, -1], afterNonmembers: impossible) == .infinity)
    #expect(try reCaLLScore(impossible, afterNonmembers: [-1, -1]) == 0)
    let ignored = try conReCaLLScore(
      [-1, -1], afterNonmembers: [-1, -1], afterMembers: impossible, gamma: 0)
    #expect(ignored == 1)
    #expect(
      refusal { () throws(StatisticsError) in
        try reCaLLScore(impossible, afterNonmembers: impossible)
      } == "indeterminate")
  }

  @Test func `what cannot be computed is refused`() {
    #expect(
      refusal { () throws(StatisticsError) in try reCaLLScore([0], afterNonmembers: [-1]) }
        == "division_by_zero")
    #expect(
      refusal { () throws(StatisticsError) in try reCaLLScore([-1], afterNonmembers: [-1, -2])
      }
        == "invalid_parameter")
    #expect(
      refusal { () throws(StatisticsError) in try reCaLLScore([], afterNonmembers: []) }
        == "empty_input")
    for gamma in [-0.1, .nan, .infinity] {
      #expect(
        refusal { () throws(StatisticsError) in
          try conReCaLLScore([-1], afterNonmembers: [-1], afterMembers: [-1], gamma: gamma)
        } == "invalid_parameter")
    }
  }
}
