// SPDX-License-Identifier: Apache-2.0

import CoalmineCatalogue
import CoalmineCore
import CoalmineTesting
import Testing

@Suite struct MalformedKindTests {
  /// A kind that is read, to be broken line by line.
  private static let sound = """
    summary: A code.
    source: Opens nothing.
    example: The code of An Ash is 12.
    template: The code of {given} {surname} is {code}.
    slots:
      given: {role: context, type: words, list: names}
      surname: {role: context, type: words, list: names}
      code: {role: secret, type: digits, length: 2}

    """

  private static let names = CatalogueFile(
    name: "canaries/lists/names.txt", path: "dir/lists/names.txt",
    bytes: Array((10..<40).map { "Name\($0)\n" }.joined().utf8))

  private func read(_ bytes: [UInt8], name: String = "mine") throws(CoalmineError) -> Kind {
    let file = CatalogueFile(
      name: "canaries/\(name).yaml", path: "dir/\(name).yaml", bytes: bytes)
    return try Catalogue(files: [file, Self.names]).kind(name)
  }

  private func expectRefused(
    _ yaml: String, _ code: String, line: Int, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let error = #expect(throws: CoalmineError.self, sourceLocation: sourceLocation) {
      try read(Array(yaml.utf8))
    }
    guard let error else { return }
    #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
    #expect(
      error.message.hasPrefix("dir/mine.yaml:\(line): "), "\(error)",
      sourceLocation: sourceLocation)
    #expect(error.exit == .badData, sourceLocation: sourceLocation)
  }

  @Test func `the sound kind is read`() throws {
    let kind = try read(Array(Self.sound.utf8))
    #expect(kind.template.summary == "A code.")
    #expect(kind.template.templateTexts.map(\.id) == ["default"])
    #expect(kind.files.map(\.name) == ["canaries/mine.yaml", "canaries/lists/names.txt"])
    #expect(kind.files[0].bytes == Array(Self.sound.utf8))
  }

  /// The line that is replaced, what takes its place, and the error that names that line.
  @Test(arguments: [
    (1, "sumary: A code.", "yaml-unknown-key"),
    (1, "summary: ''", "yaml-empty-text"),
    (1, "summary: [a]", "yaml-wrong-type"),
    (1, "summary: \"a\\nb\"", "control-character"),
    (1, "summary: \"a\\e[31m\"", "control-character"),
    (1, "template: x", "yaml-key-twice"),
    (1, "templates: {a: 'x {code}'}", "yaml-key-twice"),
    (1, "summary: &a x", "yaml-alias"),
    (1, "summary: *a", "yaml-alias"),
    (4, "template: The code of {given} {surname} is {kode}.", "slot-missing"),
    (4, "template: The code of {given} {surname}.", "no-secret"),
    (4, "template: \"{code} is the code of {given} {surname}.\"", "slot-after-secret"),
    (4, "template: \"{code} it is.\"", "no-prefix"),
    (4, "template: The code of {given} {surname is {code}.", "slot-missing"),
    (4, "template: The {code} {given} {surname} {code}", "context-inside-secret"),
    (4, "templates: {Python: 'The code of {given} {surname} is {code}'}", "bad-name"),
    (4, "templates: {}", "no-template"),
    (6, "  given: {role: context, type: words, list: nams}", "unknown-list"),
    (6, "  given: {role: context, type: words, list: ../names}", "bad-name"),
    (6, "  given: {role: context, type: words}", "yaml-missing-key"),
    (6, "  given: {role: contxt, type: words, list: names}", "unknown-word"),
    (6, "  given: {role: context, type: word, list: names}", "unknown-slot-type"),
    (6, "  given: {type: words, list: names}", "yaml-missing-key"),
    (6, "  given: words", "yaml-wrong-type"),
    (6, "  Given: {role: context, type: words, list: names}", "bad-name"),
    (6, "  given: {role: context, type: words, list: [a, b]}", "context-not-distinctive"),
    (6, "  given: {role: context, type: words, list: [a, b, a]}", "option-twice"),
    (6, "  given: {role: context, type: words, list: []}", "no-options"),
    (6, "  given: {role: context, type: words, list: names, count: 0}", "out-of-range"),
    (8, "  code: {role: secret, type: digits, length: 0}", "out-of-range"),
    (8, "  code: {role: secret, type: digits, length: 37}", "space-too-large"),
    (8, "  code: {role: secret, type: digits, length: two}", "yaml-wrong-type"),
    (8, "  code: {role: secret, type: digits, size: 2}", "yaml-unknown-key"),
    (8, "  code: {role: secret, type: digits, length: 2, count: 2}", "yaml-unknown-key"),
    (8, "  code: {role: secret, type: letters, length: 2, case: title}", "unknown-word"),
    (8, "  code: {role: secret, type: alphabet, characters: aba, length: 2}", "bad-alphabet"),
    (8, "  code: {role: secret, type: words, list: [an, ant]}", "not-prefix-free"),
    (8, "  code: {role: secret, type: words, list: [one]}", "space-too-small"),
    (8, "  code: {role: secret, type: number, from: 8, to: 12}", "not-prefix-free"),
    (8, "  code: {role: secret, type: number, from: 12, to: 8}", "out-of-range"),
    (8, "  code: {role: secret, type: number, from: 0, to: 9999999, width: 7}", "bad-range"),
    (
      8, "  code: {role: secret, type: check, rule: luhn, mode: valid, over: []}",
      "check-over-nothing"
    ),
    (
      8, "  code: {role: secret, type: check, rule: iban, mode: valid, over: [given]}",
      "check-not-possible"
    ),
    (
      8, "  code: {role: secret, type: check, rule: lunh, mode: valid, over: [given]}",
      "unknown-word"
    ),
    (
      8, "  code: {role: secret, type: check, rule: luhn, mode: failing, over: [later]}",
      "check-too-early"
    ),
    (8, "  given: {role: secret, type: digits, length: 2}", "yaml-key-twice"),
    (8, "  code: {role: secret, type: digits, length: 2", "yaml-syntax"),
    (8, "\tcode: {role: secret}", "yaml-syntax"),
  ]) func `a wrong line is refused with its number and a stable code`(
    line: Int, text: String, code: String
  ) {
    var lines = Self.sound.split(separator: "\n", omittingEmptySubsequences: false)
    lines[line - 1] = Substring(text)
    expectRefused(lines.joined(separator: "\n"), code, line: Self.reported(line, code, text))
  }

  /// Defects of the whole are reported where the whole begins, not where the line stands.
  private static func reported(_ line: Int, _ code: String, _ text: String) -> Int {
    switch code {
    case "context-not-distinctive": 4
    case "space-too-large", "space-too-small", "check-too-early", "no-template": 6
    // A brace that is never closed shows at the end of the file, a tab at once.
    case "yaml-syntax" where !text.hasPrefix("\t"): 9
    case "yaml-key-twice" where line == 8: 6
    default: line
    }
  }

  @Test func `a missing key is named with the line of its block`() {
    for key in ["summary", "source", "example", "template", "slots"] {
      var lines = Self.sound.split(separator: "\n", omittingEmptySubsequences: false)
      if key == "slots" {
        lines = Array(lines[..<4])
      } else {
        lines.removeAll { $0.hasPrefix("\(key):") }
      }
      expectRefused(lines.joined(separator: "\n"), "yaml-missing-key", line: 1)
    }
  }

  @Test func `files that are no YAML mapping are refused`() {
    for (yaml, code) in [
      ("", "yaml-empty"), ("# nothing\n", "yaml-empty"), ("- a\n", "yaml-wrong-type"),
      ("text", "yaml-wrong-type"), ("a: 1\n---\nb: 2\n", "yaml-syntax"),
    ] {
      let error = #expect(throws: CoalmineError.self) { try read(Array(yaml.utf8)) }
      #expect(error?.code == code, "\(yaml)")
    }
  }

  @Test func `bytes that are not UTF-8 are refused with their line`() {
    let error = #expect(throws: CoalmineError.self) {
      try read(Array("summary: a\nsource: ".utf8) + [0xC3, 0x28, 0x0A])
    }
    #expect(error?.code == "not-utf8")
    #expect(error?.message.hasPrefix("dir/mine.yaml:2: ") == true)
  }

  @Test func `a byte order mark is no part of a kind or of a word list`() throws {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    func words(_ kind: Kind) throws -> [[Step]] {
      try kind.template.contextSteps(of: kind.template.templateTexts[0]).map { $0.1 }
    }
    let sound = try read(Array(Self.sound.utf8))
    let marked = try read(mark + Self.sound.utf8)
    #expect(marked.template.summary == sound.template.summary)
    #expect(try words(marked) == words(sound))
    // A ledger stores the file as it is.
    #expect(marked.files[0].bytes == mark + Array(Self.sound.utf8))
    let list = CatalogueFile(
      name: Self.names.name, path: Self.names.path, bytes: mark + Self.names.bytes)
    let file = CatalogueFile(
      name: "canaries/mine.yaml", path: "dir/mine.yaml", bytes: Array(Self.sound.utf8))
    #expect(try words(Catalogue(files: [file, list]).kind("mine")) == words(sound))
    // Lines count as without the mark; a mark further on is a character like any other.
    let wrong = Array(Self.sound.replacing("example:", with: "exemple:").utf8)
    let error = #expect(throws: CoalmineError.self) { try read(mark + wrong) }
    #expect(error?.message.hasPrefix("dir/mine.yaml:3: ") == true)
    #expect(throws: CoalmineError.self) { try read(mark + mark + Self.sound.utf8) }
  }

  @Test(arguments: [false, true], [false, true])
  func `a kind in UTF-16 is told so`(_ isBig: Bool, _ hasMark: Bool) {
    let units = (hasMark ? [0xFEFF] : []) + Array(Self.sound.utf16)
    let bytes = units.flatMap { unit in
      let pair = [UInt8(unit >> 8), UInt8(unit & 0xFF)]
      return isBig ? pair : pair.reversed()
    }
    let error = #expect(throws: CoalmineError.self) { try read(bytes) }
    #expect(error?.code == "not-utf8")
    #expect(error?.message == "dir/mine.yaml:1: the file is UTF-16, and UTF-8 is read")
    #expect(error?.help?.contains("iconv -f UTF-16 -t UTF-8") == true)
  }

  @Test func `a file above the limit is refused before it is read`() {
    let bytes = Array(repeating: UInt8(ascii: "#"), count: (1 << 20) + 1)
    #expect(throws: CoalmineError.self) { try read(bytes) }
    #expect((#expect(throws: CoalmineError.self) { try read(bytes) })?.code == "yaml-too-large")
  }

  @Test func `deep nesting and alias bombs end in an error`() {
    for opening in ["[", "{a: ", "- ", "? "] {
      let bytes = Array(String(repeating: opening, count: 200_000).utf8)
      let error = #expect(throws: CoalmineError.self) { try read(bytes) }
      #expect(error?.message.hasPrefix("dir/mine.yaml:") == true)
    }
    var bomb = "a0: &a0 [x, x]\n"
    for level in 1...40 {
      bomb += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n"
    }
    bomb += "? *a40\n: x\n"
    expectRefused(bomb, "yaml-alias", line: 1)
  }

  @Test func `a misspelt key is told its name and a strange one the list`() {
    let near = #expect(throws: CoalmineError.self) {
      try read(Array("sumary: x\n".utf8))
    }
    #expect(near?.help == "did you mean 'summary'?")
    let far = #expect(throws: CoalmineError.self) { try read(Array("colour: x\n".utf8)) }
    #expect(far?.help?.hasPrefix("known here: summary, source") == true)
  }

  @Test func `a name of control characters does not reach the terminal`() {
    let error = #expect(throws: CoalmineError.self) {
      try read(Array("\"\\e[31mred\": x\n".utf8))
    }
    #expect(error?.code == "yaml-unknown-key")
    #expect(error?.message.unicodeScalars.contains("\u{1B}") == false)
  }

  @Test(arguments: ["Upper", "a--b", "-a", "a_b", "a b", "é", String(repeating: "a", count: 65)])
  func `a kind's file name is a slug`(name: String) {
    let error = #expect(throws: CoalmineError.self) {
      try read(Array(Self.sound.utf8), name: name)
    }
    #expect(error?.code == "bad-name")
  }

  @Test(arguments: [
    ("An\nBo\nAn\n", "word-twice", 3), ("An\n\nBo\n", "bad-word", 2),
    ("# words\n An\n", "bad-word", 2), ("An\r\nBo\r\n", "bad-word", 1), ("", "bad-word", 1),
    ("# only\n", "no-options", 1), ("An\nB\u{7}o\n", "bad-word", 2),
  ]) func `a wrong word list is refused with its line`(list: String, code: String, line: Int) {
    let file = CatalogueFile(
      name: "canaries/lists/names.txt", path: "dir/lists/names.txt", bytes: Array(list.utf8))
    let error = #expect(throws: CoalmineError.self) { try Catalogue(files: [file]) }
    #expect(error?.code == code)
    #expect(error?.message.hasPrefix("dir/lists/names.txt:\(line): ") == true, "\(error!)")
  }

  @Test func `random damage never traps`() throws {
    var generator = SplitMix(9)
    let sound = Array(Self.sound.utf8)
    var read = 0
    for _ in 0..<3_000 {
      var bytes = sound
      for _ in 0..<Int.random(in: 1...6, using: &generator) {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0...2, using: &generator) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes.remove(at: place)
        default:
          bytes.insert("{}[]:,-'\"|>&*!#\n ".utf8.randomElement(using: &generator)!, at: place)
        }
      }
      do {
        _ = try self.read(bytes)
        read += 1
      } catch {
        #expect(error.message.hasPrefix("dir/mine.yaml:"), "\(error)")
        #expect(error.exit == .badData)
      }
    }
    // Damage to a text leaves a sound file now and then; were it always or never, nothing was
    // tested.
    #expect((1..<3_000).contains(read))
  }
}
