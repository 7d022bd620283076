// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// What one text of a reply comes to: the same for every API that writes.
enum WrittenText {
  /// - Parameters:
  ///   - text: `nil` where the reply has none.
  ///   - beside: what it wrote in other fields, see ``beside(_:)``: it follows the text, on a line of its
  ///     own, so that a secret in it is found.
  ///   - passage: what the model was to go on with. Some servers repeat it before they do.
  static func outcome(
    _ text: [UInt8]?, beside: [UInt8] = [], _ ending: Completion.Ending,
    after passage: Passage? = nil, steps: [WrittenToken] = []
  ) -> Outcome<Completion> {
    // Under a filter or a refusal there may be no text: held back, not lost.
    guard var text = text ?? (ending.isWithheld || !beside.isEmpty ? [] : nil) else {
      return .failed(Reason("no-content", "an answer holds no text"))
    }
    if text.isEmpty, ending == .length {
      return .failed(
        Reason(
          "empty-answer",
          "the limit was reached before the answer held any text: a model that reasons first spends "
            + "it unseen"))
    }
    if case .prefilled? = passage?.presentation, let given = passage?.text, text.starts(with: given)
    {
      text.removeFirst(given.count)
    }
    if !beside.isEmpty { text += [0x0A] + beside }
    return .measured(Completion(text: text, ending: ending, steps: steps))
  }

  /// What a model wrote beside its answer: what it reasoned, and what it gave to tools. An application may
  /// show either.
  ///
  /// - Parameter message: of any API.
  static func beside(_ message: JSONNode?) -> [UInt8] {
    var texts: [[UInt8]] = []
    func collect(_ node: JSONNode, isWritten: Bool) {
      // Servers give one text under two names.
      if isWritten, let text = node.stringBytes, texts.last != text { texts.append(text) }
      for element in node.elements ?? [] { collect(element, isWritten: isWritten) }
      for (key, value) in node.members ?? [] where key != "signature" {
        collect(value, isWritten: isWritten || writtenFields.contains(key))
      }
    }
    if let message { collect(message, isWritten: false) }
    return lines(texts)
  }

  /// Texts that are not empty, each on a line of its own.
  static func lines(_ texts: [[UInt8]]) -> [UInt8] {
    Array(texts.filter { !$0.isEmpty }.joined(separator: [0x0A]))
  }

  private static let writtenFields: Set<String> = [
    "reasoning", "reasoning_content", "reasoningText", "thinking", "summary", "arguments", "args",
    "input",
  ]

  /// The texts of a list of parts, those that fit alone; `nil` where none does.
  static func joined(
    _ parts: [JSONNode]?, _ field: String = "text", where fits: (JSONNode) -> Bool = { _ in true }
  ) -> [UInt8]? {
    let texts = (parts ?? []).filter(fits).compactMap { $0[field]?.stringBytes }
    return texts.isEmpty ? nil : Array(texts.joined())
  }
}

extension WrittenToken {
  /// The tokens of `logprobs.content[]`, as OpenAI writes it: `token`, `bytes`, `logprob`,
  /// `top_logprobs`.
  static func list(_ content: [JSONNode]?) -> [WrittenToken] {
    (content ?? []).map { node in
      WrittenToken(
        bytes: bytes(node), logProbability: value(node),
        likeliest: (node["top_logprobs"]?.elements ?? []).compactMap { listed in
          value(listed).map { Candidate(bytes: bytes(listed), logProbability: $0) }
        })
    }
  }

  private static func bytes(_ node: JSONNode) -> [UInt8] {
    // `bytes` is exact where it is given; the text shows broken characters as U+FFFD.
    node["bytes"].flatMap(TokenText.listed) ?? node["token"]?.stringBytes ?? []
  }

  private static func value(_ node: JSONNode) -> Double? { usable(node["logprob"]?.double) }
}
