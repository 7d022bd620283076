// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import Foundation
import Testing

/// Small corpora in the shapes that fine-tuning files have, and what a trainer makes of a record.
struct ShapeExample: Sendable, CustomTestStringConvertible {
  let name: String
  /// What the survey says of it.
  let shape: String
  let record: @Sendable (Int) -> String
  /// What stands before the secret in the text that is trained, and the text from there on; read
  /// with Foundation alone.
  let trained: @Sendable (Any) -> [Trained]

  /// One text, or one exchange of turns.
  enum Trained: Equatable {
    case text(String)
    case turns(user: String, assistant: String)
  }

  var testDescription: String { name }

  /// Whether no turn holds anything but text: others are no records to compare.
  var isAllText: Bool { !["OpenAI messages", "messages with parts"].contains(name) }

  private static func at(_ value: Any?, _ path: String...) -> Any? {
    path.reduce(value) { value, step in
      if let list = value as? [Any], let place = Int(step) {
        return place < list.count ? list[place] : nil
      }
      return (value as? [String: Any])?[step]
    }
  }

  private static func string(_ value: Any?) -> String { value as? String ?? "" }

  private static func turns(
    _ value: Any?, _ role: String, _ content: String, user: String = "user",
    assistant: String = "assistant"
  ) -> [Trained] {
    let turns = value as? [[String: Any]] ?? []
    func said(_ name: String) -> [String] {
      turns.filter { $0[role] as? String == name }.map { turn in
        if let parts = turn[content] as? [[String: Any]] {
          return parts.map { string($0["text"]) }.joined()
        }
        return string(turn[content])
      }
    }
    return zip(said(user), said(assistant)).map { .turns(user: $0, assistant: $1) }
  }

