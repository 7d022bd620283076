// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation
import Testing

@Suite struct `Fisher exact test` {
  /// By every choice of who says yes.
  static func naive(_ a: Int, _ m: Int, _ b: Int, _ n: Int) -> (
    up: Double, down: Double, both: Double
  ) {
    var counts = [Int](repeating: 0, count: m + 1)
    for mask in 0..<(1 << (m + n)) where mask.nonzeroBitCount == a + b {
      counts[(mask & ((1 << m) - 1)).nonzeroBitCount] += 1
    }
    let total = Double(counts.reduce(0, +))
    return (
      Double(counts[a...].reduce(0, +)) / total, Double(counts[...a].reduce(0, +)) / total,
      Double(counts.filter { $0 <= counts[a] }.reduce(0, +)) / total
    )
  }

  @Test func `both tails and the two-sided sum are those of the enumeration`() throws {
    for (m, n) in [(1, 1), (3, 5), (6, 4), (7, 7)] {
      for a in 0...m {
        for b in 0...n {
          let expected = Self.naive(a, m, b, n)
          let test = try FisherExact(yes: a, of: m, against: b, of: n)
          #expect(near(test.oneSided.greater, expected.up))
          #expect(near(test.oneSided.less, expected.down))
          #expect(near(test.twoSided, expected.both))
        }
      }
    }
  }

  @Test func `the tea tasting: 3 of 4 right has p 17 / 70`() throws {
    let test = try FisherExact(yes: 3, of: 4, against: 1, of: 4)
    #expect(near(test.oneSided.greater, 17 / 70.0) && near(test.twoSided, 34 / 70.0))
  }

  @Test func `groups or answers exchanged give the same two-sided p`() throws {
    var random = EvaluationTrials.generator(51)
    for _ in 0..<200 {
      let (m, n) = (random.hits(40, p: 0.5), random.hits(40, p: 0.5))
      let (a, b) = (random.hits(m, p: 0.3), random.hits(n, p: 0.5))
      let test = try FisherExact(yes: a, of: m, against: b, of: n)
      let groups = try FisherExact(yes: b, of: n, against: a, of: m)
      let answers = try FisherExact(yes: m - a, of: m, against: n - b, of: n)
      #expect(near(test.twoSided, groups.twoSided) && near(test.twoSided, answers.twoSided))
      #expect(near(test.oneSided.greater, groups.oneSided.less))
      #expect(test.twoSided >= min(test.oneSided.greater, test.oneSided.less) - 1e-12)
    }
  }

  @Test func `hostile input is refused or has a defined answer`() throws {
    for (a, m, b, n) in [
      (-1, 2, 0, 2), (3, 2, 0, 2), (0, -1, 0, 2), (0, 2_000_000, 0, 2),
      (Int.max, Int.max, Int.max, Int.max),
    ] {
      #expect(refusal { try FisherExact(yes: a, of: m, against: b, of: n) } == "invalid_parameter")
    }
    for (a, m, b, n) in [(0, 0, 0, 0), (0, 0, 3, 5), (0, 7, 0, 5), (7, 7, 5, 5)] {
      let test = try FisherExact(yes: a, of: m, against: b, of: n)
      #expect(test.oneSided.greater == 1 && test.twoSided == 1)
    }
    let far = try FisherExact(yes: 100_000, of: 100_000, against: 0, of: 100_000)
    #expect(far.oneSided.logGreater < -138_000 && far.logTwoSided.isFinite)
  }

  @Test func `under the null it rejects seldom enough`() throws {
    var both = 0
    let size = try EvaluationTrials.share("Fisher one-sided size, 20 + 20 at 0.3", seed: 52) {
      random in
      let (a, b) = (random.hits(20, p: 0.3), random.hits(20, p: 0.3))
      let test = try FisherExact(yes: a, of: 20, against: b, of: 20)
      if test.twoSided <= 0.05 { both += 1 }
      return test.oneSided.greater <= 0.05
    }
    let twoSided = Double(both) / Double(EvaluationTrials.closed)
    print("measured: Fisher two-sided size: \(twoSided)")
    for share in [size, twoSided] { #expect(try share <= EvaluationTrials.most(0.05)) }
  }
}
