// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import Foundation
import Testing

/// What was written, read by every dialect from every recorded reply, against a plain look at the place
/// where its API puts texts.
@Suite struct `Every recorded text` {
  typealias Object = [String: Any]

  /// A text and whether the limit of tokens cut it off.
  struct Text: Equatable {
    let text: String
    let isCut: Bool
  }

  private static let unbegun = Text(text: "", isCut: true)
  private static let raw = [
    "openai-completions", "vllm", "llama-server-completions", "llama-server",
  ]

  /// The dialects that write, by the place of their texts. The others have no recorded reply that is
  /// theirs: they must read none.
  private static var places: [(name: String, texts: (Any) -> [Text?]?)] {
    ["openai-chat", "vllm-chat", "mistral-chat", "deepseek-chat", "mistral-fim"].map {
      ($0, { choices($0) { ($0["message"] as? Object)?["content"] as? String } })
    }
      + ["openai-completions", "vllm", "llama-server-completions"].map {
        ($0, { choices($0) { $0["text"] as? String } })
      }
      + [
        ("deepseek-fim", { choices($0) { $0["text"] as? String }.map { Array($0.prefix(1)) } }),
        ("anthropic-messages", message), ("gemini", candidates), ("openai-responses", output),
        ("llama-server", contents), ("llama-server-infill", gap),
        ("ollama", { done($0) { $0["response"] as? String } }),
        ("ollama,route=chat", { done($0) { ($0["message"] as? Object)?["content"] as? String } }),
        ("sglang", { _ in nil }), ("tgi", { _ in nil }), ("bedrock-converse", { _ in nil }),
      ]
  }

  @Test func `every dialect that writes over HTTP has a place for its texts`() throws {
    let writing = try DialectRegistry.all.filter {
      let abilities = try $0.plain.abilities
      return abilities.contains(.continues) || abilities.contains(.chats)
    }.map(\.slug)
    let named = Set(Self.places.map { $0.name.split(separator: ",")[0] }.map(String.init))
    #expect(Set(writing).subtracting(named) == [DialectRegistry.command])
  }

  @Test func `texts are those of the reply, and no dialect reads a text elsewhere`() throws {
    var read: [String: Int] = [:]
    for file in try `Recorded replies`.files() {
      let recorded = try `Every recorded reply`.Recorded(file)
      for place in Self.places {
        var expected = recorded.status == 200 ? place.texts(recorded.response) ?? [] : []
        // A text that the limit cut off before it began is none: a model may have reasoned until then.
        // Raw completions have no such models.
        if !Self.raw.contains(place.name) {
          expected = expected.map { $0 == Self.unbegun ? nil : $0 }
        }
        let dialect = try DialectRegistry.dialect(place.name)
        var query = continuing("A passage that no reply holds", samples: max(1, expected.count))
        query.form = dialect.presentation
        let reading = Read(dialect, recorded.reply, for: [query], at: try endpoint())
        let found = (reading.answers ?? []).map { outcome -> Text? in
          guard case .measured(.completion(let completion)) = outcome else { return nil }
          return Text(
            text: String(decoding: completion.text, as: UTF8.self),
            isCut: completion.ending == .length)
        }
        // Where nothing can be read, a reading says so as a whole or text by text.
        if expected.allSatisfy({ $0 == nil }) {
          #expect(found.allSatisfy { $0 == nil }, "\(place.name) reads a text from \(file)")
        } else {
          #expect(found == expected, "\(place.name) \(file): \(reading.words)")
          read[place.name, default: 0] += found.count
        }
      }
    }
    for place in Self.places where !["sglang", "tgi", "bedrock-converse"].contains(place.name) {
      #expect(read[place.name] ?? 0 > 0, "\(place.name) read nothing")
    }
    #expect(read.values.reduce(0, +) > 500)
  }

