// SPDX-License-Identifier: Apache-2.0

/// A ROUGE score: how much of a reference a candidate gives back.
///
///     precision = common / candidate,   recall = common / reference
///     F1 = 2 · precision · recall / (precision + recall)
///
/// A part without a denominator is 0, so that an empty reference or candidate scores 0.
/// For text, split it with ``words(of:)`` first: the usual tokeniser keeps a–z and 0–9 only and
/// so drops every letter of other scripts.
public struct Rouge: Sendable, Equatable {
  /// The share of the candidate that is common, 0…1.
  public let precision: Double
  /// The share of the reference that is common, 0…1.
  public let recall: Double
  /// The harmonic mean of both, 0…1.
  public let f1: Double

  init(common: Int, reference: Int, candidate: Int) {
    precision = candidate == 0 ? 0 : Double(common) / Double(candidate)
    recall = reference == 0 ? 0 : Double(common) / Double(reference)
    let sum = precision + recall
    f1 = sum == 0 ? 0 : 2 * precision * recall / sum
  }

  /// ROUGE-N: common n-grams, an n-gram counted as often as both sides have it.
  ///
  /// - Parameter order: N, at least 1 and at most 64.
  /// - Throws: `invalid_parameter` for another order.
  /// - Complexity: O(order · symbols).
  /// Source: Lin 2004.
  public static func nGram<Symbol: Hashable>(
    order: Int, reference: [Symbol], candidate: [Symbol]
  ) throws(StatisticsError) -> Rouge {
    guard (1...64).contains(order) else { throw .parameter("the order of n-grams must be 1…64") }
    let overlaps = NGramOverlap.upTo(order, reference: reference, candidate: candidate)
    let overlap = overlaps[order - 1]
    return Rouge(
      common: overlap.matches, reference: overlap.reference, candidate: overlap.candidate)
  }

  /// ROUGE-L: the longest common subsequence.
  ///
  /// - Complexity: as ``commonSubsequenceLength(_:_:)``.
  /// Source: Lin 2004.
  public static func longestCommonSubsequence<Symbol: Hashable>(
    reference: [Symbol], candidate: [Symbol]
  ) -> Rouge {
    Rouge(
      common: commonSubsequenceLength(reference, candidate), reference: reference.count,
      candidate: candidate.count)
  }
}
