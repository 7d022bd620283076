// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics

/// Scores of two labelled groups, compared within strata only.
///
/// The statistic is the share of pairs (first, second) of one stratum in which the first scores
/// higher, ties half:
///
///     AUC = Σ_strata Σ_{i first, j second} w(i, j) / Σ_strata m·n,  w = 1, ½ or 0
///
/// With w(i, j) + w(j, i) = 1 the numerator is, whatever the labels,
/// `Σ_{i first} r_i − Σ_strata m(m−1)/2` where `r_i = Σ_{j ≠ i} w(i, j)` over the whole stratum.
/// So a relabelling needs only a sum of the fixed `r_i`, also where ties within
/// the tie width are not transitive.
struct StratifiedTwoSample: Sendable {
  /// One scored subject.
  struct Member: Sendable {
    let stratum: String
    let first: Bool
    /// `nil` where it is missing.
    let score: Double?
  }

  /// `r_i` twice, by stratum in the order of their names; strata with one label only are left out.
  let doubledWins: [[Int]]
  /// Which members have the first label, in the same places.
  let labels: [[Bool]]
  /// Members with the first label, and with the second, in strata that have both.
  let firsts: Int
  let seconds: Int
  private let pairs: Int
  private let withinFirsts: Int
  private let hasTies: Bool

  /// The order of `members` within a stratum is theirs: sort them first.
  ///
  /// - Parameters:
  ///   - reading: a missing first member is last for ``MissingReading/leak`` and a missing second
  ///     one is best; for ``MissingReading/pass`` the other way round. Their places are distinct.
  ///   - tieEpsilon: scores that differ by no more are tied; with 0 those that are equal.
  init(_ members: [Member], missing reading: MissingReading = .leak, tieEpsilon: Double = 0) {
    var hasTies = false
    var doubledWins: [[Int]] = []
    var labels: [[Bool]] = []
    var firsts = 0
    var seconds = 0
    var pairs = 0
    var withinFirsts = 0
    let strata = Dictionary(grouping: members, by: \.stratum).sorted { $0.key < $1.key }
    for (_, stratum) in strata {
      let ones = stratum.count { $0.first }
      let others = stratum.count - ones
      guard ones > 0, others > 0 else { continue }
      firsts += ones
      seconds += others
      pairs += ones * others
      withinFirsts += ones * (ones - 1) / 2
      labels.append(stratum.map(\.first))
      let wins = Self.doubledWins(stratum, reading, tieEpsilon: tieEpsilon)
      // Without ties the doubled wins are the even numbers below twice the size.
      hasTies = hasTies || Set(wins).count < wins.count || wins.contains { $0 % 2 != 0 }
      doubledWins.append(wins)
    }
    self.doubledWins = doubledWins
    self.labels = labels
    self.firsts = firsts
    self.seconds = seconds
    self.pairs = pairs
    self.withinFirsts = withinFirsts
    self.hasTies = hasTies
  }

  /// In the order of scores each member ties with a run of neighbours, whose ends rise with the score.
  ///
  /// - Complexity: O(members · log members).
  private static func doubledWins(
    _ stratum: [Member], _ reading: MissingReading, tieEpsilon: Double
  ) -> [Int] {
    // Missing ones stand apart, above or below all that is known, each in a place of its own.
    let missing = (
      below: stratum.indices.filter {
        stratum[$0].score == nil && stratum[$0].first == (reading == .leak)
      },
      above: stratum.indices.filter {
        stratum[$0].score == nil && stratum[$0].first != (reading == .leak)
      }
    )
    let known = stratum.indices.compactMap { place in
      stratum[place].score.map { (place: place, score: $0) }
    }.sorted { $0.score < $1.score }
    func isTied(_ one: Double, _ other: Double) -> Bool {
      one == other || abs(one - other) <= tieEpsilon
    }
    var wins = [Int](repeating: 0, count: stratum.count)
    for (number, place) in missing.below.enumerated() {
      wins[place] = 2 * (missing.below.count - 1 - number)
    }
    for (number, place) in missing.above.enumerated() {
      wins[place] = 2 * (stratum.count - 1 - number)
    }
    // The first that ties with a member, and the first above those.
    var (low, high) = (0, 0)
    for (place, score) in known {
      while !isTied(known[low].score, score) { low += 1 }
      while high < known.count, known[high].score <= score || isTied(known[high].score, score) {
        high += 1
      }
      wins[place] = 2 * (missing.below.count + low) + high - low - 1
    }
    return wins
  }

  /// Whether there is any pair to compare.
  var isEmpty: Bool { pairs == 0 }

  /// The AUC of a relabelling whose first members have these doubled wins in sum.
  func auc(doubledSum: Double) -> Double {
    (doubledSum / 2 - Double(withinFirsts)) / Double(pairs)
  }

  /// Above so many steps the exact null is not computed.
  private static let exactSteps = 20_000_000

  /// The one-sided test that the first group scores higher, labels permuted within strata: exact
  /// where no scores tie and the study is not huge, else by `permutations` relabellings.
  ///
  /// - Parameter byConvolution: whether the exact null may be computed; else relabellings are listed
  ///   or drawn, as the first edition did.
  func test(
    permutations: Int, byConvolution: Bool = true, using generator: inout ChaCha8Rand
  ) throws -> CoinTest {
    if byConvolution, !hasTies, pairs * (firsts + seconds) <= Self.exactSteps {
      let wins =
        zip(doubledWins, labels).reduce(0) { sum, stratum in
          sum + zip(stratum.0, stratum.1).reduce(0) { $0 + ($1.1 ? $1.0 : 0) }
        } / 2 - withinFirsts
      let null = CoinNull(
        kinds: labels.map { marks in
          let ones = marks.count { $0 }
          return (ones, marks.count - ones)
        })
      return CoinTest(
        auc: Double(wins) / Double(pairs), pValue: null.atLeast(wins), relabellings: 0,
        isExact: true)
    }
    let test = try stratifiedPermutation(
      scores: doubledWins.map { $0.map(Double.init) }, labels: labels,
      permutations: permutations, using: &generator)
    return CoinTest(
      auc: auc(doubledSum: test.statistic), pValue: test.pValue, relabellings: test.relabellings,
      isExact: test.isExact)
  }
}
