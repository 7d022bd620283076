// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation
import Testing

@Suite struct `ROC curve` {
  /// Every threshold tried on every score.
  static func naive(_ members: [Double], _ nonmembers: [Double]) -> [(t: Double, tp: Int, fp: Int)]
  {
    let thresholds = Set(members + nonmembers).sorted(by: >)
    return [(.infinity, 0, 0)]
      + thresholds.map { t in (t, members.count { $0 >= t }, nonmembers.count { $0 >= t }) }
  }

  @Test func `points, conservative rates, precision and advantage are those of all thresholds`()
    throws
  {
    var random = EvaluationTrials.generator(11)
    for trial in 0..<200 {
      let members = random.digits(1 + trial % 11, below: 7)
      let nonmembers = random.digits(1 + trial % 6, below: 7)
      let curve = try ROCCurve(members: members, nonmembers: nonmembers)
      let points = Self.naive(members, nonmembers)
      #expect(curve.points.map(\.threshold) == points.map(\.t))
      #expect(curve.points.map(\.truePositives) == points.map(\.tp))
      #expect(curve.points.map(\.falsePositives) == points.map(\.fp))
      for rate in [0, 0.01, 0.2, 1 / 3.0, 0.5, 1] {
        let allowed = Int(rate * Double(nonmembers.count) + 1e-9)
        let most = points.filter { $0.fp <= allowed }.map(\.tp).max()!
        let point = try curve.operatingPoint(at: rate)
        #expect(point.truePositives == most && point.allowedFalsePositives == allowed)
        #expect(point.interval == (try clopperPearson(most, of: members.count)))
        #expect(try curve.truePositiveRate(atFalsePositiveRate: rate) == point.truePositiveRate)
      }
      let advantages = points.map {
        Double($0.tp) / Double(members.count) - Double($0.fp) / Double(nonmembers.count)
      }
      #expect(near(curve.maximumAdvantage, advantages.max()!))
      #expect(near(curve.maximumBalancedAccuracy, 0.5 + advantages.max()! / 2))
      // Average precision: the mean over members of the precision at their own threshold.
      let precision = members.map { t -> Double in
        let tp = Double(members.count { $0 >= t })
        return tp / (tp + Double(nonmembers.count { $0 >= t }))
      }
      #expect(near(curve.averagePrecision, precision.reduce(0, +) / Double(members.count)))
    }
  }

  @Test func `the hull is the best mixture of two thresholds`() throws {
    var random = EvaluationTrials.generator(12)
    for _ in 0..<100 {
      let curve = try ROCCurve(
        members: random.digits(7, below: 9), nonmembers: random.digits(6, below: 9))
      let points = curve.points.map {
        (x: Double($0.falsePositives) / 6, y: Double($0.truePositives) / 7)
      }
      for rate in [0.0, 0.05, 0.3, 0.5, 0.77, 1] {
        var best = 0.0
        for a in points where a.x <= rate {
          best = max(best, a.y)
          for b in points where b.x > rate {
            best = max(best, a.y + (b.y - a.y) * (rate - a.x) / (b.x - a.x))
          }
        }
        let hull = try curve.truePositiveRate(atFalsePositiveRate: rate, .convexHull)
        let linear = try curve.truePositiveRate(atFalsePositiveRate: rate, .linear)
        let strict = try curve.truePositiveRate(atFalsePositiveRate: rate)
        #expect(near(hull, best))
        #expect(strict <= linear && linear <= hull + 1e-12)
      }
    }
  }

  @Test func `the area under the linear curve is the AUC`() throws {
    var random = EvaluationTrials.generator(13)
    for _ in 0..<50 {
      let members = random.digits(9, below: 6)
      let nonmembers = random.digits(8, below: 6)
      let curve = try ROCCurve(members: members, nonmembers: nonmembers)
      var area = 0.0
      for (a, b) in zip(curve.points, curve.points.dropFirst()) {
        area +=
          Double(b.falsePositives - a.falsePositives)
          * Double(a.truePositives + b.truePositives) / 2
      }
      #expect(near(area / 72, try AUC(members: members, nonmembers: nonmembers).value))
    }
  }

  @Test func `equal scores enter together, so a tie group cannot be split`() throws {
    let curve = try ROCCurve(members: [1, 1, 1], nonmembers: [1, 1])
    #expect(curve.points.count == 2 && curve.maximumAdvantage == 0)
    #expect(curve.best.threshold == .infinity && curve.averagePrecision == 0.6)
    #expect(try curve.truePositiveRate(atFalsePositiveRate: 0.5) == 0)
    #expect(try curve.truePositiveRate(atFalsePositiveRate: 0.5, .linear) == 0.5)
    #expect(try curve.truePositiveRate(atFalsePositiveRate: 1) == 1)
  }

  @Test func `hostile input is refused or has a defined answer`() throws {
    #expect(refusal { try ROCCurve(members: [], nonmembers: [1]) } == "empty_input")
    #expect(refusal { try ROCCurve(members: [1], nonmembers: []) } == "empty_input")
    #expect(refusal { try ROCCurve(members: [1], nonmembers: [.nan]) } == "nan")
    let curve = try ROCCurve(
      members: [.infinity, 1, -.infinity], nonmembers: [-.infinity, .infinity])
    #expect(curve.points.map(\.threshold) == [.infinity, .infinity, 1, -.infinity])
    for rate in [-0.1, 1.1, .nan, .infinity] {
      #expect(refusal { try curve.operatingPoint(at: rate) } == "invalid_parameter")
      #expect(
        refusal { try curve.truePositiveRate(atFalsePositiveRate: rate, .linear) }
          == "invalid_parameter")
    }
    #expect(refusal { try curve.operatingPoint(at: 0.1, confidence: 1) } == "invalid_parameter")
    #expect(try !curve.operatingPoint(at: 0.1).isResolved)
    #expect(try curve.operatingPoint(at: 0.5).isResolved)
  }

  @Test func `299 nonmembers certify one percent and 2995 one in a thousand`() throws {
    #expect(try nonmembersToCertify(falsePositiveRate: 0.01) == 299)
    #expect(try nonmembersToCertify(falsePositiveRate: 0.001) == 2995)
    for rate in [0, 1, .nan, 1e-300, -1] {
      #expect(refusal { try nonmembersToCertify(falsePositiveRate: rate) } == "invalid_parameter")
    }
  }

  @Test func `the interval of the true positive rate covers at a fixed threshold`() throws {
    // Members above 1 of a normal with mean 1: one half.
    let covered = try EvaluationTrials.share("TPR interval coverage, 60 members", seed: 14) {
      random in
      let point = try clopperPearson(random.normals(60, mean: 1).count { $0 >= 1 }, of: 60)
      return point.lower <= 0.5 && 0.5 <= point.upper
    }
    #expect(try covered > EvaluationTrials.least(0.95))
  }
}
