// SPDX-License-Identifier: Apache-2.0

import Glibc

/// SaMIA: how much of a record's second half the model's continuations of the first half recall.
///
///     mean_j ROUGE-N recall(y_j, second half)
///
/// Cut the record once with ``SampledRecall/halves(of:)`` and use the same second half here that
/// followed the prompt.
public enum SampledRecall {
  /// The first and the second half of a record's words; of an odd number the second has one more.
  public static func halves<Symbol>(of words: [Symbol]) -> (prefix: [Symbol], target: [Symbol]) {
    let cut = words.count / 2
    return (Array(words[..<cut]), Array(words[cut...]))
  }

  /// - Parameters:
  ///   - target: the second half, words or tokens; at least one.
  ///   - continuations: sampled after the first half, split alike; the same number for every
  ///     record. An empty one recalls 0.
  ///   - order: N of the n-grams.
  /// - Returns: 0…1; higher = more likely a member.
  /// - Throws: `empty_input`; `invalid_parameter` for an order outside 1…64.
  /// - Complexity: O(order · symbols).
  /// Source: Kaneko et al. 2024.
  public static func score<Symbol: Hashable>(
    target: [Symbol], continuations: [[Symbol]], order: Int = 1
  ) throws(StatisticsError) -> Double {
    let sizes = [Int](repeating: 1, count: continuations.count)
    return try weightedScore(
      target: target, continuations: continuations, compressedSizes: sizes, order: order)
  }

  /// The variant that weighs every continuation with its zlib size, against repetitions.
  ///
  /// Longer outputs score higher: compare at one output length only.
  ///
  /// - Parameter compressedSizes: bytes of the zlib level-6 stream of each continuation; positive.
  /// - Returns: 0…∞; higher = more likely a member.
  /// - Throws: as ``score(target:continuations:order:)``; `invalid_parameter` for sizes below 1 or
  ///   of another number.
  /// Source: Kaneko et al. 2024 (SaMIA*zlib).
  public static func weightedScore<Symbol: Hashable>(
    target: [Symbol], continuations: [[Symbol]], compressedSizes: [Int], order: Int = 1
  ) throws(StatisticsError) -> Double {
    guard !target.isEmpty, !continuations.isEmpty else { throw .empty }
    try Defined.sameCount(continuations.count, compressedSizes.count)
    var sum = 0.0
    for (continuation, size) in zip(continuations, compressedSizes) {
      guard size > 0 else { throw .parameter("a compressed size must be positive") }
      let rouge = try Rouge.nGram(order: order, reference: target, candidate: continuation)
      sum += rouge.recall * Double(size)
    }
    return sum / Double(continuations.count)
  }
}

/// How near sampled continuations come to the text that was inserted.
///
/// The maximum grows with the number of samples: compare at one number only.
public struct ContinuationSimilarity: Sendable, Equatable {
  /// The mean over the samples, 0…1; higher = more likely a member.
  public let mean: Double
  /// The nearest sample, 0…1.
  public let maximum: Double

  /// What is measured between a sample and the target.
  public enum Measure: String, Sendable, CaseIterable {
    /// Recall of the longest common subsequence.
    case rougeLRecall = "rouge-l-recall"
    /// F1 of the longest common subsequence.
    case rougeLF1 = "rouge-l-f1"
    /// ``EditDistance/levenshteinSimilarity(_:_:)``.
    case levenshtein
    /// ``EditDistance/indelRatio(_:_:)``.
    case indel
  }

  /// - Parameters:
  ///   - target: the inserted text, scalars, words or tokens; at least one.
  ///   - continuations: the samples, split alike; at least one.
  /// - Throws: `empty_input`.
  /// - Complexity: samples times that of the measure.
  public init<Symbol: Hashable>(
    target: [Symbol], continuations: [[Symbol]], by measure: Measure
  ) throws(StatisticsError) {
    guard !target.isEmpty, !continuations.isEmpty else { throw .empty }
    let values = continuations.map { continuation in
      switch measure {
      case .rougeLRecall:
        Rouge.longestCommonSubsequence(reference: target, candidate: continuation).recall
      case .rougeLF1:
        Rouge.longestCommonSubsequence(reference: target, candidate: continuation).f1
      case .levenshtein: EditDistance.levenshteinSimilarity(target, continuation)
      case .indel: EditDistance.indelRatio(target, continuation)
      }
    }
    mean = values.reduce(0, +) / Double(values.count)
    maximum = values.reduce(0) { max($0, $1) }
  }
}
