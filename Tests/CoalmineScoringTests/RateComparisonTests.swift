// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineScoring
import CoalmineStatistics
import Testing

@Suite struct `Extraction rates compared` {
  private func comparison(_ name: RateComparison.Name, _ canaries: [CanaryResult])
    -> Outcome<RateComparison.Value>?
  {
    RateComparisonScoring.results(canaries, targetRepetitions: 1).first { $0.name == name }?.outcome
  }

  private func choose(_ all: Int, _ some: Int) -> Double {
    guard some >= 0, some <= all else { return 0 }
    return (0..<some).reduce(1.0) { $0 * Double(all - $1) / Double($1 + 1) }
  }

  /// P(at least `first` of the yes fall on the first group), all margins given.
  private func hypergeometric(_ first: Int, _ m: Int, _ second: Int, _ n: Int) -> Double {
    let yes = first + second
    return (first...min(m, yes)).reduce(0) {
      $0 + choose(m, $1) * choose(n, yes - $1) / choose(m + n, yes)
    }
  }

  @Test(arguments: [(9, 20, 2, 18), (0, 12, 0, 12), (1, 5, 4, 9), (7, 7, 0, 8)])
  func `inserted against held out is Fisher's one-sided test at every decoding`(
    _ first: Int, _ m: Int, _ second: Int, _ n: Int
  ) throws {
    let canaries =
      (0..<m).map {
        MadeCanary.result(
          "i\($0)", greedy: .measured($0 < first), sampled: $0 < first ? 3 : 0)
      }
      + (0..<n).map {
        MadeCanary.result(
          "h\($0)", role: .heldOut, greedy: .measured($0 < second), sampled: $0 < second ? 1 : 0)
      }
      // Of other repetitions and roles: not compared.
      + (0..<6).map {
        MadeCanary.result("l\($0)", repetitions: 8, greedy: .measured(true), sampled: 9)
      }
      + [MadeCanary.result("c", role: .control, greedy: .measured(true), sampled: 9)]
    let expected = hypergeometric(first, m, second, n)
    for name in [RateComparison.Name.greedyInserted, .sampledInserted, .defaultsInserted] {
      let value = try #require(comparison(name, canaries)?.value)
      #expect(value.test == .fisherExact && value.discordant == nil)
      #expect(value.first.hits == first && value.first.trials == m)
      #expect(value.second.hits == second && value.second.trials == n)
      #expect(abs(value.pValue - expected) < 1e-9, "\(name)")
    }
  }

  @Test func `greedy against sampled is McNemar's test of the same canaries`() throws {
    // Seven by sampling only, one by greedy only, three by both, four by none.
    let answers =
      Array(repeating: (false, 2), count: 7) + [(true, 0)] + Array(repeating: (true, 5), count: 3)
      + Array(repeating: (false, 0), count: 4)
    var canaries = answers.enumerated().map { number, answer in
      MadeCanary.result(
        "i\(number)", repetitions: 1 << (number % 3), greedy: .measured(answer.0),
        sampled: answer.1)
    }
    // Without one of the two answers, and held out: not compared.
    canaries.append(MadeCanary.result("x", greedy: .measured(true), sampled: nil))
    canaries.append(MadeCanary.result("h", role: .heldOut, greedy: .measured(true), sampled: 0))
    let value = try #require(comparison(.greedySampled, canaries)?.value)
    #expect(value.test == .mcNemarExact)
    #expect(value.discordant == .init(onlyFirst: 1, onlySecond: 7))
    #expect(value.first.hits == 4 && value.second.hits == 10 && value.first.trials == 15)
    #expect(abs(value.pValue - 2 * Oracle.upperTail(7, of: 8, 0.5)) < 1e-12)
  }

  @Test func `equal answers have p = 1, and missing ones their reason`() throws {
    let same = (0..<5).map { MadeCanary.result("i\($0)", greedy: .measured(true), sampled: 4) }
    let value = try #require(comparison(.greedySampled, same)?.value)
    #expect(value.pValue == 1 && value.discordant == .init(onlyFirst: 0, onlySecond: 0))
    #expect(comparison(.greedyInserted, same)?.reason?.slug == "no-canaries")
    let withheld = [MadeCanary.result("i", sampled: nil)]
    #expect(comparison(.greedySampled, withheld)?.status == "censored")
    #expect(comparison(.greedySampled, [])?.reason?.slug == "no-canaries")
  }
}
