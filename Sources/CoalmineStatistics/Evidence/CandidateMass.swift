// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Probability that is known to fall on single candidates of a space, or below their beginnings.
///
/// Candidates are byte strings of which none begins another. Of a part of the probability it is known
/// which candidate it falls on (``whole``); of another part only how the candidate begins (``open``).
/// With N(x) candidates that begin with x,
///
///     L(s) = whole(s)
///     U(s) = whole(s) + Σ open(x) over all beginnings x of s
///     p̂(s) = whole(s) + Σ open(x) / N(x) over all beginnings x of s
///
/// so that L ≤ p ≤ U, L ≤ p̂ ≤ U, and over the space Σ L ≤ Σ p̂ = Σ whole + Σ open ≤ 1. Where none of
/// this depends on which candidate is the secret, its place by p̂ is an exact rank, and |R| · L and
/// |R| · p̂ are e-values.
///
///     let mass = try CandidateMass(
///       candidates: 100, open: [[]: (0.2, 100), [0x34]: (0.1, 10)], whole: [[0x34, 0x37]: 0.5])
///     mass.lower(of: [0x34, 0x37])     // 0.5
///     mass.estimate(of: [0x34, 0x37])  // 0.5 + 0.1 / 10 + 0.2 / 100
///
/// Source: the bounds are sums over disjoint events; the even spread is a choice that needs none.
public struct CandidateMass: Sendable {
  /// |R|, 1…2^120.
  public let candidates: UInt128
  /// Probability by beginning, with N of each.
  private let open: [[UInt8]: (mass: Double, below: UInt128)]
  /// Probability by candidate.
  private let whole: [[UInt8]: Double]

  /// - Parameters:
  ///   - candidates: |R|, 1…2^120.
  ///   - open: probability by beginning, with the number of candidates below it; a beginning is no
  ///     whole candidate.
  ///   - whole: probability by candidate.
  /// - Throws: `nan`; `invalid_parameter` for a probability below 0, for more than 1 in all, or for
  ///   counts that contradict each other.
  /// - Complexity: O(n) for n beginnings and candidates.
  public init(
    candidates: UInt128, open: [[UInt8]: (mass: Double, below: UInt128)], whole: [[UInt8]: Double]
  ) throws(StatisticsError) {
    let masses = open.values.map(\.mass) + whole.values
    try StatisticsError.refuseNaN(masses)
    guard candidates >= 1, candidates <= 1 << 120, masses.allSatisfy({ $0 >= 0 }),
      open.values.allSatisfy({ $0.below >= 1 && $0.below <= candidates }),
      open[[]].map({ $0.below == candidates }) ?? true,
      !whole.keys.contains(where: { open[$0] != nil })
    else { throw .parameter("a probability or a number of candidates is out of range") }
    // In order of size, so that the sum does not depend on the order of a dictionary.
    guard masses.sorted().reduce(0, +) <= 1 + Self.sumError else {
      throw StatisticsError(code: "invalid_logprob", "probabilities sum to more than 1")
    }
    self.candidates = candidates
    self.open = open
    self.whole = whole
  }

  /// By how much rounding may raise a sum of probabilities above 1.
  static let sumError = 1e-9

  /// L of a candidate.
  public func lower(of candidate: [UInt8]) -> Double { whole[candidate] ?? 0 }

  /// U of a candidate, at most 1.
  ///
  /// - Complexity: O(bytes).
  public func upper(of candidate: [UInt8]) -> Double {
    min(1, lower(of: candidate) + above(candidate).reduce(0) { $0 + $1.mass })
  }

  /// p̂ of a candidate.
  ///
  /// - Complexity: O(bytes).
  public func estimate(of candidate: [UInt8]) -> Double {
    lower(of: candidate) + spread(candidate)
  }

  /// Σ L and Σ p̂ over all candidates.
  public var sums: (lower: Double, estimate: Double) {
    let lower = whole.values.sorted().reduce(0, +)
    return (lower, lower + open.values.map(\.mass).sorted().reduce(0, +))
  }

  private func above(_ text: [UInt8]) -> [(mass: Double, below: UInt128)] {
    (0...text.count).compactMap { open[Array(text.prefix($0))] }
  }

  private func spread(_ text: [UInt8]) -> Double {
    above(text).reduce(0) { $0 + $1.mass / Double($1.below) }
  }

  /// Candidates with one p̂.
  public struct Level: Sendable, Equatable {
    public let estimate: Double
    /// How many candidates have it.
    public let candidates: UInt128
  }

  /// Two sums of probabilities that differ by no more than this share of themselves are one value.
  private static let agreement = 1e-9

  /// All candidates by p̂, the likeliest first.
  ///
  /// - Throws: `invalid_parameter` where more candidates lie below beginnings than there are.
  /// - Complexity: O(n log n) for n beginnings and candidates.
  public var levels: [Level] {
    get throws(StatisticsError) {
      // Beginnings stand before what they begin.
      let keys = Set(open.keys).union(whole.keys).union([[]]).sorted {
        $0.lexicographicallyPrecedes($1)
      }
      var path: [(key: [UInt8], left: UInt128)] = []
      var found: [Level] = []
      func close() {
        let node = path.removeLast()
        guard node.left > 0 else { return }
        found.append(Level(estimate: spread(node.key), candidates: node.left))
      }
      for key in keys {
        while let last = path.last, !key.starts(with: last.key) { close() }
        let below = whole[key] != nil ? 1 : key.isEmpty ? candidates : open[key]?.below ?? 1
        if let last = path.indices.last {
          guard path[last].left >= below else {
            throw .parameter("more candidates lie below beginnings than there are")
          }
          path[last].left -= below
        }
        if whole[key] != nil {
          found.append(Level(estimate: estimate(of: key), candidates: 1))
        } else {
          path.append((key, below))
        }
      }
      while !path.isEmpty { close() }
      return Self.merged(found)
    }
  }

  private static func merged(_ levels: [Level]) -> [Level] {
    var merged: [Level] = []
    for level in levels.sorted(by: { $0.estimate > $1.estimate }) {
      if let last = merged.last, last.estimate - level.estimate <= agreement * last.estimate {
        merged[merged.count - 1] = Level(
          estimate: last.estimate, candidates: last.candidates + level.candidates)
      } else {
        merged.append(level)
      }
    }
    return merged
  }

  /// The place of a secret among all candidates by p̂.
  ///
  /// - Parameter secret: one of the candidates.
  /// - Throws: `invalid_parameter` where counts contradict each other.
  /// - Complexity: that of ``levels``.
  public func rank(of secret: [UInt8]) throws(StatisticsError) -> RankedSecret {
    let levels = try levels
    let own = estimate(of: secret)
    let place = levels.indices.min {
      abs(levels[$0].estimate - own) < abs(levels[$1].estimate - own)
    }
    return try RankedSecret(levels: levels.map(\.candidates), secret: place ?? 0)
  }
}
