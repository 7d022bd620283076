// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// The log-probability of one secret after its prompt.
///
/// ```
/// bytes     0         prefix  +separator            +secret
/// text      The code of Ada is|          |4 4 7 1 9 2|
/// tokens   …The| code| of| Ada| is|          4 4|7 1|9 2|
/// tokens   …The| code| of| Ada| is|          |4 4|7 1|9 2|
/// summed                          ^^^^^^^^^^^^^^^^^^^^^^
/// ```
///
/// A token counts where it holds bytes of the separator or of the secret: the sum is the
/// log-probability of both after the prompt, however the tokeniser joins them. Without the
/// separator's own token the probabilities of all candidates could sum to more than 1 where a blank
/// is a token of its own before digits and joined to letters. A token that begins inside the prompt
/// is another matter: then the model was not asked what follows the prompt, and ``beginsInPrompt``
/// says so.
package struct SecretScore: Sendable, Equatable {
  /// Sum over the tokens, in nats, at most 0; −∞ where one has no probability.
  package let nats: Double
  /// Where the first token that counts begins, in bytes of the text.
  package let start: Int
  /// Whether the first token holds bytes of the prompt, too.
  package let beginsInPrompt: Bool

  /// Whether ``nats`` is only an upper bound: a token was not among those that were listed.
  package let isUpperBound: Bool

  /// The tokens that are summed.
  package let tokens: Int
  /// The same sum over the tokens before them that have a log-probability, and how many those are: for all
  /// texts of a canary the same, but for the noise of the endpoint.
  package let promptNats: Double
  package let promptTokens: Int

  package init(
    nats: Double, start: Int = 0, beginsInPrompt: Bool, isUpperBound: Bool = false,
    tokens: Int = 0, promptNats: Double = 0, promptTokens: Int = 0
  ) {
    self.nats = nats
    self.start = start
    self.beginsInPrompt = beginsInPrompt
    self.isUpperBound = isUpperBound
    self.tokens = tokens
    self.promptNats = promptNats
    self.promptTokens = promptTokens
  }

  /// Reads the score of a secret out of an answer.
  ///
  /// - Parameters:
  ///   - prompt: bytes of the prompt.
  ///   - separator: bytes of white space before the secret.
  ///   - secret: bytes of the secret; `nil` where they are not known, as for references: then the
  ///     text ends where its last token ends.
  package static func read(
    _ answer: Outcome<Observation>, prompt: Int, separator: Int, secret: Int?
  ) -> Outcome<SecretScore> {
    switch answer {
    case .measured(.likelihood(let tokens)):
      align(tokens, prompt: prompt, separator: separator, secret: secret)
    case .measured(.completions), .measured(.rankTrail), .measured(.choice):
      .failed(Reasons.wrongObservation)
    case .notMeasurable(let reason): .notMeasurable(reason)
    case .censored(let reason): .censored(reason)
    case .failed(let reason): .failed(reason)
    }
  }

  private static func align(
    _ tokens: [TokenScore], prompt: Int, separator: Int, secret: Int?
  ) -> Outcome<SecretScore> {
    let start = prompt
    let end = secret.map { prompt + separator + $0 } ?? tokens.last?.range.upperBound ?? start
    guard end > start + separator else {
      return .failed(Reason("secret-not-covered", "no token covers the secret"))
    }
    var sum = 0.0
    var covered: Int?
    var first: Int?
    var beginsInPrompt = false
    var isUpperBound = false
    var summed = 0
    var (promptNats, promptTokens) = (0.0, 0)
    for token in tokens {
      guard touches(token.range, start..<end) else {
        if covered == nil, let value = token.logProbability, value.isFinite {
          promptNats += value
          promptTokens += 1
        }
        continue
      }
      summed += 1
      let expected = covered ?? min(token.range.lowerBound, start)
      guard token.range.lowerBound == expected else {
        return .failed(
          Reason("token-gap", "the tokens of the secret leave bytes out or overlap"))
      }
      first = first ?? token.range.lowerBound
      isUpperBound = isUpperBound || token.isUpperBound
      beginsInPrompt = beginsInPrompt || token.range.lowerBound < prompt
      switch Reasons.checked(token.logProbability) {
      case .success(let value): sum += value
      case .failure(let refused): return .failed(refused.reason)
      }
      covered = token.range.upperBound
    }
    guard let covered, covered >= end else {
      return .failed(Reason("secret-not-covered", "the tokens end before the secret does"))
    }
    guard covered == end else {
      return .failed(
        Reason("token-past-secret", "the last token holds bytes that were not asked for"))
    }
    return .measured(
      SecretScore(
        nats: sum, start: first ?? start, beginsInPrompt: beginsInPrompt,
        isUpperBound: isUpperBound, tokens: summed, promptNats: promptNats,
        promptTokens: promptTokens))
  }

  /// A token without bytes belongs to the text that follows it.
  private static func touches(_ token: Range<Int>, _ secret: Range<Int>) -> Bool {
    token.isEmpty ? secret.contains(token.lowerBound) : token.overlaps(secret)
  }
}
