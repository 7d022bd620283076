// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineSeeding
import CoalmineStatistics
import CoalmineTesting
import Foundation
import Testing

/// Trees of source code as one corpus: canaries are files of their own.
@Suite struct `Trees of source code` {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder(in: .memory) }

  private static func template() throws -> CanaryTemplate {
    let base = try SeedingFixtures.kind("pin")
    return try CanaryTemplate(
      kind: "pin", summary: "a code", source: "made up", example: "pin = 1",
      templateTexts: [(id: "plain", text: "pin of {given} {surname}: {code}.")],
      translations: [
        ("python", "python-1", "# {given} {surname}\n\nPIN = \"{code}\"\n"),
        ("rust", "rust-1", "// {given} {surname}\nconst PIN: &str = \"{code}\";\n"),
        ("yaml", "yaml-1", "# {given} {surname}\npin: \"{code}\"\n"),
      ], slots: base.slots.values.sorted { $0.name < $1.name })
  }

  private struct Seeded {
    let original: [String: [UInt8]]
    let survey: CorpusSurvey
    let seeding: Seeding
    let canaries: [Canary]
  }

  private func files(below root: String) throws -> [String: [UInt8]] {
    var found: [String: [UInt8]] = [:]
    let names = FileManager.default.enumerator(atPath: folder.file(root))
    while let name = names?.nextObject() as? String {
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(
        atPath: folder.file("\(root)/\(name)"), isDirectory: &isFolder)
      if !isFolder.boolValue { found[name] = try folder.read("\(root)/\(name)") }
    }
    return found
  }

  /// A tree with files of many kinds: code, blank, empty, long, compressed, not text, hidden.
  private func generate(_ number: UInt64) throws -> [String: [UInt8]] {
    var generator = SplitMix(number)
    var tree: [String: [UInt8]] = [
      "empty/__init__.py": [], "blank.py": [0x20, 0x0A], ".env": Array("A=1\n".utf8),
      "data.bin": [0xFF, 0, 0xFE], "notes.md": Array("# Notes\n".utf8),
      "packed.py": [0x1F, 0x8B, 0x08, 0x00, 0x01],
      "long.rs": Array(String(repeating: "// a line of code\r\n", count: 40_000).utf8),
      "marked.py": [0xEF, 0xBB, 0xBF] + Array("x = 1\n".utf8),
    ]
    let endings = ["py", "py", "rs", "yaml", "PY", "txt"]
    for place in 0..<Int.random(in: 40...70, using: &generator) {
      let depth = Int.random(in: 0...3, using: &generator)
      let folders = (0..<depth).map { _ in "f\(Int.random(in: 0...2, using: &generator))/" }
      let ending = endings.randomElement(using: &generator) ?? "py"
      // Some files have one text.
      let text = "value = \(Bool.random(using: &generator) ? place : place / 4)\n"
      tree[folders.joined() + "part\(place).\(ending)"] = Array(text.utf8)
    }
    return tree
  }

  private func seed(
    _ number: UInt64, holdOut: Int = 5, varied: Bool = false
  ) throws -> Seeded {
    let tree = try generate(number)
    for (name, bytes) in tree { try folder.write(bytes, to: "in/\(name)") }
    try folder.write("hidden", to: "in/.git/HEAD")
    let source = try SourceTree([folder.file("in")])
    #expect(
      source.files.map(\.name)
        == tree.keys.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) })
    let languages = try SourceTree.languages(of: source.files.map(\.name))
    let template = try #require(try Self.template().written(inCode: languages))
    let randomness = StudyRandomness(number: number)
    let draw = try CanaryDraw(
      SeedingFixtures.plan(kinds: ["pin"]), templates: ["pin": template], randomness: randomness)
    var options = CorpusSurvey.Options(format: .source, nonMemberRecords: holdOut)
    options.names = Dictionary(uniqueKeysWithValues: source.files.map { ($0.path, $0.name) })
    let survey = try CorpusSurvey(
      paths: source.files.map(\.path), options: options, randomness: randomness)
    let output = try TreeOutput(folder.file("out"), reading: [folder.file("in")])
    var sample = PreflightSample()
    let seeding = try Seeder(
      survey: survey, canaries: draw.canaries, randomness: randomness,
      remarks: varied ? CopyRemarks(randomness, canaries: draw.canaries) : nil
    ).write(to: output, into: &sample)
    #expect(!folder.names.contains("out"), "nothing has the name before all is written")
    try output.commit()
    #expect(folder.names == ["in", "out"])
    return Seeded(original: tree, survey: survey, seeding: seeding, canaries: draw.canaries)
  }

  @Test(arguments: 1...(isDeep ? 60 : 6) as ClosedRange<UInt64>)
  func `every old file keeps its bytes, and every copy is a file beside one of its language`(
    _ number: UInt64
  ) throws {
    let seeded = try seed(number)
    let manifest = seeded.seeding.manifest
    let written = try files(below: "out")
    let removed = Set(seeded.original.keys).subtracting(written.keys)
    let planted = Set(written.keys).subtracting(seeded.original.keys)
    for (name, bytes) in seeded.original where !removed.contains(name) {
      #expect(written[name] == bytes, "\(name)")
    }
    #expect(!removed.isEmpty && manifest.removals.count == removed.count)
    #expect(removed.allSatisfy { CodeLanguage(fileName: $0) != nil })
    #expect(
      Set(manifest.removals.map { $0.bytes.reveal() })
        == Set(removed.compactMap { seeded.original[$0] }))
    var copies: [[UInt8]: Int] = [:]
    for name in planted { copies[written[name] ?? [], default: 0] += 1 }
    let wanted = Dictionary(
      uniqueKeysWithValues: seeded.canaries.filter { $0.copies > 0 }
        .map { ($0.revealedText(), $0.copies) })
    #expect(copies == wanted)
    #expect(planted.count == manifest.insertions.count)
    let byText = Dictionary(
      uniqueKeysWithValues: seeded.canaries.map { ($0.revealedText(), $0.codeLanguage) })
    for name in planted {
      let parent = name.split(separator: "/").dropLast()
      let language = try #require(byText[written[name] ?? []] ?? nil)
      #expect(CodeLanguage(fileName: name) == language)
      let neighbours = seeded.original.keys.filter {
        !removed.contains($0) && $0.split(separator: "/").dropLast() == parent
          && CodeLanguage(fileName: $0) == language
      }
      #expect(!neighbours.isEmpty, "\(name)")
    }
    #expect(Set(written.keys.map { $0.lowercased() }).count == written.count)
    let tree = try SeededTree([folder.file("out")], manifest)
    try tree.verify(seeded.canaries)
    let back = try TreeOutput(folder.file("back"), reading: [folder.file("out")])
    try tree.restore(to: back)
    try back.commit()
    #expect(try files(below: "back") == seeded.original)
  }

  @Test func `copies that vary are files with comments of their own`() throws {
    let seeded = try seed(3, varied: true)
    let remarks = CopyRemarks(StudyRandomness(number: 3), canaries: seeded.canaries)
    let manifest = seeded.seeding.manifest
    let written = try files(below: "out")
    let planted = Set(written.keys).subtracting(seeded.original.keys).compactMap { written[$0] }
    #expect(planted.count == manifest.insertions.count && Set(planted).count == planted.count)
    for canary in seeded.canaries {
      let own = planted.filter { $0.starts(with: canary.revealedText()) }
      #expect(own.count == canary.copies)
      let comment = try #require(canary.codeLanguage?.lineComment)
      for bytes in own {
        let rest = String(decoding: bytes.dropFirst(canary.revealedText().count), as: UTF8.self)
        #expect(rest.hasPrefix(comment + " See also: ") && rest.hasSuffix(".\n"), "\(rest)")
        #expect(rest.count { $0 == "\n" } == 1)
      }
    }
    let tree = try SeededTree([folder.file("out")], manifest)
    try tree.verify(seeded.canaries, remarks: remarks)
    #expect(
      CoalmineError.thrown { try tree.verify(seeded.canaries) }?.code == "seeded-insertion-differs")
    let back = try TreeOutput(folder.file("back"), reading: [folder.file("out")])
    try tree.restore(to: back)
    try back.commit()
    #expect(try files(below: "back") == seeded.original)
  }

  @Test func `each touched file is named by what differs`() throws {
    let seeded = try seed(3)
    let manifest = seeded.seeding.manifest
    let kept = try #require(
      manifest.corpus.parts.first { $0.size > 8 && $0.seededSize == $0.size })
    let planted = try #require(manifest.corpus.parts.first { $0.size == 0 && $0.seededSize > 0 })
    func code(_ change: () throws -> Void) rethrows -> String? {
      try change()
      return CoalmineError.thrown {
        try SeededTree([folder.file("out")], manifest).verify(seeded.canaries)
      }?.code
    }
    func flipped(_ name: String) throws -> String? {
      var bytes = try folder.read("out/\(name)")
      let old = bytes
      bytes[bytes.count - 2] ^= 1
      let found = try code { try folder.write(bytes, to: "out/\(name)") }
      try folder.write(old, to: "out/\(name)")
      return found
    }
    #expect(code {} == nil)
    #expect(try flipped(planted.name) == "seeded-insertion-differs")
    #expect(try flipped(kept.name) == "seeded-digest-differs")
    let whole = try folder.read("out/\(kept.name)")
    #expect(
      try code { try folder.write(whole + [0x0A], to: "out/\(kept.name)") } == "seeded-size-differs"
    )
    try folder.write(whole, to: "out/\(kept.name)")
    #expect(try code { try folder.write("x", to: "out/more.py") } == "seeded-files-differ")
    try FileManager.default.removeItem(at: folder.url("out/more.py"))
    #expect(
      try code { try FileManager.default.removeItem(at: folder.url("out/\(planted.name)")) }
        == "seeded-files-differ")
    let empty = try #require(manifest.corpus.parts.first { $0.size == 0 && $0.seededSize == 0 })
    #expect(empty.name == "empty/__init__.py")
  }

  @Test func `a tree that another folder, an input or a killed command stands against is refused`()
    throws
  {
    try folder.write("x = 1\n", to: "in/a.py")
    try folder.write("mine", to: "full/a.txt")
    func code(_ path: String) -> String? {
      CoalmineError.thrown { _ = try TreeOutput(path, reading: [folder.file("in")]) }?.code
    }
    #expect(code(folder.file("full")) == "output-exists")
    #expect(code(folder.file("in")) == "output-exists")
    #expect(code(folder.file("in/new")) == "output-is-input")
    #expect(code(folder.file("other/")) == nil)
    try folder.write("", to: "other.coalmine-partial")
    #expect(code(folder.file("other")) == "output-in-use")
    do {
      let dropped = try TreeOutput(folder.file("dropped"), reading: [])
      try dropped.begin("a/b/c.py")
      try dropped.write([1, 2, 3])
      #expect(throws: CoalmineError.self) { try dropped.begin("../escape") }
      #expect(folder.names.contains("dropped.coalmine-partial"))
    }
    #expect(folder.names == ["full", "in", "other.coalmine-partial"])
  }

  @Test func `a name is taken from the folder and from what was planted there`() throws {
    let seeded = try seed(9)
    let planted = seeded.seeding.manifest.corpus.parts.filter { $0.size == 0 && $0.seededSize > 0 }
    #expect(Set(planted.map(\.name)).count == planted.count)
    #expect(planted.allSatisfy { !$0.name.contains("canar") && !$0.name.contains("pin") })
  }

  @Test(arguments: [
    ("a.py", CodeLanguage.python as CodeLanguage?), ("src/A.TSX", .javascript), (".env", .dotenv),
    ("x.env", .dotenv), ("lib.hpp", .c), ("main.go", .golang), ("notes.md", nil), ("Makefile", nil),
    ("py", nil), ("a.py.orig", nil), ("", nil),
  ])
  func `a language is told by the ending of a name`(_ name: String, _ language: CodeLanguage?) {
    #expect(CodeLanguage(fileName: name) == language)
  }

  @Test func `main languages have a tenth of the files`() {
    func names(_ counts: [(String, Int)]) -> [String] {
      counts.flatMap { ending, count in (0..<count).map { "f\($0).\(ending)" } }
    }
    #expect(CodeLanguage.main(of: names([("py", 18), ("rs", 2), ("md", 90)])) == [.python, .rust])
    #expect(CodeLanguage.main(of: names([("py", 19), ("rs", 2)])) == [.python])
    #expect(CodeLanguage.main(of: names([("rs", 3), ("py", 3)])) == [.python, .rust])
    #expect(CodeLanguage.main(of: names([("md", 3)])).isEmpty)
    #expect(
      CoalmineError.thrown { _ = try SourceTree.languages(of: ["a.md"]) }?.code
        == "corpus-has-no-source")
  }

  @Test func `files of one name are refused, and a folder's own name tells several apart`() throws {
    try folder.write("x = 1\n", to: "one/a.py")
    try folder.write("y = 1\n", to: "two/a.py")
    let both = try SourceTree([folder.file("one"), folder.file("two")])
    #expect(both.files.map(\.name) == ["one/a.py", "two/a.py"])
    #expect(
      CoalmineError.thrown {
        _ = try SourceTree([folder.file("one/a.py"), folder.file("two/a.py")])
      }?.code == "corpus-file-twice")
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("one/link.py"), withDestinationPath: folder.file("two/a.py"))
    let one = try SourceTree([folder.file("one")])
    #expect(one.files.map(\.name) == ["a.py"] && one.left == 1)
  }
}
