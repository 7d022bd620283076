// SPDX-License-Identifier: Apache-2.0

extension StatisticsError {
  static let unequalLengths = StatisticsError(
    code: "length_mismatch", "lists that belong together have different lengths")
}

/// The non-decreasing step function of least weighted squares.
///
/// Responses at equal doses are averaged first, then neighbours that fall are pooled to their
/// weighted mean until none falls.
///
/// Source: Barlow, Bartholomew, Bremner and Brunk 1972.
public struct IsotonicFit: Sendable, Equatable {
  /// The distinct doses, rising.
  public let doses: [Double]
  /// The fitted response at each of ``doses``, never falling.
  public let fitted: [Double]
  /// 1 − (squares about the fit) / (squares about the mean) over all responses; 0 where the
  /// responses do not differ.
  public let rSquared: Double

  /// - Parameters:
  ///   - doses: one a response, in any order and unit; finite.
  ///   - responses: exposure in bits, say; finite.
  ///   - weights: positive and finite; `nil` weighs all alike.
  /// - Throws: `length_mismatch`, `empty_input`, `nan`; `invalid_parameter` for an infinite number
  ///   or a weight of 0 or less.
  /// - Complexity: O(n log n).
  public init(doses: [Double], responses: [Double], weights: [Double]? = nil)
    throws(StatisticsError)
  {
    let weights = weights ?? [Double](repeating: 1, count: doses.count)
    guard doses.count == responses.count, doses.count == weights.count else {
      throw .unequalLengths
    }
    guard !doses.isEmpty else { throw .empty }
    for list in [doses, responses, weights] {
      try StatisticsError.refuseNaN(list)
      guard list.allSatisfy(\.isFinite) else { throw .parameter("a value is infinite") }
    }
    guard weights.allSatisfy({ $0 > 0 }) else { throw .parameter("a weight is not positive") }
    var blocks: [Block] = []
    var distinct: [Double] = []
    for index in doses.indices.sorted(by: { doses[$0] < doses[$1] }) {
      let block = Block(mean: responses[index], weight: weights[index], doses: 1)
      if distinct.last == doses[index] {
        blocks[blocks.count - 1] = blocks[blocks.count - 1].merged(block, doses: 1)
      } else {
        distinct.append(doses[index])
        blocks.append(block)
      }
    }
    var pooled: [Block] = []
    for block in blocks {
      pooled.append(block)
      while pooled.count > 1, pooled[pooled.count - 2].mean >= pooled[pooled.count - 1].mean {
        let last = pooled.removeLast()
        let before = pooled.removeLast()
        pooled.append(before.merged(last, doses: before.doses + last.doses))
      }
    }
    self.doses = distinct
    fitted = pooled.flatMap { [Double](repeating: $0.mean, count: $0.doses) }
    rSquared = Self.explained(doses, responses, weights, distinct, fitted)
  }

  /// The smallest dose at which the fit reaches a response; `nil` where none does.
  public func threshold(_ response: Double) -> Double? {
    zip(doses, fitted).first { $0.1 >= response }?.0
  }

  private struct Block {
    let mean: Double
    let weight: Double
    let doses: Int

    func merged(_ other: Block, doses: Int) -> Block {
      let total = weight + other.weight
      return Block(
        mean: mean + (other.mean - mean) * (other.weight / total), weight: total, doses: doses)
    }
  }

  private static func explained(
    _ doses: [Double], _ responses: [Double], _ weights: [Double], _ distinct: [Double],
    _ fitted: [Double]
  ) -> Double {
    let level = Dictionary(uniqueKeysWithValues: zip(distinct, fitted))
    let total = weights.reduce(0, +)
    let mean = zip(responses, weights).reduce(0) { $0 + $1.0 * ($1.1 / total) }
    var about = 0.0
    var left = 0.0
    for index in doses.indices {
      let whole = responses[index] - mean
      let rest = responses[index] - (level[doses[index]] ?? mean)
      about += weights[index] * whole * whole
      left += weights[index] * rest * rest
    }
    return about > 0 && about.isFinite ? max(0, 1 - left / about) : 0
  }
}
