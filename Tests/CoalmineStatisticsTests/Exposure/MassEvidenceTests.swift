// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation
import Testing

@Suite struct `Mass e-value` {
  @Test func `it is the size of the space times the probability`() throws {
    for bits in [0.0, 1, 10, 33.2, 60] {
      for p in [1, 0.5, 1e-3, 1e-12] {
        let value = try massEValue(logProbability: log(p), spaceBits: bits)
        #expect(abs(value / (pow(2, bits) * p) - 1) < 1e-11)
      }
    }
  }

  @Test func `over a whole space its mean is at most 1, whatever the model`() throws {
    // The secret is uniform on R, so the mean over R is Σ p(s) ≤ 1 by the prefix-free candidate.
    var random = EvaluationTrials.generator(101)
    for _ in 0..<100 {
      let weights = (0..<64).map { _ in exp(8 * random.normal()) }
      // Some mass lies outside the space.
      let total = weights.reduce(0, +) / (0.3 + 0.7 * random.unitInterval())
      let values = try weights.map {
        try massEValue(logProbability: log($0 / total), spaceBits: 6)
      }
      let mean = values.reduce(0, +) / 64
      #expect(mean <= 1 + 1e-12)
      // Markov: 1/E is a p-value.
      for alpha in [0.01, 0.05, 0.5] {
        #expect(Double(values.count { $0 >= 1 / alpha }) <= 64 * alpha)
      }
      let average = try averageEValue(values)
      #expect(near(average.value, mean) && average.pValue == 1)
    }
  }

  @Test func `averages of dependent e-values are seldom large under the null`() throws {
    // Fifty secrets that all hang on one draw of the model.
    let share = try EvaluationTrials.share("average e-value p ≤ 0.05", seed: 102) { random in
      let weights = (0..<16).map { _ in exp(3 * random.normal()) }
      let total = weights.reduce(0, +)
      let values = try (0..<50).map { _ in
        let secret = Int(random.uniform(below: UInt64(16)))
        return try massEValue(logProbability: log(weights[secret] / total), spaceBits: 4)
      }
      return try averageEValue(values).pValue <= 0.05
    }
    #expect(try share <= EvaluationTrials.most(0.05))
  }

  @Test func `a memorised secret is strong evidence`() throws {
    let value = try massEValue(logProbability: log(0.9), spaceBits: 33.2)
    let average = try averageEValue([value, 0, 0, 0])
    #expect(average.pValue < 1e-8)
    #expect(near(average.value * average.pValue, 1))
  }

  @Test func `hostile input is refused or has a defined answer`() throws {
    #expect(refusal { try massEValue(logProbability: .nan, spaceBits: 3) } == "nan")
    #expect(refusal { try massEValue(logProbability: 0.1, spaceBits: 3) } == "invalid_logprob")
    for bits in [-1, .nan, .infinity] {
      #expect(
        refusal { try massEValue(logProbability: -1, spaceBits: bits) } == "invalid_parameter")
    }
    #expect(try massEValue(logProbability: -.infinity, spaceBits: 1e300) == 0)
    #expect(try massEValue(logProbability: 1e-7, spaceBits: 0) == 1)
    #expect(try massEValue(logProbability: -1, spaceBits: 5000) == .infinity)
    #expect(refusal { try averageEValue([]) } == "empty_input")
    #expect(refusal { try averageEValue([1, .nan]) } == "nan")
    #expect(refusal { try averageEValue([-1]) } == "invalid_parameter")
    #expect(try averageEValue([0]).pValue == 1)
    let infinite = try averageEValue([.infinity, 0])
    #expect(infinite.value == .infinity && infinite.pValue == 0)
    let huge = try averageEValue([.greatestFiniteMagnitude, .greatestFiniteMagnitude])
    #expect(huge.value.isFinite)
  }
}
