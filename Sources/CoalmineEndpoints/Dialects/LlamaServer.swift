// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// The native routes of llama.cpp's server: `/tokenize` and `/completion`.
///
/// The server accepts `echo` and ignores it, so a given text is walked. Its samplers are not
/// neutral by default (temperature 0.8, top_k 40, top_p 0.95, min_p 0.05): every request but that
/// of the endpoint's own settings names them all. Log-probabilities are those of the raw logits,
/// before any sampler.
public enum LlamaServer: WalkingDialect {
  public static let slug = "llama-server"
  public static let summary = "llama.cpp's own API, walked token by token: llama-server, xllamacpp"
  public static let source = "llama.cpp, tools/server/README.md, 'POST /completion'"
  public static let tier = ScoreTier.walk
  public static let routes = APIRoutes(
    base: .server, main: "/completion", others: ["/tokenize", "/props"])
  public static let packLimit = 32
  public static let sampledPackLimit = 32
  public static let prefixLimit = 32

  /// More than any vocabulary holds: the server lists what it has.
  static let wholeVocabulary = 1 << 24

  public static func tokenization(of text: [UInt8]) throws(CoalmineError) -> DialectRequest {
    try .post("/tokenize") { body in
      try body.field("content", utf8: text)
      try body.field("add_special", true)
      try body.field("parse_special", false)
      try body.field("with_pieces", true)
    }
  }

