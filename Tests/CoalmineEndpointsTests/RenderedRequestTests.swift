// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import Testing

/// What llama.cpp's dialects send and read where they render conversations.
@Suite struct `Rendered conversations on the wire` {
  private static let user = Turns.Turn(role: "user", text: Array("The code is".utf8))
  private static let asked = Turns([user, Turns.Turn(role: "assistant", text: Array("302".utf8))])
  private static let names = [
    "llama-server,template=server", "llama-server-completions,template=server",
  ]

  /// A dialect that knows a template with a mark before and behind each role.
  private static func dialect(_ name: String) throws -> any Dialect {
    var template = ChatTemplate()
    let roles = ["user", "assistant"]
    try template.learn(
      roles,
      PublicTurns.Variant.allCases.map { variant in
        let turns = PublicTurns.turns(roles, variant).earlier
        return Array("<u>".utf8) + turns[0].text + Array("<a>".utf8) + turns[1].text
      })
    return try DialectRegistry.dialect(name).rendering(template)
  }

  private static func body(_ dialect: any Dialect, _ ask: Ask) throws -> (
    path: String, body: String
  ) {
    let request = try dialect.encode([ask], to: try endpoint("https://a.example"), seed: 1)
    return (request.path, String(decoding: request.body ?? [], as: UTF8.self))
  }

  private static func passage(_ target: String) -> Passage {
    Passage(before: [], target: Array(target.utf8), presentation: .prefilled(Turns(user)))
  }

  @Test(arguments: names)
  func `a conversation is sent as the template's text`(_ name: String) throws {
    let dialect = try Self.dialect(name)
    #expect(dialect.presentation == .prefilled && dialect.rendersTurns)
    let (path, tokens) = try Self.body(dialect, .tokenize(Self.passage("302557")))
    #expect(path == "/tokenize")
    #expect(
      tokens
        == #"{"content":"<u>The code is<a>302557","add_special":true,"parse_special":true,"with_pieces":true}"#
    )
    let (_, written) = try Self.body(
      dialect, .complete(Self.passage(""), Decoding(.greedy, maxTokens: 8)))
    #expect(written.contains(#""prompt":["<u>The code is<a>"]"#))
  }

  @Test(arguments: names)
  func `public conversations go to the routes of templates and of chat`(_ name: String) throws {
    let dialect = try Self.dialect(name)
    let messages =
      #""messages":[{"role":"user","content":"The code is"},{"role":"assistant","content":"302"}]"#
    let rendered = try Self.body(dialect, .render(Self.asked))
    #expect(rendered.path == "/apply-template" && rendered.body == "{\(messages)}")
    let counted = try Self.body(dialect, .countTokens(Self.asked))
    #expect(counted.path == "/v1/chat/completions")
    #expect(counted.body == #"{"model":"tiny",\#(messages),"max_tokens":1,"temperature":0}"#)
  }

  @Test(arguments: names)
  func `nothing of a conversation is sent before the template is known`(_ name: String) throws {
    let dialect = try DialectRegistry.dialect(name)
    for ask in [
      Ask.tokenize(Self.passage("3")), .complete(Self.passage(""), Decoding(.greedy, maxTokens: 8)),
    ] {
      #expect(throws: CoalmineError.self) { try Self.body(dialect, ask) }
    }
  }

  @Test func `without the option there is no template`() throws {
    for name in ["llama-server", "llama-server,template=none"] {
      let dialect = try DialectRegistry.dialect(name)
      #expect(dialect.presentation == .plain && !dialect.rendersTurns)
      #expect(throws: CoalmineError.self) { try Self.body(dialect, .render(Self.asked)) }
    }
    #expect(throws: CoalmineError.self) {
      try DialectRegistry.dialect("llama-server,template=mine")
    }
  }

  private static func outcome(_ ask: Ask, _ reply: String) throws -> Outcome<Answer>? {
    let reading = try dialect(names[0]).decode(
      Reply(status: 200, headers: [], body: Array(reply.utf8)), [ask], at: try endpoint())
    return if case .value(let answers) = reading { answers.outcomes.first } else { nil }
  }

  private static func tokens(_ pieces: [(Int, String)]) -> String {
    let listed = pieces.map { #"{"id":\#($0.0),"piece":"\#($0.1)"}"# }
    return #"{"tokens":[\#(listed.joined(separator: ","))]}"#
  }

  @Test func `tokens are taken where they spell what was sent, behind one mark`() throws {
    let ask = Ask.tokenize(Self.passage("30"))
    let sent = [(5, "<u>"), (6, "The code is"), (7, "<a>"), (8, "3"), (9, "0")]
    for marks in [[], [(1, "<s>")]] {
      guard case .measured(.tokens(let tokens))? = try Self.outcome(ask, Self.tokens(marks + sent))
      else { throw Unexpected() }
      #expect(tokens.map(\.id) == marks.map(\.0) + sent.map(\.0))
    }
    for wrong in [
      [(1, "<s>"), (1, "<s>")] + sent, Array(sent.dropFirst()), Array(sent.dropLast()),
    ] {
      let outcome = try Self.outcome(ask, Self.tokens(wrong))
      #expect(outcome?.reason?.slug == "tokens-do-not-spell-the-text")
    }
  }

  @Test func `a mark that the template repeats is refused`() throws {
    let text = Array("<s>Hi".utf8)
    let ask = Ask.tokenize(Passage(before: text, isPublic: true))
    let doubled = try Self.outcome(ask, Self.tokens([(1, "<s>"), (1, "<s>"), (2, "Hi")]))
    #expect(doubled?.reason?.slug == "mark-doubled")
    let once = try Self.outcome(ask, Self.tokens([(1, "<s>"), (2, "Hi")]))
    #expect(
      once?.value
        == .tokens([
          TextToken(id: 1, bytes: Array("<s>".utf8)), TextToken(id: 2, bytes: Array("Hi".utf8)),
        ]))
  }

  @Test func `renderings and counts are read, and other replies end the check`() throws {
    #expect(
      try Self.outcome(.render(Self.asked), #"{"prompt":"<u>x<a>302"}"#)?.value
        == .rendered(Array("<u>x<a>302".utf8)))
    #expect(
      try Self.outcome(.countTokens(Self.asked), #"{"usage":{"prompt_tokens":31}}"#)?.value
        == .tokenCount(31))
    for reply in ["{}", #"{"prompt":7}"#, #"{"usage":{"prompt_tokens":"many"}}"#] {
      #expect(try Self.outcome(.render(Self.asked), reply) == nil)
      #expect(try Self.outcome(.countTokens(Self.asked), reply) == nil)
    }
  }

  private struct Unexpected: Error {}
}
