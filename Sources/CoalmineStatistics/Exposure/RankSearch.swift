// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The exact rank of a canary in a space too large to score whole, by best-first search.
///
/// A path's log-probability only falls as it grows, so a path below the canary's is left out with
/// everything under it. The search asks nothing itself: it proposes paths, is fed the rows that
/// follow them, and at any time holds certified bounds of the rank:
///
///     at least 1 + found
///     at most  1 + found + Σ over open paths of min(candidates below, ⌊e^(A − L_c)⌋)
///
/// A is the log-probability of a path, or its upper bound where a symbol was not listed in a row;
/// below such a path leaves can only widen the bounds. The order of proposals depends on nothing
/// but the rows, and batches do not depend on the order in which rows arrive.
///
/// - Complexity: at most length · e^(−L_c) rows; O(log open paths) a child.
/// Source: Carlini et al. 2019.
/// Differs from it in: bounds for a search cut short and for rows that list only some symbols.
public struct RankSearch<Trie: CandidateTrie>: Sendable {
  /// The canary as a path through the trie.
  public let canary: [Int]
  /// The most rows that the search asks for.
  public let budget: Int
  /// Rows received.
  public private(set) var rows = 0
  /// Every candidate of the space.
  public let candidates: UInt128

  private let trie: Trie
  private let limits: RankLimits
  private var queue = OpenPaths()
  private var pending: [[Int]: OpenPath] = [:]
  private var proposed = 0
  /// Candidates whose log-probability is known and high enough.
  private var found = RankCounts()
  /// The most that open, pending and undecided paths can add.
  private var open = RankCounts()
  /// The smallest upper ends so far: each stays true.
  private var least = RankCounts(optimistic: .max, conservative: .max)

  /// Starts at the root.
  ///
  /// - Parameters:
  ///   - trie: the candidates.
  ///   - canary: a whole candidate of it.
  ///   - logProbability: L_c, of the canary after the same prompt, in nats.
  ///   - tieEpsilon: in nats, at least 0; above twice the noise of the log-probabilities.
  ///   - budget: how many rows may be asked for, at least 0.
  ///   - certificate: what the bounds may rest on.
  ///   - rowError: how far the listed probabilities of a row may sum wrongly, above 0; about 1e-3
  ///     where log-probabilities come rounded.
  /// - Throws: `nan`, `invalid_logprob`; `empty_input` for an empty trie; `invalid_parameter` for
  ///   a canary that is not in it, a log-probability of −∞, or a negative number.
  public init(
    trie: Trie, canary: [Int], logProbability: Double, tieEpsilon: Double = 1e-9, budget: Int,
    certificate: RankCertificate = .mass, rowError: Double = 1e-12
  ) throws(StatisticsError) {
    let value = try Exposure.checked(logProbability)
    if tieEpsilon.isNaN || rowError.isNaN { throw .nan }
    guard value.isFinite else { throw .parameter("a canary of probability 0 has no rank to find") }
    guard tieEpsilon >= 0, rowError > 0, budget >= 0 else {
      throw .parameter("a tie width, row error or budget is out of range")
    }
    let root = trie.branches(after: [])
    guard !root.isEmpty else { throw .empty }
    for length in canary.indices {
      let branches = length == 0 ? root : trie.branches(after: Array(canary[..<length]))
      guard let step = branches.first(where: { $0.symbol == canary[length] }),
        step.isEnd == (length == canary.count - 1)
      else { throw .parameter("the canary is not in the trie") }
    }
    guard !canary.isEmpty else { throw .parameter("the canary is not in the trie") }
    self.trie = trie
    self.canary = canary
    self.budget = budget
    candidates = try RankCounts.total(root)
    limits = RankLimits(
      canary: value, tieEpsilon: tieEpsilon, certificate: certificate, rowError: rowError)
    push(
      OpenPath(path: [], bound: 0, isExact: true, others: candidates - 1, holdsCanary: true))
    settle()
  }

  /// The next paths whose following symbol should be asked for, the most likely first.
  ///
  /// Fewer than `limit` where the budget or the open paths run out; empty for a limit below 1.
  public mutating func nextBatch(limit: Int) -> [[Int]] {
    var batch: [[Int]] = []
    while batch.count < limit, proposed < budget, let next = queue.popFirst() {
      guard next.unlisted.isEmpty else {
        split(next)
        continue
      }
      proposed += 1
      pending[next.path] = next
      batch.append(next.path)
    }
    return batch
  }

