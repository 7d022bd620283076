// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import CoalmineTesting
import Foundation
import Testing

@Suite struct `Extraction` {
  @Test func `The closed form agrees with repeated multiplication`() throws {
    for p in [0.5, 0.1, 0.003] {
      let extraction = try DiscoverableExtraction(logProbability: log(p))
      for n in [1, 2, 10, 500] {
        let miss = (0..<n).reduce(1.0) { product, _ in product * (1 - p) }
        #expect(
          isNear(exp(try extraction.logProbability(within: n)), 1 - miss, relative: 1e-10))
      }
    }
  }

  @Test func `The samples needed are the fewest that reach the probability`() throws {
    var generator = seeded(70)
    for _ in 0..<300 {
      let extraction = try DiscoverableExtraction(logProbability: -8 * generator.unitInterval())
      let p = 0.01 + 0.98 * generator.unitInterval()
      let n = try #require(try extraction.samplesNeeded(probability: p))
      #expect(exp(try extraction.logProbability(within: n)) >= p * (1 - 1e-9))
      if n > 1 {
        #expect(exp(try extraction.logProbability(within: n - 1)) < p * (1 + 1e-9))
      }
      #expect(try extraction.log10SamplesNeeded(probability: p) == log10(Double(n)))
    }
  }

  @Test func `A secret that decoding never gives needs endless samples`() throws {
    let never = try DiscoverableExtraction(logProbability: -.infinity)
    #expect(try never.logProbability(within: 1_000_000) == -.infinity)
    #expect(try never.samplesNeeded(probability: 0.5) == nil)
    #expect(try never.log10SamplesNeeded(probability: 0.5) == .infinity)
    #expect(refusal { try never.logProbability(within: 0) } == "invalid_parameter")
    #expect(refusal { try DiscoverableExtraction(logProbability: .nan) } == "nan")
    #expect(
      refusal { try never.samplesNeeded(probability: .nan) } == "invalid_parameter")
    let tiny = try DiscoverableExtraction(logProbability: -745)
    #expect(isNear(try tiny.logProbability(within: 10), log(10) - 745, relative: 1e-13))
  }

  @Test func `The unbiased estimate is the share of subsets with a hit`() throws {
    for trials in 1...8 {
      for hits in 0...trials {
        for n in 1...trials {
          var with = 0
          var all = 0
          for subset in 0..<(1 << trials) where subset.nonzeroBitCount == n {
            all += 1
            // The hits are the lowest bits.
            if subset & ((1 << hits) - 1) != 0 { with += 1 }
          }
          let value = try extractionWithin(samples: n, hits: hits, of: trials)
          #expect(isNear(value, Double(with) / Double(all), absolute: 1e-12))
        }
      }
    }
  }

  @Test func `The estimate is unbiased where the plug-in is not`() throws {
    // E over h ~ Bin(10, p) of both, against 1 − (1 − p)^8.
    let p = 0.07
    var mean = 0.0
    for h in 0...10 {
      let mass =
        exp(try Binomial.logAtLeast(h, of: 10, p: p))
        - exp(try Binomial.logAtLeast(h + 1, of: 10, p: p))
      mean += mass * (try extractionWithin(samples: 8, hits: h, of: 10))
    }
    #expect(isNear(mean, -expm1(8 * log1p(-p)), relative: 1e-10))
    let huge = try extractionWithin(samples: 500_000, hits: 3, of: 1_000_000)
    #expect(isNear(huge, 0.875, relative: 1e-4))
  }

  @Test func `Counts that cannot be are refused`() {
    #expect(refusal { try extractionWithin(samples: 1, hits: 0, of: 0) } == "empty_input")
    for (n, h, total) in [(0, 1, 5), (6, 1, 5), (1, -1, 5), (1, 6, 5), (1, 1, -5)] {
      #expect(
        refusal { try extractionWithin(samples: n, hits: h, of: total) }
          == "invalid_parameter")
    }
    #expect(
      refusal { try extractionWithinInterval(samples: 0, hits: 0, of: 5) }
        == "invalid_parameter")
  }

  @Test(arguments: [2000] + (isDeep ? [10_000] : []))
  func `The interval of the chance within n keeps its level`(trials: Int) throws {
    let truth = -expm1(20 * log1p(-0.04))
    let coverage = try shareOfTrials(trials, seed: 71) { generator in
      let hits = (0..<60).count { _ in generator.unitInterval() < 0.04 }
      let interval = try extractionWithinInterval(samples: 20, hits: hits, of: 60)
      return interval.lower <= truth && truth <= interval.upper
    }
    print("measured: extraction interval: coverage \(coverage)")
    #expect(try coverage >= EvaluationTrials.least(0.95, of: trials))
  }

  @Test func `Decoding keeps what it should and sums to one`() throws {
    let row = [1.0, 3, 2, 3, -Double.infinity]
    let plain = try DecodingRule().decoded(row)
    #expect(isNear(plain.reduce(0) { $0 + exp($1) }, 1, relative: 1e-12))
    #expect(plain[4] == -.infinity)
    let one = try DecodingRule(topK: 1).decoded(row)
    #expect(one[1] == 0 && one[3] == -.infinity)
    let cold = try DecodingRule(temperature: 1e-300).decoded(row)
    #expect(isNear(cold[1], -log(2), relative: 1e-12) && exp(cold[2]) == 0)
    // Of the top three (3, 3, 2) the nucleus of 0.6 is the first two.
    let nucleus = try DecodingRule(topK: 3, topP: 0.6).decoded(row)
    #expect(isNear(nucleus[3], -log(2), relative: 1e-12) && nucleus[2] == -.infinity)
    // The naive softmax at temperature 2.
    let warm = try DecodingRule(temperature: 2).decoded([0.3, -1])
    #expect(isNear(exp(warm[0]), 1 / (1 + exp(-0.65)), relative: 1e-12))
  }

  @Test func `Rules and rows without meaning are refused`() throws {
    for temperature in [0, -1, Double.infinity] {
      #expect(
        refusal { try DecodingRule(temperature: temperature) } == "invalid_parameter")
    }
    #expect(refusal { try DecodingRule(temperature: .nan) } == "nan")
    #expect(refusal { try DecodingRule(topK: 0) } == "invalid_parameter")
    #expect(refusal { try DecodingRule(topP: 0) } == "invalid_parameter")
    let rule = try DecodingRule()
    #expect(refusal { try rule.decoded([]) } == "empty_input")
    #expect(refusal { try rule.decoded([.nan]) } == "nan")
    #expect(refusal { try rule.decoded([.infinity]) } == "invalid_parameter")
    #expect(refusal { try rule.decoded([-.infinity]) } == "invalid_parameter")
    #expect(
      refusal { try rule.logProbability(of: [0], rows: []) } == "length_mismatch")
    #expect(refusal { try rule.logProbability(of: [], rows: []) } == "empty_input")
    #expect(
      refusal { try rule.logProbability(of: [2], rows: [[0, 0]]) }
        == "invalid_parameter")
  }

  @Test func `Extraction strength agrees with trying every start`() throws {
    for pattern in 0..<128 {
      let matches = (0..<7).map { pattern >> $0 & 1 == 1 }
      let start = (0...7).first { matches[$0...].allSatisfy { $0 } } ?? 7
      let match = try TeacherForcedMatch(matches)
      #expect(match.extractionStrength == 1 - Double(start) / 7)
      #expect(match.exactMemorization == Double(pattern.nonzeroBitCount) / 7)
      #expect(match.matchingPrefix == (matches.firstIndex(of: false) ?? 7))
    }
    #expect(refusal { try TeacherForcedMatch([]) } == "empty_input")
  }
}
