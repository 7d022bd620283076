// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation
import Testing

@Suite struct `Code length` {
  @Test func `a fair coin a token costs one bit a token`() throws {
    let tokens = [Double](repeating: log(0.5), count: 40)
    #expect(scoresAgree(try logPerplexityBits(tokens), 40))
    #expect(scoresAgree(try bitsPerByte(tokens, byteCount: 20), 2))
    #expect(scoresAgree(try perplexity(tokens), 2))
    #expect(scoresAgree(try zlibTotalScore(tokens, compressedSize: 10), -4 * log(2)))
  }

  @Test func `it is the logarithm of the product of the probabilities`() throws {
    var draws = ScoreDraws(71)
    for _ in 0..<300 {
      let values = draws.logProbabilities(1 + draws.below(20))
      let product = values.reduce(1) { $0 * exp($1) }
      #expect(scoresAgree(try logPerplexityBits(values), -log2(product), 1e-10))
      #expect(scoresAgree(try perplexity(values), pow(product, -1 / Double(values.count)), 1e-10))
    }
  }

  @Test func `code lengths of parts add up`() throws {
    var draws = ScoreDraws(72)
    let a = draws.logProbabilities(9)
    let b = draws.logProbabilities(4)
    let sum = try logPerplexityBits(a) + logPerplexityBits(b)
    #expect(scoresAgree(try logPerplexityBits(a + b), sum))
  }

  @Test func `certain and impossible tokens give 0 and infinity, never NaN`() throws {
    #expect(try logPerplexityBits([0, 0]).sign == .plus)
    #expect(try perplexity([0]) == 1)
    #expect(try logPerplexityBits([-1, -.infinity]) == .infinity)
    #expect(try perplexity([-.infinity]) == .infinity)
    #expect(try perplexity([-1e308, -1e308]) == .infinity)
    #expect(try zlibTotalScore([-.infinity], compressedSize: 1) == -.infinity)
  }

  @Test(arguments: [
    ([], "empty_input"), ([-1, .nan], "nan"), ([0.5], "invalid_logprob"),
    ([.infinity], "invalid_logprob"),
  ])
  func `what no log-probability can be is refused`(values: [Double], code: String) {
    #expect(refusal { () throws(StatisticsError) in try logPerplexityBits(values) } == code)
    #expect(refusal { () throws(StatisticsError) in try perplexity(values) } == code)
    #expect(
      refusal { () throws(StatisticsError) in try bitsPerByte(values, byteCount: 1) } == code)
    #expect(
      refusal { () throws(StatisticsError) in try zlibTotalScore(values, compressedSize: 1) }
        == code)
  }

  @Test(arguments: [0, -1, Int.min]) func `a size below 1 is refused`(size: Int) {
    #expect(
      refusal { () throws(StatisticsError) in try bitsPerByte([-1], byteCount: size) }
        == "invalid_parameter")
    #expect(
      refusal { () throws(StatisticsError) in try zlibTotalScore([-1], compressedSize: size) }
        == "invalid_parameter")
  }
}
