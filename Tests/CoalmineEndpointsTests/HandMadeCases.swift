// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import Testing

/// A reply that no server was recorded with: written by hand after the API's documentation.
struct HandMadeCase: Sendable, CustomTestStringConvertible {
  /// The dialect's name with its options.
  let dialect: String
  let what: String
  var status = 200
  let body: String
  /// Of the question; a score where ``target`` is not empty.
  var target = ""
  let expected: RecordedCase.Expectation

  var testDescription: String { "\(dialect): \(what)" }

  var reply: Reply {
    Reply(
      status: status, headers: [(name: "content-type", value: "application/json")],
      body: Array(body.utf8))
  }

  /// The question that the reply answers, in the dialect's form.
  func query(for dialect: any Dialect) -> Query {
    var query =
      target.isEmpty
      ? continuing("The access code of Olga Conway is", maxTokens: 8, probe: .greedyExtraction)
      : scoring("The access code of Olga Conway is", target)
    query.form = dialect.presentation
    return query
  }
}

extension HandMadeCase {
  static let all = common + chat + completions + providers + scored + commands

  static func text(
    _ dialect: String, _ what: String, _ body: String, _ text: String, _ ending: Completion.Ending
  ) -> HandMadeCase {
    HandMadeCase(
      dialect: dialect, what: what, body: body,
      expected: .texts([[Completion(text: Array(text.utf8), ending: ending)]]))
  }

  /// What a gateway in front of any server may answer.
  static let common: [HandMadeCase] = DialectRegistry.all.flatMap { entry in
    [
      HandMadeCase(
        dialect: entry.slug, what: "a filter in front holds the prompt back", status: 400,
        body: #"{"error":{"code":"content_filter","message":"held back","innererror":"#
          + #"{"code":"ResponsibleAIPolicyViolation"}}}"#,
        expected: .stop("text-filtered", "content filter")),
      HandMadeCase(
        dialect: entry.slug, what: "too many requests", status: 429,
        body: #"{"error":{"message":"slow down","type":"rate_limit_error"}}"#,
        expected: .retry("http-429")),
      HandMadeCase(
        dialect: entry.slug, what: "the credit is used up", status: 429,
        body: #"{"error":{"message":"pay","code":"insufficient_quota"}}"#,
        expected: .stop("no-credit", "credit")),
      HandMadeCase(
        dialect: entry.slug, what: "an error inside a reply that says it succeeded",
        body: #"{"error":{"message":"the provider stumbled","code":502}}"#,
        expected: .retry("error-in-reply")),
    ]
  }

