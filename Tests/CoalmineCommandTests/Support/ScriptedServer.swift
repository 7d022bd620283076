// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineLedger
import CoalmineServing
import Foundation

/// A completions API on loopback in front of a ``ScriptedModel``.
///
/// It knows the canaries from the study's ledger. A prompt is one token and what follows it another;
/// other texts are scored word by word, and a word is likely where it followed the same word before.
struct ScriptedServer: Sendable {
  private let model: ScriptedModel
  private let name: String
  private let canaries: [[UInt8]: Canary]
  private let inContext: [[UInt8]: InContextControl]
  /// Lengths of prompts, longest first.
  private let lengths: [Int]
  private let written: Set<String>
  private let impossible: Set<String>
  private let unreadable: Set<String>
  private let filtered: Set<String>

  init(_ model: ScriptedModel, name: String, study: String) throws {
    let ledger = try Ledger.open(at: study)
    let record = try ledger.study()
    try ledger.close()
    self.model = model
    self.name = name
    canaries = Dictionary(record.canaries.map { ($0.prefix, $0) }, uniquingKeysWith: { $1 })
    inContext = Dictionary(
      record.inContextControls.map { ($0.revealedPrompt(), $0) }, uniquingKeysWith: { $1 })
    lengths = Set(canaries.keys.map(\.count) + inContext.keys.map(\.count)).sorted(by: >)
    let all = record.canaries
    written = model.chosen(model.written, of: all, likeliest: false)
    impossible = model.chosen(model.impossible, of: all, likeliest: false)
    unreadable = model.chosen(model.unreadable, of: all, likeliest: true)
    filtered =
      if case .likeliest(let count) = model.withheld {
        model.chosen(count, of: all, likeliest: true)
      } else {
        []
      }
  }

  func respond(to request: ServedRequest) -> ServedResponse {
    guard request.method == "POST" else {
      return ServedResponse(status: 200, body: Array(#"{"data":[{"id":"\#(name)"}]}"#.utf8))
    }
    guard request.path == "/v1/completions",
      let body = try? JSONDocument(parsing: request.body).root,
      let prompts = body["prompt"]?.elements?.map({ $0.stringBytes ?? [] })
    else { return ServedResponse(status: 404, body: []) }
    let asked = sha256(request.body)
    let samples = Int(body["n"]?.int ?? 1)
    let isGreedy = body["temperature"]?.double == 0
    var choices: [String] = []
    for (place, prompt) in prompts.enumerated() {
      if body["echo"]?.bool == true {
        choices.append(scored(prompt, place, asked))
        continue
      }
      for sample in 0..<samples {
        let text = continuation(of: prompt, isGreedy ? [] : asked + [UInt8(sample)])
        choices.append(
          #"{"index":\#(place * samples + sample),"text":\#(quoted(text)),"#
            + #""finish_reason":"length"}"#)
      }
    }
    let reply = #"{"model":"\#(name)","choices":[\#(choices.joined(separator: ","))]}"#
    return ServedResponse(status: 200, body: Array(reply.utf8))
  }

  /// The choice that scores a text.
  private func scored(_ text: [UInt8], _ place: Int, _ request: [UInt8]) -> String {
    // A server with noise adds other noise to a text in other company.
    var draw = HashedDraw(model.seed, [text, [UInt8(place)], request])
    let noise = model.noise > 0 ? model.noise * draw.normal() : 0
    let tokens: [[UInt8]]
    var values: [String]
    if let (canary, candidate) = candidate(in: text) {
      let isOwn = candidate == canary.secret.reveal()
      if isOwn && filtered.contains(canary.id) || model.isWithheld(canary, candidate) {
        return #"{"index":\#(place),"text":"","finish_reason":"content_filter","logprobs":null}"#
      }
      tokens = [canary.prefix, canary.separator + candidate]
      let nats = "\(min(-0.01, model.nats(canary, candidate) + noise))"
      values = [
        "null",
        !isOwn
          ? nats
          : impossible.contains(canary.id)
            ? model.zero : unreadable.contains(canary.id) ? "2.5" : nats,
      ]
    } else if let (control, candidate) = given(in: text) {
      tokens = [control.revealedPrompt(), control.separator + candidate]
      let isGiven = candidate == control.given.reveal()
      values = ["null", "\(isGiven ? -1.0 : -30.0 - draw.unit())"]
    } else {
      tokens = Self.words(text)
      values = Self.wordNats(tokens).map { "\(min(-0.01, $0 + noise / Double(tokens.count)))" }
      values[0] = "null"
    }
    return #"{"index":\#(place),"text":\#(quoted(text)),"finish_reason":"length","#
      + #""logprobs":{"tokens":[\#(tokens.map(quoted).joined(separator: ","))],"#
      + #""token_logprobs":[\#(values.joined(separator: ","))]}}"#
  }

  /// What the model writes; `chance` is empty for the likeliest text.
  private func continuation(of prompt: [UInt8], _ chance: [UInt8]) -> [UInt8] {
    if let control = inContext[prompt] { return control.separator + control.given.reveal() }
    guard let canary = canaries[prompt] else {
      var draw = HashedDraw(model.seed, [prompt, chance])
      return Array(" and word \(Int(1_000 * draw.unit()))".utf8)
    }
    let secret = canary.secret.reveal()
    if written.contains(canary.id) || (canary.role == .control && model.isTrained) {
      return Array(" It is".utf8) + canary.separator + secret
    }
    // Digits of the kind's length, or words that are no secret: one text for all would be held back.
    var draw = HashedDraw(model.seed, [Array("writes".utf8), prompt, chance])
    guard secret.allSatisfy({ (0x30...0x39).contains($0) }) else {
      return Array(" nobody knows word \(Int(1_000_000 * draw.unit()))".utf8)
    }
    return canary.separator + secret.map { _ in draw.digit() }
  }

  private func candidate(in text: [UInt8]) -> (Canary, [UInt8])? {
    for length in lengths where length < text.count {
      if let canary = canaries[Array(text[..<length])] {
        return (canary, Array(text[(length + canary.separator.count)...]))
      }
      // A longer prompt that holds a secret is another one.
      if inContext[Array(text[..<length])] != nil { return nil }
    }
    return nil
  }

  private func given(in text: [UInt8]) -> (InContextControl, [UInt8])? {
    for length in lengths where length < text.count {
      if let control = inContext[Array(text[..<length])] {
        return (control, Array(text[(length + control.separator.count)...]))
      }
    }
    return nil
  }

  /// Each word with the blank before it.
  private static func words(_ text: [UInt8]) -> [[UInt8]] {
    var words: [[UInt8]] = []
    for byte in text {
      if byte == 0x20 || words.isEmpty { words.append([]) }
      words[words.count - 1].append(byte)
    }
    return words
  }

  private static func wordNats(_ words: [[UInt8]]) -> [Double] {
    let bare = words.map { $0.filter { $0 != 0x20 && $0 != 0x2C } }
    return words.indices.map { place in
      guard place > 0 else { return 0 }
      let followed = (1..<max(1, place)).contains {
        bare[$0] == bare[place] && bare[$0 - 1] == bare[place - 1]
      }
      var draw = HashedDraw(1, Array(words[...place]))
      return followed ? -0.3 - 0.1 * draw.unit() : -9 - draw.unit()
    }
  }
}

/// A JSON string; the bytes are UTF-8 and have no control characters but line breaks and tabs.
private func quoted(_ text: [UInt8]) -> String {
  let escaped = text.text
    .replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\"")
    .replacingOccurrences(of: "\n", with: "\\n").replacingOccurrences(of: "\t", with: "\\t")
  return "\"\(escaped)\""
}
