// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import Foundation
import Testing

/// Requests about canaries that were planted in conversations: the turns stand in them as planted, each in the
/// place that the API has for it.
@Suite struct `Conversations in requests` {
  private static let systems = ["You are \"Ada\",\na clerk. é", "Second."]
  private static let canary = Canary(
    id: "code-1", kind: "code", templateText: "plain", context: [:], index: 0, bits: 10,
    role: .inserted, repetitions: 1, randomized: true, prefix: Array("The code of Ines is".utf8),
    separator: [0x20], secret: Secret(Array("302557".utf8)), suffix: Array(".".utf8),
    turns: systems.map { Turns.Turn(role: "system", text: Array($0.utf8)) })

  /// Every dialect and option by which a model is asked in turns.
  static let names = [
    "openai-chat", "openai-chat,azure=2024-10-21", "openai-chat,prefill=trailing",
    "openai-chat,prefill=prefix", "openai-chat,prefill=continue_final_message", "vllm-chat",
    "mistral-chat", "deepseek-chat", "anthropic-messages", "anthropic-messages,prefill=on",
    "gemini", "gemini,prefill=on,host=vertex", "openai-responses", "bedrock-converse",
    "bedrock-converse,prefill=on", "ollama,route=chat", "ollama,route=prefill",
    "command,form=chat", "command,form=prefilled",
  ]

  private func body(_ name: String, _ canary: Canary, scoring target: String? = nil) throws
    -> [String: Any]
  {
    let dialect = try DialectRegistry.dialect(name)
    let passage = canary.passage(dialect.presentation, target: target.map { Array($0.utf8) })
    let ask: Ask =
      target == nil ? .complete(passage, Decoding(.greedy, maxTokens: 9)) : .score(passage)
    let request = try dialect.encode(
      [ask],
      to: Endpoint(url: "https://a.example", model: "m", key: nil, dialect: dialect), seed: 1)
    let json = try JSONSerialization.jsonObject(with: Data(request.body ?? []))
    return try #require(json as? [String: Any])
  }

  private func text(_ value: Any?) -> String {
    if let text = value as? String { return text }
    if let list = value as? [Any] { return list.map { text($0) }.joined() }
    let object = value as? [String: Any] ?? [:]
    return text(object["text"] ?? object["parts"] ?? "")
  }

  /// The system's text, and role and text of the others, read by the API's own manual.
  private func read(_ body: [String: Any], _ name: String) -> (system: String, turns: [[String]]) {
    let list = (body["messages"] ?? body["input"] ?? body["contents"]) as? [[String: Any]] ?? []
    let turns = list.map { turn in
      [turn["role"] as? String ?? "", text(turn["content"] ?? turn["parts"])]
    }
    let apart = body["system"] ?? body["instructions"] ?? body["systemInstruction"]
    guard apart == nil else { return (text(apart), turns) }
    return (
      turns.filter { $0[0] == "system" }.map { $0[1] }.joined(separator: "\n\n"),
      turns.filter { $0[0] != "system" }
    )
  }

  @Test(arguments: names)
  func `the model answers after the turns as they were planted`(_ name: String) throws {
    let body = try body(name, Self.canary)
    let (system, turns) = read(body, name)
    #expect(system == Self.systems.joined(separator: "\n\n"))
    #expect(turns == [["user", "The code of Ines is"]])
    // Nothing tells the server that a turn is to be continued: there is none.
    #expect(body["continue_final_message"] == nil && body["add_generation_prompt"] == nil)
    let last = (body["messages"] as? [[String: Any]])?.last
    #expect(last?["prefix"] == nil)
    let whole = try JSONSerialization.data(withJSONObject: body)
    #expect(!String(decoding: whole, as: UTF8.self).contains("Continue the text"))
    #expect(!String(decoding: whole, as: UTF8.self).contains("Write a text"))
    #expect(!String(decoding: whole, as: UTF8.self).contains("302557"))
  }

  @Test(arguments: names)
  func `without a system prompt the user's turn stands alone`(_ name: String) throws {
    for turns in [[], [Turns.Turn(role: "system", text: [])]] {
      let body = try body(name, Self.canary.after(turns))
      let (system, spoken) = read(body, name)
      #expect(system.isEmpty && spoken == [["user", "The code of Ines is"]])
      // An API that takes the system's text apart refuses an empty one.
      for field in ["system", "instructions", "systemInstruction"] { #expect(body[field] == nil) }
    }
  }

  @Test(arguments: ["vllm-chat", "mistral-chat", "command,form=prefilled"])
  func `a text that is scored begins the model's own turn after the user's`(_ name: String) throws {
    let body = try body(name, Self.canary, scoring: "118203")
    let (system, turns) = read(body, name)
    #expect(system == Self.systems.joined(separator: "\n\n"))
    #expect(turns == [["user", "The code of Ines is"], ["assistant", "118203"]])
    switch name {
    case "vllm-chat":
      #expect(body["continue_final_message"] as? Bool == true)
      #expect(body["add_generation_prompt"] as? Bool == false)
    case "mistral-chat":
      #expect((body["messages"] as? [[String: Any]])?.last?["prefix"] as? Bool == true)
    default: break
    }
  }

  @Test func `every dialect that talks in turns is here`() throws {
    let talking = try DialectRegistry.all.map(\.slug).filter { name in
      [.chat, .prefilled].contains(try DialectRegistry.dialect(name).presentation)
    }
    let tried = Set(Self.names.map { String($0.prefix { $0 != "," }) })
    #expect(!talking.isEmpty && tried.isSuperset(of: talking))
  }

  @Test func `a canary that was planted as a text is asked as before`() throws {
    let text = Self.canary.after(nil)
    #expect(
      text.passage(.chat).presentation == .chat(Turns(Presentation.instruction))
        && text.passage(.chat).before == text.prefix)
    let scored = text.passage(.prefilled, target: Array("118203".utf8))
    #expect(scored.presentation == .prefilled(Turns(Presentation.opening)))
    #expect(String(decoding: scored.text, as: UTF8.self) == "The code of Ines is 118203")
    // Plain dialects know no turns.
    let plain = Self.canary.passage(.plain, target: Array("118203".utf8))
    #expect(plain == text.passage(.plain, target: Array("118203".utf8)))
  }

  @Test func `words of a server that repeat a system prompt are not shown`() throws {
    let dialect = try DialectRegistry.dialect("openai-chat")
    let error = #"{"error":{"message":"bad prompt: You are \"Ada\",\na clerk. é"}}"#
    let reply = Reply(
      status: 400, headers: [("content-type", "application/json")], body: Array(error.utf8),
      elapsedMilliseconds: 1)
    let ask = Ask.complete(Self.canary.passage(.chat), Decoding(.greedy, maxTokens: 9))
    let endpoint = try Endpoint(
      url: "https://a.example", model: "m", key: nil, dialect: dialect)
    let reading = dialect.decode(reply, [ask], at: endpoint)
    #expect(!"\(reading)".contains("Ada"))
  }
}
