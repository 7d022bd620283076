// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import Testing

/// The endpoint that dialect tests ask; nothing is ever sent to it.
func endpoint(_ url: String = "https://models.example/v1", key: String? = nil) throws -> Endpoint {
  try Endpoint(url: url, model: "tiny", key: key.map { Secret($0) })
}

/// A question as tests write it: what one or more asks are made of.
struct Query: Sendable, Equatable {
  let probe: Probe
  let prompt: [UInt8]
  /// Scored where there are no samples.
  let target: [UInt8]
  let samples: Int
  let maxTokens: Int
  var form = Presentation.Form.plain

  /// The asks: one per sample.
  var asks: [Ask] {
    let passage = Passage(before: prompt, target: target, presentation: .ofText(form))
    if samples == 0 { return [.score(passage)] }
    let rule: Decoding.Rule =
      switch probe {
      case .sampledExtraction: .neutral
      case .defaultExtraction: .endpointDefault
      default: .greedy
      }
    return (0..<samples).map {
      .complete(passage, Decoding(rule, maxTokens: maxTokens, sample: $0))
    }
  }
}

extension Query {
  /// What a dialect is asked in its place: endpoints of forced choices answer nothing else.
  func asks(of dialect: any Dialect) -> [Ask] {
    guard dialect.abilities.contains(.chooses) else { return asks }
    let secret = Array("302".utf8)
    return [.choose(Passage(before: prompt, target: secret), among: [Array("557".utf8), secret])]
  }
}

/// A likelihood question.
func scoring(_ prompt: String, _ target: String) -> Query {
  Query(
    probe: .sequenceLikelihood, prompt: Array(prompt.utf8), target: Array(target.utf8), samples: 0,
    maxTokens: 0)
}

/// An extraction question.
func continuing(
  _ prompt: String, samples: Int = 1, maxTokens: Int = 8, probe: Probe = .sampledExtraction
) -> Query {
  Query(
    probe: probe, prompt: Array(prompt.utf8), target: [], samples: samples, maxTokens: maxTokens)
}

/// The dialect of that name.
func dialect(_ name: String = "openai-completions") -> any Dialect {
  try! DialectRegistry.dialect(name)
}

/// The dialects that score token by token, by the server that they speak to.
let stepwiseDialects = [dialect("llama-server"), dialect("llama-server-completions")]

/// What a dialect makes of a reply to some questions.
struct Read {
  let reading: Reading<RequestAnswers>
  let queries: [Query]

  init(_ dialect: any Dialect, _ reply: Reply, for queries: [Query], at endpoint: Endpoint) {
    self.queries = queries
    reading = dialect.decode(reply, queries.flatMap(\.asks), at: endpoint)
  }

  var answers: [Outcome<Answer>]? {
    if case .value(let answers) = reading { answers.outcomes } else { nil }
  }

  var retryReason: Reason? {
    if case .retry(let reason) = reading { reason } else { nil }
  }

  /// The error of a reply that ends a run, or that leaves a text out.
  var stopError: CoalmineError? {
    switch reading {
    case .stop(let error), .unanswerable(let error): error
    case .value, .retry: nil
    }
  }

  /// Whether a run goes on without the text.
  var leavesOutText: Bool { if case .unanswerable = reading { true } else { false } }

  /// The scored tokens of the only answer.
  var scores: [TokenScore]? {
    if case .measured(.scored(let scores))? = answers?.first { scores } else { nil }
  }

  /// The samples of the question at `position`.
  func completions(_ position: Int = 0) -> [Completion]? {
    guard let answers else { return nil }
    let first = queries[..<position].reduce(0) { $0 + $1.asks.count }
    let texts = answers[first..<(first + queries[position].asks.count)].compactMap {
      if case .measured(.completion(let text)) = $0 { text } else { nil as Completion? }
    }
    return texts.isEmpty ? nil : texts
  }

  /// Everything that could be shown of it.
  var words: String {
    switch reading {
    case .value(let answers): answers.outcomes.compactMap(\.reason?.evidence).joined()
    case .retry(let reason): reason.slug + reason.evidence
    case .stop(let error), .unanswerable(let error): error.description
    }
  }
}

/// What the completions dialect makes of a reply.
func read(
  _ body: String, status: Int = 200, headers: [(name: String, value: String)] = [],
  for queries: [Query], key: String? = nil
) throws -> Read {
  Read(
    dialect(), Reply(status: status, headers: headers, body: Array(body.utf8)), for: queries,
    at: try endpoint(key: key))
}

/// An echo reply of one choice from its tokens and their log-probabilities, as JSON text.
func echoReply(_ tokens: [String], _ values: [String], rest: String = "") -> String {
  let quoted = tokens.map { #""\#($0)""# }.joined(separator: ",")
  return #"{"choices":[{"index":0,"text":"","finish_reason":"length","logprobs":{"tokens":["#
    + quoted + #"],"token_logprobs":["# + values.joined(separator: ",") + "]" + rest + "}}]}"
}
