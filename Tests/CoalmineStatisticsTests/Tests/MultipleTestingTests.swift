// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Testing

@Suite struct `Adjusted p-values` {
  /// From the definitions of the procedures: the smallest level at which each rejects.
  static func naive(_ p: [Double], _ adjustment: Adjustment) -> [Double] {
    let k = Double(p.count)
    let harmonic = (0..<p.count).reduce(0) { $0 + 1 / Double($1 + 1) }
    return p.map { own in
      switch adjustment {
      case .bonferroni: return min(1, k * own)
      case .holm:
        // All that are smaller must be rejected too.
        return p.filter { $0 <= own }
          .map { q in min(1, q * Double(p.count { $0 >= q })) }.max()!
      case .benjaminiHochberg, .benjaminiYekutieli:
        let factor = adjustment == .benjaminiHochberg ? 1 : harmonic
        return p.filter { $0 >= own }
          .map { q in min(1, q * k * factor / Double(p.count { $0 <= q })) }.min()!
      }
    }
  }

  @Test func `every adjustment is the smallest level of its procedure, ties included`() throws {
    var random = EvaluationTrials.generator(61)
    for trial in 0..<300 {
      let p = (0..<(1 + trial % 12)).map { _ in
        trial % 2 == 0 ? random.unitInterval() : Double(random.uniform(below: UInt64(6))) / 5
      }
      for adjustment in Adjustment.allCases {
        let adjusted = try adjustedPValues(p, by: adjustment)
        #expect(zip(adjusted, Self.naive(p, adjustment)).allSatisfy { near($0, $1) })
        #expect(zip(adjusted, p).allSatisfy { $0 >= $1 && $0 <= 1 })
      }
    }
  }

  @Test func `Holm lies between Bonferroni and the p-values, Hochberg below Yekutieli`() throws {
    var random = EvaluationTrials.generator(62)
    for _ in 0..<100 {
      let p = (0..<20).map { _ in random.unitInterval() * random.unitInterval() }
      let holm = try adjustedPValues(p, by: .holm)
      let bonferroni = try adjustedPValues(p, by: .bonferroni)
      let hochberg = try adjustedPValues(p, by: .benjaminiHochberg)
      let yekutieli = try adjustedPValues(p, by: .benjaminiYekutieli)
      #expect(zip(holm, bonferroni).allSatisfy { $0 <= $1 })
      #expect(zip(hochberg, yekutieli).allSatisfy { $0 <= $1 })
      #expect(zip(hochberg, holm).allSatisfy { $0 <= $1 + 1e-15 })
      let reversed = try adjustedPValues(p.reversed(), by: .holm)
      #expect(reversed == holm.reversed())
    }
  }

  @Test func `hostile input is refused or has a defined answer`() throws {
    for adjustment in Adjustment.allCases {
      #expect(try adjustedPValues([], by: adjustment) == [])
      #expect(try adjustedPValues([0.03], by: adjustment) == [0.03])
      #expect(try adjustedPValues([0, 0, 1], by: adjustment).last == 1)
      #expect(refusal { try adjustedPValues([.nan], by: adjustment) } == "nan")
      for bad in [-0.1, 1.1, .infinity, -.infinity] {
        #expect(refusal { try adjustedPValues([bad], by: adjustment) } == "invalid_parameter")
      }
      let many = try adjustedPValues([Double](repeating: 1e-320, count: 100_000), by: adjustment)
      #expect(many.allSatisfy { $0 > 0 && $0 < 1e-300 })
    }
  }

  @Test(arguments: Adjustment.allCases)
  func `a family without an effect is seldom rejected`(_ adjustment: Adjustment) throws {
    let size = try EvaluationTrials.share("family-wise error, \(adjustment.rawValue)", seed: 63) {
      random in
      let p = (0..<20).map { _ in random.unitInterval() }
      return try adjustedPValues(p, by: adjustment).contains { $0 <= 0.05 }
    }
    #expect(try size <= EvaluationTrials.most(0.05))
  }
}

@Suite struct `Alpha spending` {
  @Test func `the levels sum to what is spent, and never to alpha`() throws {
    let spending = try AlphaSpending(alpha: 0.05)
    #expect(try spending.level(atLook: 1) == 0.025)
    var sum = 0.0
    for look in 1...1000 {
      sum += try spending.level(atLook: look)
      #expect(near(sum, try spending.spent(throughLook: look), 1e-12))
    }
    #expect(sum < 0.05)
    #expect(try spending.spent(throughLook: 0) == 0)
  }

  @Test func `the alarm is the first look at or below its level`() throws {
    let spending = try AlphaSpending(alpha: 0.06)
    #expect(try spending.firstAlarm([]) == nil)
    #expect(try spending.firstAlarm([0.031, 0.011, 0.005, 0]) == 3)
    #expect(try spending.firstAlarm([0.03]) == 1)
    #expect(try spending.firstAlarm([0.04, 1, 0.3]) == nil)
  }

  @Test func `hostile input is refused`() throws {
    for alpha in [0, 1, -1, .nan, .infinity] {
      #expect(refusal { try AlphaSpending(alpha: alpha) } == "invalid_parameter")
    }
    let spending = try AlphaSpending(alpha: 0.05)
    #expect(refusal { try spending.level(atLook: 0) } == "invalid_parameter")
    #expect(refusal { try spending.spent(throughLook: -1) } == "invalid_parameter")
    #expect(try spending.level(atLook: .max) > 0)
    #expect(try spending.spent(throughLook: .max) <= 0.05)
    #expect(refusal { try spending.firstAlarm([.nan]) } == "nan")
    #expect(refusal { try spending.firstAlarm([2]) } == "invalid_parameter")
  }

  @Test func `twenty null looks seldom give an alarm`() throws {
    let spending = try AlphaSpending(alpha: 0.05)
    let size = try EvaluationTrials.share("alpha spending, 20 looks", seed: 64) { random in
      try spending.firstAlarm((0..<20).map { _ in random.unitInterval() }) != nil
    }
    #expect(try size <= EvaluationTrials.most(0.05))
  }
}
