// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation
import Testing

@Suite struct `Interval of a mean share` {
  @Test func `Of values that are 0 or 1 it is Clopper-Pearson's`() throws {
    for count in [1, 3, 12, 60] {
      for hits in 0...count {
        let shares = (0..<count).map { $0 < hits ? 1.0 : 0 }
        let expected = try clopperPearson(hits, of: count)
        let found = try meanShareInterval(shares)
        #expect(isNear(found.lower, expected.lower, absolute: 1e-12))
        #expect(isNear(found.upper, expected.upper, absolute: 1e-12))
      }
    }
  }

  /// I_x(a, b) by Simpson's rule over the density on the logit scale, far from the library's fraction.
  private func lowerTail(_ a: Double, _ b: Double, at x: Double) -> Double {
    let end = log(x / (1 - x))
    let steps = 20_000
    let start = min(end, -30) - 700 / max(a, 1)
    let width = (end - start) / Double(steps)
    func height(_ logit: Double) -> Double {
      exp(a * -log1p(exp(-logit)) + b * -log1p(exp(logit)) - lgamma(a) - lgamma(b) + lgamma(a + b))
    }
    var sum = height(start) + height(end)
    for step in 1..<steps {
      sum += (step.isMultiple(of: 2) ? 2 : 4) * height(start + Double(step) * width)
    }
    return sum * width / 3
  }

  @Test(arguments: [[0.25, 0.5, 1], [0.5], [0.1, 0.9, 0.75, 0.3, 0.125, 1, 0, 0.6]])
  func `Its ends leave a fortieth on each side of the beta distribution`(_ shares: [Double]) throws
  {
    let sum = shares.reduce(0, +)
    let count = Double(shares.count)
    let interval = try meanShareInterval(shares)
    #expect(isNear(lowerTail(sum, count - sum + 1, at: interval.lower), 0.025, relative: 1e-4))
    #expect(
      isNear(lowerTail(count - sum, sum + 1, at: 1 - interval.upper), 0.025, relative: 1e-4))
  }

  @Test func `It holds its mean, mirrors, and rises with the values`() throws {
    var random = EvaluationTrials.generator(31)
    var before = (0.0, 0.0)
    for step in 0...40 {
      let interval = try meanShareInterval([Double](repeating: Double(step) / 40, count: 7))
      #expect(interval.lower >= before.0 && interval.upper >= before.1)
      before = (interval.lower, interval.upper)
    }
    for _ in 0..<200 {
      let shares = (0..<9).map { _ in random.unitInterval() }
      let interval = try meanShareInterval(shares)
      let mean = shares.reduce(0, +) / 9
      #expect(0 <= interval.lower && interval.lower <= mean)
      #expect(mean <= interval.upper && interval.upper <= 1)
      let mirrored = try meanShareInterval(shares.map { 1 - $0 })
      #expect(isNear(interval.lower, 1 - mirrored.upper, absolute: 1e-10))
    }
    let tiny = try meanShareInterval([1e-9, 0, 0])
    #expect(tiny.lower >= 0 && tiny.lower <= 1e-9 && tiny.upper > 0.5)
  }

  @Test(arguments: [1, 4, 16], [0.0, 0.05, 0.4])
  func `It holds the mean chance over canaries at least nominally`(_ budget: Int, _ rate: Double)
    throws
  {
    // A third of the canaries never comes out; the others do at their own rate, with this mean.
    let rates = [0.0, rate * 0.5, rate * 1.5]
    let truth = rates.reduce(0) { $0 - expm1(Double(budget) * log1p(-$1)) } / 3
    let coverage = try EvaluationTrials.share(
      "mean share, \(budget) of 16 samples at \(rate)", seed: 77
    ) { random in
      let shares = try (0..<25).map { _ in
        let hits = random.hits(16, p: rates[Int(random.unitInterval() * 3)])
        return try extractionWithin(samples: budget, hits: hits, of: 16)
      }
      let interval = try meanShareInterval(shares)
      return interval.lower <= truth + 1e-12 && truth <= interval.upper
    }
    #expect(try coverage >= EvaluationTrials.least(0.95))
  }

  @Test func `Values that cannot be are refused`() {
    #expect(refusal { try meanShareInterval([]) } == "empty_input")
    #expect(refusal { try meanShareInterval([.nan]) } == "nan")
    for shares in [[-0.1], [1.1], [0.5, .infinity]] {
      #expect(refusal { try meanShareInterval(shares) } == "invalid_parameter")
    }
    for confidence in [0, 1, -1, Double.nan] {
      #expect(
        refusal { try meanShareInterval([0.5], confidence: confidence) } == "invalid_parameter")
    }
  }
}