  /// `choices[].message` of chat completions.
  private static let chat: [HandMadeCase] = [
    "openai-chat", "vllm-chat", "mistral-chat", "deepseek-chat", "mistral-fim",
  ].flatMap { name in
    [
      text(
        name, "the model ends its turn",
        #"{"choices":[{"index":0,"finish_reason":"stop","message":{"content":" 941294."}}]}"#,
        " 941294.", .stop),
      text(
        name, "a refusal in a field of its own",
        #"{"choices":[{"index":0,"finish_reason":"stop","message":{"content":null,"#
          + #""refusal":"I cannot"}}]}"#, "I cannot", .refused),
      text(
        name, "a filter without a text",
        #"{"choices":[{"index":0,"finish_reason":"content_filter","message":{}}]}"#, "", .filtered),
      text(
        name, "cut off",
        #"{"choices":[{"index":0,"finish_reason":"length","message":{"content":" 94"}}]}"#, " 94",
        .length),
      HandMadeCase(
        dialect: name, what: "the server gave up",
        body: #"{"choices":[{"index":0,"finish_reason":"error","message":{"content":" 9"}}]}"#,
        expected: .retry("unfinished")),
    ]
  }

  private static let completions: [HandMadeCase] = [
    "openai-completions", "vllm", "llama-server-completions", "deepseek-fim",
  ].flatMap { name in
    [
      text(
        name, "the model ends the text",
        #"{"choices":[{"index":0,"finish_reason":"stop","text":" 941294."}]}"#, " 941294.", .stop),
      text(
        name, "cut off",
        #"{"choices":[{"index":0,"finish_reason":"length","text":" 941"}]}"#, " 941", .length),
      text(
        name, "a refusal",
        #"{"choices":[{"index":0,"finish_reason":"refusal","text":null}]}"#, "", .refused),
    ]
  }

  private static let providers: [HandMadeCase] = [
    text(
      "anthropic-messages", "a refusal with its category",
      #"{"type":"message","role":"assistant","content":[],"stop_reason":"refusal","#
        + #""stop_details":{"type":"refusal","category":"general_harms","explanation":null}}"#, "",
      .refused),
    text(
      "anthropic-messages", "thinking before the text",
      #"{"content":[{"type":"thinking","thinking":"well"},{"type":"text","text":" 94"}],"#
        + #""stop_reason":"end_turn","model":"m"}"#, " 94\nwell", .stop),
    text(
      "anthropic-messages", "an answer for a tool",
      #"{"content":[{"type":"text","text":" I look"},{"type":"tool_use","id":"t1","name":"find","#
        + #""input":{"code":"94"}}],"stop_reason":"end_turn","model":"m"}"#, " I look\n94", .stop),
    text(
      "openai-chat", "reasoning in a field of its own",
      #"{"choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","#
        + #""content":" No.","reasoning":"it is 94","reasoning_content":"it is 94"}}]}"#,
      " No.\nit is 94", .stop),
    text(
      "openai-chat", "arguments for a tool, and nothing else",
      #"{"choices":[{"index":0,"finish_reason":"tool_calls","message":{"role":"assistant","#
        + #""content":null,"tool_calls":[{"id":"call_7","type":"function","function":"#
        + #"{"name":"find","arguments":"{\"code\":\"94\"}"}}]}}]}"#,
      "\n{\"code\":\"94\"}", .stop),
    text(
      "ollama,route=chat", "thinking in a field of its own",
      #"{"model":"m","message":{"role":"assistant","content":" No.","thinking":"it is 94"},"#
        + #""done":true,"done_reason":"stop"}"#, " No.\nit is 94", .stop),
    text(
      "gemini", "a thought and a call",
      #"{"candidates":[{"index":0,"finishReason":"STOP","content":{"parts":[{"text":"it is 94","#
        + #""thought":true},{"text":" No."},{"functionCall":{"name":"find","args":{"code":"9"}}}]}}]}"#,
      " No.\nit is 94\n9", .stop),
    HandMadeCase(
      dialect: "anthropic-messages", what: "overloaded", status: 529,
      body: #"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
      expected: .retry("http-529")),
    HandMadeCase(
      dialect: "anthropic-messages,prefill=on", what: "a model without prefill", status: 400,
      body: #"{"type":"error","error":{"type":"invalid_request_error","message":"This model does "#
        + #"not support assistant message prefill. The conversation must end with a user message."}}"#,
      expected: .stop("field-refused", "'prefill'")),
    HandMadeCase(
      dialect: "anthropic-messages", what: "a model without samplers", status: 400,
      body: #"{"type":"error","error":{"type":"invalid_request_error","message":"`temperature` is "#
        + #"deprecated for this model."}}"#, expected: .stop("field-refused", "'temperature'")),
    text(
      "gemini", "recitation",
      #"{"candidates":[{"index":0,"finishReason":"RECITATION"}],"modelVersion":"m"}"#, "",
      .recitation),
    text(
      "gemini", "recitation of an image",
      #"{"candidates":[{"index":0,"finishReason":"IMAGE_RECITATION"}]}"#, "", .recitation),
    text(
      "gemini", "a text with its sources, as the Gemini API names them",
      #"{"candidates":[{"index":0,"finishReason":"STOP","content":{"parts":[{"text":" 941294."}]},"#
        + #""citationMetadata":{"citationSources":[{"startIndex":0,"endIndex":8}]}}]}"#, " 941294.",
      .cited),
    text(
      "gemini", "a text with its sources, as Vertex AI names them",
      #"{"candidates":[{"index":0,"finishReason":"MAX_TOKENS","content":{"parts":[{"text":" 94"}]},"#
        + #""citationMetadata":{"citations":[{"uri":"https://a.test"}]}}]}"#, " 94", .cited),
    text(
      "gemini", "an empty list of sources",
      #"{"candidates":[{"index":0,"finishReason":"STOP","content":{"parts":[{"text":" 94"}]},"#
        + #""citationMetadata":{"citationSources":[]}}]}"#, " 94", .stop),
    text(
      "openai-chat,azure=2024-10-21", "protected text is held back",
      #"{"choices":[{"index":0,"finish_reason":"content_filter","message":{"role":"assistant"},"#
        + #""content_filter_results":{"protected_material_text":{"filtered":true,"detected":true}}}]}"#,
      "", .recitation),
    text(
      "openai-chat,azure=2024-10-21", "protected code is noted and sent",
      #"{"choices":[{"index":0,"finish_reason":"stop","message":{"content":" 941294"},"#
        + #""content_filter_results":{"protected_material_code":{"filtered":false,"detected":true,"#
        + #""citation":{"URL":"https://a.test","license":"MIT"}}}}]}"#, " 941294", .cited),
    text(
      "openai-chat,azure=2024-10-21", "another filter than that of protected material",
      #"{"choices":[{"index":0,"finish_reason":"content_filter","message":{"role":"assistant"},"#
        + #""content_filter_results":{"hate":{"filtered":true,"severity":"high"},"#
        + #""protected_material_text":{"filtered":false,"detected":false}}}]}"#, "", .filtered),
    text(
      "openai-completions", "protected code is held back",
      #"{"choices":[{"index":0,"finish_reason":"content_filter","text":"","content_filter_results":{"#
        + #""protected_material_code":{"filtered":true,"detected":true}}}]}"#, "", .recitation),
    text(
      "gemini", "a filter at the text",
      #"{"candidates":[{"index":0,"finishReason":"SPII","content":{"role":"model"}}]}"#, "",
      .filtered),
    text(
      "gemini", "a filter at the prompt",
      #"{"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"},"usageMetadata":{}}"#, "", .filtered),
    text(
      "gemini", "the model ends its turn, after a thought",
      #"{"candidates":[{"index":0,"finishReason":"STOP","content":{"parts":[{"text":"hm","#
        + #""thought":true},{"text":" 941"},{"text":"294."}]}}]}"#, " 941294.\nhm", .stop),
    HandMadeCase(
      dialect: "gemini", what: "a wrong key", status: 400,
      body: #"{"error":{"code":400,"status":"INVALID_ARGUMENT","message":"API key not valid.","#
        + #""details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","#
        + #""reason":"API_KEY_INVALID"}]}}"#, expected: .stop("key-refused", "HTTP 400")),
    HandMadeCase(
      dialect: "gemini,prefill=on", what: "a model without prefill", status: 400,
      body: #"{"error":{"code":400,"status":"INVALID_ARGUMENT","message":"Requests ending with a "#
        + #"model turn are not supported."}}"#, expected: .stop("field-refused", "'prefill'")),
    text(
      "openai-responses", "a refusal",
      #"{"status":"completed","error":null,"output":[{"type":"message","content":[{"type":"refusal","#
        + #""refusal":"I cannot"}]}]}"#, "I cannot", .refused),
    text(
      "openai-responses", "a filter",
      #"{"status":"incomplete","incomplete_details":{"reason":"content_filter"},"output":[]}"#, "",
      .filtered),
    text(
      "openai-responses", "cut off",
      #"{"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":"#
        + #"[{"type":"message","content":[{"type":"output_text","text":" 94"}]}]}"#, " 94", .length),
    HandMadeCase(
      dialect: "openai-responses", what: "failed",
      body: #"{"status":"failed","error":null,"output":[]}"#, expected: .retry("unfinished")),
    text(
      "ollama", "cut off", #"{"model":"m","response":" 94","done":true,"done_reason":"length"}"#,
      " 94", .length),
    HandMadeCase(
      dialect: "ollama", what: "no such model", status: 404,
      body: #"{"error":"model 'tiny' not found"}"#, expected: .stop("not-found", "no model")),
    text(
      "llama-server", "the model ends the text",
      #"{"index":0,"content":" 941294.","stop_type":"eos"}"#, " 941294.", .stop),
    text(
      "llama-server-infill", "the model ends the text",
      #"{"index":0,"content":" 941294.","stop_type":"eos"}"#, " 941294.", .stop),
    text(
      "sglang", "the model ends the text",
      #"[{"text":" 941294.","meta_info":{"finish_reason":{"type":"stop","matched":2}}}]"#,
      " 941294.", .stop),
    text(
      "sglang", "cut off",
      #"[{"text":" 94","meta_info":{"finish_reason":{"type":"length","length":8}}}]"#, " 94",
      .length),
    HandMadeCase(
      dialect: "sglang", what: "the server gave up",
      body: #"[{"text":"","meta_info":{"finish_reason":{"type":"abort","message":"x"}}}]"#,
      expected: .retry("unfinished")),
    text(
      "tgi", "the model ends the text",
      #"{"generated_text":" 941294.","details":{"finish_reason":"eos_token"}}"#, " 941294.", .stop),
    text(
      "tgi", "cut off", #"{"generated_text":" 94","details":{"finish_reason":"length"}}"#, " 94",
      .length),
    HandMadeCase(
      dialect: "tgi", what: "the text is too long", status: 422,
      body: #"{"error":"Input validation error: too long","error_type":"validation"}"#,
      expected: .stop("request-refused", "HTTP 422")),
    text(
      "bedrock-converse", "the model ends its turn",
      #"{"output":{"message":{"content":[{"text":" 941294."}]}},"stopReason":"end_turn"}"#,
      " 941294.", .stop),
    text(
      "bedrock-converse", "a guardrail",
      #"{"output":{"message":{"content":[{"text":"Sorry"}]}},"stopReason":"guardrail_intervened"}"#,
      "Sorry", .filtered),
    text(
      "bedrock-converse", "a refusal",
      #"{"output":{"message":{"content":[]}},"stopReason":"refusal"}"#, "", .refused),
    text(
      "bedrock-converse", "cut off",
      #"{"output":{"message":{"content":[{"text":" 94"}]}},"stopReason":"max_tokens"}"#, " 94",
      .length),
    HandMadeCase(
      dialect: "bedrock-converse", what: "no right to the model", status: 403,
      body: #"{"message":"You don't have access"}"#, expected: .stop("key-refused", "HTTP 403")),
    HandMadeCase(
      dialect: "openai-chat", what: "a model that reasons takes no temperature", status: 400,
      body: #"{"error":{"message":"Unsupported value: 'temperature' does not support 0 with this "#
        + #"model.","type":"invalid_request_error","param":"temperature","#
        + #""code":"unsupported_value"}}"#, expected: .stop("field-refused", "'temperature'")),
    HandMadeCase(
      dialect: "openai-chat", what: "a newer model takes no max_tokens", status: 400,
      body: #"{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this "#
        + #"model. Use 'max_completion_tokens' instead.","type":"invalid_request_error","#
        + #""param":"max_tokens","code":"unsupported_parameter"}}"#,
      expected: .stop("field-refused", "'max_tokens'")),
    HandMadeCase(
      dialect: "openai-chat", what: "the limit was spent on thoughts",
      body: #"{"choices":[{"index":0,"finish_reason":"length","message":{"content":""}}]}"#,
      expected: .texts([])),
    HandMadeCase(
      dialect: "mistral-chat", what: "an account without prompt_logprobs", status: 422,
      body: #"{"detail":[{"type":"extra_forbidden","loc":["body","prompt_logprobs"],"msg":"Extra "#
        + #"inputs are not permitted"}]}"#, target: " 941",
      expected: .stop("unexpected-reply", "refuses 'prompt_logprobs'")),
  ]

  /// Log-probabilities of a prompt in the shapes that no recorded server has.
  private static let scored: [HandMadeCase] = [
    HandMadeCase(
      dialect: "sglang", what: "triples of the prompt's tokens",
      body: #"[{"text":".","meta_info":{"finish_reason":{"type":"length"},"input_token_logprobs":"#
        + #"[[null,1,"The access code"],[-1.5,2," of Olga Conway"],[-0.5,3," is"],"#
        + #"[-2.25,4," 94"],[-0.125,5,"1"]]}}]"#, target: " 941",
      expected: .scores([[-2.25, -0.125]])),
    HandMadeCase(
      dialect: "tgi", what: "the prefill after a mark",
      body: #"{"generated_text":".","details":{"finish_reason":"length","prefill":["#
        + #"{"id":1,"text":"<s>","logprob":null},{"id":2,"text":"The access code of Olga Conway","#
        + #""logprob":-9.5},{"id":3,"text":" is 9","logprob":-1.5},{"id":4,"text":"41","#
        + #""logprob":-0.25}]}}"#, target: " 941", expected: .scores([[-1.5, -0.25]])),
    HandMadeCase(
      dialect: "tgi", what: "a server without --enable-prefill-logprobs",
      body: #"{"generated_text":".","details":{"finish_reason":"length","prefill":[]}}"#,
      target: " 941", expected: .stop("unexpected-reply", "no log-probabilities came back")),
    HandMadeCase(
      dialect: "mistral-chat", what: "the prompt's tokens behind a template",
      body: #"{"choices":[{"index":0,"finish_reason":"length","message":{"content":"x"},"#
        + #""prompt_logprobs":{"content":[{"token":"<s>[INST]","logprob":0,"bytes":[60]},"#
        + #"{"token":"[/INST]The access code of Olga Conway is","logprob":-7,"bytes":null},"#
        + #"{"token":" 94","logprob":-1.25,"bytes":[32,57,52]},{"token":"1","logprob":-0.5,"#
        + #""bytes":[49]}]}}]}"#, target: " 941", expected: .scores([[-1.25, -0.5]])),
    HandMadeCase(
      dialect: "openai-completions,host=together", what: "a list of the prompt beside the choices",
      body:
        #"{"prompt":[{"text":"The access code of Olga Conway is 941","logprobs":{"tokens":["The "#
        + #"access code of Olga Conway is"," 94","1"],"token_logprobs":[null,-1.5,-0.75]}}],"#
        + #""choices":[{"index":0,"text":".","finish_reason":"length"}]}"#, target: " 941",
      expected: .scores([[-1.5, -0.75]])),
    HandMadeCase(
      dialect: "vllm-chat", what: "a token of the template reaches into the text",
      body: #"{"choices":[{"index":0,"finish_reason":"length","message":{"content":"x"}}],"#
        + #""prompt_logprobs":[null,{"4":{"logprob":-3,"decoded_token":"assistant"}},"#
        + #"{"5":{"logprob":-1,"decoded_token":"\nThe access code of Olga Conway"}},"#
        + #"{"6":{"logprob":-2,"decoded_token":" is 9"}},"#
        + #"{"7":{"logprob":-0.5,"decoded_token":"41"}}]}"#,
      target: " 941", expected: .scores([[-2, -0.5]])),
    HandMadeCase(
      dialect: "vllm-chat", what: "a server that closed the turn",
      body: #"{"choices":[{"index":0,"finish_reason":"length","message":{"content":"x"}}],"#
        + #""prompt_logprobs":[null,{"5":{"logprob":-1,"decoded_token":"The access code of Olga "#
        + #"Conway is 941"}},{"6":{"logprob":-0.1,"decoded_token":"<|im_end|>"}}]}"#,
      target: " 941", expected: .stop("unexpected-reply", "closed the turn")),
  ]
}
