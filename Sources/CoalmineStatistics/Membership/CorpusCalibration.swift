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
    try Defined.sameCount(try checkedLogProbabilities(logProbabilities).count, tokens.count)
    guard corpusCounts.allSatisfy({ $0 >= 0 }) else { throw .parameter("a count is below 0") }
    // A Double, since a sum of outside counts may leave the integers.
    let total = corpusCounts.reduce(0) { $0 + Double($1) } + Double(corpusCounts.count)
    var frequencies: [Double] = []
    frequencies.reserveCapacity(tokens.count)
    for token in tokens {
      guard corpusCounts.indices.contains(token) else {
        throw .parameter("a token is not in the vocabulary")
      }
      frequencies.append(log(Double(corpusCounts[token]) + 1) - log(total))
    }
    try self.init(
      tokens: tokens, logProbabilities: logProbabilities, logFrequencies: frequencies, cap: cap)
  }

  /// The same with frequencies that are given per token, as by another model in place of a corpus.
  ///
  /// - Parameters:
  ///   - tokens: anything that is equal where two tokens are.
  ///   - logFrequencies: ln f, one a token, in nats; −∞ is legal. That of a token's first
  ///     occurrence counts.
  /// - Throws: as ``lossScore(_:)``; `invalid_parameter` for lists of different lengths or a cap
  ///   that is not positive; `invalid_logprob` for a frequency above 1.
  /// - Complexity: O(tokens).
  public init<Token: Hashable>(
    tokens: [Token], logProbabilities: [Double], logFrequencies: [Double], cap: Double = 0.01
  ) throws(StatisticsError) {
    let values = try checkedLogProbabilities(logProbabilities)
    let frequencies = try checkedLogProbabilities(logFrequencies)
    try Defined.sameCount(values.count, tokens.count)
    try Defined.sameCount(values.count, frequencies.count)
    guard cap > 0 else { throw .parameter("a cap must be positive") }
    var seen: Set<Token> = []
    var sum = 0.0
    var capped = 0
    for (place, token) in tokens.enumerated() where seen.insert(token).inserted {
      let probability = exp(values[place])
      // A token of probability 0 adds nothing, however rare it is.
      let term = probability > 0 ? probability * -frequencies[place] : 0
      if term >= cap { capped += 1 }
      sum += min(term, cap)
    }
    terms = seen.count
    // Records of nothing but capped tokens are tied, whatever rounding makes of their sums.
    score = capped == terms ? cap : sum / Double(terms)
  }
}
