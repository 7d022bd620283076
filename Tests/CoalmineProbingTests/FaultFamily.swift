// SPDX-License-Identifier: Apache-2.0

import CoalmineEndpoints
import CoalmineTesting
import Testing

/// The shape of one family of APIs: how its server answers one question with a text, and how with an error.
struct FaultFamily: Sendable, CustomTestStringConvertible {
  let dialect: String
  /// A whole reply; `TEXT` stands for the text as JSON, and `MODEL` for the
  /// model's name.
  let reply: String
  /// An error inside a reply of status 200.
  var error = #"{"error":{"message":"the backend is away","code":503}}"#
  /// The shape without a text in it.
  let empty: String
  /// Whether replies name the model.
  var namesModel = true

  var testDescription: String { dialect }

  /// The reply with a text, written as JSON.
  func body(_ text: String, model: String = "tiny") -> String {
    reply.replacing("TEXT", with: text).replacing("MODEL", with: "\"\(model)\"")
  }

  /// The family's answer to a request: a function of its bytes.
  func answer(to request: [UInt8], model: String = "tiny") -> String {
    body("\" \(request.reduce(7) { ($0 * 31 + Int($1)) % 1_000 })\"", model: model)
  }

  /// One dialect of each shape that a text comes in. Dialects that share a shape share what reads it.
  static let all: [FaultFamily] = [
    FaultFamily(
      dialect: "openai-completions",
      reply: #"{"model":MODEL,"choices":[{"index":0,"text":TEXT,"finish_reason":"stop"}]}"#,
      empty: #"{"model":"tiny","choices":[{"index":0,"text":null,"finish_reason":"stop"}]}"#),
    FaultFamily(
      dialect: "vllm",
      reply: #"{"model":MODEL,"choices":[{"index":0,"text":TEXT,"finish_reason":"stop"}]}"#,
      error: #"{"object":"error","error":{"message":"the engine is away","code":503}}"#,
      empty: #"{"model":"tiny","choices":[{"index":0,"text":null,"finish_reason":"stop"}]}"#),
    FaultFamily(
      dialect: "llama-server",
      reply: #"[{"index":0,"content":TEXT,"stop_type":"eos","truncated":false}]"#,
      empty: #"[{"index":0,"content":null,"stop_type":"eos","truncated":false}]"#,
      namesModel: false),
    FaultFamily(
      dialect: "openai-chat",
      reply: #"{"model":MODEL,"choices":[{"index":0,"message":{"role":"assistant","content":TEXT},"#
        + #""finish_reason":"stop"}]}"#,
      empty: #"{"model":"tiny","choices":[{"index":0,"message":{"content":null},"#
        + #""finish_reason":"stop"}]}"#),
    FaultFamily(
      dialect: "openai-responses",
      reply:
        #"{"model":MODEL,"status":"completed","error":null,"output":[{"type":"message","content":"#
        + #"[{"type":"output_text","text":TEXT}]}]}"#,
      empty: #"{"model":"tiny","status":"completed","output":null}"#),
    FaultFamily(
      dialect: "anthropic-messages",
      reply: #"{"type":"message","model":MODEL,"content":[{"type":"text","text":TEXT}],"#
        + #""stop_reason":"end_turn"}"#,
      error: #"{"type":"error","error":{"type":"api_error","message":"the backend is away"}}"#,
      empty: #"{"type":"message","model":"tiny","content":null,"stop_reason":"end_turn"}"#),
    FaultFamily(
      dialect: "gemini",
      reply: #"{"modelVersion":MODEL,"candidates":[{"index":0,"content":{"parts":[{"text":TEXT}]},"#
        + #""finishReason":"STOP"}]}"#,
      error: #"{"error":{"code":503,"message":"the backend is away","status":"UNAVAILABLE"}}"#,
      empty: #"{"modelVersion":"tiny","candidates":[{"index":0,"finishReason":"STOP"}]}"#),
    FaultFamily(
      dialect: "ollama",
      reply: #"{"model":MODEL,"response":TEXT,"done":true,"done_reason":"stop"}"#,
      error: #"{"error":"the runner is away"}"#,
      empty: #"{"model":"tiny","response":null,"done":true,"done_reason":"stop"}"#),
    FaultFamily(
      dialect: "tgi",
      reply: #"{"generated_text":TEXT,"details":{"finish_reason":"eos_token"}}"#,
      error: #"{"error":"the backend is away","error_type":"overloaded"}"#,
      empty: #"{"generated_text":null,"details":{"finish_reason":"eos_token"}}"#,
      namesModel: false),
    FaultFamily(
      dialect: "sglang",
      reply: #"[{"text":TEXT,"meta_info":{"finish_reason":{"type":"stop"}}}]"#,
      empty: #"[{"text":null,"meta_info":{"finish_reason":{"type":"stop"}}}]"#,
      namesModel: false),
    FaultFamily(
      dialect: "bedrock-converse",
      reply: #"{"output":{"message":{"role":"assistant","content":[{"text":TEXT}]}},"#
        + #""stopReason":"end_turn"}"#,
      error: #"{"error":{"message":"the backend is away"}}"#,
      empty: #"{"output":{"message":{"role":"assistant"}},"stopReason":"end_turn"}"#,
      namesModel: false),
  ]
}
