// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints

/// A text that is scored step by step: its tokens, where they lie, and what came of it.
struct WalkedText: Sendable {
  let query: Query
  /// With the marks that the server puts before a prompt.
  var tokens: [TextToken] = []
  /// Where each token lies in the text; empty at its start for a mark.
  var ranges: [Range<Int>] = []
  /// The exchange that told the tokens.
  var exchange: Int64 = 0
  /// Why the text cannot be scored.
  var fault: Reason?
  var outcome: Outcome<Observation> = .failed(Reason("not-walked", "the walk did not end"))

  /// The bytes from `first` on with their tokens, where each of them is a token of its own.
  func bytewise(from first: Int) -> [(byte: UInt8, token: Int)]? {
    guard fault == nil else { return nil }
    let text = query.prompt + query.target
    var pieces: [(byte: UInt8, token: Int)] = []
    for (token, range) in zip(tokens, ranges) where range.upperBound > first {
      guard range.count == 1, range.lowerBound == first + pieces.count else { return nil }
      pieces.append((text[range.lowerBound], token.id))
    }
    return first + pieces.count == text.count ? pieces : nil
  }

  /// The sum over the tokens from `first` on, in nats.
  func logProbability(from first: Int) -> Double? {
    guard case .measured(.likelihood(let scores)) = outcome else { return nil }
    var sum = 0.0
    for score in scores where score.range.upperBound > first {
      guard let value = score.logProbability else { return nil }
      sum += value
    }
    return sum
  }
}
