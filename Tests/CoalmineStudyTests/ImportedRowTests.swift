// SPDX-License-Identifier: Apache-2.0

import CoalmineCatalogue
import CoalmineCore
import CoalmineStudy
import CoalmineTesting
import Foundation
import Testing

@Suite struct `Rows as they come` {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// The one canary of a row.
  private func canary(
    _ changes: [String: Any], change: (inout ImportVerb) -> Void = { _ in }
  ) throws -> Canary {
    try #require(try folder.imported([GoodRow.with(changes)], change: change).canaries.first)
  }

  @Test(arguments: ["\u{FEFF}", ""], ["\n", "\r\n", "\n\n \t\r\n"])
  func `byte order mark, CR LF and blank lines are let pass`(_ mark: String, _ ending: String)
    throws
  {
    let other = GoodRow.with(["id": "two", "prefix": "The access code of Olin Marsh is"])
    let text = mark + GoodRow.line + ending + other + ending
    let path = try folder.write(text.utf8, to: "canaries.jsonl")
    let summary = try ImportVerb(canaries: path, study: folder.file("s.coalmine"))
      .run(now: Tiny.now, version: "1")
    #expect(summary.canaries == 2 && summary.members == 0 && !summary.predictableSeed)
  }

  @Test(arguments: [" ", "\n", " \t", ""])
  func `the separator comes from the text where the row has none`(_ separator: String) throws {
    let found = try canary([
      "separator": NSNull(), "suffix": NSNull(),
      "text": GoodRow.prefix + separator + "302557, or so.",
    ])
    #expect(found.separator.text == separator && found.suffix.text == ", or so.")
    #expect(found.secret.reveal().text == GoodRow.secret)
  }

  @Test func `a row without a suffix has none`() throws {
    #expect(try canary(["suffix": NSNull()]).suffix.isEmpty)
  }

