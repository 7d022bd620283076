// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineProbing
import Testing

/// What a check makes of a server's renderings and of the tokens that its chat route reads.
@Suite struct `The check of a chat template` {
  /// Answers every ask; `nil` stands for a refusal.
  private static func run(
    _ sequences: [[String]], _ answer: (Ask) -> Answer?
  ) throws -> TemplateCheck {
    let check = TemplateCheck(sequences)
    while let round = check.nextRound() {
      for (batch, asks) in round.enumerated() {
        for (place, ask) in asks.asks.enumerated() {
          let outcome =
            answer(ask).map { Outcome.measured($0) }
            ?? .notMeasurable(Reason("endpoint-refuses", "there is no such route"))
          _ = check.take(outcome, at: AskPlace(batch: batch, ask: place), exchange: 1)
        }
      }
    }
    return check
  }

  private static func rendered(_ turns: Turns) -> [UInt8] {
    Array(turns.earlier.map { Array("<\($0.role)>".utf8) + $0.text }.joined())
  }

  /// One token per byte.
  private static func tokens(_ text: [UInt8]) -> Answer {
    .tokens(text.map { TextToken(id: Int($0), bytes: [$0]) })
  }

  private static func honest(_ ask: Ask) -> Answer? {
    switch ask {
    case .render(let turns): .rendered(rendered(turns))
    case .tokenize(let passage): tokens(passage.text)
    case .countTokens(let turns): .tokenCount(rendered(turns).count)
    default: nil
    }
  }

  private static let sequences = [["system", "user", "assistant"], ["user", "assistant"]]

  @Test func `a template that holds is learned for every sequence of roles`() throws {
    let check = try Self.run(Self.sequences, Self.honest)
    #expect(check.fault == nil)
    for roles in Self.sequences {
      let turns = roles.dropLast().map { Turns.Turn(role: $0, text: Array("Hi \($0)".utf8)) }
      #expect(
        check.template.prompt(after: turns)
          == Self.rendered(Turns(turns)) + Array("<assistant>".utf8))
    }
    #expect(check.item.state == .seen && check.item.subject == .templateRendered)
    #expect(check.item.evidence.hasPrefix("6 public conversations were"))
    #expect(!check.item.subject.decides)
  }

  @Test func `a server without the route is refused, with its words`() throws {
    let check = try Self.run(Self.sequences) { _ in nil }
    #expect(check.fault == "there is no such route")
  }

  @Test func `a chat route that reads other tokens is refused`() throws {
    let check = try Self.run(Self.sequences) { ask in
      if case .countTokens(let turns) = ask {
        .tokenCount(Self.rendered(turns).count + 1)
      } else {
        Self.honest(ask)
      }
    }
    #expect(check.fault?.contains("the chat route reads") == true)
    let silent = try Self.run(Self.sequences) { ask in
      if case .countTokens = ask { nil } else { Self.honest(ask) }
    }
    #expect(silent.fault == "there is no such route")
  }

  @Test func `a template that changes with what is said is refused, with the roles`() throws {
    let check = try Self.run(Self.sequences) { ask in
      if case .render(let turns) = ask {
        .rendered(Self.rendered(turns) + [UInt8(truncatingIfNeeded: turns.earlier[0].text.count)])
      } else {
        Self.honest(ask)
      }
    }
    #expect(check.fault?.contains("(turns of system, user, assistant)") == true)
  }

  @Test func `only public conversations are rendered`() throws {
    var said: [[UInt8]] = []
    _ = try Self.run(Self.sequences) { ask in
      switch ask {
      case .render(let turns), .countTokens(let turns): said += turns.earlier.map(\.text)
      default: break
      }
      return Self.honest(ask)
    }
    let texts = Set(
      Self.sequences.flatMap { roles in
        PublicTurns.Variant.allCases.flatMap { PublicTurns.turns(roles, $0).earlier.map(\.text) }
      })
    #expect(Set(said) == texts)
  }
}

/// Where the tokens of a secret lie in a rendered conversation.
@Suite struct `Secrets in rendered conversations` {
  private static func aligned(_ target: String, _ pieces: [String]) -> StepwiseText {
    let user = Turns.Turn(role: "user", text: Array("The code is".utf8))
    var text = StepwiseText(
      Passage(before: [], target: Array(target.utf8), presentation: .prefilled(Turns(user))))
    text.align(pieces.enumerated().map { TextToken(id: $0, bytes: Array($1.utf8)) })
    return text
  }

  @Test func `they follow the template's last mark`() {
    let text = Self.aligned("302557", ["<s>", "<u>", "The code is", "<a>", "302", "557"])
    #expect(text.fault == nil && text.wanted == [4, 5])
    #expect(text.ranges == [0..<0, 0..<0, 0..<0, 0..<0, 0..<3, 3..<6])
    #expect(text.firstOfEnding == 4 && text.prefix(4).tokens == [0, 1, 2, 3])
  }

  @Test func `a token that begins in the template counts as a whole`() {
    let text = Self.aligned("302", ["<u>", "The code is", "<a>", " 3", "0", "2"])
    #expect(text.fault == nil && text.wanted == [3, 4, 5] && text.ranges[3] == 0..<1)
    // Its token is none of the byte alone, so that no rank is searched by it.
    #expect(text.bytewise(from: 0) == nil)
    #expect(
      Self.aligned("302", ["<a>", "3", "0", "2"]).bytewise(from: 0)?.map(\.token) == [1, 2, 3])
  }

  @Test(arguments: [["<a>", "303"], ["<a>", "302", "<e>"], ["02"], []])
  func `tokens that end otherwise are a fault`(_ pieces: [String]) {
    #expect(Self.aligned("302", pieces).fault?.reason?.slug == "tokens-do-not-spell-the-text")
  }
}
