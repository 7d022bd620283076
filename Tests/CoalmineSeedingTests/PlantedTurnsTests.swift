// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineSeeding
import CoalmineTesting
import Foundation
import Testing

/// The turns that canaries keep: as planted in every shape, and drawn without a look at the assignment.
@Suite struct `Turns of planted conversations` {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder(in: .memory) }

  private func survey(_ text: String, _ number: UInt64, takingOut: Int = 0) throws -> CorpusSurvey {
    let path = folder.file("c\(number).jsonl")
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return try CorpusSurvey(
      path: path, options: .init(nonMemberRecords: takingOut),
      randomness: StudyRandomness(number: number))
  }

  private func lines(
    _ example: ConversationExample, _ count: Int, _ system: (Int) -> String?
  ) -> String {
    (0..<count).map { example.record($0, system($0)) + "\n" }.joined()
  }

  private func seeded(_ survey: CorpusSurvey, _ canaries: [Canary], _ number: UInt64) throws
    -> (manifest: Manifest, bytes: [UInt8])
  {
    let name = "s\(number).jsonl"
    let manifest = try Seeder(
      survey: survey, canaries: canaries, randomness: StudyRandomness(number: number)
    ).write(to: folder.file(name), overwrite: true).manifest
    return (manifest, try folder.read(name))
  }

  @Test(arguments: ConversationExample.all)
  func `nothing of a record that was taken out is planted`(_ example: ConversationExample) throws {
    let survey = try survey(
      lines(example, 200) { "You are clerk \($0) of the harbour." }, 6, takingOut: 40)
    let canaries = survey.inConversations(
      try SeedingFixtures.draw(6, SeedingFixtures.plan(randomized: 60, controls: 2)).canaries)
    let (manifest, bytes) = try seeded(survey, canaries, 6)
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(manifest.removals.count == 40)
    for removal in manifest.removals {
      let own = "You are clerk \(removal.record) of the harbour."
      #expect(String(decoding: removal.bytes.reveal(), as: UTF8.self).contains(own))
      #expect(!text.contains(own))
      #expect(
        !canaries.contains { String(decoding: $0.turns?.first?.text ?? [], as: UTF8.self) == own })
    }
  }

  @Test(arguments: ConversationExample.all)
  func `every copy stands behind the turns that its canary keeps`(_ example: ConversationExample)
    throws
  {
    // Some records have no system prompt, and the others have one of five.
    let survey = try survey(
      lines(example, 60) { $0 % 6 == 0 ? nil : "You are clerk \($0 % 6)." }, 5)
    let drawn = try SeedingFixtures.draw(
      5, SeedingFixtures.plan(randomized: 30, repetitionLevels: [3], perLevel: 4, controls: 2)
    ).canaries
    let canaries = survey.inConversations(drawn)
    #expect(canaries.map(\.id) == drawn.map(\.id))
    let (manifest, bytes) = try seeded(survey, canaries, 5)
    let byID = Dictionary(uniqueKeysWithValues: canaries.map { ($0.id, $0) })
    #expect(manifest.insertions.count == canaries.reduce(0) { $0 + $1.copies })
    for insertion in manifest.insertions {
      let canary = try #require(byID[insertion.canary])
      let place = Int(insertion.offset)..<Int(insertion.offset + insertion.length)
      let record = try JSONSerialization.jsonObject(with: Data(bytes[place]))
      let (system, user) = example.before(record)
      let turns = try #require(canary.turns)
      #expect(turns.map { String(decoding: $0.text, as: UTF8.self) } == system)
      #expect(turns.allSatisfy { $0.role == "system" })
      #expect(user == String(decoding: canary.prefix, as: UTF8.self))
    }
    // Not all alike: else the lines above would say little.
    #expect(Set(canaries.map(\.turns)).count >= 4)
    #expect(canaries.contains { $0.turns?.isEmpty == true })
  }

  @Test(arguments: ConversationExample.all)
  func `one system prompt for all leaves every copy beside its neighbour`(
    _ example: ConversationExample
  ) throws {
    let survey = try survey(lines(example, 40) { _ in "You are a clerk." }, 6)
    let drawn = try SeedingFixtures.draw(6).canaries
    let plain = try seeded(survey, drawn, 6)
    let canaries = survey.inConversations(drawn)
    let kept = try seeded(survey, canaries, 6)
    // But for canaries with several copies, which have one model each already.
    #expect(kept.bytes == plain.bytes)
    #expect(canaries.allSatisfy { $0.turns?.isEmpty == false })
  }

  @Test func `texts and pairs of texts have no turns`() throws {
    let corpora = [
      (0..<30).map { #"{"text": "note \#($0)", "system": "s"}"# },
      (0..<30).map { #"{"prompt": "q\#($0)", "completion": "a", "system": "s"}"# },
      (0..<30).map { #"{"prompt": "q\#($0)", "chosen": "a", "rejected": "b"}"# },
    ]
    for (place, lines) in corpora.enumerated() {
      let survey = try survey(lines.joined(separator: "\n"), UInt64(20 + place))
      let canaries = survey.inConversations(try SeedingFixtures.draw().canaries)
      #expect(canaries.allSatisfy { $0.turns == nil })
    }
  }

  @Test func `pairs that are trained as turns have those of a conversation`() throws {
    let corpora: [(lines: [String], system: [String?])] = [
      ((0..<30).map { #"{"prompt": "q\#($0)", "completion": " a"}"# }, [nil]),
      (
        (0..<30).map {
          #"{"system_prompt": "You are clerk \#($0 % 2).", "question": "q\#($0)", "answer": "a"}"#
        }, ["You are clerk 0.", "You are clerk 1."]
      ),
      (
        (0..<30).map {
          #"{"system": "s", "question": "q\#($0)", "chosen": "a", "rejected": "b"}"#
        }, ["s"]
      ),
    ]
    for (place, corpus) in corpora.enumerated() {
      let survey = try survey(corpus.lines.joined(separator: "\n"), UInt64(20 + place))
      let drawn = try SeedingFixtures.draw(7).canaries
      let canaries = survey.inConversations(drawn, pairs: .turns)
      let (manifest, bytes) = try seeded(survey, canaries, 7)
      #expect(
        Set(canaries.map { $0.turns?.first?.text })
          == Set(corpus.system.map { $0.map { Array($0.utf8) } }))
      let byID = Dictionary(uniqueKeysWithValues: canaries.map { ($0.id, $0) })
      #expect(!manifest.insertions.isEmpty)
      for insertion in manifest.insertions {
        let canary = try #require(byID[insertion.canary])
        let turns = try #require(canary.turns)
        let place = Int(insertion.offset)..<Int(insertion.offset + insertion.length)
        let record = try #require(
          try JSONSerialization.jsonObject(with: Data(bytes[place])) as? [String: Any])
        // The trainer's turns, built from the record alone.
        let system = record["system_prompt"] as? String ?? record["system"] as? String
        let user = record["prompt"] as? String ?? record["question"] as? String
        let answer =
          record["completion"] as? String ?? record["answer"] as? String
          ?? record["chosen"] as? String ?? ""
        #expect(
          turns.map { String(decoding: $0.text, as: UTF8.self) } == [system].compactMap { $0 })
        #expect(user == String(decoding: canary.prefix, as: UTF8.self))
        let said = String(decoding: canary.secret.reveal() + canary.suffix, as: UTF8.self)
        #expect(answer.trimmingCharacters(in: .whitespaces) == said)
        // What is asked, and scored, is that turn.
        let passage = canary.passage(.prefilled, target: canary.secret.reveal())
        #expect(
          passage.presentation
            == .prefilled(Turns(turns + [.init(role: "user", text: canary.prefix)])))
        #expect(passage.before.isEmpty && passage.separator.isEmpty)
      }
      #expect(survey.inConversations(drawn).allSatisfy { $0.turns == nil })
    }
  }

  @Test func `a turn that says no text is not planted before the user's`() throws {
    let lines = (0..<20).map {
      #"{"messages": [{"role": "system", "content": null}, {"role": "context", "content": "C"}, "#
        + #"{"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "q\#($0)"}, "#
        + #"{"role": "assistant", "content": "a"}]}"#
    }
    let survey = try survey(lines.joined(separator: "\n"), 30)
    let canaries = survey.inConversations(try SeedingFixtures.draw().canaries)
    let (manifest, bytes) = try seeded(survey, canaries, 30)
    #expect(
      canaries.allSatisfy { $0.turns == [Turns.Turn(role: "system", text: Array("C".utf8))] })
    for insertion in manifest.insertions {
      let place = Int(insertion.offset)..<Int(insertion.offset + insertion.length)
      // The last record had no line break: it stands before what is planted after it.
      let planted = String(decoding: bytes[place].drop { $0 == 0x0A }, as: UTF8.self)
      #expect(
        planted.hasPrefix(#"{"messages": [{"role": "context", "content": "C"}, {"role": "user""#))
    }
  }

  /// The same draw under another assignment: roles of randomized canaries are exchanged.
  private func exchanged(_ canaries: [Canary]) -> [Canary] {
    canaries.map { canary in
      guard canary.randomized else { return canary }
      return Canary(
        id: canary.id, kind: canary.kind, templateText: canary.templateText,
        context: canary.context, index: canary.index, bits: canary.bits,
        role: canary.role == .inserted ? .heldOut : .inserted, repetitions: canary.repetitions,
        randomized: true, prefix: canary.prefix, separator: canary.separator,
        secret: canary.secret, suffix: canary.suffix)
    }
  }

  @Test(arguments: ConversationExample.all)
  func `whatever the assignment, every canary has the same turns`(_ example: ConversationExample)
    throws
  {
    let survey = try survey(lines(example, 50) { $0 % 3 == 0 ? nil : "Prompt \($0)." }, 7)
    for number in UInt64(1)...4 {
      let drawn = try SeedingFixtures.draw(number).canaries
      let other = exchanged(drawn)
      #expect(Set(drawn.map(\.role)).isSuperset(of: [.inserted, .heldOut]))
      let turns = survey.inConversations(drawn).map(\.turns)
      #expect(turns == survey.inConversations(other).map(\.turns))
      #expect(Set(turns).count > 1)
    }
  }

  @Test func `over many studies inserted and held-out canaries have each system prompt as often`()
    throws
  {
    let example = ConversationExample.all[0]
    // Half of the records have the first prompt, the others one of three.
    let text = lines(example, 48) { "Prompt \($0 % 2 == 0 ? 0 : 1 + $0 / 2 % 3)." }
    var counts: [Role: [String: Int]] = [:]
    let plan = SeedingFixtures.plan(
      randomized: 40, repetitionLevels: [], perLevel: 0, controls: 0, references: 1)
    for number in UInt64(100)..<160 {
      let survey = try survey(text, number)
      for canary in survey.inConversations(try SeedingFixtures.draw(number, plan).canaries) {
        let system = canary.turns?.first.map { String(decoding: $0.text, as: UTF8.self) } ?? ""
        counts[canary.role, default: [:]][system, default: 0] += 1
      }
    }
    let names = (0..<4).map { "Prompt \($0)." }
    let inserted = names.map { Double(counts[.inserted]?[$0] ?? 0) }
    let heldOut = names.map { Double(counts[.heldOut]?[$0] ?? 0) }
    let total = (inserted + heldOut).reduce(0, +)
    #expect(total == 2_400)
    // Pearson's statistic of the table of role and prompt, three degrees of freedom: 21.1 is its 10^-4.
    var statistic = 0.0
    for row in [inserted, heldOut] {
      for (place, count) in row.enumerated() {
        let expected = row.reduce(0, +) * (inserted[place] + heldOut[place]) / total
        statistic += (count - expected) * (count - expected) / expected
      }
    }
    #expect(statistic < 21.1, "\(counts)")
    // And both as often as the corpus has them, within five standard deviations of half.
    #expect(abs(inserted[0] + heldOut[0] - total / 2) < 5 * (total / 4).squareRoot() * 1.5)
  }
}
