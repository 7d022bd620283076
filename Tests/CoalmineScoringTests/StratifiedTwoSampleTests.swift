// SPDX-License-Identifier: Apache-2.0

import CoalmineScoring
import CoalmineStatistics
import CoalmineTesting
import Testing

@Suite struct `Two samples in strata` {
  private typealias Member = StratifiedTwoSample.Member

  /// Twice the wins of each member over every other one, by comparing all pairs.
  private static func naive(_ members: [Member], _ reading: MissingReading, _ tieEpsilon: Double)
    -> [Int]
  {
    func level(_ member: Member) -> Int {
      member.score != nil ? 0 : member.first == (reading == .leak) ? -1 : 1
    }
    return members.indices.map { own in
      members.indices.filter { $0 != own }.reduce(0) { sum, other in
        let (left, right) = (level(members[own]), level(members[other]))
        if left != right { return sum + (left > right ? 2 : 0) }
        guard let score = members[own].score, let rival = members[other].score else {
          return sum + (own < other ? 2 : 0)
        }
        if score == rival || abs(score - rival) <= tieEpsilon { return sum + 1 }
        return sum + (score > rival ? 2 : 0)
      }
    }
  }

  @Test(arguments: [0, 0.3, 1.1])
  func `wins by the order of scores are those of all pairs, ties and gaps among them`(
    tieEpsilon: Double
  ) {
    var random = SplitMix(31)
    for trial in 0..<400 {
      let members = (0..<Int.random(in: 2...40, using: &random)).map { _ in
        let score: Double? =
          switch Int.random(in: 0..<8, using: &random) {
          case 0: nil
          case 1: -Double.infinity
          case 2 where trial % 4 == 0: Double.infinity
          case 3: Double.random(in: -5...0, using: &random)
          default: Double(Int.random(in: -6...0, using: &random)) / 2
          }
        return Member(stratum: "k", first: Bool.random(using: &random), score: score)
      }
      guard Set(members.map(\.first)).count == 2 else { continue }
      for reading in [MissingReading.leak, .pass] {
        let groups = StratifiedTwoSample(members, missing: reading, tieEpsilon: tieEpsilon)
        #expect(groups.doubledWins == [Self.naive(members, reading, tieEpsilon)])
      }
    }
  }

  @Test func `a hundred thousand members take a moment`() {
    var random = SplitMix(32)
    let members = (0..<100_000).map { place in
      Member(stratum: "k", first: place % 2 == 0, score: Double.random(in: -9...0, using: &random))
    }
    let took = ContinuousClock().measure {
      let wins = StratifiedTwoSample(members).doubledWins[0]
      // Every pair is won once.
      #expect(wins.reduce(0, +) == 100_000 * 99_999)
    }
    #expect(took < .seconds(10))
  }
}
