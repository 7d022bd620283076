// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// What the requests of all chat completions have in common.
///
/// No seed is sent: some servers give it to every sample of a request, and all are alike then.
struct ChatFields {
  var prefill = Prefill.none
  /// The field that limits what is written.
  var limit = "max_tokens"
  var samplers = Samplers.named
  var room: ReasoningRoom?

  /// Model, messages, limit and samplers.
  func write(
    _ asks: [Ask], _ conversation: Conversation, to endpoint: Endpoint,
    _ body: inout JSONWriter.Object
  ) throws {
    try body.field("model", endpoint.model)
    try prefill.write(conversation, &body)
    guard let rule = asks.rule else {
      // A given text is scored: one token is written and dropped.
      try body.field(limit, 1)
      return try body.field("temperature", 0)
    }
    try body.field(limit, room?.limit(asks) ?? asks.longestCompletion)
    // Not every server knows the field, and all write one sample where it is left out.
    if asks.count > 1 { try body.field("n", asks.count) }
    guard samplers == .named, rule != .endpointDefault else { return }
    try body.field("temperature", rule == .greedy ? 0 : 1)
    if rule == .neutral { try body.field("top_p", 1) }
  }
}

/// Whether a request names the samplers: models that reason refuse all but their own.
enum Samplers: String, Sendable, CaseIterable {
  case named
  case own

  static let option = DialectOption(
    "samplers", "named: temperature and top_p are sent; own: the model's own are left alone")

  /// What to do where a model refuses them.
  static let words = ["temperature", "top_p", "topp", "top_k", "sampling"]

  func cure(_ dialect: some Dialect) -> [FieldCure] {
    self == .named
      ? [FieldCure("temperature", words: Self.words, setting: "samplers", to: "own", of: dialect)]
      : []
  }
}

/// Tokens that a request grants beyond the length of an answer: models that reason spend them unseen.
struct ReasoningRoom: Sendable {
  let tokens: Int

  static let option = DialectOption(
    "room", "tokens granted beyond the answer, for models that reason first, 0 to 100000")

  init(_ options: DialectOptions) throws(CoalmineError) {
    tokens = try options.number("room", in: 0...100_000, else: 0)
  }

  /// The limit of a request.
  func limit(_ asks: [Ask]) -> Int { asks.longestCompletion + tokens }
}

/// An option that is on or off.
enum Switch: String, Sendable, CaseIterable {
  case off
  case on
}