  /// Takes in the row that follows a proposed path.
  ///
  /// - Throws: `nan`, `invalid_logprob`; `invalid_parameter` for a path that was not proposed, or
  ///   where the counts of the trie contradict each other.
  public mutating func receive(_ row: NextSymbolRow, after path: [Int]) throws(StatisticsError) {
    guard let node = pending[path] else { throw .parameter("a row was not asked for") }
    let branches = trie.branches(after: path)
    let below = try RankCounts.total(branches)
    guard below == node.others + (node.holdsCanary ? 1 : 0) else {
      throw .parameter("the counts of the trie contradict each other")
    }
    let unlisted = try limits.unlisted(row)
    var logs: [Int: Double] = [:]
    for branch in branches {
      guard let value = row.logProbabilities[branch.symbol] else { continue }
      logs[branch.symbol] = try Exposure.checked(value)
    }
    pending[path] = nil
    rows += 1
    open.subtract(limits.most(node))
    var rest: [CandidateBranch] = []
    for branch in branches {
      guard let value = logs[branch.symbol] else {
        if unlisted.each > -.infinity { rest.append(branch) }
        continue
      }
      add(child(of: node, branch, by: value, isExact: node.isExact), isEnd: branch.isEnd)
    }
    addUnlisted(rest, unlisted, below: node)
    settle()
  }

  /// Says that no row can be had after a proposed path: what lies below stays undecided.
  ///
  /// - Throws: `invalid_parameter` for a path that was not proposed.
  public mutating func giveUp(on path: [Int]) throws(StatisticsError) {
    guard pending.removeValue(forKey: path) != nil else {
      throw .parameter("a row was not asked for")
    }
  }

  /// Whether nothing is left to ask for: no open path, or no budget, and no answer outstanding.
  public var isFinished: Bool {
    pending.isEmpty && (queue.isEmpty || proposed >= budget)
  }

  /// The certified bounds by what was received so far; they only ever narrow.
  public var bounds: RankBounds {
    let low = RankCounts(
      optimistic: found.optimistic + 1, conservative: found.conservative + 1)
    return RankBounds(
      optimistic: low.optimistic...max(low.optimistic, least.optimistic),
      conservative: low.conservative...max(low.conservative, least.conservative),
      candidates: candidates)
  }

  private func child(
    of node: OpenPath, _ branch: CandidateBranch, by value: Double, isExact: Bool
  ) -> OpenPath {
    let path = node.path + [branch.symbol]
    let holdsCanary = node.holdsCanary && canary.starts(with: path)
    return OpenPath(
      path: path, bound: node.bound + value, isExact: isExact,
      others: branch.candidates - (holdsCanary ? 1 : 0), holdsCanary: holdsCanary)
  }

  private mutating func add(_ node: OpenPath, isEnd: Bool) {
    guard isEnd else { return push(node) }
    if node.holdsCanary { return }
    if node.isExact {
      found.add(limits.most(node))
    } else {
      open.add(limits.most(node))
    }
  }

  /// Counts a path as open, and queues it where that can change the bounds.
  private mutating func push(_ node: OpenPath) {
    let most = limits.most(node)
    open.add(most)
    if most.conservative > 0 { queue.insert(node) }
  }

  /// Symbols that the row did not list: one by one, or together under what probability is left.
  private mutating func addUnlisted(
    _ branches: [CandidateBranch], _ unlisted: RankLimits.Unlisted, below node: OpenPath
  ) {
    guard limits.certificate == .mass else {
      for branch in branches {
        add(child(of: node, branch, by: unlisted.each, isExact: false), isEnd: branch.isEnd)
      }
      return
    }
    for isEnd in [true, false] {
      let members = branches.filter { $0.isEnd == isEnd }
      guard !members.isEmpty else { continue }
      let nodes = members.map { child(of: node, $0, by: unlisted.each, isExact: false) }
      let group = OpenPath(
        path: node.path, bound: node.bound + unlisted.each, isExact: false,
        others: nodes.reduce(0) { $0 + $1.others },
        holdsCanary: nodes.contains { $0.holdsCanary }, unlisted: nodes,
        together: node.bound + unlisted.together)
      if isEnd { open.add(limits.most(group)) } else { push(group) }
    }
  }

  /// Opens a group: from here on its members are bounded one by one.
  private mutating func split(_ group: OpenPath) {
    open.subtract(limits.most(group))
    for node in group.unlisted { push(node) }
  }

  private mutating func settle() {
    least.optimistic = min(least.optimistic, 1 + found.optimistic + open.optimistic)
    least.conservative = min(least.conservative, 1 + found.conservative + open.conservative)
  }
}
