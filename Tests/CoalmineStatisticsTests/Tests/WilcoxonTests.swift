// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation
import Testing

@Suite struct `Wilcoxon signed-rank test` {
  /// By every choice of signs over mid-ranks counted pair by pair.
  static func naive(_ differences: [Double], zeros: SignedRanks.Zeros) -> (
    w: Double, up: Double, down: Double
  ) {
    let ranked = zeros == .pratt ? differences : differences.filter { $0 != 0 }
    let kept = ranked.filter { $0 != 0 }
    let ranks = kept.map { x in
      ranked.reduce(0.5) { $0 + (abs($1) < abs(x) ? 1 : abs($1) == abs(x) ? 0.5 : 0) }
    }
    let w = zip(kept, ranks).reduce(0) { $0 + ($1.0 > 0 ? $1.1 : 0) }
    var (up, down) = (0, 0)
    for mask in 0..<(1 << kept.count) {
      let sum = ranks.indices.reduce(0.0) { $0 + (mask >> $1 & 1 == 1 ? ranks[$1] : 0) }
      if sum >= w { up += 1 }
      if sum <= w { down += 1 }
    }
    let total = Double(1 << kept.count)
    return (w, Double(up) / total, Double(down) / total)
  }

  @Test func `the exact test is the enumeration of all signs, ties and zeros included`() throws {
    var random = EvaluationTrials.generator(31)
    for trial in 0..<80 {
      let spread: UInt64 = trial % 2 == 0 ? 7 : 1001
      let differences = random.digits(1 + trial % 10, below: spread).map { $0 - Double(spread / 2) }
      for zeros in SignedRanks.Zeros.allCases {
        let expected = Self.naive(differences, zeros: zeros)
        let ranks = try SignedRanks(differences, zeros: zeros)
        let p = try ranks.exact()
        #expect(ranks.positiveRankSum == expected.w)
        #expect(near(p.greater, expected.up) && near(p.less, expected.down))
      }
    }
  }

  @Test func `all positive has one chance in 2^n, and n = 200 still resolves it`() throws {
    for count in [1, 5, 200] {
      let p = try SignedRanks((1...count).map { Double($0) }).exact()
      #expect(near(p.logGreater, -Double(count) * log(2), 1e-12) && near(p.less, 1))
    }
  }

  @Test func `signs turned round turn the tails round`() throws {
    var random = EvaluationTrials.generator(32)
    for _ in 0..<50 {
      let differences = random.digits(30, below: 21).map { $0 - 9 }
      for zeros in SignedRanks.Zeros.allCases {
        let one = try SignedRanks(differences, zeros: zeros)
        let other = try SignedRanks(differences.map { -$0 }, zeros: zeros)
        #expect(near(try one.exact().greater, try other.exact().less))
        #expect(near(one.normal().greater, other.normal().less))
        #expect(
          near(one.normal(correction: .half).twoSided, other.normal(correction: .half).twoSided))
        #expect(abs(try one.exact().greater - one.normal().greater) < 0.03)
      }
    }
  }

  @Test func `hostile input is refused or has a defined answer`() throws {
    #expect(refusal { try SignedRanks([]) } == "empty_input")
    #expect(refusal { try SignedRanks([1, .nan]) } == "nan")
    let large = try SignedRanks((1...201).map { Double($0) })
    #expect(refusal { try large.exact() } == "invalid_parameter")
    #expect(large.normal().logGreater < -70)
    for zeros in SignedRanks.Zeros.allCases {
      let nothing = try SignedRanks([0, -0.0, 0], zeros: zeros)
      #expect(nothing.nonzero == 0 && nothing.positiveRankSum == 0)
      #expect(try nothing.exact().twoSided == 1)
      #expect(nothing.normal().twoSided == 1)
      #expect(nothing.normal(correction: .half).greater == 1)
    }
    let infinite = try SignedRanks([.infinity, -.infinity, 3])
    #expect(infinite.positiveRankSum == 3.5)
    let huge = try SignedRanks((0..<200_000).map { Double($0) })
    #expect(huge.normal().logGreater.isFinite)
  }

  @Test func `under the null it rejects seldom enough`() throws {
    let exact = try EvaluationTrials.share("Wilcoxon exact size, 15 pairs with ties", seed: 33) {
      random in
      try SignedRanks(random.digits(15, below: 21).map { $0 - 10 }).exact().greater <= 0.05
    }
    #expect(try exact <= EvaluationTrials.most(0.05) && exact > 0.02)
    let normal = try EvaluationTrials.share("Wilcoxon normal size, 60 pairs", seed: 34) { random in
      try SignedRanks(random.normals(60)).normal().twoSided <= 0.05
    }
    #expect(try normal <= EvaluationTrials.most(0.052))
  }
}
