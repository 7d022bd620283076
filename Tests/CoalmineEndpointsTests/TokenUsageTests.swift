// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import Testing

@Suite struct `Tokens of a reply` {
  @Test(arguments: [
    (#"{"usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13}}"#, 9, 4),
    (
      #"{"usage":{"input_tokens":3,"cache_creation_input_tokens":5,"cache_read_input_tokens":7,"#
        + #""output_tokens":2,"service_tier":"batch"}}"#, 15, 2
    ),
    (#"{"usage":{"input_tokens":3,"input_tokens_details":{},"output_tokens":2}}"#, 3, 2),
    (#"{"usage":{"inputTokens":3,"outputTokens":2,"totalTokens":5}}"#, 3, 2),
    (
      #"{"usageMetadata":{"promptTokenCount":8,"candidatesTokenCount":1,"thoughtsTokenCount":30}}"#,
      8,
      31
    ),
    (#"{"usageMetadata":{"promptTokenCount":8}}"#, 8, 0),
    (#"{"response":"x","prompt_eval_count":6,"eval_count":2}"#, 6, 2),
    (#"{"usage":{"prompt_tokens":9}}"#, 9, 0),
  ])
  func `are read in every form`(_ body: String, _ input: Int, _ output: Int) {
    let usage = TokenUsage(Reply(status: 200, headers: [], body: Array(body.utf8)))
    #expect(usage == TokenUsage(input: input, output: output))
  }

  @Test(arguments: [
    "", "{}", "[]", #"{"usage":null}"#, #"{"usage":{}}"#, #"{"usage":{"prompt_tokens":"9"}}"#,
    #"{"usage":{"prompt_tokens":-1}}"#, #"{"usage":{"completion_tokens":4}}"#, "<html>",
  ])
  func `are not known where a reply does not tell them`(_ body: String) {
    #expect(TokenUsage(Reply(status: 200, headers: [], body: Array(body.utf8))) == nil)
  }
}
