// SPDX-License-Identifier: Apache-2.0

/// References in order, for the ranks of many canaries that share them.
///
/// Only where the canaries share the context too, or the test is of records: a canary with a
/// context of its own has its own references. p-values among shared references depend on each
/// other: Holm's adjustment allows that, a combination by product does not.
public struct SortedReferences: Sendable {
  /// Rising.
  private let scores: [Double]

  /// m, at least 1.
  public var count: Int { scores.count }

  /// - Parameter references: scores of candidates that were never inserted, in any order;
  ///   infinities order.
  /// - Throws: `empty_input`, `nan`.
  /// - Complexity: O(m log m).
  public init(_ references: [Double]) throws(StatisticsError) {
    guard !references.isEmpty else { throw .empty }
    try StatisticsError.refuseNaN(references)
    scores = ascending(references)
  }

  /// Where a canary stands: the same as ``ReferenceRanks/init(score:references:tieEpsilon:)``.
  ///
  /// - Throws: `nan`, `invalid_parameter` for a negative tie width.
  /// - Complexity: O(log m).
  public func ranks(of score: Double, tieEpsilon: Double = 1e-9) throws(StatisticsError)
    -> ReferenceRanks
  {
    if score.isNaN || tieEpsilon.isNaN { throw .nan }
    guard tieEpsilon >= 0 else { throw .parameter("a tie width is negative") }
    // A rounded difference still rises with the reference, so both are halves of the list. Equal
    // infinities have none and tie.
    let lower = firstIndex { $0 >= score || score - $0 <= tieEpsilon }
    let upper = firstIndex { $0 > score && $0 - score > tieEpsilon }
    return ReferenceRanks(
      better: scores.count - upper, tied: upper - lower, references: scores.count)
  }

  /// Ranks of many canaries, in their order.
  ///
  /// - Throws: as ``ranks(of:tieEpsilon:)``.
  public func ranks(of canaries: [Double], tieEpsilon: Double = 1e-9) throws(StatisticsError)
    -> [ReferenceRanks]
  {
    var ranks: [ReferenceRanks] = []
    ranks.reserveCapacity(canaries.count)
    for canary in canaries { ranks.append(try self.ranks(of: canary, tieEpsilon: tieEpsilon)) }
    return ranks
  }

  /// The first place from which on a condition holds, by halving.
  private func firstIndex(_ holds: (Double) -> Bool) -> Int {
    var (low, high) = (0, scores.count)
    while low < high {
      let middle = low + (high - low) / 2
      if holds(scores[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
