// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import Testing

/// What renderings of public conversations teach of a chat template.
@Suite struct `A server's chat template` {
  typealias Render = @Sendable ([Turns.Turn]) -> String

  /// A template that people use, written apart from the program; it leaves the model's own turn open.
  struct Template: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let render: Render
  }

  private static func text(_ turn: Turns.Turn) -> String {
    String(decoding: turn.text, as: UTF8.self)
  }

  /// As Jinja's `trim` does it.
  private static func trimmed(_ turn: Turns.Turn) -> String {
    var text = text(turn)[...]
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }

  static let templates = [
    Template(testDescription: "marks around every turn") { turns in
      turns.dropLast().map { "<|im_start|>\($0.role)\n\(text($0))<|im_end|>\n" }.joined()
        + "<|im_start|>assistant\n" + text(turns[turns.count - 1])
    },
    Template(testDescription: "a system prompt of its own where none is given") { turns in
      (turns[0].role == "system" ? "" : "<|system|>\nYou are helpful.</s>\n")
        + turns.dropLast().map { "<|\($0.role)|>\n\(text($0))</s>\n" }.joined()
        + "<|assistant|>\n" + text(turns[turns.count - 1])
    },
    Template(testDescription: "the system's text inside the user's turn, all trimmed") { turns in
      var written = ""
      var system = ""
      for turn in turns.dropLast() {
        switch turn.role {
        case "system": system = "<<SYS>>\n\(trimmed(turn))\n<</SYS>>\n\n"
        case "user":
          written += "[INST] \(system)\(trimmed(turn)) [/INST] "
          system = ""
        default: written += "\(trimmed(turn)) </s>"
        }
      }
      return written + text(turns[turns.count - 1])
    },
    Template(testDescription: "white space kept before a turn and dropped behind it") { turns in
      turns.dropLast().map { turn in
        var kept = text(turn)[...]
        while kept.last?.isWhitespace == true { kept.removeLast() }
        return "\(turn.role):\(kept)\n\n"
      }.joined() + "assistant:" + text(turns[turns.count - 1])
    },
    Template(testDescription: "contents alone") { $0.map(text).joined() },
  ]

  private static let sequences = [
    ["user", "assistant"], ["system", "user", "assistant"],
    ["system", "user", "assistant", "user", "assistant"],
  ]

  private static func learned(_ render: Render, _ roles: [String]) throws -> ChatTemplate {
    var template = ChatTemplate()
    try template.learn(
      roles,
      PublicTurns.Variant.allCases.map { Array(render(PublicTurns.turns(roles, $0).earlier).utf8) })
    return template
  }

  @Test(arguments: templates)
  func `renders conversations that it was not learned from`(_ template: Template) throws {
    let contents = [
      "You are a clerk.", " The code of Ines is\n", "302557", "\t\nÜber <b>\"was\"</b>?", "\n\n",
      "x",
    ]
    for roles in Self.sequences {
      let learned = try Self.learned(template.render, roles)
      for shift in contents.indices {
        let turns = roles.enumerated().map { place, role in
          Turns.Turn(role: role, text: Array(contents[(place + shift) % contents.count].utf8))
        }
        let own = turns[turns.count - 1].text
        let prompt = try #require(learned.prompt(after: Array(turns.dropLast())))
        #expect(
          String(decoding: prompt + own, as: UTF8.self) == template.render(turns),
          "\(roles.count) turns, shifted by \(shift)")
      }
    }
  }

  @Test func `a turn that the server closes is cut off`() throws {
    let roles = ["user", "assistant"]
    let closed: Render = { turns in
      turns.map { "[\($0.role)] \(Self.text($0)) |\n" }.joined()
    }
    let template = try Self.learned(closed, roles)
    let user = Turns.Turn(role: "user", text: Array("Hi".utf8))
    #expect(
      template.prompt(after: [user]).map { String(decoding: $0, as: UTF8.self) }
        == "[user] Hi |\n[assistant] ")
  }

  @Test func `a sequence of roles that was not learned renders nothing`() throws {
    let template = try Self.learned(Self.templates[0].render, ["user", "assistant"])
    let system = Turns.Turn(role: "system", text: [])
    #expect(template.prompt(after: [system]) == nil)
    #expect(ChatTemplate().prompt(after: []) == nil)
  }

  @Test func `what is no fixed text around turns is refused`() {
    let faults: [(TurnPieces.Fault, Render)] = [
      (.turnMissing, { $0.map { Self.text($0).uppercased() }.joined() }),
      (.turnMissing, { $0.dropLast().map(Self.text).joined() }),
      (.turnMissing, { $0.reversed().map(Self.text).joined(separator: "|") }),
      (.notFixed, { $0.map { "\($0.text.count):\(Self.text($0))" }.joined() }),
      (
        .whiteSpace,
        {
          $0.map { Self.text($0).hasPrefix("\n") ? "_" + Self.trimmed($0) : Self.text($0) }.joined()
        }
      ),
      (.textAfter, { $0.map(Self.text).joined() + "\($0[$0.count - 1].text.count)" }),
    ]
    for (place, (fault, render)) in faults.enumerated() {
      #expect(throws: fault, "\(place)") { try Self.learned(render, ["user", "assistant"]) }
    }
  }
}
