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

  @Test func `Huge counts are bounded and nonsense is refused`() throws {
    let huge = try clopperPearson(3, of: 1_000_000_000)
    #expect(huge.lower > 0 && huge.upper < 1e-8)
    #expect(exposureRefusal { try clopperPearson(0, of: 0) } == "empty_input")
    #expect(exposureRefusal { try clopperPearson(-1, of: 2) } == "invalid_parameter")
    #expect(exposureRefusal { try clopperPearson(1, of: -2) } == "invalid_parameter")
    #expect(
      exposureRefusal { try clopperPearson(1, of: 2, confidence: .nan) } == "invalid_parameter")
  }
}