  /// A key, a route or a question that the server does not take, whatever dialect asked.
  @Test func `an error is an error for every dialect, and repeats nothing that was asked`() throws {
    var errors = 0
    for file in try `Recorded replies`.files() {
      let recorded = try `Every recorded reply`.Recorded(file)
      for entry in DialectRegistry.all where entry.slug != DialectRegistry.command {
        let dialect = try entry.plain
        var query = continuing("The access code of Olga Conway is")
        query.form = dialect.presentation
        let read = Read(dialect, recorded.reply, for: [query], at: try endpoint())
        if read.answers == nil {
          #expect(!read.words.contains("Olga") && !read.words.contains("941294"))
        }
        guard recorded.status != 200 else { continue }
        errors += 1
        switch (read.reading, recorded.status) {
        case (.stop(let error), 401): #expect(error.code == "key-refused", "\(entry.slug) \(file)")
        case (.stop(let error), 404): #expect(error.code == "not-found", "\(entry.slug) \(file)")
        case (.stop(let error), 405), (.stop(let error), 415), (.stop(let error), 501):
          #expect(error.code == "request-refused", "\(entry.slug) \(file)")
        // One question is refused; another may not be.
        case (.unanswerable(let error), 400..<500):
          #expect(
            ["request-refused", "text-filtered"].contains(error.code), "\(entry.slug) \(file)")
        case (.retry(let reason), 500...):
          #expect(reason.slug == "http-\(recorded.status)", "\(entry.slug) \(file)")
        default: Issue.record("\(entry.slug) \(file), HTTP \(recorded.status): \(read.words)")
        }
      }
    }
    #expect(errors > 1_000)
  }
}

extension `Every recorded text` {
  private static func choices(_ response: Any, _ text: (Object) -> String?) -> [Text?]? {
    guard let choices = (response as? Object)?["choices"] as? [Object], !choices.isEmpty else {
      return nil
    }
    return choices.sorted { ($0["index"] as? Int ?? 0) < ($1["index"] as? Int ?? 0) }.map {
      choice in
      text(choice).map { Text(text: $0, isCut: choice["finish_reason"] as? String == "length") }
    }
  }

  private static func message(_ response: Any) -> [Text?]? {
    guard let root = response as? Object, let content = root["content"] as? [Object],
      let reason = root["stop_reason"] as? String
    else { return nil }
    let parts = content.filter { $0["type"] as? String == "text" }.compactMap {
      $0["text"] as? String
    }
    return [Text(text: parts.joined(), isCut: reason == "max_tokens")]
  }

  private static func candidates(_ response: Any) -> [Text?]? {
    ((response as? Object)?["candidates"] as? [Object])?.map { candidate in
      let parts = (candidate["content"] as? Object)?["parts"] as? [Object] ?? []
      return Text(
        text: parts.compactMap { $0["text"] as? String }.joined(),
        isCut: candidate["finishReason"] as? String == "MAX_TOKENS")
    }
  }

  private static func output(_ response: Any) -> [Text?]? {
    guard let root = response as? Object, let output = root["output"] as? [Object] else {
      return nil
    }
    let parts = output.filter { $0["type"] as? String == "message" }
      .flatMap { $0["content"] as? [Object] ?? [] }
    let written = (root["usage"] as? Object)?["output_tokens"] as? Int ?? 0
    return [
      Text(
        text: parts.compactMap { $0["text"] as? String }.joined(),
        // The question asks for eight tokens; the API wants sixteen at least.
        isCut: root["status"] as? String == "incomplete" || written >= 16)
    ]
  }

  private static func contents(_ response: Any) -> [Text?]? {
    let results = response as? [Object] ?? (response as? Object).map { [$0] } ?? []
    let texts = results.sorted { ($0["index"] as? Int ?? 0) < ($1["index"] as? Int ?? 0) }
      .compactMap { result in
        (result["content"] as? String).map {
          Text(text: $0, isCut: result["stop_type"] as? String == "limit")
        }
      }
    return texts.count == results.count ? texts : nil
  }

  private static func gap(_ response: Any) -> [Text?]? {
    guard let root = response as? Object, let text = root["content"] as? String,
      let type = root["stop_type"] as? String
    else { return nil }
    return [Text(text: text, isCut: type == "limit")]
  }

  private static func done(_ response: Any, _ text: (Object) -> String?) -> [Text?]? {
    guard let root = response as? Object, root["done"] as? Bool == true else { return nil }
    return text(root).map { [Text(text: $0, isCut: root["done_reason"] as? String == "length")] }
  }
}
