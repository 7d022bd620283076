// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// The most tokens that a request can take, as far as its bytes say it.
///
/// A token of the prompt has at least one byte, and the request's JSON has more bytes than its texts.
/// A prompt that is asked for several samples counts once, as providers bill it.
public struct TokenBound: Sendable, Equatable {
  /// Bytes of the request's body.
  public var input: Int
  /// The limit of tokens, times the texts that are asked for.
  public var output: Int

  public init(input: Int = 0, output: Int = 0) {
    self.input = input
    self.output = output
  }

  /// - Parameters:
  ///   - body: the request's body, JSON; empty for a GET.
  ///   - asks: what it asks.
  init(_ body: [UInt8], _ asks: [Ask]) {
    guard !body.isEmpty else {
      self.init()
      return
    }
    let root = try? JSONDocument(parsing: body).root
    let nested = Self.groups.compactMap { root?[$0] }
    let limits = ([root].compactMap { $0 } + nested).flatMap { node in
      Self.limits.compactMap { node[$0]?.int.flatMap { Int(exactly: $0) } }
    }
    self.init(input: body.count, output: max(1, limits.max() ?? 1) * max(1, asks.count))
  }

  /// The fields that limit an answer, with room for thoughts where a dialect grants it.
  private static let limits = [
    "max_tokens", "max_completion_tokens", "max_output_tokens", "maxOutputTokens", "maxTokens",
    "max_new_tokens", "n_predict", "num_predict",
  ]
  /// The objects in which some dialects put them.
  private static let groups = [
    "generationConfig", "inferenceConfig", "parameters", "sampling_params", "options",
  ]

  static func + (left: TokenBound, right: TokenBound) -> TokenBound {
    TokenBound(input: left.input + right.input, output: left.output + right.output)
  }
}
