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
    let score: Double
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

  /// The order of `members` within a stratum is theirs: sort them first.
  ///
  /// - Parameter tieEpsilon: scores that differ by no more are tied.
  init(_ members: [Member], tieEpsilon: Double) {
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
      doubledWins.append(
        stratum.map { own in
          stratum.reduce(-1) { sum, other in
            let difference = own.score - other.score
            return sum + (abs(difference) <= tieEpsilon ? 1 : difference > 0 ? 2 : 0)
          }
        })
    }
    self.doubledWins = doubledWins
    self.labels = labels
    self.firsts = firsts
    self.seconds = seconds
    self.pairs = pairs
    self.withinFirsts = withinFirsts
  }

  /// Whether there is any pair to compare.
  var isEmpty: Bool { pairs == 0 }

  /// The AUC of a relabelling whose first members have these doubled wins in sum.
  func auc(doubledSum: Double) -> Double {
    (doubledSum / 2 - Double(withinFirsts)) / Double(pairs)
  }

  /// The one-sided test that the first group scores higher, labels permuted within strata.
  func test(permutations: Int, using generator: inout ChaCha8Rand) throws -> (
    auc: Double, test: StratifiedPermutationResult
  ) {
    let test = try stratifiedPermutation(
      scores: doubledWins.map { $0.map(Double.init) }, labels: labels,
      permutations: permutations, using: &generator)
    return (auc(doubledSum: test.statistic), test)
  }
}
