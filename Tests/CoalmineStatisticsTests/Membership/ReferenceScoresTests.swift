// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Testing

@Suite struct `Reference scores` {
  static func mean(_ values: [Double]) -> Double {
    var sum = 0.0
    for value in values.reversed() { sum += value }
    return sum / Double(values.count)
  }

  @Test func `they equal means taken by hand`() throws {
    var draws = ScoreDraws(81)
    for _ in 0..<300 {
      let own = draws.logProbabilities(1 + draws.below(20))
      let other = draws.logProbabilities(1 + draws.below(20)) + [-0.5]
      let a = Self.mean(own)
      let b = Self.mean(other)
      #expect(scoresAgree(try referenceDifferenceScore(own, reference: other), a - b))
      #expect(scoresAgree(try referenceRatioScore(own, reference: other), -a / b))
      #expect(scoresAgree(try lowercaseDifferenceScore(own, lowercased: other), a - b))
      #expect(scoresAgree(try lowercaseRatioScore(own, lowercased: other), -a / b))
      let perByte = try referenceDifferencePerByte(own, reference: other, byteCount: 7)
      let totals = a * Double(own.count) - b * Double(other.count)
      #expect(scoresAgree(perByte, totals / 7))
      #expect(scoresAgree(try neighbourhoodScore(a, neighbours: other), a - b))
    }
  }

  @Test func `against itself a record differs by 0 and has ratio −1`() throws {
    let values = [-1.25, -0.5, -3]
    #expect(try referenceDifferenceScore(values, reference: values) == 0)
    #expect(try referenceRatioScore(values, reference: values) == -1)
    #expect(try neighbourhoodScore(-2, neighbours: [-2, -2]) == 0)
  }

  @Test func `a record that gets likelier scores higher`() throws {
    var draws = ScoreDraws(82)
    for _ in 0..<200 {
      let own = draws.logProbabilities(8).map { $0 - 0.1 }
      let raised = own.map { $0 / 2 }
      let base = draws.logProbabilities(8).map { $0 - 0.1 }
      let higher = try referenceDifferenceScore(raised, reference: base)
      #expect(higher > (try referenceDifferenceScore(own, reference: base)))
      let ratio = try referenceRatioScore(raised, reference: base)
      #expect(ratio > (try referenceRatioScore(own, reference: base)))
    }
  }

  @Test func `infinities order where they can and are refused where they cannot`() throws {
    let impossible = [-1, -Double.infinity]
    #expect(try referenceDifferenceScore(impossible, reference: [-1]) == -.infinity)
    #expect(try referenceDifferenceScore([-1], reference: impossible) == .infinity)
    #expect(try referenceRatioScore([-1], reference: impossible) == 0)
    #expect(try referenceRatioScore(impossible, reference: [-1]) == -.infinity)
    #expect(
      refusal { () throws(StatisticsError) in
        try referenceDifferenceScore(impossible, reference: impossible)
      } == "indeterminate")
    #expect(
      refusal { () throws(StatisticsError) in
        try referenceRatioScore(impossible, reference: impossible)
      } == "indeterminate")
    #expect(
      refusal { () throws(StatisticsError) in
        try neighbourhoodScore(0, neighbours: [.infinity, -.infinity])
      } == "indeterminate")
  }

  @Test func `what cannot be computed is refused`() {
    #expect(
      refusal { () throws(StatisticsError) in try referenceRatioScore([-1], reference: [0]) }
        == "division_by_zero")
    #expect(
      refusal { () throws(StatisticsError) in try referenceDifferenceScore([], reference: [-1])
      }
        == "empty_input")
    #expect(
      refusal { () throws(StatisticsError) in try lowercaseRatioScore([-1], lowercased: []) }
        == "empty_input")
    #expect(
      refusal { () throws(StatisticsError) in
        try referenceDifferencePerByte([-1], reference: [-1], byteCount: 0)
      } == "invalid_parameter")
    #expect(
      refusal { () throws(StatisticsError) in try neighbourhoodScore(.nan, neighbours: [0]) }
        == "nan")
    #expect(
      refusal { () throws(StatisticsError) in try neighbourhoodScore(0, neighbours: []) }
        == "empty_input")
  }
}
