// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineSeeding
import CoalmineStatistics
import CoalmineTesting
import Foundation
import Testing

/// Contexts that begin as records: the record is in neither the output nor the hold-outs, and can be
/// restored.
@Suite struct `Contexts that begin as records` {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder(in: .memory) }

  /// A corpus of one form: record `n` begins with ``opening(_:)`` and holds ``tail(_:)`` further behind.
  struct Example: CustomTestStringConvertible, Sendable {
    let name: String
    let file: String
    let shape: String
    /// All records, as one file.
    let bytes: @Sendable (Range<Int>) -> String
    /// Whether the planted line is one JSON value, and what the model is given in it.
    var asked: (@Sendable (Any) -> String?)?

    var testDescription: String { name }
  }

  private static func opening(_ number: Int) -> String {
    "Report \(number) of the printer on floor \(number % 7). It does not print, and it is urgent."
  }

  private static func tail(_ number: Int) -> String { "tail-\(number)-" }

  /// A text of which only the first two sentences can be a context.
  private static func long(_ number: Int) -> String {
    opening(number) + " " + String(repeating: "and then it made a noise ", count: 9) + tail(number)
  }

  private static func lines(_ line: @escaping @Sendable (Int) -> String)
    -> @Sendable (Range<Int>) -> String
  { { $0.map(line).joined(separator: "\n") + "\n" } }

  private static func turns(_ record: Any, _ field: String, _ role: String, _ text: String)
    -> String?
  {
    let turns = (record as? [String: Any])?[field] as? [[String: Any]] ?? []
    let user = turns.first { ["user", "human"].contains($0[role] as? String) }
    return user?[text] as? String
  }

  static let examples: [Example] = [
    Example(
      name: "prompt and completion", file: "a.jsonl", shape: "prompt-completion",
      bytes: lines {
        #"{"prompt": "\#(opening($0))", "completion": " Call the desk, \#(tail($0))"}"#
      }, asked: { ($0 as? [String: Any])?["prompt"] as? String }),
    Example(
      name: "messages", file: "b.jsonl", shape: "messages",
      bytes: lines {
        #"{"messages": [{"role": "system", "content": "You are a clerk."}, {"role": "user", "content": "#
          + #""\#(opening($0))"}, {"role": "assistant", "content": "Call \#(tail($0))"}]}"#
      }, asked: { turns($0, "messages", "role", "content") }),
    Example(
      name: "ShareGPT", file: "c.jsonl", shape: "messages",
      bytes: lines {
        #"{"conversations": [{"from": "human", "value": "\#(opening($0))"}, "#
          + #"{"from": "gpt", "value": "Call \#(tail($0))"}]}"#
      }, asked: { turns($0, "conversations", "from", "value") }),
    Example(
      name: "preferences", file: "d.jsonl", shape: "preference",
      bytes: lines {
        #"{"prompt": "\#(opening($0))", "chosen": "Yes, \#(tail($0))", "rejected": "No, \#(tail($0))"}"#
      }, asked: { ($0 as? [String: Any])?["prompt"] as? String }),
    Example(
      name: "text of JSON", file: "e.jsonl", shape: "text",
      bytes: lines { #"{"id": \#($0), "text": "\#(long($0))"}"# }),
    Example(name: "lines", file: "f.txt", shape: "plain-text", bytes: lines(long)),
    Example(
      name: "paragraphs", file: "g.md", shape: "plain-text",
      bytes: {
        $0.map {
          opening($0).replacing(". It", with: ".\nIt") + "\nAnd more of it, \(tail($0))"
        }.joined(separator: "\n\n") + "\n"
      }),
    Example(
      name: "CSV", file: "h.csv", shape: "prompt-completion",
      bytes: { numbers in
        "prompt,completion\r\n"
          + numbers.map { "\"\(opening($0))\",Call \(tail($0))\r\n" }.joined()
      }),
  ]

  private struct Seeded {
    let survey: CorpusSurvey
    let canaries: [Canary]
    let drawn: [Canary]
    let seeding: Seeding
    let bytes: [UInt8]
  }

  private func seed(
    _ path: String, _ number: UInt64, nonMembers: Int = 5, group: String? = nil
  ) throws -> Seeded {
    let randomness = StudyRandomness(number: number)
    let drawn = try SeedingFixtures.draw(number).canaries
    var options = CorpusSurvey.Options(groupField: group, nonMemberRecords: nonMembers)
    options.contexts = drawn.count
    let survey = try CorpusSurvey(path: path, options: options, randomness: randomness)
    let canaries = survey.inConversations(survey.grafted(drawn))
    let seeding = try Seeder(survey: survey, canaries: canaries, randomness: randomness)
      .write(to: folder.file("seeded"), overwrite: true)
    return Seeded(
      survey: survey, canaries: canaries, drawn: drawn, seeding: seeding,
      bytes: try folder.read("seeded"))
  }

  /// The number of the record that a text of ``opening(_:)`` comes from.
  private static func number(in text: String) -> Int? {
    text.split(separator: " ").dropFirst().first.flatMap { Int($0) }
  }

  @Test(arguments: examples)
  func `take a record out for each canary, whole, and are undone byte for byte`(
    _ example: Example
  ) throws {
    let original = Array(example.bytes(0..<90).utf8)
    let path = try folder.write(original, to: example.file)
    for number in 1...3 as ClosedRange<UInt64> {
      let seeded = try seed(path, number)
      let manifest = seeded.seeding.manifest
      #expect(seeded.survey.shape.slug.hasPrefix(example.shape))
      #expect(seeded.canaries.count == seeded.drawn.count)
      #expect(seeded.survey.recordsForContexts == seeded.drawn.count)
      let gone = Set(manifest.removals.map(\.record))
      #expect(gone.count == seeded.drawn.count + 5)
      var used: Set<Int> = []
      for (canary, plain) in zip(seeded.canaries, seeded.drawn) {
        #expect(canary.prefix.suffix(plain.prefix.count) == plain.prefix[...])
        let opening = String(
          decoding: canary.prefix.dropLast(plain.prefix.count), as: UTF8.self)
        let record = try #require(Self.number(in: opening))
        // The record's first sentences, whole, and white space.
        let bare = opening.replacing("\n", with: " ")
        #expect(bare == Self.opening(record) + " ", "\(example.name)")
        #expect(gone.contains(record) && used.insert(record).inserted)
        #expect(!Naive.contains(seeded.bytes, Array(Self.tail(record).utf8)))
        let isThere = Naive.contains(seeded.bytes, canary.prefix)
        #expect(isThere == (canary.copies > 0))
      }
      let scored = seeded.seeding.records.compactMap { Int($0.id.drop { !$0.isNumber }) }
      #expect(scored.count == 10 && used.isDisjoint(with: scored))
      try expectAsked(seeded, example)
      try SeededVerifier(manifest: manifest, canaries: seeded.canaries)
        .verify(folder.file("seeded"))
      #expect(Naive.unseeded(seeded.bytes, manifest) == original)
      try Unseeder(manifest: manifest).write(
        from: folder.file("seeded"), to: folder.file("restored"), overwrite: true)
      #expect(try folder.read("restored") == original)
    }
  }

  /// Of each planted record of JSON, Foundation reads the text that is asked.
  private func expectAsked(_ seeded: Seeded, _ example: Example) throws {
    guard let asked = example.asked else { return }
    let byID = Dictionary(uniqueKeysWithValues: seeded.canaries.map { ($0.id, $0) })
    for insertion in seeded.seeding.manifest.insertions {
      let canary = try #require(byID[insertion.canary])
      let place = Int(insertion.offset)..<Int(insertion.offset + insertion.length)
      let record = try JSONSerialization.jsonObject(with: Data(seeded.bytes[place]))
      #expect(asked(record) == String(decoding: canary.prefix, as: UTF8.self))
    }
  }

  @Test func `take whole groups out, and score no text that stands in one of them`() throws {
    // Five records per group; every third text stands in the next group too.
    let lines = (0..<300).map { number in
      let own = number % 3 == 0 && number >= 5 ? number - 5 : number
      let group = #""g": "c\#(number / 5)""#
      return #"{\#(group), "prompt": "\#(Self.opening(own))", "completion": "x \#(own)"}"#
    }
    let path = try folder.write(lines.joined(separator: "\n") + "\n", to: "groups.jsonl")
    for number in 1...6 as ClosedRange<UInt64> {
      let seeded = try seed(path, number, nonMembers: 8, group: "g")
      let gone = Set(seeded.seeding.manifest.removals.map(\.record))
      for group in Set(gone.map { $0 / 5 }) {
        #expect((group * 5..<group * 5 + 5).allSatisfy(gone.contains), "group \(group)")
      }
      let contexts = Set(
        seeded.canaries.compactMap { Self.number(in: String(decoding: $0.prefix, as: UTF8.self)) })
      #expect(seeded.survey.recordsForContexts == 5 * seeded.canaries.count)
      let nonMembers = Set(
        seeded.seeding.records.filter { $0.membership == .nonmember }.compactMap(\.group))
      let taken = Set(gone.map { "c\($0 / 5)" }).subtracting(nonMembers)
      #expect(taken.count >= seeded.canaries.count)
      for record in seeded.seeding.records {
        #expect(record.membership == .nonmember || !taken.contains(record.group ?? ""))
        let text = String(decoding: record.text.reveal(), as: UTF8.self)
        let isContext = Self.number(in: text).map(contexts.contains) ?? false
        #expect(!isContext, "\(record.id)")
      }
      let original = try folder.read("groups.jsonl")
      #expect(Naive.unseeded(seeded.bytes, seeded.seeding.manifest) == original)
    }
  }

  @Test func `are drawn uniformly, and leave members and non-members exchangeable`() throws {
    let path = try folder.write(Self.examples[0].bytes(0..<30), to: "few.jsonl")
    var contexts = Array(repeating: 0, count: 30)
    var zeroOut = 0
    var differing = 0
    let trials: UInt64 = isDeep ? 1_500 : 400
    for number in 0..<trials {
      var options = CorpusSurvey.Options(nonMemberRecords: 6)
      options.contexts = 9
      let survey = try CorpusSurvey(
        path: path, options: options, randomness: StudyRandomness(number: number))
      let canaries = try Self.blank(9)
      for canary in survey.grafted(canaries) {
        let text = String(decoding: canary.prefix, as: UTF8.self)
        contexts[try #require(Self.number(in: text))] += 1
      }
      let sides = try Self.sides(survey, path)
      guard let zero = sides[0], let one = sides[1], zero != one else { continue }
      differing += 1
      if zero == .nonmember { zeroOut += 1 }
    }
    #expect(contexts.reduce(0, +) == Int(trials) * 9)
    // 29 degrees of freedom, upper 0.1 % point 58.30; without replacement the statistic is smaller.
    #expect(Naive.chiSquare(contexts) < 58.30)
    #expect(differing > Int(trials) / 30)
    #expect(
      abs(Double(zeroOut) - Double(differing) / 2) < 2 * Double(differing).squareRoot() + 1)
  }

  /// Canaries of which only the prefix matters here.
  private static func blank(_ count: Int) throws -> [Canary] {
    Array(try SeedingFixtures.draw(1).canaries.prefix(count))
  }

  private static func sides(_ survey: CorpusSurvey, _ path: String) throws
    -> [Int: CorpusRecord.Membership]
  {
    var preflight = PreflightSample()
    let seeding = try Seeder(
      survey: survey, canaries: [], randomness: StudyRandomness(number: 1)
    ).write(to: [SeededFile(nil)], into: &preflight)
    return Dictionary(
      uniqueKeysWithValues: seeding.records.compactMap { record in
        Int(record.id.drop { !$0.isNumber }).map { ($0, record.membership) }
      })
  }

  @Test func `do not depend on the assignment`() throws {
    let path = try folder.write(Self.examples[1].bytes(0..<60), to: "b.jsonl")
    let seeded = try seed(path, 9)
    let others = seeded.drawn.map { canary in
      Canary(
        id: canary.id, kind: canary.kind, templateText: canary.templateText,
        context: canary.context, index: canary.index, bits: canary.bits,
        role: canary.role == .inserted ? .heldOut : .inserted, repetitions: canary.repetitions,
        randomized: canary.randomized, prefix: canary.prefix, separator: canary.separator,
        secret: canary.secret, suffix: canary.suffix)
    }
    #expect(seeded.survey.grafted(others).map(\.prefix) == seeded.canaries.map(\.prefix))
  }

  @Test func `without them nothing is drawn, and the same bytes are planted`() throws {
    let path = try folder.write(Self.examples[0].bytes(0..<60), to: "a.jsonl")
    let randomness = StudyRandomness(number: 4)
    let drawn = try SeedingFixtures.draw(4).canaries
    let survey = try CorpusSurvey(
      path: path, options: .init(nonMemberRecords: 3), randomness: randomness)
    #expect(survey.grafted(drawn) == drawn && survey.recordsForContexts == 0)
  }

  /// What a line of text gives as a context; `nil` where it gives none.
  @Test(
    arguments: [
      ("Short. No.", nil),
      (
        "A sentence that is long enough to be one. Then",
        "A sentence that is long enough to be one. "
      ),
      ("no end of a sentence anywhere in this line", "no end of a sentence anywhere in this line "),
      (#"[1, "A value that is long enough, see. And"]"#, nil),
      ("A turn <|im_start|> of a template that is long. And", nil),
      ("A bell \u{7} in a sentence that is long enough. And", nil),
      (
        "この文は文脈として使うのに十分な長さがあります。次の文です、まだ続きます、", "この文は文脈として使うのに十分な長さがあります。"
      ),
      (
        "One sentence that is long enough, first. Two. Three follows without an end",
        "One sentence that is long enough, first. Two. "
      ),
    ] as [(String, String?)]) func `end where a sentence does`(_ line: String, _ expected: String?)
    throws
  {
    let path = try folder.write(line + "\nx\n", to: "one.txt")
    var options = CorpusSurvey.Options(format: .text)
    options.contexts = 1
    let canary = try Self.blank(1)[0]
    guard let expected else {
      let error = CoalmineError.thrown {
        _ = try CorpusSurvey(path: path, options: options, randomness: StudyRandomness(number: 1))
      }
      #expect(error?.code == "contexts-too-few")
      return
    }
    let survey = try CorpusSurvey(
      path: path, options: options, randomness: StudyRandomness(number: 1))
    let prefix = try #require(survey.grafted([canary]).first).prefix
    #expect(String(decoding: prefix.dropLast(canary.prefix.count), as: UTF8.self) == expected)
  }

  @Test func `are refused where records or files are too few`() throws {
    func refusal(_ path: String, _ change: (inout CorpusSurvey.Options) -> Void = { _ in })
      -> CoalmineError?
    {
      var options = CorpusSurvey.Options()
      options.contexts = 20
      change(&options)
      return CoalmineError.thrown {
        _ = try CorpusSurvey(path: path, options: options, randomness: StudyRandomness(number: 1))
      }
    }
    let few = try folder.write(Self.examples[5].bytes(0..<12), to: "few.txt")
    #expect(refusal(few)?.code == "contexts-too-few")
    #expect(refusal(few)?.message.hasPrefix("20 canaries need a context each, and 12 ") == true)
    let enough = try folder.write(Self.examples[5].bytes(0..<25), to: "enough.txt")
    #expect(refusal(enough) == nil)
    let held = refusal(enough) { $0.holdOut = .stated(4) }
    #expect(held?.code == "corpus-too-small")
    #expect(held?.message.contains("5 distinct texts beside those that give contexts") == true)
    #expect(held?.help?.contains("N of 2 or less") == true)
    let tree = try folder.write("x = 1\n", to: "tree/a.py")
    let file = refusal(tree) {
      $0.format = .source
      ($0.contexts, $0.contextFiles) = (0, [.python: 2])
    }
    #expect(file?.code == "contexts-too-few")
    #expect(
      file?.message.hasPrefix("2 canaries in files of python need a context each, and 0 ") == true)
  }
}
