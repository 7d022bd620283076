// SPDX-License-Identifier: Apache-2.0

import Glibc

/// DC-PDD: probabilities weighed by how rare the tokens are in a corpus.
///
///     mean over first occurrences of min(p_t · (−ln f_t), a),   f_t = (n_t + 1) / (N + V)
///
/// n_t counts token t among the N tokens of the corpus, V is the size of the vocabulary.
public struct CorpusCalibration: Sendable, Equatable {
  /// The score, 0…cap; higher = more likely a member.
  public let score: Double
  /// How many tokens count: the different ones of the record.
  public let terms: Int

  /// - Parameters:
  ///   - tokens: the record's token ids.
  ///   - logProbabilities: one a token, in nats; −∞ is legal.
  ///   - corpusCounts: how often each token id stands in a corpus like the training data, V
  ///     counts, none negative.
  ///   - cap: a, positive.
  /// - Throws: as ``lossScore(_:)``; `invalid_parameter` for lists of different lengths, an id
  ///   outside the vocabulary, a negative count or a cap that is not positive.
  /// - Complexity: O(tokens + V).
  /// Source: Zhang W. et al. 2024.
  public init(
    tokens: [Int], logProbabilities: [Double], corpusCounts: [Int], cap: Double = 0.01
  ) throws(StatisticsError) {
    let values = try checkedLogProbabilities(logProbabilities)
    try Defined.sameCount(values.count, tokens.count)
    guard cap > 0 else { throw .parameter("a cap must be positive") }
    guard corpusCounts.allSatisfy({ $0 >= 0 }) else { throw .parameter("a count is below 0") }
    // A Double, since a sum of outside counts may leave the integers.
    let total = corpusCounts.reduce(0) { $0 + Double($1) } + Double(corpusCounts.count)
    var seen: Set<Int> = []
    var sum = 0.0
    for (token, value) in zip(tokens, values) {
      guard corpusCounts.indices.contains(token) else {
        throw .parameter("a token is not in the vocabulary")
      }
      guard seen.insert(token).inserted else { continue }
      let surprise = log(total) - log(Double(corpusCounts[token]) + 1)
      sum += min(exp(value) * max(0, surprise), cap)
    }
    terms = seen.count
    score = sum / Double(seen.count)
  }
}
