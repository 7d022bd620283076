// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// What is posted to llama.cpp's server.
extension LlamaServer {
  /// More than any vocabulary holds: the server lists what it has.
  private static let wholeVocabulary = 1 << 24

  /// How large a reply of whole rows may be, in bytes: a row of 500,000 tokens.
  private static let wholeReplyLimit = 64 << 20

  /// The request for what follows each of some prefixes.
  func expansion(_ asks: [Ask], _ listing: Listing) throws(CoalmineError) -> DialectRequest {
    var request = try post { body in
      try body.array("prompt") { list in
        for case .next(let prefix, _) in asks {
          try list.array { tokens in for token in prefix.tokens { try tokens.value(token) } }
        }
      }
      let count =
        switch listing {
        case .top(let count): count
        case .all: Self.wholeVocabulary
        case .only: 1
        }
      try body.field(route == .native ? "n_probs" : "logprobs", count)
      try body.field(route == .native ? "n_predict" : "max_tokens", 1)
      try body.field("temperature", -1)
      if case .only(let token) = listing {
        // The bias makes the token certain, and the log-probability that is listed is that of the
        // raw logits, before it.
        try body.array("logit_bias") { list in
          try list.array { pair in
            try pair.value(token)
            try pair.value(1_000_000)
          }
        }
      }
      if route == .native { try body.field("post_sampling_probs", false) }
      try Self.neutral(&body)
      guard route == .native else { return }
      try body.field("cache_prompt", true)
      try Self.fields(["completion_probabilities"], &body)
    }
    if listing == .all { request.replyLimit = Self.wholeReplyLimit }
    return request
  }

  /// The request that writes an ending under a grammar that allows nothing else.
  func forced(_ prefix: TokenPrefix, _ ending: [UInt8]) throws(CoalmineError) -> DialectRequest {
    try post { body in
      try body.array("prompt") { list in
        try list.array { tokens in for token in prefix.tokens { try tokens.value(token) } }
      }
      try body.field("grammar", utf8: Array("root ::= ".utf8) + Self.literal(ending))
      try body.field("n_probs", 1)
      // No tokeniser spends more tokens than bytes; one more ends the text.
      try body.field("n_predict", ending.count + 1)
      try body.field("temperature", -1)
      try body.field("post_sampling_probs", false)
      try Self.neutral(&body)
      try body.field("cache_prompt", true)
      try Self.fields(["completion_probabilities"], &body)
    }
  }

  /// The request for what the model writes.
  func completion(_ asks: [Ask], _ rule: Decoding.Rule, _ endpoint: Endpoint)
    throws(CoalmineError) -> DialectRequest
  {
    let prompts = asks.compactMap { $0.passage.flatMap(turns.text) }
    guard prompts.count == asks.count else { throw cannotAsk(asks) }
    return try post { body in
      if route == .completions { try body.field("model", endpoint.model) }
      try body.array("prompt") { list in
        // Every prompt of a list gets the same seed, so none is sent: equal prompts would get equal
        // answers. And `n` is limited to the number of slots, so prompts are repeated.
        for prompt in prompts { try list.value(utf8: prompt) }
      }
      try body.field(route == .native ? "n_predict" : "max_tokens", asks.longestCompletion)
      switch rule {
      case .greedy:
        try body.field("temperature", 0)
        try Self.neutral(&body)
      case .neutral:
        try body.field("temperature", 1)
        try Self.neutral(&body)
      case .endpointDefault: break
      }
      let lists = topTokens.areAsked(rule)
      if lists { try body.field(route == .native ? "n_probs" : "logprobs", topTokens.count) }
      guard route == .native else { return }
      try body.field("cache_prompt", true)
      if lists { try body.field("post_sampling_probs", false) }
      try Self.fields(
        ["content", "stop_type"] + (lists ? ["completion_probabilities"] : []), &body)
    }
  }

  private func post(_ fields: (inout JSONWriter.Object) throws -> Void) throws(CoalmineError)
    -> DialectRequest
  { try .post(route == .native ? "/completion" : "/v1/completions", fields) }

  /// Names the fields of a result that are read: others double the reply. Where a text stands in
  /// its list, and whether it was cut, is always read.
  private static func fields(_ names: [String], _ body: inout JSONWriter.Object) throws {
    try body.array("response_fields") { list in
      for name in ["index", "truncated"] + names { try list.value(name) }
    }
  }

  /// Every sampler with the value at which it changes nothing.
  static let samplers: [(name: String, neutral: Double)] = [
    ("dry_multiplier", 0), ("frequency_penalty", 0), ("min_p", 0), ("mirostat", 0),
    ("presence_penalty", 0), ("repeat_penalty", 1), ("top_k", 0), ("top_p", 1), ("typical_p", 1),
    ("xtc_probability", 0),
  ]

  /// Samplers that change nothing.
  static func neutral(_ body: inout JSONWriter.Object) throws {
    for sampler in samplers { try body.field(sampler.name, Int(sampler.neutral)) }
  }

  /// A string of a grammar that stands for these bytes alone.
  static func literal(_ text: [UInt8]) -> [UInt8] {
    var literal: [UInt8] = [UInt8(ascii: "\"")]
    for byte in text {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): literal += [UInt8(ascii: "\\"), byte]
      case UInt8(ascii: "\n"): literal += Array("\\n".utf8)
      case UInt8(ascii: "\r"): literal += Array("\\r".utf8)
      case UInt8(ascii: "\t"): literal += Array("\\t".utf8)
      case 0..<0x20, 0x7F:
        let digits = String(byte, radix: 16, uppercase: true)
        literal += Array("\\x\(digits.count == 1 ? "0" : "")\(digits)".utf8)
      default: literal.append(byte)
      }
    }
    return literal + [UInt8(ascii: "\"")]
  }
}
