// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Testing

@Suite struct `Likelihood scores` {
  /// Min-K% by taking out the smallest value again and again.
  static func naiveMinK(_ values: [Double], _ percent: Int) -> Double {
    var left = values
    let count = max(1, values.count * percent / 100)
    var sum = 0.0
    for _ in 0..<count {
      let smallest = left.indices.reduce(0) { left[$1] < left[$0] ? $1 : $0 }
      sum += left.remove(at: smallest)
    }
    return sum / Double(count)
  }

  @Test func `Min-K% equals taking out the smallest again and again`() throws {
    var draws = ScoreDraws(75)
    for _ in 0..<500 {
      let values = draws.logProbabilities(1 + draws.below(60))
      let percent = 1 + draws.below(100)
      let score = try minKScore(values, fraction: Double(percent) / 100)
      #expect(scoresAgree(score, Self.naiveMinK(values, percent)))
    }
  }

  @Test func `Min-K% of everything is LOSS, and less never scores higher`() throws {
    var draws = ScoreDraws(76)
    for _ in 0..<200 {
      let values = draws.logProbabilities(1 + draws.below(40))
      #expect(scoresAgree(try minKScore(values, fraction: 1), try lossScore(values)))
      let low = 0.01 + 0.98 * draws.unit()
      let high = low + (1 - low) * draws.unit()
      let fewer = try minKScore(values, fraction: low)
      #expect(fewer <= (try minKScore(values, fraction: high)) + 1e-12)
    }
  }

  @Test func `LOSS of equal tokens is one of them, zlib divides it`() throws {
    let tokens = [Double](repeating: -1.5, count: 12)
    #expect(try lossScore(tokens) == -1.5)
    #expect(try zlibScore(tokens, compressedSize: 30) == -0.05)
    #expect(try lossScore([-1, -.infinity]) == -.infinity)
    #expect(try lossScore([1e-7]) == 0)
  }

  @Test(arguments: [
    ([], "empty_input"), ([-1, .nan], "nan"), ([0.5], "invalid_logprob"),
    ([.infinity], "invalid_logprob"),
  ])
  func `what no log-probability can be is refused`(values: [Double], code: String) {
    #expect(refusal { () throws(StatisticsError) in try lossScore(values) } == code)
    #expect(refusal { () throws(StatisticsError) in try minKScore(values) } == code)
    #expect(
      refusal { () throws(StatisticsError) in try zlibScore(values, compressedSize: 9) }
        == code)
  }

  @Test(arguments: [0, -0.1, 1.01, .nan, .infinity] as [Double])
  func `a fraction outside 0…1 is refused`(fraction: Double) {
    #expect(
      refusal { () throws(StatisticsError) in try minKScore([-1], fraction: fraction) }
        == "invalid_parameter")
  }
}
