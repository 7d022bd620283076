// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import Testing

/// The endpoint that dialect tests ask; nothing is ever sent to it.
func endpoint(_ url: String = "https://models.example/v1", key: String? = nil) throws -> Endpoint {
  try Endpoint(url: url, model: "tiny", key: key.map { Secret($0) })
}

/// A likelihood question.
func scoring(_ prompt: String, _ target: String, id: String = "c1") -> Query {
  Query(
    probe: .sequenceLikelihood, subject: .canary(id), prompt: Array(prompt.utf8),
    target: Array(target.utf8), samples: 0, maxTokens: 0)
}

/// An extraction question.
func continuing(
  _ prompt: String, samples: Int = 1, maxTokens: Int = 8, probe: Probe = .sampledExtraction
) -> Query {
  Query(
    probe: probe, subject: .canary("c1"), prompt: Array(prompt.utf8), target: [],
    samples: samples, maxTokens: maxTokens)
}

/// What the completions dialect makes of a reply.
func read(
  _ body: String, status: Int = 200, headers: [(name: String, value: String)] = [],
  for queries: [Query], key: String? = nil
) throws -> Reading {
  OpenAICompletions.read(
    DialectReply(status: status, headers: headers, body: Array(body.utf8)), for: queries,
    at: try endpoint(key: key))
}

extension Reading {
  var answers: [Outcome<Observation>]? {
    if case .answers(let outcomes) = self { outcomes } else { nil }
  }

  var retryReason: Reason? {
    if case .retry(let reason) = self { reason } else { nil }
  }

  var stopError: CoalmineError? {
    if case .stop(let error) = self { error } else { nil }
  }

  /// The scored tokens of the only answer.
  var scores: [TokenScore]? {
    if case .measured(.likelihood(let scores))? = answers?.first { scores } else { nil }
  }

  /// The continuations of the answer at `position`.
  func continuations(_ position: Int = 0) -> [Continuation]? {
    guard let answers, answers.indices.contains(position) else { return nil }
    if case .measured(.continuations(let texts)) = answers[position] { return texts }
    return nil
  }

  /// Everything that could be shown of it.
  var words: String {
    switch self {
    case .answers(let outcomes): outcomes.compactMap(\.reason?.evidence).joined()
    case .retry(let reason): reason.slug + reason.evidence
    case .stop(let error): error.description
    }
  }
}

/// An echo reply of one choice from its tokens and their log-probabilities, as JSON text.
func echoReply(_ tokens: [String], _ values: [String], rest: String = "") -> String {
  let quoted = tokens.map { #""\#($0)""# }.joined(separator: ",")
  return #"{"choices":[{"index":0,"text":"","finish_reason":"length","logprobs":{"tokens":["#
    + quoted + #"],"token_logprobs":["# + values.joined(separator: ",") + "]" + rest + "}}]}"
}
