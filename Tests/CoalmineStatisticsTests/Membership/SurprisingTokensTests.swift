// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Testing

@Suite struct `Surprising tokens` {
  @Test func `the selection equals that by counting the values below`() throws {
    var draws = ScoreDraws(121)
    for _ in 0..<300 {
      // Distinct values and a percentile on an order statistic: below it stand exactly k.
      let steps = 1 + draws.below(20)
      let values = draws.logProbabilities(steps + 1).enumerated().map {
        $1 - 1e-6 * Double($0 + 1)
      }
      let entropies = values.map { _ in 4 * draws.unit() }
      let k = draws.below(steps + 1)
      let result = try SurprisingTokens(
        logProbabilities: values, entropies: entropies,
        percentile: 100 * Double(k) / Double(steps), maximumEntropy: 2)
      let expected = values.indices.filter { place in
        entropies[place] < 2 && values.count { $0 < values[place] } < k
      }
      guard scoresAgree(result.threshold, values.sorted()[k], 1e-12) else {
        Issue.record("the percentile is off the order statistic")
        continue
      }
      // Rounding of the percentile may leave the value on the edge in.
      let edge = values.firstIndex(of: values.sorted()[k])
      #expect(result.selected.filter { $0 != edge } == expected.filter { $0 != edge })
    }
  }

  @Test func `the median of an even list lies half way`() throws {
    let result = try SurprisingTokens(
      logProbabilities: [-4, -1, -3, -2], entropies: [0, 0, 0, 0], percentile: 50,
      maximumEntropy: 1)
    #expect(result.threshold == -2.5)
    #expect(result.selected == [0, 2])
    #expect(result.score == -3.5)
  }

  @Test func `more entropy allowed never selects fewer`() throws {
    var draws = ScoreDraws(122)
    for _ in 0..<200 {
      let values = draws.logProbabilities(25)
      let entropies = values.map { _ in 4 * draws.unit() }
      let sizes = try [0, 1, 2, 3, 5].map { limit in
        try SurprisingTokens(
          logProbabilities: values, entropies: entropies, percentile: 40, maximumEntropy: limit
        ).selected.count
      }
      #expect(sizes == sizes.sorted())
    }
  }

  @Test func `where nothing is selected there is no score`() throws {
    let constant = try SurprisingTokens(
      logProbabilities: [-1, -1, -1], entropies: [0, 0, 0], percentile: 100, maximumEntropy: 9)
    #expect(constant.score == nil && constant.selected.isEmpty)
    let single = try SurprisingTokens(
      logProbabilities: [-1], entropies: [0], percentile: 40, maximumEntropy: 9)
    #expect(single.score == nil)
  }

  @Test func `tokens of probability 0 leave no NaN`() throws {
    for percentile in [0.0, 10, 25, 40, 50, 75, 99, 100] {
      let result = try SurprisingTokens(
        logProbabilities: [-.infinity, -1, -.infinity, -2, -3],
        entropies: [0, 0, 0, .infinity, 0], percentile: percentile, maximumEntropy: 9)
      #expect(!result.threshold.isNaN && result.score?.isNaN != true)
    }
  }

  @Test func `what cannot be computed is refused`() {
    func code(
      _ values: [Double], _ entropies: [Double], _ percentile: Double = 40,
      _ limit: Double = 2
    ) -> String? {
      refusal { () throws(StatisticsError) in
        try SurprisingTokens(
          logProbabilities: values, entropies: entropies, percentile: percentile,
          maximumEntropy: limit)
      }
    }
    #expect(code([], []) == "empty_input")
    #expect(code([-1], []) == "invalid_parameter")
    #expect(code([-1], [.nan]) == "nan")
    #expect(code([-1], [-0.1]) == "invalid_parameter")
    #expect(code([.nan], [1]) == "nan")
    #expect(code([1], [1]) == "invalid_logprob")
    #expect(code([-1], [1], 101) == "invalid_parameter")
    #expect(code([-1], [1], .nan) == "invalid_parameter")
    #expect(code([-1], [1], 40, .nan) == "nan")
  }
}
