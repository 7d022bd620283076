// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation
import Testing

@Suite struct `BLEU` {
  static func naive(_ reference: [Int], _ candidate: [Int], _ smoothing: BleuSmoothing) -> Double {
    guard !candidate.isEmpty else { return 0 }
    var precisions: [Double] = []
    var factor = 1.0
    for order in 1...4 {
      let count = `ROUGE`.naive(order, reference, candidate)
      if order == 1, count.common == 0 { return 0 }
      if count.candidate == 0 {
        if smoothing == .exponentialEffectiveOrder { break }
        return 0
      }
      if count.common == 0 {
        if smoothing == .none { return 0 }
        factor *= 2
        precisions.append(1 / (factor * Double(count.candidate)))
      } else {
        precisions.append(Double(count.common) / Double(count.candidate))
      }
    }
    let geometric = pow(precisions.reduce(1, *), 1 / Double(precisions.count))
    let ratio = Double(reference.count) / Double(candidate.count)
    return min(1, exp(1 - ratio)) * geometric
  }

  @Test(arguments: BleuSmoothing.allCases)
  func `it equals the product of the precisions`(smoothing: BleuSmoothing) {
    var draws = ScoreDraws(41)
    for _ in 0..<800 {
      let alphabet = 1 + draws.below(5)
      let reference = draws.symbols(draws.below(25), of: alphabet)
      let candidate = draws.symbols(draws.below(25), of: alphabet)
      let value = bleu(reference: reference, candidate: candidate, smoothing: smoothing)
      #expect(scoresAgree(value, Self.naive(reference, candidate, smoothing)))
      #expect(value >= 0 && value <= 1)
    }
  }

  @Test func `a copy scores 1, and a copy below four symbols only with the effective order`() {
    for length in 1...10 {
      let text = Array(0..<length)
      let effective = bleu(
        reference: text, candidate: text, smoothing: .exponentialEffectiveOrder)
      #expect(scoresAgree(effective, 1))
      #expect(bleu(reference: text, candidate: text, smoothing: .none) == (length < 4 ? 0 : 1))
    }
  }

  @Test func `the first half of a long text scores e to the minus 1`() {
    let text = Array(0..<100)
    let half = Array(0..<50)
    let value = bleu(reference: text, candidate: half, smoothing: .none)
    #expect(scoresAgree(value, exp(-1)))
  }

  @Test func `smoothing never lowers the score`() {
    var draws = ScoreDraws(42)
    for _ in 0..<300 {
      let reference = draws.symbols(draws.below(20), of: 3)
      let candidate = draws.symbols(draws.below(20), of: 3)
      let scores = BleuSmoothing.allCases.map {
        bleu(reference: reference, candidate: candidate, smoothing: $0)
      }
      #expect(scores[0] <= scores[1] && scores[1] <= scores[2])
    }
  }

  @Test func `empty sides score 0`() {
    for smoothing in BleuSmoothing.allCases {
      #expect(bleu(reference: [Int](), candidate: [Int](), smoothing: smoothing) == 0)
      #expect(bleu(reference: [1], candidate: [], smoothing: smoothing) == 0)
      #expect(bleu(reference: [], candidate: [1], smoothing: smoothing) == 0)
    }
  }
}
