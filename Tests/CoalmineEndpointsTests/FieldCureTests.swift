// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import Testing

/// What is said where a model refuses a field, and what is asked by the dialect that the help names.
@Suite struct `Fields that are refused` {
  private static func error(_ dialect: String, _ message: String, status: Int = 400) throws
    -> CoalmineError?
  {
    let body = #"{"error":{"message":"\#(message)","type":"invalid_request_error"}}"#
    let found = try DialectRegistry.dialect(dialect)
    var query = continuing("The code is", probe: .greedyExtraction)
    query.form = found.presentation
    return Read(
      found, Reply(status: status, headers: [], body: Array(body.utf8)), for: [query],
      at: try endpoint()
    ).stopError
  }

  @Test(arguments: [
    (
      "openai-chat,n=4", "Unsupported value: 'temperature' does not support 0 with this model.",
      "openai-chat,n=4,samplers=own"
    ),
    (
      "openai-chat", "Unsupported parameter: 'max_tokens' is not supported with this model.",
      "openai-chat,limit=max_completion_tokens"
    ),
    (
      "openai-chat,limit=max_completion_tokens", "unknown field max_completion_tokens",
      "openai-chat,limit=max_tokens"
    ),
    (
      "openai-chat,logprobs=20", "logprobs are not supported with reasoning models",
      "openai-chat,logprobs=0"
    ),
    (
      "openai-responses,logprobs=3", "logprobs are not supported with reasoning models",
      "openai-responses,logprobs=0"
    ),
    (
      "anthropic-messages,prefill=on",
      "Prefilling assistant messages is not supported for this model.",
      "anthropic-messages,prefill=off"
    ),
    (
      "anthropic-messages", "`temperature` is deprecated for this model.",
      "anthropic-messages,samplers=own"
    ),
    (
      "gemini,prefill=on", "Prefilling model turns is no longer supported", "gemini,prefill=off"
    ),
    ("gemini", "Sampling is not supported for this model: temperature", "gemini,samplers=own"),
    (
      "bedrock-converse,prefill=on", "This model does not support assistant message prefill.",
      "bedrock-converse,prefill=off"
    ),
  ])
  func `the help names a dialect that asks without the field`(
    _ dialect: String, _ message: String, _ cured: String
  ) throws {
    let error = try #require(try Self.error(dialect, message))
    #expect(error.code == "field-refused" && error.exit == .badConfiguration)
    #expect(error.help == "use '--dialect \(cured)'")
    let mended = try DialectRegistry.dialect(cured)
    // What was cured is not offered again.
    let again = try #require(try Self.error(cured, message))
    #expect(again.code == "request-refused" || again.help != error.help, "\(again)")
    #expect(mended.name == cured)
  }

  @Test(arguments: [
    ("openai-chat", "max_tokens is too large: 9000. This model takes at most 4096."),
    ("openai-chat", "The message content is not supported."),
    ("openai-chat,samplers=own", "temperature is not supported"),
    ("anthropic-messages", "max_tokens: must be greater than 0"),
    ("llama-server", "temperature is not supported"),
  ])
  func `any other refusal stays what it is`(_ dialect: String, _ message: String) throws {
    #expect(try Self.error(dialect, message)?.code == "request-refused")
  }

  @Test func `a busy endpoint that speaks of a field is only busy`() throws {
    #expect(try Self.error("openai-chat", "temperature is not supported", status: 503) == nil)
  }
}
