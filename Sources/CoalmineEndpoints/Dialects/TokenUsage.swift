// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// The tokens that a reply says it took, as providers bill them.
///
/// ```
/// usage.prompt_tokens, usage.completion_tokens                                  OpenAI and those like it
/// usage.input_tokens, usage.output_tokens, usage.cache_…_input_tokens           Anthropic; OpenAI responses
/// usage.inputTokens, usage.outputTokens                                         Bedrock Converse
/// usageMetadata.promptTokenCount, .candidatesTokenCount, .thoughtsTokenCount    Gemini
/// prompt_eval_count, eval_count                                                 Ollama
/// ```
///
/// Tokens that were read from a cache count as others, so that a sum is rather too large.
/// Source: the providers' API references, as docs/wire-formats.md names them.
public struct TokenUsage: Sendable, Equatable {
  public var input: Int
  public var output: Int

  public init(input: Int, output: Int) {
    self.input = input
    self.output = output
  }

  /// - Returns: `nil` where the reply tells none.
  public init?(_ reply: Reply) {
    guard let root = try? JSONDocument(parsing: reply.body, repairing: true).root else {
      return nil
    }
    let usage = root["usage"] ?? root["usageMetadata"] ?? root
    func sum(_ names: String...) -> Int? {
      let counts = names.compactMap { usage[$0]?.int.flatMap { Int(exactly: $0) } }.filter {
        $0 >= 0
      }
      return counts.isEmpty ? nil : counts.reduce(0) { $0.addingReportingOverflow($1).partialValue }
    }
    let input =
      sum("prompt_tokens")
      ?? sum("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
      ?? sum("inputTokens", "cacheReadInputTokens", "cacheWriteInputTokens")
      ?? sum("promptTokenCount") ?? sum("prompt_eval_count")
    let output =
      sum("completion_tokens") ?? sum("output_tokens") ?? sum("outputTokens")
      ?? sum("candidatesTokenCount", "thoughtsTokenCount") ?? sum("eval_count")
    guard let input else { return nil }
    self.init(input: input, output: output ?? 0)
  }
}