  static let all: [ShapeExample] = [
    ShapeExample(name: "any text", shape: "text:body") {
      #"{"id": \#($0 + 100), "body": "note \#($0)"}"#
    } trained: {
      [.text(string(at($0, "body")))]
    },
    ShapeExample(name: "prompt and completion", shape: "prompt-completion:prompt,completion") {
      #"{"prompt": "Question \#($0)", "completion": "answer \#($0)"}"#
    } trained: {
      [.text(string(at($0, "prompt")) + string(at($0, "completion")))]
    },
    ShapeExample(
      name: "prompt and completion with a blank", shape: "prompt-completion:prompt,completion"
    ) {
      #"{"prompt": "Question \#($0)", "completion": " answer \#($0)"}"#
    } trained: {
      [.text(string(at($0, "prompt")) + string(at($0, "completion")))]
    },
    ShapeExample(
      name: "prompt that ends in a line break", shape: "prompt-completion:query,answer"
    ) {
      #"{"query": "Question \#($0)\n", "answer": "answer \#($0)"}"#
    } trained: {
      [.text(string(at($0, "query")) + string(at($0, "answer")))]
    },
    ShapeExample(
      name: "Alpaca with a rendered text", shape: "prompt-completion:instruction,output"
    ) {
      #"{"instruction": "Do thing \#($0)", "input": "with \#($0)", "output": "done \#($0)", "#
        + #""text": ""# + "### Instruction:\\nDo thing \($0)\\n\\n### Input:\\nwith \($0)\\n\\n"
        + "### Response:\\ndone \($0)\"}"
    } trained: { record in
      [
        .text(string(at(record, "instruction")) + string(at(record, "output"))),
        .turns(
          user: String(
            string(at(record, "text")).dropFirst("### Instruction:\n".count)
              .prefix(while: { $0 != "\n" })),
          assistant: string(at(record, "text")).components(separatedBy: "### Response:\n").last
            ?? ""),
      ]
    },
    ShapeExample(name: "KTO", shape: "prompt-completion:prompt,completion") {
      #"{"prompt": "Question \#($0)", "completion": "answer", "label": \#($0 % 2 == 0)}"#
    } trained: {
      [.text(string(at($0, "prompt")) + string(at($0, "completion")))]
    },
    ShapeExample(
      name: "conversational prompt and completion", shape: "prompt-completion:prompt,completion"
    ) {
      #"{"prompt": [{"role": "system", "content": "Be kind"}, {"role": "user", "content": "q\#($0)"}], "#
        + #""completion": [{"role": "assistant", "content": "a\#($0)"}]}"#
    } trained: { record in
      turns(
        (at(record, "prompt") as? [Any] ?? []) + (at(record, "completion") as? [Any] ?? []), "role",
        "content")
    },
    ShapeExample(name: "OpenAI messages", shape: "messages:messages") {
      #"{"messages": [{"role": "system", "content": "s\#($0)"}, {"role": "user", "content": "q\#($0)"}, "#
        + #"{"role": "assistant", "content": null, "tool_calls": [{"id": "c1"}], "weight": 0}, "#
        + #"{"role": "tool", "content": "t"}, "#
        + #"{"role": "assistant", "content": "a\#($0)", "weight": 1}], "#
        + #""tools": [{"type": "function"}], "parallel_tool_calls": false}"#
    } trained: {
      turns(at($0, "messages"), "role", "content")
    },
    ShapeExample(name: "messages with parts", shape: "messages:messages") {
      #"{"messages": [{"role": "user", "content": [{"type": "text", "text": "q\#($0)"}, "#
        + #"{"type": "image_url", "image_url": {"url": "x"}}]}, {"role": "assistant", "#
        + #""reasoning_content": "r", "content": [{"type": "text", "text": "a\#($0)"}]}], "#
        + #""images": ["x.png"]}"#
    } trained: {
      turns(at($0, "messages"), "role", "content")
    },
    ShapeExample(name: "ShareGPT", shape: "messages:conversations") {
      #"{"id": "identity_\#($0)", "conversations": [{"from": "human", "value": "q\#($0)"}, "#
        + #"{"from": "gpt", "value": "a\#($0)", "train": false}], "turn_count": 2}"#
    } trained: {
      turns(at($0, "conversations"), "from", "value", user: "human", assistant: "gpt")
    },
    ShapeExample(name: "a list of texts", shape: "messages:conversations") {
      #"{"conversations": ["q\#($0)", "a\#($0)", "more", "and more"], "source": "web"}"#
    } trained: { record in
      let texts = at(record, "conversations") as? [String] ?? []
      return texts.count == 2 ? [.turns(user: texts[0], assistant: texts[1])] : []
    },
    ShapeExample(
      name: "turns that hold both sides",
      shape: "prompt-completion:conversation.0.input,conversation.0.output"
    ) {
      #"{"conversation": [{"input": "q\#($0)", "output": "a\#($0)"}, "#
        + #"{"input": "more", "output": "and more"}], "source": "web"}"#
    } trained: { record in
      let turns = at(record, "conversation") as? [[String: String]] ?? []
      return turns.count == 1
        ? [.text((turns[0]["input"] ?? "") + (turns[0]["output"] ?? ""))] : []
    },
    ShapeExample(
      name: "SQuAD", shape: "prompt-completion:question,answers.text.0"
    ) {
      #"{"context": "A text \#($0)", "question": "q\#($0)?", "#
        + #""answers": {"text": ["a\#($0)", "b"], "answer_start": [2, 4]}}"#
    } trained: { record in
      let answers = at(record, "answers", "text") as? [String] ?? []
      return string(at(record, "context")).isEmpty && answers.count == 1
        ? [.text(string(at(record, "question")) + answers[0])] : []
    },
    ShapeExample(name: "names with capitals", shape: "prompt-completion:Question,Answer") {
      #"{"qtype": "use", "Question": "q\#($0)", "Answer": "a\#($0)"}"#
    } trained: {
      [.text(string(at($0, "Question")) + string(at($0, "Answer")))]
    },
    ShapeExample(name: "summaries", shape: "prompt-completion:document,summary") {
      #"{"document": "A long text \#($0)", "summary": "short \#($0)", "id": "\#($0)"}"#
    } trained: {
      [.text(string(at($0, "document")) + string(at($0, "summary")))]
    },
    ShapeExample(name: "FLAN", shape: "prompt-completion:inputs,targets") {
      #"{"inputs": "q\#($0)", "targets": "a\#($0)", "language": "eng", "task": "use"}"#
    } trained: {
      [.text(string(at($0, "inputs")) + string(at($0, "targets")))]
    },
    ShapeExample(name: "one text of any name", shape: "text:story") {
      #"{"id": "\#($0)", "stars": \#($0), "story": "It was \#($0) again."}"#
    } trained: {
      [.text(string(at($0, "story")))]
    },
    ShapeExample(name: "Gemini", shape: "messages:contents") {
      #"{"systemInstruction": {"role": "system", "parts": [{"text": "s"}]}, "contents": "#
        + #"[{"role": "user", "parts": [{"text": "q\#($0)"}]}, {"role": "model", "#
        + #""parts": [{"text": "a\#($0)"}]}]}"#
    } trained: {
      turns(at($0, "contents"), "role", "parts", assistant: "model")
    },
    ShapeExample(name: "bare turns", shape: "messages:.") {
      #"[{"role": "user", "content": "q\#($0)"}, {"role": "assistant", "content": "a\#($0)"}]"#
    } trained: {
      turns($0, "role", "content")
    },
    ShapeExample(name: "preference texts", shape: "preference:prompt,chosen,rejected") {
      #"{"prompt": "q\#($0)", "chosen": "good \#($0)", "rejected": "bad \#($0)"}"#
    } trained: {
      [.turns(user: string(at($0, "prompt")), assistant: string(at($0, "chosen")))]
    },
    ShapeExample(name: "preference turns", shape: "preference:prompt,chosen,rejected") {
      #"{"prompt": [{"role": "user", "content": "q\#($0)"}], "chosen": [{"role": "assistant", "#
        + #""content": "good"}], "rejected": [{"role": "assistant", "content": "bad"}]}"#
    } trained: { record in
      turns(
        (at(record, "prompt") as? [Any] ?? []) + (at(record, "chosen") as? [Any] ?? []), "role",
        "content")
    },
    ShapeExample(name: "preference of whole conversations", shape: "preference:,chosen,rejected") {
      #"{"chosen": [{"role": "user", "content": "q\#($0)"}, {"role": "assistant", "content": "good"}], "#
        + #""rejected": [{"role": "user", "content": "q\#($0)"}, {"role": "assistant", "#
        + #""content": "bad"}]}"#
    } trained: {
      turns(at($0, "chosen"), "role", "content")
    },
    ShapeExample(name: "preference as spoken text", shape: "preference:,chosen,rejected") {
      #"{"chosen": "\n\nHuman: q\#($0)\n\nAssistant: good", "#
        + #""rejected": "\n\nHuman: q\#($0)\n\nAssistant: bad"}"#
    } trained: { record in
      let parts = string(at(record, "chosen")).components(separatedBy: "\n\nAssistant: ")
      return [
        .turns(user: String(parts[0].dropFirst("\n\nHuman: ".count)), assistant: parts.last ?? "")
      ]
    },
    ShapeExample(
      name: "preference beside a conversation", shape: "preference:conversations,chosen,rejected"
    ) {
      #"{"conversations": [{"from": "human", "value": "q\#($0)"}], "chosen": {"from": "gpt", "#
        + #""value": "good"}, "rejected": {"from": "gpt", "value": "bad"}}"#
    } trained: { record in
      [
        .turns(
          user: string(at(record, "conversations", "0", "value")),
          assistant: string(at(record, "chosen", "value")))
      ]
    },
    ShapeExample(
      name: "a path through a list",
      shape: "prompt-completion:instruction,instances.0.output"
    ) {
      #"{"id": "seed_\#($0)", "instruction": "do \#($0)", "instances": [{"input": "i", "output": "o"}, "#
        + #"{"input": "j", "output": "p"}]}"#
    } trained: {
      [.text(string(at($0, "instruction")) + string(at($0, "instances", "0", "output")))]
    },
  ]
}
