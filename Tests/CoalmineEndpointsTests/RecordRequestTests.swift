// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import Foundation
import Testing

/// Requests about marked records of conversations: their turns stand in them, and the model's last one is scored.
@Suite struct `Records of conversations in requests` {
  private static let said = [
    ["system", "You are \"Ada\"."], ["user", "First?\n"], ["assistant", "Once."],
    ["user", "And then?"], ["assistant", "TWICE é."],
  ]

  private static func record(_ side: CorpusRecord.Membership) -> CorpusRecord {
    CorpusRecord(
      id: "record-000007", membership: side, group: nil,
      text: Secret(Array(said.dropFirst().map { $0[1] }.joined(separator: "\n").utf8)),
      conversation: RecordConversation(
        said.map { Turns.Turn(role: $0[0], text: Array($0[1].utf8)) }))
  }

  private static func request(_ dialect: any Dialect, _ ask: Ask) throws -> DialectRequest {
    try dialect.encode(
      [ask], to: Endpoint(url: "https://a.example", model: "m", key: nil, dialect: dialect), seed: 1
    )
  }

  private static func body(_ dialect: any Dialect, _ ask: Ask) throws -> [String: Any] {
    let body = try request(dialect, ask).body ?? []
    return try #require(
      try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any])
  }

  private static func messages(_ body: [String: Any]) -> [[String]] {
    (body["messages"] as? [[String: Any]] ?? []).map {
      [$0["role"] as? String ?? "", $0["content"] as? String ?? ""]
    }
  }

  /// Every dialect that scores a text in a turn of the model's own, in one request.
  static let names = ["vllm-chat", "mistral-chat", "command,form=prefilled"]

  @Test(arguments: names)
  func `the turns are sent as they are, and the last one is begun`(_ name: String) throws {
    let dialect = try DialectRegistry.dialect(name)
    let passage = Self.record(.member).passage(dialect.presentation)
    let body = try Self.body(dialect, .score(passage))
    #expect(Self.messages(body) == Self.said)
    switch name {
    case "vllm-chat":
      #expect(body["continue_final_message"] as? Bool == true)
      #expect(body["prompt_logprobs"] as? Int == 0)
    case "mistral-chat":
      #expect((body["messages"] as? [[String: Any]])?.last?["prefix"] as? Bool == true)
      #expect(body["prompt_logprobs"] as? Bool == true)
    default: #expect(body["wanted"] as? String == "logprobs")
    }
    // Members and non-members are one and the same request.
    let other = Self.record(.nonmember).passage(dialect.presentation)
    #expect(
      try Self.request(dialect, .score(other)).body == Self.request(dialect, .score(passage)).body)
  }

  @Test(arguments: names)
  func `other forms of a record change its last turn alone`(_ name: String) throws {
    let dialect = try DialectRegistry.dialect(name)
    let record = Self.record(.member)
    let lower = record.passage(
      dialect.presentation, saying: RecordVariants.lowercased(record.asked(in: .prefilled)))
    let after = record.passage(dialect.presentation, after: Array("Other.\n\n".utf8))
    for (passage, text) in [(lower, "twice é."), (after, "Other.\n\nTWICE é.")] {
      let messages = Self.messages(try Self.body(dialect, .score(passage)))
      #expect(messages == Self.said.dropLast() + [["assistant", text]])
    }
  }

  @Test func `every dialect that scores a turn of the model's own is here`() throws {
    let scoring = try DialectRegistry.all.map(\.slug).filter { name in
      let dialect = try DialectRegistry.dialect(name)
      return dialect.presentation == .prefilled && dialect.abilities.meets(.scores)
    }
    #expect(scoring.sorted() == ["mistral-chat", "vllm-chat"])
  }

  @Test(arguments: ["vllm", "openai-completions", "sglang", "tgi"])
  func `a dialect of texts is sent all turns as one text`(_ name: String) throws {
    let dialect = try DialectRegistry.dialect(name)
    let record = Self.record(.member)
    let bare = CorpusRecord(
      id: record.id, membership: .member, group: nil, text: record.text)
    #expect(record.passage(dialect.presentation) == bare.passage(dialect.presentation))
    #expect(record.passage(dialect.presentation).text == record.text.reveal())
  }

  @Test(arguments: ["llama-server,template=server", "llama-server-completions,template=server"])
  func `a rendered conversation stands before the scored turn`(_ name: String) throws {
    let roles = Self.said.map { $0[0] }
    var template = ChatTemplate()
    try template.learn(
      roles,
      PublicTurns.Variant.allCases.map { variant in
        PublicTurns.turns(roles, variant).earlier.flatMap { Array("<\($0.role)>".utf8) + $0.text }
      })
    let dialect = try DialectRegistry.dialect(name).rendering(template)
    let passage = Self.record(.nonmember).passage(dialect.presentation)
    let sent = try #require(
      try Self.body(dialect, .tokenize(passage))["content"] as? String)
    #expect(sent == Self.said.map { "<\($0[0])>\($0[1])" }.joined())
    // What is scored is the last turn.
    #expect(passage.before.isEmpty && passage.ending == Array("TWICE é.".utf8))
  }
}
