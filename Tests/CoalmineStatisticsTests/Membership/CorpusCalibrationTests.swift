// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation
import Testing

@Suite struct `Corpus calibration` {
  @Test func `it equals the definition on the first occurrences`() throws {
    var draws = ScoreDraws(131)
    for _ in 0..<300 {
      let tokens = draws.symbols(1 + draws.below(30), of: 8)
      let values = draws.logProbabilities(tokens.count)
      let counts = draws.symbols(8, of: 400)
      let cap = 0.01 + draws.unit()
      let result = try CorpusCalibration(
        tokens: tokens, logProbabilities: values, corpusCounts: counts, cap: cap)
      let total = Double(counts.reduce(0, +) + 8)
      var terms: [Double] = []
      for place in tokens.indices where tokens.firstIndex(of: tokens[place]) == place {
        let frequency = Double(counts[tokens[place]] + 1) / total
        terms.append(min(-exp(values[place]) * log(frequency), cap))
      }
      #expect(result.terms == terms.count)
      #expect(scoresAgree(result.score, terms.reduce(0, +) / Double(terms.count), 1e-11))
    }
  }

  @Test func `a sure token of an empty corpus scores the code length of the vocabulary`() throws {
    let result = try CorpusCalibration(
      tokens: [3], logProbabilities: [0], corpusCounts: [Int](repeating: 0, count: 16), cap: 9)
    #expect(scoresAgree(result.score, log(16)))
  }

  @Test func `rarer tokens score higher, up to the cap`() throws {
    let scores = try [1_000, 100, 10, 0].map { count in
      try CorpusCalibration(
        tokens: [0], logProbabilities: [-1], corpusCounts: [count, 5_000], cap: 1.5
      ).score
    }
    #expect(scores == scores.sorted())
    #expect(scores.last == 1.5)
  }

  @Test func `huge counts and impossible tokens give numbers`() throws {
    let result = try CorpusCalibration(
      tokens: [0, 1], logProbabilities: [-.infinity, 0], corpusCounts: [.max, .max], cap: 1)
    #expect(scoresAgree(result.score, log(2) / 2))
    let alone = try CorpusCalibration(tokens: [0], logProbabilities: [0], corpusCounts: [.max])
    #expect(alone.score == 0)
  }

  @Test func `frequencies given per token equal those of counts, whatever the tokens are`() throws {
    var draws = ScoreDraws(132)
    for _ in 0..<200 {
      let tokens = draws.symbols(1 + draws.below(30), of: 8)
      let values = draws.logProbabilities(tokens.count)
      let counts = draws.symbols(8, of: 400)
      let total = log(Double(counts.reduce(0, +) + 8))
      let byCounts = try CorpusCalibration(
        tokens: tokens, logProbabilities: values, corpusCounts: counts, cap: 0.3)
      let given = try CorpusCalibration(
        tokens: tokens.map { "token \($0)" }, logProbabilities: values,
        logFrequencies: tokens.map { log(Double(counts[$0] + 1)) - total }, cap: 0.3)
      #expect(given.terms == byCounts.terms)
      #expect(scoresAgree(given.score, byCounts.score, 1e-12))
    }
  }

  @Test func `a frequency is that of the first occurrence, and a sure surprise is capped`() throws {
    let result = try CorpusCalibration(
      tokens: ["a", "b", "a"], logProbabilities: [-1, -.infinity, 0],
      logFrequencies: [-2, -.infinity, -9], cap: 5)
    #expect(result.terms == 2)
    #expect(scoresAgree(result.score, 2 * exp(-1) / 2))
    for count in 1...40 {
      let capped = try CorpusCalibration(
        tokens: Array(0..<count), logProbabilities: [Double](repeating: -1, count: count),
        logFrequencies: [Double](repeating: -.infinity, count: count))
      #expect(capped.score == 0.01, "ties at the cap are exact")
    }
    let rising = refusal { () throws(StatisticsError) in
      try CorpusCalibration(tokens: ["a"], logProbabilities: [-1], logFrequencies: [0.1])
    }
    #expect(rising == "invalid_logprob")
    let uneven = refusal { () throws(StatisticsError) in
      try CorpusCalibration(tokens: ["a"], logProbabilities: [-1], logFrequencies: [-1, -1])
    }
    #expect(uneven == "invalid_parameter")
  }

  @Test func `what cannot be computed is refused`() {
    func code(_ tokens: [Int], _ values: [Double], _ counts: [Int], _ cap: Double = 1) -> String? {
      refusal { () throws(StatisticsError) in
        try CorpusCalibration(
          tokens: tokens, logProbabilities: values, corpusCounts: counts, cap: cap)
      }
    }
    #expect(code([], [], [1]) == "empty_input")
    #expect(code([0], [], [1]) == "empty_input")
    #expect(code([0, 0], [-1], [1]) == "invalid_parameter")
    #expect(code([1], [-1], [1]) == "invalid_parameter")
    #expect(code([-1], [-1], [1]) == "invalid_parameter")
    #expect(code([0], [-1], []) == "invalid_parameter")
    #expect(code([0], [-1], [-1]) == "invalid_parameter")
    #expect(code([0], [-1], [1], 0) == "invalid_parameter")
    #expect(code([0], [-1], [1], .nan) == "invalid_parameter")
    #expect(code([0], [.nan], [1]) == "nan")
  }
}
