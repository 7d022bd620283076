// SPDX-License-Identifier: Apache-2.0

/// How much model work one request may ask for. A token is a byte.
enum RequestLimits {
  /// A prompt and what is written after it, in tokens: the model's context length.
  static let context = 65_536
  /// All prompts of a request and all that is written after them, in tokens.
  static let total = 1 << 20
  /// Alternatives over all positions of an answer; each is some 25 bytes of it.
  static let alternatives = 4 << 20
  /// Choices in one answer, prompts times samples.
  static let choices = 4_096

  /// - Parameters:
  ///   - prompts: their lengths in tokens.
  ///   - samples: choices for each.
  ///   - maxTokens: the most that is written for a choice.
  ///   - top: alternatives at each position; with `echo`, at those of the prompts too.
  static func check(
    prompts: [Int], samples: Int, maxTokens: Int, top: Int, echo: Bool, parameter: String
  ) throws {
    guard prompts.count * samples <= choices else {
      throw ServiceError.parameter(
        "n", "times the number of prompts must be at most \(choices) choices")
    }
    for (number, length) in prompts.enumerated() where length + maxTokens > context {
      let which = prompts.count > 1 ? "prompt \(number)" : "the prompt"
      throw ServiceError(
        code: "context_length_exceeded",
        message:
          "this model's context length is \(context) tokens; \(which) has \(length), and "
          + "\(maxTokens) more were asked for", parameter: parameter)
    }
    let given = prompts.reduce(0, +)
    let written = prompts.count * samples * maxTokens
    guard given + written <= total else {
      throw ServiceError(
        code: "request_too_large",
        message: "a request may take \(total) tokens in all; this one could take "
          + "\(given + written)", parameter: parameter)
    }
    let positions = written + (echo ? given * samples : 0)
    guard positions * top <= alternatives else {
      throw ServiceError.parameter(
        "logprobs", "asks for more than \(alternatives) alternatives in all")
    }
  }
}
