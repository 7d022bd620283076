// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation
import Testing

@Suite struct `Clopper-Pearson interval` {
  @Test func `Its ends are where the binomial tails are a fortieth`() throws {
    for n in [1, 4, 17, 60] {
      for k in 0...n {
        let interval = try clopperPearson(k, of: n)
        if k > 0 {
          let tail = exp(try Binomial.logAtLeast(k, of: n, p: interval.lower))
          #expect(isNear(tail, 0.025, relative: 1e-8))
        }
        if k < n {
          let tail = exp(try Binomial.logAtMost(k, of: n, p: interval.upper))
          #expect(isNear(tail, 0.025, relative: 1e-8))
        }
        let mirrored = try clopperPearson(n - k, of: n)
        #expect(isNear(interval.lower, 1 - mirrored.upper, absolute: 1e-12))
      }
    }
  }

  @Test func `It covers at least nominally at every rate, exactly computed`() throws {
    let n = 25
    let intervals = try (0...n).map { try clopperPearson($0, of: n) }
    for rate in stride(from: 0.01, to: 1, by: 0.01) {
      var coverage = 0.0
      for k in 0...n where intervals[k].lower <= rate && rate <= intervals[k].upper {
        coverage +=
          exp(try Binomial.logAtLeast(k, of: n, p: rate))
          - exp(try Binomial.logAtLeast(k + 1, of: n, p: rate))
      }
      #expect(coverage >= 0.95 - 1e-9)
    }
  }

  @Test func `Both ends and the bounds of one side hold the rate often enough`() throws {
    var held = (lower: 0, upper: 0)
    let both = try EvaluationTrials.share("Clopper-Pearson coverage, 60 at 0.1", seed: 161) {
      random in
      let hits = random.hits(60, p: 0.1)
      if try clopperPearsonLower(hits, of: 60) <= 0.1 { held.lower += 1 }
      if try clopperPearsonUpper(hits, of: 60) >= 0.1 { held.upper += 1 }
      let interval = try clopperPearson(hits, of: 60)
      return interval.lower <= 0.1 && 0.1 <= interval.upper
    }
    let sides = [held.lower, held.upper].map { Double($0) / Double(EvaluationTrials.closed) }
    print("measured: Clopper-Pearson bounds, lower and upper: \(sides)")
    for share in sides + [both] { #expect(try share >= EvaluationTrials.least(0.95)) }
  }

  @Test func `Huge counts are bounded and nonsense is refused`() throws {
    let huge = try clopperPearson(3, of: 1_000_000_000)
    #expect(huge.lower > 0 && huge.upper < 1e-8)
    #expect(refusal { try clopperPearson(0, of: 0) } == "empty_input")
    #expect(refusal { try clopperPearson(-1, of: 2) } == "invalid_parameter")
    #expect(refusal { try clopperPearson(1, of: -2) } == "invalid_parameter")
    #expect(
      refusal { try clopperPearson(1, of: 2, confidence: .nan) } == "invalid_parameter")
  }

  @Test(arguments: [3, 100, 10_000, 1_000_000, 1 << 40])
  func `The ends have the tails that they stand for, for any size`(trials: Int) throws {
    for hits in Set([1, 2, trials / 1000, trials / 3, trials - 1]) where hits > 0 {
      for confidence in [0.5, 0.95, 1 - 1e-9] {
        let interval = try clopperPearson(hits, of: trials, confidence: confidence)
        let tail = log((1 - confidence) / 2)
        let lower = try Binomial.logAtLeast(hits, of: trials, p: interval.lower)
        let upper = try Binomial.logAtMost(hits, of: trials, p: interval.upper)
        #expect(abs(lower - tail) < 1e-9 * max(1, -tail) + Double(trials) * 1e-15)
        // Near 1 the grid of doubles is too coarse for the tail.
        guard interval.upper < 0.99 else { continue }
        #expect(abs(upper - tail) < 1e-9 * max(1, -tail) + Double(trials) * 1e-15)
      }
    }
  }
}
