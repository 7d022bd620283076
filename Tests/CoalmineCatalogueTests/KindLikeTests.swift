// SPDX-License-Identifier: Apache-2.0

import CoalmineCatalogue
import CoalmineCore
import CoalmineTesting
import Testing

/// Kinds of a user's own that take everything but their texts from another kind, and kinds with
/// texts in several languages.
@Suite struct `Kinds with texts of one's own` {
  private func catalogue(_ yaml: String) throws -> Catalogue {
    let folder = try TemporaryFolder()
    try folder.write(yaml, to: "badge.yaml")
    return try Catalogue.shipped().adding(directory: folder.path)
  }

  private func refusal(_ yaml: String) throws -> CoalmineError {
    try #require(#expect(throws: CoalmineError.self) { try catalogue(yaml) })
  }

  private static let twoLines = """
    like: access-code
    template: "Badge note: {given} {surname} opens the gate with {code}."

    """

  @Test func `two lines make a kind with the secrets of another one`() throws {
    let catalogue = try catalogue(Self.twoLines)
    let own = try catalogue.kind("badge")
    let base = try catalogue.kind("access-code")
    #expect(own.template.templateTexts.map(\.id) == ["default"])
    #expect(own.template.source == base.template.source)
    #expect(own.scrubbers == base.scrubbers)
    #expect(own.template.translations.isEmpty)
    let context = ["given": Array("Maren".utf8), "surname": Array("Dalby".utf8)]
    let text = own.template.templateTexts[0]
    #expect(
      String(decoding: text.renderedPrefix(context), as: UTF8.self)
        == "Badge note: Maren Dalby opens the gate with")
    let spaces = try [own, base].map { kind in
      try kind.template.space(templateText: kind.template.templateTexts[0], context: context)
    }
    #expect(spaces[0].count == spaces[1].count)
    #expect(spaces[0].candidate(at: 302_557) == Array("302557".utf8))
  }

  @Test func `a study keeps both files, and they are read again`() throws {
    let catalogue = try catalogue(Self.twoLines)
    let files = try catalogue.files(ofKinds: ["badge"])
    #expect(files.map(\.name).contains("canaries/badge.yaml"))
    #expect(files.map(\.name).contains("canaries/access-code.yaml"))
    let again = try Catalogue(files: files).kind("badge")
    #expect(again.template.templateTexts == (try catalogue.kind("badge").template.templateTexts))
  }

  @Test(arguments: [
    ("like: acces-code\ntemplate: \"{given} {surname} has {code}.\"\n", "unknown-kind", 1),
    ("like: access-code\n", "yaml-missing-key", 1),
    ("like: access-code\ntemplate: \"{given} {surname} has {pin}.\"\n", "slot-missing", 2),
    ("like: access-code\ntemplate: \"{code}.\"\n", "no-prefix", 2),
    ("like: access-code\ntemplate: \"Somebody has {code}.\"\n", "context-not-distinctive", 2),
    (
      "like: access-code\nslots: {}\ntemplate: \"{given} {surname} has {code}.\"\n",
      "yaml-key-twice", 2
    ),
    ("like: badge\ntemplate: \"{given} {surname} has {code}.\"\n", "unknown-kind", 1),
  ])
  func `what cannot be meant is refused with its line`(
    _ yaml: String, _ code: String, _ line: Int
  ) throws {
    let error = try refusal(yaml)
    #expect(error.code == code && error.message.contains("badge.yaml:\(line): "), "\(error)")
    #expect(error.exit == .badData)
  }

  @Test func `texts in other languages are chosen by the language, and the usual ones for others`()
    throws
  {
    let kind = try catalogue(
      Self.twoLines + "languages: {nl: [\"De code van {given} {surname} is {code}.\"]}\n"
    )
    .kind("badge").template
    #expect(kind.written(in: "nl").templateTexts.map(\.id) == ["nl-1"])
    #expect(kind.written(in: "de").templateTexts.map(\.id) == ["default"])
    #expect(kind.written(in: nil).templateTexts.map(\.id) == ["default"])
    #expect(kind.allTemplateTexts.map(\.id) == ["default", "nl-1"])
    #expect(try refusal(Self.twoLines + "languages: {dutch: [\"x\"]}\n").code == "bad-language")
    #expect(
      try refusal(Self.twoLines + "languages: {nl: [\"De code is {code}.\"]}\n").code
        == "context-not-distinctive")
  }

  @Test func `the shipped sentences are told as the language that they stand under`() throws {
    for kind in try Catalogue.shipped().kinds where !kind.template.translations.isEmpty {
      #expect(
        kind.template.translations.keys.sorted() == ["ar", "de", "es", "fr", "ja", "tr", "zh"])
      #expect(kind.template.translations.values.allSatisfy { $0.count == 2 })
    }
  }
}
