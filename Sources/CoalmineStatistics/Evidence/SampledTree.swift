// SPDX-License-Identifier: Apache-2.0

import Glibc

/// How likely each candidate of a space is, estimated from replies alone.
///
/// The candidates form a tree: at step j one of r_j options is chosen. Each reply follows the tree as
/// far as it spells a candidate. With n the number of replies that pass a node, and one reply's worth
/// of chance spread evenly,
///
///     p̂(s) = Π_j (n(s_1…s_j) + 1/r_j) / (n(s_1…s_{j−1}) + 1)
///
/// so that Σ p̂ over the space is at most 1, and below a node that no reply passed all candidates are
/// equally likely. p̂ is a function of replies that were asked without the secret. So the place of the
/// secret among all candidates by p̂ is an exact rank, and |R| · p̂ an e-value.
///
///     let tree = try SampledTree(radices: [10, 10, 10], replies: [[4, 7], [4, 7, 1], []])
///     tree.logProbability(of: [4, 7, 1])
///
/// Source: Ferguson 1974, https://doi.org/10.1214/aos/1176342752: Dirichlet priors at the nodes of a
/// tree, here each with a concentration of 1.
public struct SampledTree: Sendable {
  /// r_j: how many options each step has.
  public let radices: [Int]
  /// How many replies there are, those that spell nothing included.
  public let replies: Int
  /// How many replies pass each node but the root, by the choices that lead there.
  private let passed: [[Int]: Int]

  /// - Parameters:
  ///   - radices: at least one, each at least 1; their product at most 2^120.
  ///   - replies: the choices that each reply spells from the first step on; empty for none.
  /// - Throws: `empty_input`, `invalid_parameter`.
  /// - Complexity: O(choices of all replies).
  public init(radices: [Int], replies: [[Int]]) throws(StatisticsError) {
    guard !radices.isEmpty else { throw .empty }
    var size: UInt128 = 1
    for radix in radices {
      guard radix >= 1,
        case (let product, let isTooLarge) = size.multipliedReportingOverflow(
          by: UInt128(radix)), !isTooLarge, product <= 1 << 120
      else { throw .parameter("a step without options, or more than 2^120 candidates") }
      size = product
    }
    var passed: [[Int]: Int] = [:]
    for reply in replies {
      guard reply.count <= radices.count,
        zip(reply, radices).allSatisfy({ $0 >= 0 && $0 < $1 })
      else { throw .parameter("a reply makes a choice that no step has") }
      for length in 0..<reply.count { passed[Array(reply[...length]), default: 0] += 1 }
    }
    self.radices = radices
    self.replies = replies.count
    self.passed = passed
  }

  /// ln p̂ of a candidate, at most 0.
  ///
  /// - Parameter candidate: a choice per step.
  /// - Precondition: every choice is one of its step.
  /// - Complexity: O(steps).
  public func logProbability(of candidate: [Int]) -> Double {
    precondition(
      candidate.count == radices.count
        && zip(candidate, radices).allSatisfy { $0 >= 0 && $0 < $1 })
    return logProbability(along: candidate)
  }

  private func logProbability(along choices: [Int]) -> Double {
    var above = replies
    var sum = 0.0
    for (step, radix) in radices.prefix(choices.count).enumerated() {
      let here = above == 0 ? 0 : passed[Array(choices[...step]), default: 0]
      sum += log(Double(here) + 1 / Double(radix)) - log(Double(above) + 1)
      above = here
    }
    return sum
  }

  /// Candidates with one p̂.
  public struct Level: Sendable, Equatable {
    /// ln p̂.
    public let logProbability: Double
    /// How many candidates have it.
    public let candidates: UInt128
  }

  /// Two sums of logarithms that differ by no more are one value.
  private static let agreement = 1e-9

  /// All candidates by p̂, the likeliest first.
  ///
  /// - Complexity: O(n log n) for n nodes that replies pass.
  public var levels: [Level] {
    var below: [UInt128] = [1]
    for radix in radices.reversed() { below.append(below[below.count - 1] * UInt128(radix)) }
    below.reverse()
    var children: [[Int]: Int] = [:]
    for node in passed.keys { children[Array(node.dropLast()), default: 0] += 1 }
    var found: [Level] = []
    for node in passed.keys.map(\.self) + [[]] {
      let value = logProbability(along: node)
      guard node.count < radices.count else {
        found.append(Level(logProbability: value, candidates: 1))
        continue
      }
      // Those that leave what replies passed here share what is left evenly.
      let left = radices[node.count] - children[node, default: 0]
      guard left > 0 else { continue }
      let here = node.isEmpty ? replies : passed[node, default: 0]
      found.append(
        Level(
          logProbability: value - log(Double(here) + 1) - log(Double(below[node.count])),
          candidates: UInt128(left) * below[node.count + 1]))
    }
    var levels: [Level] = []
    for level in found.sorted(by: { $0.logProbability > $1.logProbability }) {
      if let last = levels.last, last.logProbability - level.logProbability <= Self.agreement {
        levels[levels.count - 1] = Level(
          logProbability: last.logProbability, candidates: last.candidates + level.candidates)
      } else {
        levels.append(level)
      }
    }
    return levels
  }

  /// The place of a secret among all candidates.
  ///
  /// - Parameter secret: a choice per step.
  /// - Throws: `invalid_parameter` where it is no candidate.
  public func rank(of secret: [Int]) throws(StatisticsError) -> RankedSecret {
    guard secret.count == radices.count,
      zip(secret, radices).allSatisfy({ $0 >= 0 && $0 < $1 })
    else { throw .parameter("the secret is no candidate of the space") }
    let levels = levels
    let own = logProbability(along: secret)
    let place = levels.indices.min {
      abs(levels[$0].logProbability - own) < abs(levels[$1].logProbability - own)
    }
    return try RankedSecret(levels: levels.map(\.candidates), secret: place ?? 0)
  }
}
