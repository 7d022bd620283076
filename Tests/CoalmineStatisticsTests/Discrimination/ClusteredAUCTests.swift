// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation
import Testing

@Suite struct `Clustered AUC` {
  @Test func `its value is that of the records, and single records make it the plain bootstrap`()
    throws
  {
    var random = EvaluationTrials.generator(121)
    let members = (0..<8).map { _ in random.digits(3, below: 9) }
    let nonmembers = (0..<6).map { _ in random.digits(2, below: 9) } + [[]]
    let clustered = try ClusteredAUC(members: members, nonmembers: nonmembers)
    let plain = try AUC(members: members.flatMap { $0 }, nonmembers: nonmembers.flatMap { $0 })
    #expect(clustered.value == plain.value)
    #expect(clustered.memberGroups == 8 && clustered.nonmemberGroups == 6)
  }

  @Test func `the interval is the spread of all resamples on the logit scale`() throws {
    // Two groups a side: each side is AA, AB or BB with chances ¼, ½, ¼, so all is known.
    let members = [[1.0, 4, 4], [2, 9]]
    let nonmembers = [[0.0, 4], [3, 3, 1]]
    let clustered = try ClusteredAUC(members: members, nonmembers: nonmembers)
    // No nearer to 0 or 1 than half of one of the four pairs of groups.
    func logit(_ value: Double) -> Double {
      let inside = min(0.875, max(0.125, value))
      return log(inside / (1 - inside))
    }
    var moments = (0.0, 0.0)
    for (x, p) in [([0, 0], 0.25), ([0, 1], 0.5), ([1, 1], 0.25)] {
      for (y, q) in [([0, 0], 0.25), ([0, 1], 0.5), ([1, 1], 0.25)] {
        let value = logit(
          try AUC(members: x.flatMap { members[$0] }, nonmembers: y.flatMap { nonmembers[$0] })
            .value)
        moments.0 += p * q * value
        moments.1 += p * q * value * value
      }
    }
    let variance = moments.1 - moments.0 * moments.0
    var random = EvaluationTrials.generator(122)
    // The quartile of Student with one degree of freedom is 1; d / (d − 1) is 2.
    let interval = try #require(
      try clustered.bootstrapInterval(confidence: 0.5, resamples: 100_000, using: &random))
    let reach = (2 * variance).squareRoot()
    let center = log(clustered.value / (1 - clustered.value))
    #expect(abs(log(interval.lower / (1 - interval.lower)) - (center - reach)) < 0.02)
    #expect(abs(log(interval.upper / (1 - interval.upper)) - (center + reach)) < 0.02)
    let wide = try #require(
      try clustered.bootstrapInterval(confidence: 0.9999, resamples: 200, using: &random))
    #expect(wide.lower >= 0 && wide.upper <= 1 && wide.lower < interval.lower)
  }

  @Test func `hostile input is refused or has a defined answer`() throws {
    var random = EvaluationTrials.generator(123)
    #expect(refusal { try ClusteredAUC(members: [], nonmembers: [[1]]) } == "empty_input")
    #expect(refusal { try ClusteredAUC(members: [[]], nonmembers: [[1]]) } == "empty_input")
    #expect(refusal { try ClusteredAUC(members: [[.nan]], nonmembers: [[1]]) } == "nan")
    let single = try ClusteredAUC(members: [[1, 2]], nonmembers: [[0], [3]])
    #expect(try single.bootstrapInterval(using: &random) == nil)
    #expect(single.separationInterval() == nil)
    let pair = try ClusteredAUC(members: [[1, 2], [3]], nonmembers: [[0], [0]])
    #expect(
      refusal { try pair.bootstrapInterval(resamples: 9, using: &random) } == "invalid_parameter")
    #expect(
      refusal { try pair.bootstrapInterval(confidence: 1, using: &random) } == "invalid_parameter")
    #expect(near(try #require(pair.separationInterval()).lower, 0.05.squareRoot()))
    #expect(pair.separationInterval(confidence: .nan) == nil)
  }

  @Test func `resamples that are all alike give no interval`() throws {
    var random = EvaluationTrials.generator(125)
    let tied = try ClusteredAUC(members: [[1, 1], [1]], nonmembers: [[1], [1, 1]])
    #expect(tied.value == 0.5)
    #expect(try tied.bootstrapInterval(using: &random) == nil)
    let apart = try ClusteredAUC(members: [[3, 2], [4]], nonmembers: [[1], [0, 1]])
    #expect(try apart.bootstrapInterval(using: &random) == nil)
  }

  /// Groups of five on each side; the share of variance between groups; how far apart the sides are.
  @Test(arguments: [
    (20, 20, 0.5, 1.0), (20, 20, 0.9, 2.3), (6, 6, 0.5, 1), (5, 30, 0.5, 1), (20, 20, 0.5, 0),
  ])
  func `it covers the truth where an interval over records does not`(
    ones: Int, others: Int, between: Double, shift: Double
  ) throws {
    let truth = 0.5 * erfc(-shift / 2)
    let trials = EvaluationTrials.resampled
    var plain = 0
    let covered = try EvaluationTrials.share(
      "cluster coverage, \(ones) + \(others) groups, \(between), AUC \(truth)", of: trials,
      seed: 124
    ) { random in
      func groups(_ count: Int, _ mean: Double) -> [[Double]] {
        (0..<count).map { _ in
          let common = random.normal() * between.squareRoot()
          return (0..<5).map { _ in mean + common + random.normal() * (1 - between).squareRoot() }
        }
      }
      let (members, nonmembers) = (groups(ones, shift), groups(others, 0))
      let auc = try AUC(members: members.flatMap { $0 }, nonmembers: nonmembers.flatMap { $0 })
      if let interval = auc.logitInterval(), interval.lower <= truth, truth <= interval.upper {
        plain += 1
      }
      let clustered = try ClusteredAUC(members: members, nonmembers: nonmembers)
      let interval = try #require(
        try clustered.bootstrapInterval(resamples: 299, using: &random)
          ?? clustered.separationInterval())
      return interval.lower <= truth && truth <= interval.upper
    }
    print("measured: DeLong over grouped records: \(Double(plain) / Double(trials))")
    #expect(try covered >= EvaluationTrials.least(0.95, of: trials))
    #expect(Double(plain) / Double(trials) < covered - 0.05)
  }
}
