// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// What llama.cpp's server answers.
extension LlamaServer {
  /// The results of a list of prompts by their index; one prompt alone is answered by an object.
  func results(_ document: JSONDocument, count: Int, _ endpoint: Endpoint) -> Reading<[JSONNode]> {
    let listed: [JSONNode]
    switch route {
    case .native: listed = document.root.elements ?? [document.root]
    case .completions:
      guard let choices = document.root["choices"]?.elements else {
        return .stop(
          HTTPFault.shape("the reply has no 'choices'", endpoint, "is this llama-server?"))
      }
      listed = choices
    }
    return OpenAICompletions.slotted(listed, count: count).flatMap { slots in
      let found = slots.compactMap { $0 }
      guard found.count == count else {
        return .retry(Reason("results-missing", "\(found.count) of \(count) results came"))
      }
      guard !found.contains(where: { $0["truncated"]?.bool == true }) else {
        return .stop(
          HTTPFault.shape(
            "a prompt was cut to the context window", endpoint,
            "give the server a larger context ('-c'), or more room per slot"))
      }
      return .value(found)
    }
  }

  /// One row per prefix.
  func rows(_ results: [JSONNode], _ asks: [Ask], _ endpoint: Endpoint)
    -> Reading<[Outcome<Answer>]>
  {
    var rows: [Outcome<Answer>] = []
    let listsOthers = results.contains { !entries($0).isEmpty }
    for (result, ask) in zip(results, asks) {
      guard case .next(_, let listing) = ask else { continue }
      let entry = entries(result).first
      // The server lists nothing at a token that is the beginning of a character. Where one token was
      // wanted, a check has seen that it lists others; so have other results of the same reply.
      let isWanted = if case .only = listing { true } else { false }
      if entry == nil, isWanted || listsOthers || writesPartOfCharacter(result) {
        rows.append(
          .notMeasurable(
            Reason(
              "token-is-part-of-character",
              "the server lists nothing where it wrote a part of a character")))
        continue
      }
      guard let entry, let listed = entry["top_logprobs"]?.elements, !listed.isEmpty else {
        let field = route == .native ? "n_probs" : "logprobs"
        return .stop(
          HTTPFault.shape(
            "the reply holds no log-probabilities ('\(field)' was ignored)", endpoint,
            "use '--probe-set text-only', which needs none"))
      }
      // A token that a bias made certain is the one that was written, wherever it is listed.
      let nodes = if case .only = listing { [entry] } else { listed }
      let choices = nodes.compactMap(Self.choice)
      guard choices.count == nodes.count else {
        return .stop(
          HTTPFault.shape(
            "a log-probability is missing or above 0", endpoint, "is this llama-server?"))
      }
      if case .only(let token) = listing, choices.first?.id != token {
        rows.append(
          .failed(Reason("bias-ignored", "the server wrote another token than the one wanted")))
      } else {
        rows.append(.measured(.next(NextTokens(choices: choices))))
      }
    }
    return .value(rows)
  }

  /// Whether the text that was written ends with the mark of bytes that are no character yet.
  private func writesPartOfCharacter(_ result: JSONNode) -> Bool {
    (route == .native ? result["content"] : result["text"])?.stringBytes?.suffix(3)
      .elementsEqual("\u{FFFD}".utf8) ?? false
  }

  /// The tokens that were written under a grammar.
  func forced(_ result: JSONNode, _ endpoint: Endpoint) -> Reading<[Outcome<Answer>]> {
    let nodes = entries(result)
    let choices = nodes.compactMap(Self.choice)
    guard !nodes.isEmpty, choices.count == nodes.count else {
      return .value([
        .failed(Reason("not-forced", "a token that was written has no log-probability"))
      ])
    }
    return .value([.measured(.forced(choices))])
  }

  /// What the model wrote, one text per prompt.
  func texts(_ results: [JSONNode]) -> Reading<[Outcome<Answer>]> {
    guard route == .native else {
      return .value(results.map { OpenAICompletions.completion($0).map(Answer.completion) })
    }
    var outcomes: [Outcome<Answer>] = []
    for result in results {
      guard let text = result["content"]?.stringBytes else {
        return .retry(Reason("no-content", "a result holds no text"))
      }
      let isCut = result["stop_type"]?.string == "limit"
      outcomes.append(
        .measured(
          .completion(
            Completion(
              text: text, ending: isCut ? .length : .stop,
              steps: WrittenToken.list(result["completion_probabilities"]?.elements)))))
    }
    return .value(outcomes)
  }

  /// The tokens of a text.
  static func tokens(_ document: JSONDocument, _ endpoint: Endpoint) -> Reading<[TextToken]> {
    guard let tokens = document.root["tokens"]?.elements else {
      return .stop(
        HTTPFault.shape(
          "the reply to /tokenize holds no tokens", endpoint, "is this llama-server?"))
    }
    var result: [TextToken] = []
    for token in tokens {
      guard let id = token["id"].flatMap(identifier), let bytes = token["piece"].flatMap(piece)
      else {
        return .stop(
          HTTPFault.shape(
            "/tokenize gives no pieces", endpoint,
            "llama-server of 2024-09 or later is needed ('with_pieces')"))
      }
      result.append(TextToken(id: id, bytes: bytes))
    }
    return .value(result)
  }

  /// The server's own settings, by `GET /props`.
  static func props(_ root: JSONNode) -> EndpointSettings? {
    guard let defaults = root["default_generation_settings"] else { return nil }
    var settings = EndpointSettings()
    // One model is loaded; without an alias it is called by its file.
    settings.models = (root["model_alias"] ?? root["model_path"])?.string.map { [$0] } ?? []
    settings.contextTokens = defaults["n_ctx"]?.int.flatMap { Int(exactly: $0) }
    if let values = defaults["params"] {
      let temperature = [(name: "temperature", neutral: 1.0)]
      settings.samplers = (samplers + temperature).sorted { $0.name < $1.name }.compactMap {
        sampler in
        values[sampler.name]?.double.map {
          EndpointSettings.Sampler(name: sampler.name, value: $0, neutral: sampler.neutral)
        }
      }
    }
    return settings
  }

  /// The tokens that were written, each with what was listed at its place.
  private func entries(_ result: JSONNode) -> [JSONNode] {
    switch route {
    case .native: result["completion_probabilities"]?.elements ?? []
    case .completions: result["logprobs"]?["content"]?.elements ?? []
    }
  }

  /// One token with its log-probability; `nil` where it has none that can be.
  private static func choice(_ token: JSONNode) -> NextTokens.Choice? {
    guard let id = token["id"].flatMap(identifier), let value = token["logprob"]?.double,
      !value.isNaN, value <= 1e-6
    else { return nil }
    // What the server prints for a probability of 0.
    return NextTokens.Choice(
      id: id, bytes: token["bytes"].flatMap(piece) ?? [],
      logProbability: value < -1e30 ? -.infinity : min(0, value))
  }

  /// A token's number: no vocabulary has more than 2^31.
  private static func identifier(_ node: JSONNode) -> Int? {
    node.int.flatMap { Int32(exactly: $0) }.flatMap { $0 >= 0 ? Int($0) : nil }
  }

  /// A token's bytes: a string, or a list of bytes where it is no whole UTF-8.
  private static func piece(_ node: JSONNode) -> [UInt8]? {
    node.stringBytes ?? TokenText.listed(node)
  }
}