  public static func readTokens(_ reply: DialectReply, at endpoint: Endpoint)
    -> StepReading<[TextToken]>
  {
    switch HTTPFault.step(of: reply, endpoint: endpoint) {
    case .retry(let reason): return .retry(reason)
    case .stop(let error): return .stop(error)
    case .value(let document):
      guard let tokens = document.root["tokens"]?.elements else {
        return .stop(
          HTTPFault.shape(
            "the reply to /tokenize holds no tokens", endpoint, "is this llama-server?"))
      }
      var result: [TextToken] = []
      for token in tokens {
        guard let id = token["id"].flatMap(identifier),
          let bytes = token["piece"].flatMap(piece)
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
  }

  public static func expansion(of prefixes: [[Int]], listing: RowLength) throws(CoalmineError)
    -> DialectRequest
  {
    var request: DialectRequest = try .post("/completion") { body in
      try prompts(prefixes, &body)
      switch listing {
      case .top(let count): try body.field("n_probs", count)
      case .all: try body.field("n_probs", wholeVocabulary)
      }
      try body.field("n_predict", 1)
      try body.field("temperature", -1)
      try body.field("post_sampling_probs", false)
      try neutral(&body)
      try body.field("cache_prompt", true)
    }
    if listing == .all { request.replyLimit = RowLength.wholeReplyLimit }
    return request
  }

  /// Prompts as lists of token numbers.
  static func prompts(_ prefixes: [[Int]], _ body: inout JSONWriter.Object) throws {
    try body.array("prompt") { list in
      for prefix in prefixes {
        try list.array { tokens in for token in prefix { try tokens.value(token) } }
      }
    }
  }

  public static func readRows(_ reply: DialectReply, count: Int, at endpoint: Endpoint)
    -> StepReading<[NextTokens]>
  {
    switch results(of: reply, count: count, at: endpoint) {
    case .retry(let reason): return .retry(reason)
    case .stop(let error): return .stop(error)
    case .value(let results):
      var rows: [NextTokens] = []
      for result in results {
        guard result["truncated"]?.bool != true else {
          return .stop(
            HTTPFault.shape(
              "a prompt was cut to the context window", endpoint,
              "give the server a larger context ('-c'), or more room per slot"))
        }
        switch row(
          result["completion_probabilities"]?.elements?.first, ignored: "n_probs", at: endpoint)
        {
        case .success(let row): rows.append(row)
        case .failure(let error): return .stop(error)
        }
      }
      return .value(rows)
    }
  }

  /// What may follow a prefix, from the entry of the one token that was generated.
  static func row(_ entry: JSONNode?, ignored field: String, at endpoint: Endpoint)
    -> Result<NextTokens, CoalmineError>
  {
    guard let listed = entry?["top_logprobs"]?.elements, !listed.isEmpty else {
      return .failure(
        HTTPFault.shape(
          "the reply holds no log-probabilities ('\(field)' was ignored)", endpoint,
          "use '--probe-set text-only', which needs none"))
    }
    var choices: [NextTokens.Choice] = []
    for token in listed {
      guard let id = token["id"].flatMap(identifier),
        let value = token["logprob"]?.double, !value.isNaN, value <= 1e-6
      else {
        return .failure(
          HTTPFault.shape(
            "a log-probability is missing or above 0", endpoint, "is this llama-server?"))
      }
      // What the server prints for a probability of 0.
      choices.append(
        NextTokens.Choice(
          id: id, bytes: token["bytes"].flatMap(piece) ?? [],
          logProbability: value < -1e30 ? -.infinity : min(0, value)))
    }
    return .success(NextTokens(choices: choices))
  }

  public static func request(_ queries: [Query], to endpoint: Endpoint, seed: UInt64)
    throws(CoalmineError) -> DialectRequest
  {
    try .post("/completion") { body in
      try body.array("prompt") { prompts in
        for query in queries {
          // The server gives every prompt of a list the same seed, so none is sent: equal prompts
          // would get equal answers.
          for _ in 0..<query.samples { try prompts.value(utf8: query.prompt) }
        }
      }
      try body.field("n_predict", queries.reduce(0) { max($0, $1.maxTokens) })
      switch queries.first?.probe {
      case .greedyExtraction, .chainExtraction:
        try body.field("temperature", 0)
        try neutral(&body)
      case .sampledExtraction:
        try body.field("temperature", 1)
        try neutral(&body)
      default: break
      }
      try body.field("cache_prompt", true)
    }
  }

  public static func read(_ reply: DialectReply, for queries: [Query], at endpoint: Endpoint)
    -> Reading
  {
    let count = queries.reduce(0) { $0 + $1.samples }
    switch results(of: reply, count: count, at: endpoint, queries: queries) {
    case .retry(let reason): return .retry(reason)
    case .stop(let error): return .stop(error)
    case .value(let results):
      var rest = results[...]
      var outcomes: [Outcome<Observation>] = []
      for query in queries {
        let mine = rest.prefix(query.samples)
        rest = rest.dropFirst(query.samples)
        var texts: [Continuation] = []
        for result in mine {
          guard let text = result["content"]?.stringBytes else {
            return .retry(Reason("no-content", "a result holds no text"))
          }
          texts.append(
            Continuation(
              text: text, ending: result["stop_type"]?.string == "limit" ? .length : .stop))
        }
        outcomes.append(
          texts.isEmpty
            ? .failed(Reason("not-continued", "a given text is walked, not continued"))
            : .measured(.continuations(texts)))
      }
      return .answers(outcomes)
    }
  }

  /// Every sampler with the value at which it changes nothing.
  private static let samplers: [(name: String, neutral: Double)] = [
    ("dry_multiplier", 0), ("frequency_penalty", 0), ("min_p", 0), ("mirostat", 0),
    ("presence_penalty", 0), ("repeat_penalty", 1), ("top_k", 0), ("top_p", 1), ("typical_p", 1),
    ("xtc_probability", 0),
  ]

  /// Samplers that change nothing.
  static func neutral(_ body: inout JSONWriter.Object) throws {
    for sampler in samplers { try body.field(sampler.name, Int(sampler.neutral)) }
  }

  public static func settingsRequest(to endpoint: Endpoint) -> DialectRequest? { .get("/props") }

  public static func readSettings(_ reply: DialectReply, at endpoint: Endpoint)
    -> EndpointSettings?
  {
    guard reply.status == 200,
      let document = try? JSONDocument(parsing: reply.body, repairing: true),
      let defaults = document.root["default_generation_settings"]
    else { return nil }
    let root = document.root
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

  /// The results of a list of prompts by their index; one prompt alone is answered by an object.
  private static func results(
    of reply: DialectReply, count: Int, at endpoint: Endpoint, queries: [Query]? = nil
  ) -> StepReading<[JSONNode]> {
    switch HTTPFault.step(of: reply, queries: queries, endpoint: endpoint) {
    case .retry(let reason): return .retry(reason)
    case .stop(let error): return .stop(error)
    case .value(let document):
      let listed = document.root.elements ?? [document.root]
      var slots = [JSONNode?](repeating: nil, count: count)
      for result in listed {
        guard let index = result["index"]?.int.flatMap({ Int(exactly: $0) }),
          slots.indices.contains(index), slots[index] == nil
        else {
          return .retry(
            Reason("bad-index", "a result has no index, one out of range, or one twice"))
        }
        slots[index] = result
      }
      let found = slots.compactMap { $0 }
      guard found.count == count else {
        return .retry(Reason("results-missing", "\(found.count) of \(count) results came"))
      }
      return .value(found)
    }
  }

  /// A token's number: no vocabulary has more than 2^31.
  private static func identifier(_ node: JSONNode) -> Int? {
    node.int.flatMap { Int32(exactly: $0) }.flatMap { $0 >= 0 ? Int($0) : nil }
  }

  /// A token's bytes: a string, or a list of bytes where it is no whole UTF-8.
  static func piece(_ node: JSONNode) -> [UInt8]? { node.stringBytes ?? TokenText.listed(node) }
}
