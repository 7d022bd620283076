// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation
import Testing

@Suite struct `Poisson binomial tail` {
  @Test func `it is the sum over all sets of events`() throws {
    var random = EvaluationTrials.generator(115)
    for trial in 0..<60 {
      let count = 1 + trial % 9
      let chances = (0..<count).map { _ in
        [0, 1, random.unitInterval(), pow(random.unitInterval(), 20)][
          Int(random.uniform(below: UInt64(4)))]
      }
      var tails = [Double](repeating: 0, count: count + 1)
      for mask in 0..<(1 << count) {
        let p = chances.indices.reduce(1.0) {
          $0 * (mask >> $1 & 1 == 1 ? chances[$1] : 1 - chances[$1])
        }
        for least in 0...mask.nonzeroBitCount { tails[least] += p }
      }
      for (least, tail) in tails.enumerated() {
        let log = try logPoissonBinomialAtLeast(least, of: chances)
        #expect(abs(exp(log) - tail) <= 1e-13 * tail, "\(least) \(chances)")
      }
    }
  }

  @Test func `equal chances give the binomial tail, also far below the smallest double`() throws {
    for (count, p) in [(1, 0.3), (40, 1e-6), (200, 0.02), (300, 1e-9), (60, 0.97)] {
      let chances = [Double](repeating: p, count: count)
      for least in Set([0, 1, 2, count / 10, count / 2, count - 1, count]) where least <= count {
        let expected = try Binomial.logAtLeast(least, of: count, p: p)
        #expect(near(try logPoissonBinomialAtLeast(least, of: chances), expected, 1e-11))
      }
    }
    let all = try logPoissonBinomialAtLeast(300, of: [Double](repeating: 1e-9, count: 300))
    #expect(near(all, 300 * log(1e-9), 1e-13))
  }

  @Test func `more events and larger chances: the tail falls and rises`() throws {
    var random = EvaluationTrials.generator(116)
    var chances = (0..<30).map { _ in random.unitInterval() / 10 }
    for least in 0..<30 {
      let log = try logPoissonBinomialAtLeast(least, of: chances)
      #expect(try logPoissonBinomialAtLeast(least + 1, of: chances) < log)
    }
    let before = try logPoissonBinomialAtLeast(4, of: chances)
    chances[3] += 0.1
    #expect(try logPoissonBinomialAtLeast(4, of: chances) > before)
  }

  @Test func `hits that happen with their chances reject in at most alpha`() throws {
    let chances = (0..<40).map { [0.001, 0.02, 0.1][$0 % 3] }
    let size = try EvaluationTrials.share("Poisson binomial size at 5 %", seed: 117) { random in
      let hits = chances.count { random.unitInterval() < $0 }
      return exp(try logPoissonBinomialAtLeast(hits, of: chances)) <= 0.05
    }
    #expect(try size <= EvaluationTrials.most(0.05))
    #expect(size > 0)
  }

  @Test func `hostile input is refused or has a defined answer`() throws {
    #expect(refusal { try logPoissonBinomialAtLeast(0, of: []) } == "empty_input")
    #expect(refusal { try logPoissonBinomialAtLeast(0, of: [.nan]) } == "nan")
    for bad in [-0.1, 1.1, .infinity] {
      #expect(refusal { try logPoissonBinomialAtLeast(0, of: [bad]) } == "invalid_parameter")
    }
    for count in [-1, 2, .max, .min] {
      #expect(refusal { try logPoissonBinomialAtLeast(count, of: [0.5]) } == "invalid_parameter")
    }
    #expect(try logPoissonBinomialAtLeast(1, of: [0, 0]) == -.infinity)
    #expect(try logPoissonBinomialAtLeast(2, of: [1, 1]) == 0)
    let smallest = Double.leastNonzeroMagnitude
    #expect(try logPoissonBinomialAtLeast(2, of: [smallest, smallest]) == 2 * log(smallest))
  }
}
