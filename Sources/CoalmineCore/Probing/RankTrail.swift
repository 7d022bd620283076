// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics

/// What a search for the exact rank of a secret asked, and what it was told.
///
/// It holds all that the search depends on, so that scoring walks it again and reaches the same
/// bounds.
public struct RankTrail: Sendable, Equatable {
  /// The log-probability of the canary's own secret, in nats.
  public let logProbability: Double
  /// In nats.
  public let tieEpsilon: Double
  /// The most prefixes that were to be asked.
  public let budget: Int
  /// How many prefixes were proposed at a time.
  public let batch: Int
  /// How far the probabilities of a row may sum wrongly.
  public let rowError: Double
  /// In the order of the proposals.
  public var steps: [Step] = []

  /// One prefix of a secret, and what may follow it.
  public struct Step: Sendable, Equatable {
    /// Bytes of the secret so far.
    public let path: [UInt8]
    /// Log-probabilities by symbol: the byte itself for a token of one byte, 256 and the token's
    /// number for any other. The likeliest tokens; all others are less likely than the least.
    public let choices: [Int: Double]

    public init(path: [UInt8], choices: [Int: Double]) {
      self.path = path
      self.choices = choices
    }
  }

  public init(
    logProbability: Double, tieEpsilon: Double, budget: Int, batch: Int,
    rowError: Double = leastRowError
  ) {
    self.logProbability = logProbability
    self.tieEpsilon = tieEpsilon
    self.budget = budget
    self.batch = batch
    self.rowError = rowError
  }

  /// No search begins where the references leave no more than this open, and one that ends with
  /// more open gives way to them, in bits.
  public static let openBits = 2.0

  /// How far the probabilities of a short row may sum wrongly: they come as decimal logarithms of
  /// single-precision numbers.
  public static let leastRowError = 5e-4

  /// How far the probabilities of a row may sum wrongly where so many tokens share them. A check
  /// refuses an endpoint whose rows are further off.
  ///
  /// Servers add up a row in single precision, and each of n additions rounds by at most 2^-24 of
  /// the sum: of 150,000 tokens a row of llama.cpp summed to 1.0010.
  public static func rowError(vocabulary: Int?) -> Double {
    max(leastRowError, Double(vocabulary ?? 0) * 0x1p-24)
  }

  /// The search at its start. It has no budget of its own: who drives it stops between batches, so
  /// that a search that goes on later proposes the same.
  ///
  /// - Throws: `StatisticsError` where the secret is not of the space.
  public func search(_ space: RandomnessSpace, for secret: [UInt8]) throws(StatisticsError)
    -> RankSearch<SecretTrie>
  {
    try RankSearch(
      trie: SecretTrie(space: space), canary: secret.map(Int.init),
      logProbability: logProbability, tieEpsilon: tieEpsilon, budget: .max,
      rowError: rowError)
  }

  /// The bounds of the rank by everything that was told.
  ///
  /// - Throws: `StatisticsError` where a step contradicts the space.
  /// - Complexity: O(steps × symbols).
  public func bounds(_ space: RandomnessSpace, of secret: [UInt8]) throws(StatisticsError)
    -> RankBounds
  {
    var search = try search(space, for: secret)
    var told: [[UInt8]: [Int: Double]] = [:]
    for step in steps { told[step.path] = step.choices }
    while true {
      let proposed = search.nextBatch(limit: batch)
      if proposed.isEmpty { return search.bounds }
      for path in proposed {
        guard let choices = told[path.map { UInt8(truncatingIfNeeded: $0) }] else {
          return search.bounds
        }
        try search.receive(NextSymbolRow(top: choices), after: path)
      }
    }
  }
}

/// The candidates of a space, byte by byte.
public struct SecretTrie: CandidateTrie {
  public let space: RandomnessSpace

  public init(space: RandomnessSpace) { self.space = space }

  public func branches(after path: [Int]) -> [CandidateBranch] {
    let bytes = path.map { UInt8(truncatingIfNeeded: $0) }
    guard let node = space.node(after: bytes) else { return [] }
    return node.next.sorted { $0.key < $1.key }.map { byte, count in
      CandidateBranch(
        symbol: Int(byte), candidates: count,
        isEnd: count == 1 && space.node(after: bytes + [byte])?.isEnd == true)
    }
  }
}
