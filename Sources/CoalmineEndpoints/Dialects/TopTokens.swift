// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// How many of the likeliest tokens a dialect asks for beside each token that is written.
///
/// They are asked for greedy texts and samples at temperature 1, not where the endpoint's own samplers
/// act.
struct TopTokens: Sendable {
  let count: Int

  /// - Parameter most: as many as the API lists.
  static func option(most: Int) -> DialectOption {
    DialectOption("logprobs", "the likeliest tokens at each place, 0 to \(most) (default 0)")
  }

  /// - Throws: ``CoalmineError`` with code `bad-dialect-option`.
  init(_ options: DialectOptions, most: Int) throws(CoalmineError) {
    count = try options.number("logprobs", in: 0...most, else: 0)
  }

  private init(none: Void) { count = 0 }

  /// None.
  static let none = TopTokens(none: ())

  /// What the dialect claims because of them.
  var abilities: Abilities { count > 0 ? .showsTopTokens : [] }

  /// The same of a dialect that also lists them beside the tokens of a text that it scores.
  var abilitiesOfScoring: Abilities {
    count > 0 ? [.showsTopTokens, .listsScoredTokens] : []
  }

  /// How many are asked beside the tokens of a given text.
  func asked(_ kind: Ask.Kind?) -> Int { kind == .scoreListing ? count : 0 }

  func cures(_ dialect: some Dialect) -> [FieldCure] {
    count > 0 ? [FieldCure("logprobs", setting: "logprobs", to: "0", of: dialect)] : []
  }

  /// Whether a request of that kind asks for them.
  func areAsked(_ rule: Decoding.Rule?) -> Bool {
    count > 0 && (rule == .greedy || rule == .neutral)
  }

  /// The two fields of chat completions.
  func write(_ rule: Decoding.Rule?, _ body: inout JSONWriter.Object) throws {
    guard areAsked(rule) else { return }
    try body.field("logprobs", true)
    try body.field("top_logprobs", count)
  }
}

extension WrittenToken {
  /// The tokens of `logprobs` of the legacy completions route: `tokens`, `token_logprobs` and one
  /// object per place in `top_logprobs`; or `content[]`, as llama.cpp's server writes it there too.
  static func legacy(_ logprobs: JSONNode?) -> [WrittenToken] {
    if let content = logprobs?["content"]?.elements { return list(content) }
    guard let tokens = logprobs?["tokens"]?.elements,
      let values = logprobs?["token_logprobs"]?.optionalDoubles, tokens.count == values.count
    else { return [] }
    let listed = logprobs?["top_logprobs"]?.elements ?? []
    return tokens.indices.map { place in
      WrittenToken(
        bytes: TokenText.bytes(tokens[place].stringBytes ?? []),
        logProbability: usable(values[place]),
        likeliest: (listed.count == tokens.count ? listed[place].members ?? [] : []).compactMap {
          entry in
          usable(entry.value.double).map {
            Candidate(bytes: TokenText.bytes(Array(entry.key.utf8)), logProbability: $0)
          }
        })
    }
  }

  /// Lists of `[log-probability, number, text]`, as SGLang writes them.
  static func triples(_ written: [JSONNode]?, _ listed: [JSONNode]?) -> [WrittenToken] {
    func candidate(_ node: JSONNode) -> Candidate? {
      guard let parts = node.elements, parts.count == 3, let text = parts[2].stringBytes,
        let value = usable(parts[0].double)
      else { return nil }
      return Candidate(bytes: text, logProbability: value)
    }
    return (written ?? []).enumerated().map { place, node in
      let own = candidate(node)
      let others = listed.flatMap { place < $0.count ? $0[place].elements : nil } ?? []
      return WrittenToken(
        bytes: own?.bytes ?? [], logProbability: own?.logProbability,
        likeliest: others.compactMap(candidate))
    }
  }

  /// `logprobsResult` of Gemini: `chosenCandidates[]` and `topCandidates[].candidates[]`.
  static func gemini(_ result: JSONNode?) -> [WrittenToken] {
    func candidate(_ node: JSONNode) -> Candidate? {
      guard let text = node["token"]?.stringBytes,
        let value = usable(node["logProbability"]?.double)
      else { return nil }
      return Candidate(bytes: text, logProbability: value)
    }
    let listed = result?["topCandidates"]?.elements ?? []
    return (result?["chosenCandidates"]?.elements ?? []).enumerated().map { place, node in
      let others = place < listed.count ? listed[place]["candidates"]?.elements ?? [] : []
      return WrittenToken(
        bytes: node["token"]?.stringBytes ?? [],
        logProbability: usable(node["logProbability"]?.double),
        likeliest: others.compactMap(candidate))
    }
  }

  /// A log-probability that is one: `nil` for none, for what stands for "not listed", and above 0.
  static func usable(_ value: Double?) -> Double? {
    guard let value, value <= 1e-6, value > -9_000 else { return nil }
    return min(0, value)
  }
}
