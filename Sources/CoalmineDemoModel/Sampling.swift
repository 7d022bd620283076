// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
  import Glibc
#endif

/// How the next token is chosen.
public struct SamplingOptions: Sendable, Equatable {
  /// 0 takes the most likely token; 1 is the model's own distribution.
  public var temperature: Double
  /// The least set of most likely tokens with this mass; 1 keeps all.
  public var topP: Double
  /// How many of the most likely tokens are kept; 0 keeps all.
  public var topK: Int

  public init(temperature: Double = 1, topP: Double = 1, topK: Int = 0) {
    self.temperature = temperature
    self.topP = topP
    self.topK = topK
  }
}

/// A text that the model wrote.
public struct GeneratedText: Sendable {
  /// The tokens, without the end mark and without the stop sequence.
  public var tokens: [Int] = []
  /// The model's own log-probability of each, in nats, whatever the sampling options.
  public var logProbabilities: [Double] = []
  /// The most likely alternatives at each position, best first, as many as were asked for.
  public var alternatives: [[(token: Int, logProbability: Double)]] = []
  /// Whether the end mark or a stop sequence ended it, rather than the token limit.
  public var stopped = false
}

extension DemoModel {
  /// Continues `prompt` by at most `maxTokens` tokens.
  ///
  /// - Parameters:
  ///   - stop: byte strings that end the text; the text ends before them.
  ///   - alternatives: how many most likely tokens to report at each position.
  ///   - generator: the only source of chance; not used at temperature 0.
  /// - Complexity: O(maxTokens × occurrences of the context).
  public func generate(
    after prompt: [Int], maxTokens: Int, options: SamplingOptions, stop: [[UInt8]] = [],
    alternatives: Int = 0, using generator: inout some RandomNumberGenerator
  ) -> GeneratedText {
    var memory = PromptMemory()
    for token in prompt { memory.append(token) }
    var context = prompt
    var result = GeneratedText()
    var bytes: [UInt8] = []
    while result.tokens.count < maxTokens {
      let probabilities = distribution(after: context[...], memory)
      let token = Self.choose(probabilities, options, using: &generator)
      if token == Self.beginning {
        result.stopped = true
        break
      }
      context.append(token)
      memory.append(token)
      result.tokens.append(token)
      result.logProbabilities.append(log(probabilities[token]))
      result.alternatives.append(Self.best(probabilities, count: alternatives))
      bytes.append(UInt8(truncatingIfNeeded: token))
      if let found = stop.first(where: { !$0.isEmpty && bytes.suffix($0.count) == $0[...] }) {
        result.tokens.removeLast(found.count)
        result.logProbabilities.removeLast(found.count)
        result.alternatives.removeLast(found.count)
        result.stopped = true
        break
      }
    }
    return result
  }

  /// The natural logarithm, here so that callers need no C library.
  package static func logarithm(_ probability: Double) -> Double { log(probability) }

  /// The `count` most likely tokens, best first; equal ones by token number.
  package static func best(_ probabilities: [Double], count: Int)
    -> [(token: Int, logProbability: Double)]
  {
    guard count > 0 else { return [] }
    if count == 1 {
      let token = mostLikely(probabilities)
      return [(token, log(probabilities[token]))]
    }
    return ranked(probabilities).prefix(count).map { ($0, log(probabilities[$0])) }
  }

  private static func ranked(_ probabilities: [Double]) -> [Int] {
    probabilities.indices.sorted {
      (probabilities[$1], $0) < (probabilities[$0], $1)
    }
  }

  private static func mostLikely(_ probabilities: [Double]) -> Int {
    var best = 0
    for token in probabilities.indices where probabilities[token] > probabilities[best] {
      best = token
    }
    return best
  }

  private static func choose(
    _ probabilities: [Double], _ options: SamplingOptions,
    using generator: inout some RandomNumberGenerator
  ) -> Int {
    if options.temperature <= 0 { return mostLikely(probabilities) }
    var weights = probabilities
    if options.temperature != 1 {
      // Against the largest, so that a low temperature does not underflow everything.
      let top = log(probabilities.max() ?? 1)
      weights = probabilities.map { exp((log($0) - top) / options.temperature) }
    }
    if options.topK > 0 || options.topP < 1 {
      let total = weights.reduce(0, +)
      var kept = 0.0
      var candidates = ranked(weights)[...]
      if options.topK > 0 { candidates = candidates.prefix(options.topK) }
      let limit = options.topP * candidates.reduce(0) { $0 + weights[$1] }
      var allowed = [Double](repeating: 0, count: weights.count)
      for token in candidates {
        allowed[token] = weights[token]
        kept += weights[token]
        if options.topP < 1, kept >= min(limit, total) { break }
      }
      weights = allowed
    }
    let total = weights.reduce(0, +)
    // 53 bits: every double in [0, 1) of that grid, the same on every platform.
    var rest = Double(generator.next() >> 11) * 0x1p-53 * total
    for token in weights.indices where weights[token] > 0 {
      rest -= weights[token]
      if rest < 0 { return token }
    }
    return mostLikely(weights)
  }
}
