// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Certified bounds of a canary's rank among all candidates of its space.
///
/// Both ends include the canary itself: ranks start at 1. They hold for the model's own
/// probabilities; where those are noisy, only for noise within the tie width.
public struct RankBounds: Sendable, Equatable {
  /// Of 1 + #{more likely}: at least, at most.
  public let optimistic: ClosedRange<UInt128>
  /// Of 1 + #{more likely or tied}: at least, at most.
  public let conservative: ClosedRange<UInt128>
  /// |R|.
  public let candidates: UInt128

  /// log2|R| − log2 rank at both ends of a range of ranks.
  ///
  /// - Complexity: O(1).
  public func bits(_ ranks: ClosedRange<UInt128>) -> Interval {
    let space = log2(Double(candidates))
    let low = max(0, space - log2(Double(ranks.upperBound)))
    return Interval(
      lower: low, upper: max(low, space - log2(Double(ranks.lowerBound))), level: 1)
  }

  /// The exposure by the conservative rank: the certified lower end is the value, and the largest
  /// rank that was not ruled out gives p ≤ rank / |R|.
  public var exposure: Exposure {
    let range = bits(conservative)
    return Exposure(
      bits: range.lower, interval: range, rank: Int(clamping: conservative.upperBound),
      references: 0, ceilingBits: log2(Double(candidates)),
      method: conservative.lowerBound == conservative.upperBound ? .exactRank : .rankSearch,
      pValue: Double(conservative.upperBound) / Double(candidates))
  }
}