  @Test func `escapes and unknown fields are read as JSON reads them`() throws {
    let line = GoodRow.line.replacingOccurrences(of: "Maren", with: "\\u004daren")
      .replacingOccurrences(of: "{", with: #"{"member": true, "more": [1, {"a": null}], "#)
    #expect(try folder.imported([line]).canaries.first?.context["given"]?.text == "Maren")
  }

  @Test func `a context outside the lists is found where there is one way to read it`() throws {
    let found = try canary(["prefix": "The access code of Zsófia Őry-Kiss is"])
    #expect(found.context.mapValues(\.text) == ["given": "Zsófia", "surname": "Őry-Kiss"])
  }

  @Test func `a context that can be read in two ways must be said`() throws {
    let prefix = "The access code of Anna Maria Quux is"
    let error = CoalmineError.thrown { _ = try canary(["prefix": prefix]) }
    #expect(error?.code == "context-ambiguous")
    let found = try canary(["prefix": prefix, "context": ["surname": "Maria Quux"]])
    #expect(found.context.mapValues(\.text) == ["given": "Anna", "surname": "Maria Quux"])
  }

  @Test func `the name fills a slot of that name`() throws {
    let kind = """
      summary: A code of somebody.
      source: It opens nothing.
      example: Maren Dalby has 12.
      template: "{name} has {code}."
      slots:
        name: {role: context, type: words, list: given, count: 2}
        code: {role: secret, type: digits, length: 2}
      """
    try folder.write(kind.utf8, to: "kinds/who.yaml")
    let lists = try Data(
      contentsOf: URL(fileURLWithPath: Tiny.kinds + "/lists/tiny-given.txt"))
    try folder.write(lists, to: "kinds/lists/given.txt")
    let found = try canary(
      ["kind": "who", "prefix": "A has B has", "name": "A has B", "secret": "07"]
    ) { $0.kinds = folder.file("kinds") }
    #expect(found.context.mapValues(\.text) == ["name": "A has B"] && found.index == 7)
  }

  @Test func `the secret tells template texts with one prefix apart`() throws {
    for (secret, templateText) in [
      ("503-555-0143", "north-america"), ("020 7946 0123", "united-kingdom"),
    ] {
      let folder = try TemporaryFolder()
      let line = GoodRow.with([
        "kind": "phone", "prefix": "The private telephone number of Maren Dalby is",
        "secret": secret,
      ])
      #expect(try folder.imported([line]).canaries.first?.templateText == templateText)
    }
  }

  @Test func `a control is one that says so`() throws {
    let study = try folder.imported([
      GoodRow.line,
      GoodRow.with([
        "id": "two", "prefix": "The access code of Olin Marsh is", "role": "control",
        "repetitions": 64,
      ]),
    ])
    #expect(study.canaries.map(\.role) == [.inserted, .control])
    #expect(study.canaries.map(\.randomized) == [true, false])
    let plan = try ProtocolFile.parse(study.protocolText, path: "protocol")
    #expect(plan.targetRepetitions == 2 && plan.repetitionLevels.levels.isEmpty)
    #expect(plan.controls == .init(canaries: 1, repetitions: 64))
  }

  @Test func `a protocol of one's own decides which repetition level is tested`() throws {
    let rows = [1, 2, 0].map { repetitions in
      GoodRow.with([
        "id": "dose-\(repetitions)", "repetitions": repetitions,
        "prefix": "The access code of Maren D\(repetitions) is",
      ])
    }
    var plan = StudyProtocol.standard(kinds: ["access-code"])
    plan.targetRepetitions = 2
    plan.repetitionLevels = .init(levels: [], canariesPerLevel: 0)
    plan.gates = []
    plan.references = 9
    let path = try folder.write(ProtocolFile.render(plan), to: "protocol.yaml")
    let study = try folder.imported(rows) { $0.protocolFile = path }
    #expect(study.canaries.map(\.id) == ["dose-0", "dose-1", "dose-2"])
    #expect(study.canaries.map(\.randomized) == [true, false, true])
    #expect(study.canaries.map(\.repetitions) == [2, 1, 2])
    #expect(study.references.values.allSatisfy { $0.count == 9 })
    #expect(study.protocolText == ProtocolFile.render(plan))
    for (change, code, exit) in [
      ({ $0.targetRepetitions = 3 }, "repetitions-not-present", ExitCode.badConfiguration),
      ({ $0.kinds = ["hex-token"] }, "kind-not-planned", .badData),
    ] as [((inout StudyProtocol) -> Void, String, ExitCode)] {
      var other = plan
      change(&other)
      let path = try folder.write(ProtocolFile.render(other), to: "other.yaml")
      let next = try TemporaryFolder()
      let error = CoalmineError.thrown { _ = try next.imported(rows) { $0.protocolFile = path } }
      #expect(error?.code == code && error?.exit == exit)
      #expect(next.names == ["canaries.jsonl"])
    }
  }

  @Test func `in a small space all others are references, and controls take who is left`() throws {
    let numbers = Array(10..<26)
    func list(_ letter: String) -> String {
      numbers.map { "\(letter)\($0)" }.joined(separator: ", ")
    }
    let kind = """
      summary: x
      source: x
      example: x
      template: "{a} {b} has {code}."
      slots:
        a: {role: context, type: words, list: [\(list("P"))]}
        b: {role: context, type: words, list: [\(list("Q"))]}
        code: {role: secret, type: digits, length: 2}
      """
    try folder.write(kind.utf8, to: "kinds/small.yaml")
    var rows: [String] = []
    for a in numbers {
      for b in numbers where a != b {
        rows.append(
          GoodRow.with([
            "id": "\(a)-\(b)", "kind": "small", "prefix": "P\(a) Q\(b) has",
            "secret": String(10 + rows.count % 90),
          ]))
      }
    }
    let study = try folder.imported(rows) { $0.kinds = folder.file("kinds") }
    for canary in study.canaries {
      #expect(study.references[canary.id] == (0..<100).filter { $0 != canary.index })
    }
    // Of 256 people only those with one number twice are left.
    let left = Set(numbers.map { "P\($0) Q\($0) has" })
    #expect(study.inContextControls.count == 8)
    #expect(study.inContextControls.allSatisfy { left.contains($0.prefix.text) })
  }

  @Test func `kinds of one's own win over shipped ones, and leave the rest whole`() throws {
    let shipped = try Catalogue.shipped()
    let both = try shipped.replaced(byDirectory: Tiny.kinds)
    #expect(both.kinds.count == shipped.kinds.count + 4)
    let email = try both.kind("email").template
    #expect(
      try email.space(templateText: email.templateTexts[0], context: [:]).count == 165_813_750)
    // A kind that shared a list with another content would mean something else: it goes.
    let kind = """
      summary: x
      source: x
      example: x
      template: "{a} {b} {c}"
      slots:
        a: {role: context, type: words, list: given}
        b: {role: context, type: words, list: given}
        c: {role: secret, type: digits, length: 3}
      """
    try folder.write(kind.utf8, to: "kinds/mine.yaml")
    let names = (0..<16).map { "Name\($0)\n" }.joined()
    try folder.write(names.utf8, to: "kinds/lists/given.txt")
    let mine = try shipped.replaced(byDirectory: folder.file("kinds"))
    #expect(mine.kinds.map(\.name) == ["mine"])
  }
}
