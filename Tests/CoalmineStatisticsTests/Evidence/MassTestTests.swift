// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation
import Testing

@Suite struct `Mass test` {
  @Test func `it is the inverse of the mean of the e-values`() throws {
    var random = EvaluationTrials.generator(118)
    for _ in 0..<200 {
      let count = 1 + Int(random.uniform(below: UInt64(20)))
      let logs = (0..<count).map { _ in -30 * random.unitInterval() }
      let bits = (0..<count).map { _ in 40 * random.unitInterval() }
      let values = try zip(logs, bits).map { try massEValue(logProbability: $0, spaceBits: $1) }
      let average = try averageEValue(values)
      let test = try MassTest(logProbabilities: logs, spaceBits: bits)
      #expect(near(exp(test.logMean), average.value) && near(test.pValue, average.pValue))
      #expect(test.canaries == count && test.missing == 0)
    }
  }

  @Test func `noise divides the mean, and then chance is kept under noise`() throws {
    let clean = try MassTest(logProbabilities: [-1, -9], spaceBits: [20, 20])
    let noisy = try MassTest(logProbabilities: [-1, -9], spaceBits: [20, 20], noise: 0.8)
    #expect(near(noisy.logMean, clean.logMean - 0.32))
    // One secret with p = 1/|R| exactly, read with noise: E/e^(σ²/2) has mean 1.
    var random = EvaluationTrials.generator(119)
    var sum = 0.0
    for _ in 0..<20_000 {
      let log = -10 * Foundation.log(2) + 0.8 * random.normal()
      sum += exp(try MassTest(logProbabilities: [min(0, log)], spaceBits: [10], noise: 0.8).logMean)
    }
    #expect(abs(sum / 20_000 - 1) < 0.03)
  }

  @Test func `a missing secret has no mass for a leak and all of it for a pass`() throws {
    let logs: [Double?] = [-3, nil]
    let leak = try MassTest(logProbabilities: logs, spaceBits: [10, 12], missing: .leak)
    #expect(near(exp(leak.logMean), 1024 * exp(-3) / 2) && leak.missing == 1)
    let pass = try MassTest(logProbabilities: logs, spaceBits: [10, 12], missing: .pass)
    #expect(near(exp(pass.logMean), (1024 * exp(-3) + 4096) / 2))
    for log in [-40.0, -1, 0] {
      let full = try MassTest(logProbabilities: [-3, log], spaceBits: [10, 12])
      #expect(leak.pValue >= full.pValue && full.pValue >= pass.pValue)
    }
    #expect(try MassTest(logProbabilities: [nil], spaceBits: [9]).pValue == 1)
  }

  @Test func `spaces too large for a double are no trouble`() throws {
    let test = try MassTest(logProbabilities: [-1, -.infinity], spaceBits: [5000, 5000])
    #expect(near(test.logMean, 5000 * log(2) - 1 - log(2), 1e-12))
    #expect(test.pValue == 0 && near(test.log10PValue, -test.log10Mean))
  }

  @Test func `hostile input is refused`() throws {
    func test(_ logs: [Double?], _ bits: [Double], _ noise: Double = 0) throws -> MassTest {
      try MassTest(logProbabilities: logs, spaceBits: bits, noise: noise)
    }
    #expect(refusal { try test([], []) } == "empty_input")
    #expect(refusal { try test([-1], [1, 2]) } == "length_mismatch")
    #expect(refusal { try test([.nan], [1]) } == "nan")
    #expect(refusal { try test([-1], [.nan]) } == "nan")
    #expect(refusal { try test([-1], [1], .nan) } == "nan")
    #expect(refusal { try test([0.1], [1]) } == "invalid_logprob")
    for (bits, noise) in [(-1.0, 0.0), (.infinity, 0), (1, -1), (1, .infinity)] {
      #expect(refusal { try test([-1], [bits], noise) } == "invalid_parameter")
    }
    #expect(try test([1e-7], [0]).pValue == 1)
  }
}
