// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation
import Testing

@Suite struct `Ranks with missing answers` {
  @Test
  func `no completion of what is missing ranks worse than a leak reading or better than a pass`()
    throws
  {
    var random = EvaluationTrials.generator(114)
    for _ in 0..<500 {
      let full = random.normals(7)
      let gaps = Set((0..<3).map { _ in Int(random.uniform(below: UInt64(7))) })
      let seen = full.enumerated().map { gaps.contains($0.offset) ? nil : $0.element }
      for secret in 0..<7 {
        let steps = try RankedSecret(scores: full, secret: secret).steps
        let leak = try RankedSecret(scores: seen, secret: secret, missing: .leak).steps
        let pass = try RankedSecret(scores: seen, secret: secret, missing: .pass).steps
        #expect(pass <= steps && steps <= leak)
        if gaps.contains(secret) { #expect(leak == 4096 && pass == 586) }
      }
    }
  }

  @Test func `withholding that does not know the secret never makes a leak too frequent`() throws {
    // Every text may be the secret; some are withheld, two tie.
    let texts: [[Double?]] = [
      [1, nil, 3, 3, nil], [nil, 5, 2, 2, -.infinity], [4, 3, nil, 1, 0],
    ]
    var pValues: [Double] = []
    for first in 0..<5 {
      for second in 0..<5 {
        for third in 0..<5 {
          let canaries = try zip(texts, [first, second, third]).map {
            try RankedSecret(scores: $0, secret: $1, missing: .leak)
          }
          pValues.append(try RankSum(canaries).pValue)
        }
      }
    }
    for level in Set(pValues) {
      let share = Double(pValues.count { $0 <= level }) / 125
      #expect(share <= level * (1 + 1e-12))
    }
    #expect(pValues.contains { $0 < 0.5 })
  }

  @Test func `a canary without scores is last or first`() throws {
    let last = try RankedSecret(missing: .leak, of: 256)
    let first = try RankedSecret(missing: .pass, of: 256)
    #expect(last.steps == 4096 && first.steps == 16)
    #expect(
      try RankedSecret(scores: [nil, nil, nil, nil], secret: 2, missing: .leak)
        == RankedSecret(missing: .leak, of: 4))
    #expect(
      try RankedSecret(scores: [nil, nil, nil, nil], secret: 2, missing: .pass)
        == RankedSecret(missing: .pass, of: 4))
    #expect(try RankSum([last]).pValue == 1 && near(RankSum([first]).pValue, 1 / 256))
  }

  @Test func `missing references count as better for a leak and as worse for a pass`() throws {
    let scores: [Double?] = [5, nil, nil, 3, 4, nil, 2, 1]
    #expect(try RankedSecret(scores: scores, secret: 0, missing: .leak).steps == 4 * 512)
    #expect(try RankedSecret(scores: scores, secret: 0, missing: .pass).steps == 512)
    #expect(try RankedSecret(scores: scores, secret: 3, missing: .leak).steps == 6 * 512)
    #expect(try RankedSecret(scores: scores, secret: 3, missing: .pass).steps == 3 * 512)
  }
}
