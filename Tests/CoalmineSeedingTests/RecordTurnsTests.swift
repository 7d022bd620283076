// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineSeeding
import CoalmineTesting
import Foundation
import Testing

/// The turns that marked records keep, against those that the generator of each record says it has.
@Suite struct `Turns of marked records` {
  /// A shape of records, with what a trainer's template is given of one.
  struct Example: Sendable, CustomTestStringConvertible {
    let name: String
    var pairs = StudyProtocol.Pairs.text
    let record: @Sendable (Int) -> String
    /// Role and text of each turn up to the model's last; `nil` for a record that stays a text.
    let turns: @Sendable (Int) -> [[String]]?

    var testDescription: String { name }
  }

  static let examples: [Example] = [
    Example(name: "OpenAI messages") {
      let system = $0 % 2 == 0 ? #"{"role": "system", "content": "Clerk \#($0 % 3)."}, "# : ""
      return #"{"messages": [\#(system){"role": "user", "content": "q\#($0)\n"}, "#
        + #"{"role": "assistant", "content": " a\#($0) é "}]}"#
    } turns: {
      ($0 % 2 == 0 ? [["system", "Clerk \($0 % 3)."]] : [])
        + [["user", "q\($0)\n"], ["assistant", "a\($0) é"]]
    },
    Example(name: "ShareGPT of several exchanges, the last word the user's") {
      let more = String(
        repeating: #"{"from": "gpt", "value": "b"}, {"from": "human", "value": "c"}, "#,
        count: $0 % 4)
      return #"{"conversations": [{"from": "system", "value": "S"}, {"from": "human", "#
        + #""value": "q\#($0)"}, \#(more){"from": "gpt", "value": "a\#($0)"}, "#
        + #"{"from": "human", "value": "bye"}]}"#
    } turns: {
      [["system", "S"], ["user", "q\($0)"]]
        + (0..<$0 % 4).flatMap { _ in [["assistant", "b"], ["user", "c"]] }
        + [["assistant", "a\($0)"]]
    },
    Example(name: "Gemini with a system's field") {
      #"{"systemInstruction": {"parts": [{"text": "S"}]}, "contents": [{"role": "user", "#
        + #""parts": [{"text": "q"}, {"text": "\#($0)"}]}, {"role": "model", "#
        + #""parts": [{"text": "a\#($0)"}]}]}"#
    } turns: {
      [["system", "S"], ["user", "q\($0)"], ["assistant", "a\($0)"]]
    },
    Example(name: "Alpaca with a system prompt, trained as turns", pairs: .turns) {
      let input = $0 % 5 == 0 ? "with \($0)" : ""
      return #"{"system": "S", "instruction": "do \#($0)\n", "input": "\#(input)", "#
        + #""output": " done \#($0)"}"#
    } turns: {
      // How a trainer puts instruction and input together is not known.
      $0 % 5 == 0
        ? nil : [["system", "S"], ["user", "do \($0)"], ["assistant", "done \($0)"]]
    },
    Example(name: "Alpaca with a system prompt, trained as texts") {
      #"{"system": "S", "instruction": "do \#($0)", "input": "", "output": "done \#($0)"}"#
    } turns: { _ in
      nil
    },
    Example(name: "conversational prompt and completion") {
      #"{"prompt": [{"role": "user", "content": "q\#($0)"}], "#
        + #""completion": [{"role": "assistant", "content": "a\#($0)"}]}"#
    } turns: {
      [["user", "q\($0)"], ["assistant", "a\($0)"]]
    },
    Example(name: "preference of whole conversations") {
      #"{"chosen": [{"role": "user", "content": "q\#($0)"}, {"role": "assistant", "#
        + #""content": "good \#($0)"}], "rejected": [{"role": "user", "content": "q"}, "#
        + #"{"role": "assistant", "content": "bad"}]}"#
    } turns: {
      [["user", "q\($0)"], ["assistant", "good \($0)"]]
    },
    Example(name: "turns that do not alternate, and a tool's") {
      let turn = [
        #"{"role": "assistant", "content": "Hi"}, "#, #"{"role": "user", "content": "x"}, "#, "",
      ][$0 % 3]
      let tool = $0 % 2 == 0 ? "" : #"{"role": "tool", "content": "t"}, "#
      return #"{"messages": [\#(turn){"role": "user", "content": "q\#($0)"}, \#(tool)"#
        + #"{"role": "assistant", "content": "a\#($0)"}]}"#
    } turns: {
      $0 % 6 == 2 ? [["user", "q\($0)"], ["assistant", "a\($0)"]] : nil
    },
    Example(name: "texts") {
      #"{"text": "note \#($0)", "system": "S"}"#
    } turns: { _ in
      nil
    },
  ]

  @Test(arguments: examples)
  func `are those of the record, for members and non-members alike`(_ example: Example) throws {
    let folder = try TemporaryFolder(in: .memory)
    let lines = (0..<120).map { example.record($0) + "\n" }.joined()
    try Data(lines.utf8).write(to: folder.url("c.jsonl"))
    for number in UInt64(1)...3 {
      let randomness = StudyRandomness(number: number)
      let survey = try CorpusSurvey(
        path: folder.file("c.jsonl"), options: .init(nonMemberRecords: 25), randomness: randomness)
      let drawn = try SeedingFixtures.draw(number).canaries
      let canaries = survey.inConversations(drawn, pairs: example.pairs)
      let seeding = try Seeder(survey: survey, canaries: canaries, randomness: randomness)
        .write(to: folder.file("s\(number).jsonl"), overwrite: true)
      var counts: [CorpusRecord.Membership: Int] = [:]
      for record in seeding.records {
        let place = try #require(Int(record.id.dropFirst("record-".count)))
        let kept = record.conversation?.revealedTurns().map {
          [$0.role, String(decoding: $0.text, as: UTF8.self)]
        }
        #expect(kept == example.turns(place), "\(record.id)")
        counts[record.membership, default: 0] += 1
      }
      #expect(counts == [.member: 25, .nonmember: 25])
      // What is planted and what is drawn is as it was without turns of records.
      let again = try CorpusSurvey(
        path: folder.file("c.jsonl"), options: .init(nonMemberRecords: 25), randomness: randomness)
      #expect(again.inConversations(drawn, pairs: example.pairs) == canaries)
    }
  }
}
