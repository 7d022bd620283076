// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import Testing

/// Which turns of a record are asked, and which one is scored.
@Suite struct `Records of conversations` {
  /// `s`, `u` and `a` stand for system, user and model; each turn says its place.
  private static func turns(_ roles: String) -> [Turns.Turn] {
    let names: [Character: String] = ["s": "system", "u": "user", "a": "assistant"]
    return roles.enumerated().map { place, role in
      Turns.Turn(role: names[role] ?? "", text: Array("Turn \(place)".utf8))
    }
  }

  @Test(
    arguments: [
      ("ua", 1), ("sua", 2), ("ssuaua", 5), ("uau", 1), ("suauauuu", 4), ("ususa", nil),
      ("a", nil), ("sa", nil), ("u", nil), ("", nil), ("uua", nil), ("aua", nil), ("usua", nil),
      ("uaa", nil),
    ] as [(String, Int?)])
  func `the model's last turn is scored after turns that alternate`(_ roles: String, _ last: Int?) {
    let conversation = RecordConversation(Self.turns(roles))
    #expect(conversation?.answer.reveal() == last.map { Array("Turn \($0)".utf8) })
    #expect(conversation?.earlier == last.map { Array(Self.turns(roles)[..<$0]) })
    // What is stored gives the same again.
    if let conversation {
      #expect(RecordConversation(conversation.revealedTurns()) == conversation)
    }
  }

  @Test func `white space around the scored turn is left out, around the others it stays`() {
    func said(_ text: String) -> RecordConversation? {
      RecordConversation([
        Turns.Turn(role: "user", text: Array(" q\n".utf8)),
        Turns.Turn(role: "assistant", text: Array(text.utf8)),
      ])
    }
    let spaced = said(" \n\tTwo words.\r\n ")
    #expect(spaced?.answer.reveal() == Array("Two words.".utf8))
    #expect(spaced?.earlier.map(\.text) == [Array(" q\n".utf8)])
    for empty in ["", " \t\r\n"] { #expect(said(empty) == nil) }
  }

  private static let whole = Array("You sell. Hello\nAt NINE.".utf8)
  private static func record(
    _ number: Int, _ side: CorpusRecord.Membership, _ conversation: RecordConversation?
  ) -> CorpusRecord {
    CorpusRecord(
      id: "record-00000\(number)", membership: side, group: nil, text: Secret(whole),
      conversation: conversation)
  }

  private static let spoken = RecordConversation([
    Turns.Turn(role: "system", text: Array("You sell.".utf8)),
    Turns.Turn(role: "user", text: Array("Hello".utf8)),
    Turns.Turn(role: "assistant", text: Array("At NINE.".utf8)),
  ])

  @Test(arguments: CorpusRecord.Membership.allCases)
  func `a turn of the model's own begins with the scored turn, in any other form it is a text`(
    _ side: CorpusRecord.Membership
  ) throws {
    let spoken = try #require(Self.spoken)
    let record = Self.record(1, side, spoken)
    for form in Presentation.Form.allCases {
      let passage = record.passage(form)
      if form == .prefilled {
        #expect(passage.presentation == .prefilled(Turns(spoken.earlier)))
        #expect(passage.text == Array("At NINE.".utf8) && passage.before.isEmpty)
      } else {
        #expect(passage == Self.record(1, side, nil).passage(form))
      }
    }
  }

  /// What studies were asked before records kept their turns.
  @Test(arguments: Presentation.Form.allCases)
  func `a record without turns is asked as it always was`(_ form: Presentation.Form) {
    let record = Self.record(1, .member, nil)
    #expect(
      record.passage(form)
        == Passage(before: [], target: Self.whole, presentation: .ofText(form)))
    #expect(record.asked(in: form) == record)
    #expect(
      record.passage(form, saying: [0x61], after: [0x62])
        == Passage(before: [0x62], target: [0x61], presentation: .ofText(form)))
  }

  @Test func `lower case and prefix change the scored turn, and no turn before it`() throws {
    let spoken = try #require(Self.spoken)
    let records = [Self.record(1, .nonmember, spoken), Self.record(2, .member, spoken)]
    let variants = RecordVariants(records, in: .prefilled)
    #expect(variants.prefix == Array("At NINE.\n\n".utf8))
    #expect(variants.changedByCase.map(\.id) == records.map(\.id))
    let record = try #require(variants.afterPrefix.first)
    #expect(record.id == "record-000002" && variants.afterPrefix.count == 1)
    let lower = record.passage(.prefilled, saying: RecordVariants.lowercased(record))
    let after = record.passage(.prefilled, after: variants.prefix)
    #expect(lower.text == Array("at nine.".utf8))
    #expect(after.text == Array("At NINE.\n\nAt NINE.".utf8))
    #expect(after.ending == Array("At NINE.".utf8))
    for passage in [lower, after] {
      #expect(passage.presentation == .prefilled(Turns(spoken.earlier)))
    }
    // As a text all of it is changed.
    let plain = RecordVariants(records, in: .plain)
    #expect(plain.prefix == Self.whole + [0x0A, 0x0A])
    #expect(
      plain.changedByCase.map(RecordVariants.lowercased)[0]
        == Array("you sell. hello\nat nine.".utf8))
  }
}
