// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation
import Testing

@Suite struct `Area under the ROC curve` {
  /// Every pair, and the variance from every row and column of pairs.
  static func naive(_ members: [Double], _ nonmembers: [Double]) -> (auc: Double, variance: Double)
  {
    func wins(_ x: Double, _ y: Double) -> Double { x > y ? 1 : x == y ? 0.5 : 0 }
    func variance(_ x: [Double]) -> Double {
      let mean = x.reduce(0, +) / Double(x.count)
      return x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count - 1)
    }
    let rows = members.map { x in
      nonmembers.reduce(0) { $0 + wins(x, $1) } / Double(nonmembers.count)
    }
    let columns = nonmembers.map { y in
      members.reduce(0) { $0 + wins($1, y) } / Double(members.count)
    }
    return (
      rows.reduce(0, +) / Double(rows.count),
      variance(rows) / Double(rows.count) + variance(columns) / Double(columns.count)
    )
  }

  @Test func `value and variance are those of all pairs, ties and infinities included`() throws {
    var random = EvaluationTrials.generator(1)
    for trial in 0..<300 {
      var members = random.digits(2 + trial % 9, below: 6)
      let nonmembers = random.digits(2 + trial % 7, below: 6)
      if trial % 5 == 0 { members[0] = trial % 2 == 0 ? .infinity : -.infinity }
      let auc = try AUC(members: members, nonmembers: nonmembers)
      let expected = Self.naive(members, nonmembers)
      #expect(near(auc.value, expected.auc))
      #expect(near(try #require(auc.variance), expected.variance))
    }
  }

  @Test func `the other way round it is one minus it, with the same variance`() throws {
    var random = EvaluationTrials.generator(2)
    for _ in 0..<100 {
      let members = random.digits(9, below: 20)
      let nonmembers = random.digits(5, below: 20)
      let one = try AUC(members: members, nonmembers: nonmembers)
      let other = try AUC(members: nonmembers, nonmembers: members)
      #expect(near(one.value, 1 - other.value))
      #expect(near(try #require(one.variance), try #require(other.variance)))
      let stretched = try AUC(
        members: members.map { exp($0) }, nonmembers: nonmembers.map { exp($0) })
      #expect(one == stretched)
    }
  }

  @Test func `hostile input is refused or has a defined answer`() throws {
    #expect(refusal { try AUC(members: [], nonmembers: [1]) } == "empty_input")
    #expect(refusal { try AUC(members: [1], nonmembers: []) } == "empty_input")
    #expect(refusal { try AUC(members: [.nan], nonmembers: [1]) } == "nan")
    let one = try AUC(members: [1], nonmembers: [1])
    #expect(one.value == 0.5 && one.variance == nil)
    #expect(one.logitInterval() == nil && one.waldInterval() == nil)
    #expect(one.logPValueAgainstHalf == nil)
    let infinite = try AUC(members: [.infinity, 0], nonmembers: [.infinity, -.infinity])
    #expect(infinite.value == 0.625)
    for level in [Double.nan, 0, 1, -1, 2, .infinity] {
      let auc = try AUC(members: [1, 3, 5], nonmembers: [0, 2, 4])
      #expect(auc.logitInterval(confidence: level) == nil)
      #expect(auc.waldInterval(confidence: level) == nil)
      #expect(auc.separationInterval(confidence: level) == nil)
    }
  }

  @Test func `perfect separation has the bound of disjoint pairs`() throws {
    let perfect = try AUC(members: [5, 6, 7], nonmembers: [1, 2, 3, 4])
    let bound = try #require(perfect.separationInterval())
    #expect(near(bound.lower, pow(0.05, 1 / 3.0)) && bound.upper == 1)
    let reversed = try AUC(members: [0, 0], nonmembers: [1, 2, 3])
    #expect(near(try #require(reversed.separationInterval()).upper, 1 - 0.05.squareRoot()))
    #expect(perfect.logitInterval() == nil)
    #expect(perfect.waldInterval() == Interval(lower: 1, upper: 1, level: 0.95))
    #expect(perfect.logPValueAgainstHalf == nil)
  }

  @Test func `the logit interval covers the truth`() throws {
    // Normal scores one apart: AUC = Φ(1/√2).
    let truth = 0.5 * erfc(-0.5)
    let covered = try EvaluationTrials.share("DeLong logit coverage, 40 + 40", seed: 3) { random in
      let auc = try AUC(members: random.normals(40, mean: 1), nonmembers: random.normals(40))
      let interval = try #require(auc.logitInterval())
      return interval.lower <= truth && truth <= interval.upper
    }
    #expect(try covered >= EvaluationTrials.least(0.95))
  }

  @Test func `Wald's interval covers less than the logit one, and AUC = ½ is seldom rejected`()
    throws
  {
    let truth = 0.5 * erfc(-0.5)
    let covered = try EvaluationTrials.share("Wald coverage, 40 + 40", seed: 7) { random in
      let auc = try AUC(members: random.normals(40, mean: 1), nonmembers: random.normals(40))
      let interval = try #require(auc.waldInterval())
      return interval.lower <= truth && truth <= interval.upper
    }
    #expect(covered > 0.93)
    let size = try EvaluationTrials.share("AUC against one half, 40 + 40", seed: 8) { random in
      let auc = try AUC(members: random.normals(40), nonmembers: random.normals(40))
      return try #require(auc.logPValueAgainstHalf) <= log(0.05)
    }
    #expect(try size <= EvaluationTrials.most(0.05))
  }

  @Test func `the bound of separated groups is seldom above the truth`() throws {
    // 3 + 3 normal scores whose AUC is 0.36, where the bound of separation is 0.37.
    let mean = -0.507
    let truth = 0.5 * erfc(-mean / 2)
    func exceeds(_ interval: Interval?) -> Bool { interval.map { $0.lower > truth } ?? false }
    let share = try EvaluationTrials.share("separation bound above the truth, 3 + 3", seed: 9) {
      random in
      let members = random.normals(3, mean: mean)
      let nonmembers = random.normals(3)
      let clustered = try ClusteredAUC(
        members: members.map { [$0, $0] }, nonmembers: nonmembers.map { [$0, $0] })
      let interval = try AUC(members: members, nonmembers: nonmembers).separationInterval()
      #expect(clustered.separationInterval() == interval)
      return exceeds(interval)
    }
    #expect(truth < pow(0.05, 1 / 3.0))
    #expect(try share <= EvaluationTrials.most(0.05))
  }

  @Test func `a hundred thousand scores take no time`() throws {
    var random = EvaluationTrials.generator(4)
    let auc = try AUC(members: random.normals(50_000, mean: 1), nonmembers: random.normals(50_000))
    #expect(abs(auc.value - 0.5 * erfc(-0.5)) < 0.01)
  }
}

