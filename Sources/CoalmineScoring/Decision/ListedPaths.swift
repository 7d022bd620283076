// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// The token paths that samples of one prompt opened, with the probabilities that were listed.
///
/// A sample visits a node of the model's own tree of continuations, and at each node the endpoint
/// lists the likeliest tokens. So a path of listed tokens over visited nodes has a known probability.
///
/// ```
/// prompt ─┬─ " "  0.95 ─┬─ "9" 0.80 ─┬─ "4" …      visited: goes on
///         ├─ " S" 0.01  ├─ "1" 0.05  │             listed, not visited: open below "1"
///         └─ rest 0.04  └─ rest 0.02 └─ rest …     not listed: open below what is spelled so far
/// ```
///
/// A path counts for a candidate where its bytes, from the white space before the secret on, begin
/// with it. All of this is about the place right after the prompt, and nothing of it depends on which
/// candidate is the secret.
package struct ListedPaths {
  private let space: RandomnessSpace
  /// What may stand between the prompt and a candidate: no two of them before one text.
  private let beginnings: [[UInt8]]
  private let samples: [[WrittenToken]]
  private var open: [[UInt8]: (mass: Double, below: UInt128)] = [:]
  private var whole: [[UInt8]: Double] = [:]

  /// - Parameters:
  ///   - samples: the tokens of each sample at temperature 1.
  ///   - isOwnTurn: whether the model answers in a turn of its own, which may begin without the
  ///     separator.
  /// - Returns: `nil` where the listed probabilities of a place sum to more than 1, or sums over
  ///   candidates do.
  /// - Complexity: O(listed tokens · bytes).
  package static func mass(
    _ samples: [[WrittenToken]], space: RandomnessSpace, separator: [UInt8], isOwnTurn: Bool
  ) -> CandidateMass? {
    var paths = ListedPaths(
      space: space, beginnings: beginnings(space, separator, isOwnTurn), samples: samples)
    guard paths.expand([], probability: 1, through: Array(samples.indices), at: 0),
      let mass = try? CandidateMass(
        candidates: space.count, open: paths.open, whole: paths.whole)
    else { return nil }
    // No e-value without it, whatever was computed above.
    let sums = mass.sums
    guard sums.lower <= 1 + 1e-9, sums.estimate <= 1 + 1e-9 else { return nil }
    return mass
  }

  private init(space: RandomnessSpace, beginnings: [[UInt8]], samples: [[WrittenToken]]) {
    self.space = space
    self.beginnings = beginnings
    self.samples = samples
  }

  private static func beginnings(
    _ space: RandomnessSpace, _ separator: [UInt8], _ isOwnTurn: Bool
  ) -> [[UInt8]] {
    guard isOwnTurn, let first = separator.first, let root = space.node(after: []),
      root.next[first] == nil
    else { return [separator] }
    return [separator, []]
  }

  /// What bytes after the prompt say about the candidates.
  private enum Spelled {
    case nothing
    /// How candidates begin, and how many do.
    case beginning([UInt8], UInt128)
    case candidate([UInt8])
  }

  private func spelled(_ text: [UInt8]) -> Spelled {
    for beginning in beginnings {
      if beginning.count > text.count {
        if beginning.starts(with: text) { return .beginning([], space.count) }
        continue
      }
      guard text.starts(with: beginning) else { continue }
      let rest = text[beginning.count...]
      if let found = space.candidateAtStart(of: rest) {
        return .candidate(Array(rest.prefix(found.length)))
      }
      if let node = space.node(after: Array(rest)) {
        return .beginning(Array(rest), node.candidates)
      }
    }
    return .nothing
  }

  private mutating func leaveOpen(_ beginning: [UInt8], _ below: UInt128, _ mass: Double) {
    guard mass > 0 else { return }
    open[beginning, default: (0, below)].mass += mass
  }

  /// Adds what follows a visited node.
  ///
  /// - Parameters:
  ///   - text: the bytes of the tokens so far.
  ///   - members: the samples that begin with these tokens.
  /// - Returns: `false` where listed probabilities sum to more than 1.
  private mutating func expand(
    _ text: [UInt8], probability: Double, through members: [Int], at step: Int
  ) -> Bool {
    guard case .beginning(let here, let below) = spelled(text) else { return true }
    let going = members.filter { samples[$0].count > step }
    guard let row = ListedRow(going.map { samples[$0][step] }) else { return false }
    leaveOpen(here, below, probability * row.rest)
    for token in row.tokens {
      let next = text + token.bytes
      let mass = probability * token.probability
      switch spelled(next) {
      case .nothing: continue
      case .candidate(let candidate): whole[candidate, default: 0] += mass
      case .beginning(let beginning, let below):
        // Of two tokens with the same bytes it is not known which one a sample went through.
        let through = token.isUnique ? going.filter { samples[$0][step].bytes == token.bytes } : []
        if through.isEmpty {
          leaveOpen(beginning, below, mass)
        } else if !expand(next, probability: mass, through: through, at: step + 1) {
          return false
        }
      }
    }
    return true
  }
}
