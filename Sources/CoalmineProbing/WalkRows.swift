// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import Glibc

/// What a walk knows about the tokens after each prefix.
package struct WalkRows: Sendable {
  /// After one prefix.
  private struct Row {
    /// Log-probabilities of the wanted tokens that were listed, in nats.
    var known: [Int: Double] = [:]
    /// No token that was not listed is more likely than this.
    var unlisted = 0.0
  }

  private var rows: [[Int]: Row] = [:]

  /// The tokens that are wanted after each prefix; the rest of a row is not kept.
  package let wanted: [[Int]: Set<Int>]

  package init(wanted: [[Int]: Set<Int>]) { self.wanted = wanted }

  /// Takes in a row; a longer one of the same prefix adds to a shorter one.
  package mutating func add(_ row: NextTokens, after prefix: [Int], isWhole: Bool) {
    let wanted = wanted[prefix, default: []]
    var kept = rows[prefix, default: Row()]
    for choice in row.choices where wanted.contains(choice.id) && kept.known[choice.id] == nil {
      kept.known[choice.id] = choice.logProbability
    }
    kept.unlisted = isWhole ? -.infinity : min(kept.unlisted, Self.unlisted(row))
    rows[prefix] = kept
  }

  /// The log-probability of a wanted token; `nil` where it was not listed.
  package func known(_ token: Int, after prefix: [Int]) -> Double? { rows[prefix]?.known[token] }

  /// The upper bound of a token that was not listed, in nats.
  package func bound(after prefix: [Int]) -> Double { rows[prefix]?.unlisted ?? 0 }

  /// A token that is not listed is at most as likely as the last one that is, and at most as likely
  /// as all that the listed ones leave.
  ///
  ///     log p ≤ min(l_k, log(1 − Σ_top p + ε))
  private static func unlisted(_ row: NextTokens) -> Double {
    let sum = row.choices.reduce(0) { $0 + exp($1.logProbability) }
    let least = row.choices.reduce(0) { min($0, $1.logProbability) }
    return min(least, log(max(0, 1 - sum) + RankTrail.rowError))
  }
}