@Suite struct `Paired AUC` {
  @Test func `covariance is that of all pairs`() throws {
    var random = EvaluationTrials.generator(5)
    func placed(_ x: [Double], _ y: [Double]) -> ([Double], [Double]) {
      func wins(_ a: Double, _ b: Double) -> Double { a > b ? 1 : a == b ? 0.5 : 0 }
      return (
        x.map { a in y.map { wins(a, $0) }.reduce(0, +) / Double(y.count) },
        y.map { b in x.map { wins($0, b) }.reduce(0, +) / Double(x.count) }
      )
    }
    func covariance(_ a: [Double], _ b: [Double]) -> Double {
      let n = Double(a.count)
      let (ma, mb) = (a.reduce(0, +) / n, b.reduce(0, +) / n)
      return zip(a, b).map { ($0 - ma) * ($1 - mb) }.reduce(0, +) / (n - 1) / n
    }
    for _ in 0..<100 {
      let a = (members: random.digits(8, below: 6), nonmembers: random.digits(5, below: 6))
      let b = (members: random.digits(8, below: 6), nonmembers: random.digits(5, below: 6))
      let pair = try PairedAUC(first: a, second: b)
      let (ax, ay) = placed(a.members, a.nonmembers)
      let (bx, by) = placed(b.members, b.nonmembers)
      let expected = covariance(ax, bx) + covariance(ay, by)
      #expect(near(try #require(pair.covariance), expected))
      let mirrored = try PairedAUC(first: b, second: a)
      #expect(mirrored.difference == -pair.difference)
      #expect(mirrored.logPValue == pair.logPValue)
    }
  }

  @Test func `the same score twice differs by nothing, p is 1`() throws {
    let scores = (members: [1.0, 4, 2], nonmembers: [0.0, 3])
    let pair = try PairedAUC(first: scores, second: scores)
    #expect(pair.difference == 0 && pair.z == 0 && pair.pValue == 1)
  }

  @Test func `hostile input is refused or has a defined answer`() throws {
    let good = (members: [1.0, 2], nonmembers: [0.0])
    #expect(
      refusal { try PairedAUC(first: good, second: ([1], [0])) } == "invalid_parameter")
    #expect(refusal { try PairedAUC(first: ([], []), second: ([], [])) } == "empty_input")
    #expect(refusal { try PairedAUC(first: good, second: ([.nan, 1], [0])) } == "nan")
    let short = try PairedAUC(first: good, second: good)
    #expect(short.covariance == nil && short.standardError == nil && short.pValue == nil)
    // Perfect against perfectly wrong: a difference without any variance.
    let opposite = try PairedAUC(first: ([3, 4], [1, 2]), second: ([1, 2], [3, 4]))
    #expect(opposite.standardError == 0 && opposite.z == nil && opposite.pValue == nil)
    #expect(opposite.interval() == Interval(lower: 1, upper: 1, level: 0.95))
    #expect(opposite.interval(confidence: .nan) == nil)
  }

  @Test func `two equally good scores seldom differ, and the interval covers`() throws {
    var covered = 0
    let size = try EvaluationTrials.share("paired DeLong size, 40 + 40", seed: 6) { random in
      func pair(_ mean: Double) -> ([Double], [Double]) {
        let common = random.normals(40, mean: mean)
        return (common.map { $0 + random.normal() }, common.map { $0 + random.normal() })
      }
      let (ax, bx) = pair(1)
      let (ay, by) = pair(0)
      let test = try PairedAUC(first: (ax, ay), second: (bx, by))
      if let interval = test.interval(), interval.lower <= 0, interval.upper >= 0 { covered += 1 }
      return try #require(test.pValue) <= 0.05
    }
    #expect(try size <= EvaluationTrials.most(0.05))
    let coverage = Double(covered) / Double(EvaluationTrials.closed)
    print("measured: paired DeLong coverage: \(coverage)")
    #expect(try coverage >= EvaluationTrials.least(0.95))
  }
}
