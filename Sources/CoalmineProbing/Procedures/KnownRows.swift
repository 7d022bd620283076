// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import Glibc

/// What is known about the tokens after each prefix.
package struct KnownRows: Sendable {
  /// After one prefix.
  private struct Row {
    /// Log-probabilities of the wanted tokens that were listed, in nats.
    var known: [Int: Double] = [:]
    /// No token that was not listed is more likely than this.
    var unlisted = 0.0
  }

  private var rows: [TokenPrefix: Row] = [:]

  /// The tokens that are wanted after each prefix; the rest of a row is not kept.
  package let wanted: [TokenPrefix: Set<Int>]

  /// How far the probabilities of a row may sum wrongly.
  private let rowError: Double

  package init(wanted: [TokenPrefix: Set<Int>], rowError: Double = RankTrail.leastRowError) {
    self.wanted = wanted
    self.rowError = rowError
  }

  /// The tokens that some texts want.
  package init(of texts: [StepwiseText], rowError: Double) {
    var wanted: [TokenPrefix: Set<Int>] = [:]
    for text in texts where text.fault == nil {
      for place in text.wanted {
        wanted[text.prefix(place), default: []].insert(text.tokens[place].id)
      }
    }
    self.wanted = wanted
    self.rowError = rowError
  }

  /// Takes in a row; a longer one of the same prefix adds to a shorter one.
  package mutating func add(_ row: NextTokens, after prefix: TokenPrefix, listing: Listing) {
    let wanted = wanted[prefix, default: []]
    var kept = rows[prefix, default: Row()]
    for choice in row.choices where wanted.contains(choice.id) && kept.known[choice.id] == nil {
      kept.known[choice.id] = choice.logProbability
    }
    switch listing {
    // One token alone says nothing of the others.
    case .only: break
    case .top(let count) where row.choices.count >= count:
      kept.unlisted = min(kept.unlisted, unlisted(row))
    case .top, .all: kept.unlisted = -.infinity
    }
    rows[prefix] = kept
  }

  /// The log-probability of a wanted token; `nil` where it was not listed.
  package func known(_ token: Int, after prefix: TokenPrefix) -> Double? {
    rows[prefix]?.known[token]
  }

  /// The upper bound of a token that was not listed, in nats.
  package func bound(after prefix: TokenPrefix) -> Double { rows[prefix]?.unlisted ?? 0 }

  /// The wanted tokens of `texts` that are not known and may have a probability, each once, by
  /// their prefixes in order.
  package func missed(_ texts: [StepwiseText]) -> [(prefix: TokenPrefix, token: Int)] {
    var seen: [TokenPrefix: Set<Int>] = [:]
    for text in texts where text.fault == nil && text.forced == nil {
      for place in text.wanted {
        let prefix = text.prefix(place)
        let token = text.tokens[place].id
        if known(token, after: prefix) == nil, bound(after: prefix) > -.infinity {
          seen[prefix, default: []].insert(token)
        }
      }
    }
    return seen.keys.sorted().flatMap { prefix in
      seen[prefix, default: []].sorted().map { (prefix, $0) }
    }
  }

  /// A token that is not listed is at most as likely as the last one that is, and at most as likely
  /// as all that the listed ones leave.
  ///
  ///     log p ≤ min(l_k, log(1 − Σ_top p + ε))
  private func unlisted(_ row: NextTokens) -> Double {
    let sum = row.choices.reduce(0) { $0 + exp($1.logProbability) }
    let least = row.choices.reduce(0) { min($0, $1.logProbability) }
    return min(least, log(max(0, 1 - sum) + rowError))
  }
}
