// SPDX-License-Identifier: Apache-2.0

import CoalmineCatalogue
import CoalmineCore
import Testing

/// Studies keep their protocol and their kinds as text, so the names that keys had before are read.
@Suite struct EarlierKeyTests {
  private static let standard = StudyProtocol.standard(kinds: ["access-code", "email"])

  /// The present key as it stands in a line, and its earlier name.
  private static let renamed = [
    ("kinds:", "families:"), ("repetition-levels:", "ladder:"), ("levels:", "doses:"),
    ("canaries-per-level:", "canaries-per-dose:"), ("randomized:", "coined:"),
    ("non-member-records:", "hold-out-records:"),
  ]

  private static func rendered(_ change: (String) -> String) throws -> StudyProtocol {
    let lines = String(decoding: ProtocolFile.render(standard), as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false).map { change(String($0)) }
    return try ProtocolFile.parse(
      Array(lines.joined(separator: "\n").utf8), path: "protocol.yaml")
  }

  @Test(arguments: renamed)
  func `the earlier name of a protocol key is read as the present one`(now: String, then: String)
    throws
  {
    var changed = 0
    let study = try Self.rendered { line in
      let start = line.prefix { $0 == " " }
      guard line.dropFirst(start.count).hasPrefix(now) else { return line }
      changed += 1
      return start + then + line.dropFirst(start.count + now.count)
    }
    #expect(changed == 1)
    #expect(study == Self.standard)
  }

  @Test(arguments: ["  repetitions: 1", "    repetitions: 1"])
  func `'dose' is read as 'repetitions' of the target and of a gate`(line: String) throws {
    var changed = 0
    let study = try Self.rendered {
      guard $0 == line else { return $0 }
      changed += 1
      return line.prefix { $0 == " " } + "dose: 1"
    }
    #expect(changed == 1)
    #expect(study == Self.standard)
  }

  @Test func `a study of version 1 is read with the earlier names of all keys`() throws {
    var text = EarlierProtocol.text
    for (now, then) in Self.renamed + [("repetitions:", "dose:")] {
      let before = text
      text = text.replacing(
        now == "levels:" ? "  levels:" : now, with: now == "levels:" ? "  doses:" : then)
      #expect(text != before, "\(now)")
    }
    // 'repetition-levels' holds 'levels', which was 'ladder' by then.
    #expect(text.contains("ladder:") && text.contains("doses:") && text.contains("families:"))
    #expect(try ProtocolFile.parse(stored: Array(text.utf8)) == EarlierProtocol.value)
  }

  @Test func `an earlier and a present name of one key exclude each other`() throws {
    let error = #expect(throws: CoalmineError.self) {
      try Self.rendered { $0.hasPrefix("  randomized:") ? $0 + "\n  coined: 72" : $0 }
    }
    #expect(error?.code == "yaml-key-twice")
  }

  @Test(arguments: [
    ("carrier: \"The code of {given} {surname} is {code}.\"", ["default"]),
    ("carriers: {plain: \"The code of {given} {surname} is {code}.\"}", ["plain"]),
  ])
  func `the earlier name of a kind's template is read`(line: String, names: [String]) throws {
    let yaml = """
      summary: A code.
      source: Nothing real.
      example: The code of Maren Dalby is 302557.
      \(line)
      slots:
        given: {role: context, type: words, list: names}
        surname: {role: context, type: words, list: names}
        code: {role: secret, type: digits, length: 6}

      """
    let lists = CatalogueFile(
      name: "canaries/lists/names.txt", path: "lists/names.txt",
      bytes: Array((10..<40).map { "Name\($0)\n" }.joined().utf8))
    let catalogue = try Catalogue(files: [
      CatalogueFile(name: "canaries/own.yaml", path: "own.yaml", bytes: Array(yaml.utf8)), lists,
    ])
    #expect(try catalogue.kind("own").template.templateTexts.map(\.id) == names)
  }
}
