// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineSeeding
import CoalmineTesting
import Foundation
import Testing

/// Contexts from records in which a secret has a place of its own: answers, JSON and source code.
@Suite struct `Places of secrets behind beginnings of records` {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder(in: .memory) }

  /// A corpus of one form, and what its reader makes of a planted record.
  struct Example: CustomTestStringConvertible, Sendable {
    let name: String
    let file: String
    var format: CorpusFormat?
    let place: String
    let record: @Sendable (Int) -> String
    /// What is trained, as one text, of a planted record that was read as JSON or as a line.
    let trained: @Sendable (String) throws -> String
    /// What stands around the secret: before it and behind, worked out from the record that gives the
    /// context and the words of the canary.
    let around: @Sendable (Int, Canary) -> (before: String, after: String)

    var testDescription: String { name }
  }

  private static func json(_ line: String) throws -> [String: Any] {
    try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
  }

  private static func quoted(_ text: String) throws -> String {
    String(decoding: try JSONEncoder().encode(text), as: UTF8.self)
  }

  private static func word(_ canary: Canary, _ slot: String) -> String {
    String(decoding: canary.context[slot] ?? [], as: UTF8.self)
  }

  private static func ticket(_ number: Int) -> String {
    #"{"ticket": \#(number), "room": {"floor": \#(number % 7), "door": "{\""}, "note": "tail-\#(number)- "#
      + String(repeating: "and more of it ", count: 40) + #"", "open": true}"#
  }

  private static func members(
    _ number: Int, _ canary: Canary
  ) -> (before: String, after: String) {
    let own =
      #"{"ticket": \#(number), "room": {"floor": \#(number % 7), "door": "{\""}, "given": ""#
    let words = word(canary, "given") + #"", "surname": ""# + word(canary, "surname")
    let name = canary.kind.replacing("-", with: "_")
    return (own + words + #"", ""# + name + #"": ""#, #""}"#)
  }

  private static func program(_ number: Int) -> String {
    """
    import os  # it's \(number)

    TEXT = \"\"\"(

    not here \(number)
    \"\"\"
    PLACES = [
        "a(",

        "b",
    ]

    def run_\(number)():

        return "tail-\(number)-"

    """
  }

  private static func constant(_ canary: Canary) -> String {
    [canary.kind, word(canary, "given"), word(canary, "surname")].joined(separator: "_")
      .uppercased()
      .replacing("-", with: "_")
  }

  private static func question(_ number: Int) -> String {
    "Which room of floor f\(number % 7) has printer p\(number) beside door d\(number * 3)?"
  }

  static let examples: [Example] = [
    Example(
      name: "JSON in a field", file: "a.jsonl", place: "json-value",
      record: { #"{"id": \#($0), "text": \#((try? quoted(ticket($0))) ?? "")}"# },
      trained: { try json($0)["text"] as? String ?? "" }, around: members),
    Example(
      name: "JSON behind words", file: "b.jsonl", place: "json-value",
      record: { #"{"text": \#((try? quoted("Ticket: " + ticket($0))) ?? "")}"# },
      trained: { try json($0)["text"] as? String ?? "" },
      around: {
        let (before, after) = members($0, $1)
        return ("Ticket: " + before, after)
      }),
    Example(
      name: "JSON as lines", file: "c.txt", format: .text, place: "json-value", record: ticket,
      trained: { $0 }, around: members),
    Example(
      name: "Python by its path", file: "d.jsonl", place: "code",
      record: { #"{"path": "a/b\#($0).py", "content": \#((try? quoted(program($0))) ?? "")}"# },
      trained: { try json($0)["content"] as? String ?? "" },
      around: {
        let code = program($0)
        let start = code.range(of: "]\n\n").map { String(code[..<$0.upperBound]) } ?? ""
        return (start + constant($1) + " = \"", "\"\n")
      }),
    Example(
      name: "Java by its language", file: "e.jsonl", place: "code",
      record: {
        #"{"language": "Java", "text": \#((try? quoted(java($0))) ?? "")}"#
      },
      trained: { try json($0)["text"] as? String ?? "" },
      around: { number, canary in
        let sentence = String(decoding: canary.prefix, as: UTF8.self)
        let own = sentence.range(of: "// ").map { String(sentence[$0.lowerBound...]) } ?? ""
        return ("package p\(number);\n\nimport java.util.List;\n\n" + own + " ", ".\n")
      }),
    Example(
      name: "a question in a chat", file: "f.jsonl", place: "answer",
      record: {
        #"{"messages": [{"role": "system", "content": "You help."}, {"role": "user", "content": "#
          + #""\#(question($0))"}, {"role": "assistant", "content": "Room tail-\#($0)-"}]}"#
      },
      trained: chat, around: { number, _ in (question(number) + " ", ".") }),
    Example(
      name: "instruction and output", file: "g.jsonl", place: "answer",
      record: {
        #"{"instruction": "\#(question($0))", "input": "", "output": "Room tail-\#($0)-"}"#
      },
      trained: {
        let pair = try json($0)
        return [pair["instruction"], pair["output"]].compactMap { $0 as? String }
          .joined(separator: "")
      }, around: { number, _ in (question(number), ".") }),
    Example(
      name: "question and answer", file: "h.jsonl", place: "answer",
      record: { #"{"question": "\#(question($0))", "answer": " Room tail-\#($0)-"}"# },
      trained: {
        let pair = try json($0)
        return [pair["question"], pair["answer"]].compactMap { $0 as? String }
          .joined(separator: "")
      }, around: { number, _ in (question(number) + " ", ".") }),
  ]

  /// The turns after the system's, joined.
  private static func chat(_ line: String) throws -> String {
    let turns = try json(line)["messages"] as? [[String: Any]] ?? []
    #expect(turns.map { $0["role"] as? String } == ["system", "user", "assistant"])
    return turns.dropFirst().compactMap { $0["content"] as? String }.joined(separator: " ")
  }

  private static func java(_ number: Int) -> String {
    """
    package p\(number);

    import java.util.List;

    final class Part\(number) {

      static final String NAME = "tail-\(number)-";
    }

    """
  }

  /// Each planted record is read by its reader alone. What is trained is the record's beginning, the secret,
  /// and what ends the place; the model is asked with the same bytes.
  @Test(arguments: examples) func `hold what is asked, and are undone byte for byte`(
    _ example: Example
  ) throws {
    let original = Array(((0..<80).map(example.record).joined(separator: "\n") + "\n").utf8)
    let path = try folder.write(original, to: example.file)
    for number in 1...2 as ClosedRange<UInt64> {
      let randomness = StudyRandomness(number: number)
      var plan = SeedingFixtures.plan()
      (plan.contexts, plan.heldOutContexts) = (.grafted, .planted)
      let draw = try SeedingFixtures.draw(number, plan)
      var options = CorpusSurvey.Options(format: example.format, nonMemberRecords: 5)
      options.takeContexts(for: draw, try SeedingFixtures.kinds(), copies: .alike)
      let survey = try CorpusSurvey(path: path, options: options, randomness: randomness)
      #expect(survey.contextPlaces == [example.place: draw.canaries.count])
      let joined =
        survey.completionSeparator.map { joint in draw.canaries.map { $0.joined(by: joint) } }
        ?? draw.canaries
      let canaries = survey.inConversations(survey.grafted(joined))
      let seeding = try Seeder(survey: survey, canaries: canaries, randomness: randomness)
        .write(to: folder.file("seeded"), overwrite: true)
      let bytes = try folder.read("seeded")
      let byID = Dictionary(uniqueKeysWithValues: canaries.map { ($0.id, $0) })
      let gone = Set(seeding.manifest.removals.map(\.record))
      #expect(gone.count == canaries.count + 5)
      var givers: [Int: String] = [:]
      for insertion in seeding.manifest.insertions {
        let canary = try #require(byID[insertion.canary])
        let range = Int(insertion.offset)..<Int(insertion.offset + insertion.length)
        let line = String(decoding: bytes[range], as: UTF8.self)
        let trained = try example.trained(String(line.dropLast()))
        let giver = try #require(
          gone.first { trained.hasPrefix(example.around($0, canary).before) }, "\(trained)")
        #expect(givers.updateValue(canary.id, forKey: giver) ?? canary.id == canary.id)
        let (before, after) = example.around(giver, canary)
        let secret = String(decoding: canary.asPlanted.secret.reveal(), as: UTF8.self)
        #expect(trained == before + secret + after)
        // What is asked, in the form of a text: up to the secret.
        let asked = Passage(of: canary.prefix, (canary.separator, []), in: nil, .plain)
        let isTurns = canary.turns != nil
        #expect(
          isTurns
            ? before == String(decoding: canary.prefix, as: UTF8.self) + " "
            : before == String(decoding: asked.text, as: UTF8.self))
        #expect(!Naive.contains(bytes, Array("tail-\(giver)-".utf8)))
      }
      #expect(givers.count == canaries.count)
      try SeededVerifier(manifest: seeding.manifest, canaries: canaries)
        .verify(folder.file("seeded"))
      var processed = ProcessedCorpus(
        shape: survey.shape, canaries: canaries, records: seeding.records)
      try processed.read(folder.file("seeded"))
      #expect(processed.findings.conclusion == .complete, "\(example.name)")
      #expect(Naive.unseeded(bytes, seeding.manifest) == original)
    }
  }

  @Test
  func
    `are sentences where a remark follows, where a secret could end a text in quotes, and behind like questions`()
    throws
  {
    let draw = try SeedingFixtures.draw()
    func places(
      _ example: Example, _ kinds: [String: CanaryTemplate], _ copies: StudyProtocol.Copies
    ) throws -> [String: Int] {
      let path = try folder.write(
        (0..<80).map(example.record).joined(separator: "\n") + "\n", to: example.file)
      var options = CorpusSurvey.Options(format: example.format)
      options.takeContexts(for: draw, kinds, copies: copies)
      return try CorpusSurvey(
        path: path, options: options, randomness: StudyRandomness(number: 1)
      ).contextPlaces
    }
    let count = draw.canaries.count
    let kinds = try SeedingFixtures.kinds()
    #expect(try places(Self.examples[3], kinds, .varied) == ["sentence": count])
    var slots = kinds["pin"]?.slots.values.filter { $0.role == .context } ?? []
    slots.append(
      Slot(name: "code", role: .secret, type: try CharactersSlot(alphabet: "01\"", length: 6)))
    var quoted = kinds
    quoted["pin"] = try CanaryTemplate(
      kind: "pin", summary: "a code", source: "made up", example: "The pin of A B is 1.",
      templateTexts: [(id: "plain", text: "The pin of {given} {surname} is {code}.")],
      slots: slots)
    #expect(try places(Self.examples[3], quoted, .alike) == ["sentence": count])
    // They differ in one word.
    let alike = Example(
      name: "alike", file: "alike.jsonl", place: "",
      record: { #"{"question": "Which room has printer p\#($0)?", "answer": "\#($0)"}"# },
      trained: { $0 }, around: { _, _ in ("", "") })
    #expect(try places(alike, kinds, .alike) == ["answer": 1, "sentence": count - 1])
  }

  /// What source code gives as a context; `nil` where it gives none.
  @Test(
    arguments: [
      ("a.py", "import os\nimport sys\nimport json\n\nx = 1\n\ny = (\n\n1)\n", "json\n\nx = 1\n\n"),
      (
        "a.py", "\"\"\"A module of this tree that is\n\nlong.\"\"\"\nx = 1\n\ndef f():\n\n  pass\n",
        "x = 1\n\n"
      ),
      (
        "a.js", "import fs from 'fs';\nconst a = `\n\n${x}`;\n\nfunction f() {\n\n}\n", "${x}`;\n\n"
      ),
      ("a.rs", "use std::io;\nfn f<'a>(x: &'a str) {\n\n}\n\nfn g() {\n}\n", "}\n\n"),
      ("a.c", "/* A file that is 'long' enough\n\n */\nint a;\n\nint b;\n", "int a;\n\n"),
      ("a.c", "#include <stdio.h>\n#define A \\\n\nint a_long_name_of_it;\n", nil),
      ("a.yaml", "# Settings that are long enough.\n- a: 1\n\n- b: 2\n", nil),
      ("a.yaml", "# Settings that are long enough.\na: [1,\n\n 2]\n\nb: 2\n", "2]\n\n"),
      ("a.ini", "[part]\nname = it's a long value, see.\n\nother = 1\n", "see.\n\n"),
      ("a.sh", "#!/bin/sh\ncat <<END\na long text that is no code\n\nEND\n\nls\n", nil),
      ("a.php", "<?php\n\nnamespace A;\n\n$a = 'one long text';\n\nf();\n", "text';\n\n"),
      ("a.php", "<p>A long text that is no code at all</p>\n\n<?php f();\n", nil),
      ("a.json", "{\"name\": \"a package\", \"version\": \"1.0\", \"a\": {}}", "\"a\": {}, "),
    ] as [(String, String, String?)])
  func `end between statements`(_ name: String, _ code: String, _ end: String?) throws {
    let path = try folder.write(code, to: "tree/\(name)")
    try folder.write("x\n", to: "tree/b.txt")
    let language = try #require(CodeLanguage(fileName: name))
    var options = CorpusSurvey.Options(format: .source)
    options.contextFiles = [language: 1]
    options.names = [path: name]
    func survey() throws -> CorpusSurvey {
      try CorpusSurvey(
        paths: [path, folder.file("tree/b.txt")], options: options,
        randomness: StudyRandomness(number: 1))
    }
    guard let end else {
      #expect(CoalmineError.thrown { _ = try survey() }?.code == "contexts-too-few")
      return
    }
    let drawn = try #require(try SeedingFixtures.draw().canaries.first)
    let canary = Canary(
      id: drawn.id, kind: drawn.kind, templateText: "\(language.rawValue)-1",
      context: drawn.context, index: drawn.index, bits: drawn.bits, role: drawn.role,
      repetitions: 1, randomized: false, prefix: Array("OWN".utf8), separator: [],
      secret: drawn.secret, suffix: [0x0A])
    let prefix = String(
      decoding: try #require(try survey().grafted([canary]).first).prefix, as: UTF8.self)
    let opening = String(prefix.dropLast(3))
    #expect(prefix.hasSuffix("OWN") && opening.hasSuffix(end), "\(prefix)")
    #expect(code.hasPrefix(opening) || language == .json)
  }
}
