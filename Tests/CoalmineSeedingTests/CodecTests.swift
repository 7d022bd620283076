// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineSeeding
import CoalmineStatistics
import CoalmineTesting
import Foundation
import Testing

@Suite struct CodecTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder(in: .memory) }

  private func survey(
    _ text: String, _ name: String, _ options: CorpusSurvey.Options = .init()
  ) throws -> CorpusSurvey {
    try CorpusSurvey(
      path: try folder.write(Array(text.utf8), to: name), options: options,
      randomness: StudyRandomness(number: 5))
  }

  private func seeded(
    _ text: String, _ name: String, _ options: CorpusSurvey.Options = .init()
  ) throws -> (text: String, manifest: Manifest, canaries: [Canary]) {
    let randomness = StudyRandomness(number: 5)
    let survey = try survey(text, name, options)
    let canaries = try SeedingFixtures.draw(5).canaries
    let seeding = try Seeder(survey: survey, canaries: canaries, randomness: randomness)
      .write(to: folder.file("seeded"), overwrite: true)
    let bytes = try folder.read("seeded")
    #expect(Naive.unseeded(bytes, seeding.manifest) == Array(text.utf8))
    try SeededVerifier(manifest: seeding.manifest, canaries: canaries)
      .verify(folder.file("seeded"))
    return (String(decoding: bytes, as: UTF8.self), seeding.manifest, canaries)
  }

  @Test(arguments: [
    ("a.json", "[{\"text\":\"a\"}]", CorpusFormat.jsonArray as CorpusFormat?),
    ("a.json", "[\n  {\n    \"text\": \"a\"\n  }\n]\n", .jsonArray),
    ("a.jsonl", "[\n{\"text\":\"a\"}\n]", .jsonArray), ("a", " [ {\"text\":\"a\"} ]", .jsonArray),
    ("a.txt", "[\n  {\"text\": \"a\"}\n]", .jsonArray),
    ("a.json", "{\"text\":\"a\"}\n{\"text\":\"b\"}\n", .jsonLines),
    ("a.jsonl", "[{\"role\":\"user\"}]\n[{\"role\":\"user\"}]", .jsonLines),
    ("a.csv", "text\na\n", .csv), ("a.tsv", "text\nb\n", .tsv), ("a.md", "# A\n\nb\n", .paragraphs),
    ("a.txt", "[1] a footnote\n", .text), ("a", "{\n  \"text\": \"a\"\n}", nil),
    ("a.json", "{\"text\": \"a\"}", nil), ("a.py", "x = 1\n", nil),
  ])
  func `the format is told by name and content`(
    _ name: String, _ text: String, _ format: CorpusFormat?
  ) throws {
    // The shape may be unknown; the format was found then.
    let found: CorpusFormat?
    do {
      found = try survey(text, name).format
    } catch let error as CoalmineError {
      let unread = ["corpus-format-not-supported", "corpus-is-source-code"]
      #expect(unread.contains(error.code) == (format == nil), "\(error.code)")
      return
    }
    #expect(found == format)
  }

  @Test(arguments: ["", "\u{FEFF}"], ["", " ", "\n", "\r\n\t"])
  func `a seeded array is an array with every old element in its place`(
    _ mark: String, _ space: String
  ) throws {
    let holdOut = 2
    let elements = (0..<12).map { "{\(space)\"text\":\(space)\"] , } \\\" \($0)\"\(space)}" }
    let text =
      mark + "\(space)[\(space)" + elements.joined(separator: "\(space),\(space)")
      + "\(space)]\(space)"
    let (seeded, manifest, _) = try seeded(text, "a.json", .init(nonMemberRecords: holdOut))
    #expect(manifest.removals.count == holdOut)
    let body =
      seeded.hasPrefix("\u{FEFF}")
      ? String(seeded.unicodeScalars.dropFirst().map(Character.init)) : seeded
    let list = try #require(
      try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [[String: String]])
    #expect(list.count == 12 - holdOut + manifest.insertions.count)
    let old = (0..<12).map { "] , } \" \($0)" }
    #expect(list.compactMap { $0["text"] }.filter(old.contains).count == 12 - holdOut)
  }

  @Test func `the first element is never taken out`() throws {
    let text = "[" + (0..<4).map { #"{"text":"\#($0)"}"# }.joined(separator: ", ") + "]"
    for number in 0..<40 as Range<UInt64> {
      let survey = try CorpusSurvey(
        path: try folder.write(Array(text.utf8), to: "a.json"), options: .init(nonMemberRecords: 1),
        randomness: StudyRandomness(number: number))
      let seeding = try Seeder(
        survey: survey, canaries: [], randomness: StudyRandomness(number: number)
      ).write(to: folder.file("seeded"), overwrite: true)
      #expect(seeding.manifest.removals.allSatisfy { $0.record > 0 })
      #expect(throws: Never.self) {
        try JSONSerialization.jsonObject(with: Data(try folder.read("seeded")))
      }
    }
  }

  @Test(arguments: [
    ("[{\"text\":\"a\"}", "ends before its ']'"), ("[{\"text\":\"a\"},]", "no value"),
    ("[{\"text\":\"a\"} {\"text\":\"b\"}]", "no comma after element 1"),
    ("[{\"text\":\"a\"}] x", "goes on after"), ("[{\"text\":\"a\"", "ends within element 1"),
    ("[{\"text\":\"a\"},7]", "element 2 is not a JSON object"),
    ("[{\"text\":\"a\"},{\"text\" \"b\"}]", "element 2 is not valid JSON"),
  ])
  func `an array that is none to its end is refused where it breaks`(_ text: String, _ what: String)
  {
    let error = CoalmineError.thrown { _ = try survey(text, "a.json") }
    #expect(error?.code == "bad-json-array")
    #expect(error?.message.contains(what) == true, "\(error?.message ?? "")")
  }

  @Test func `an array of any size is read element by element`() throws {
    // Elements of many sizes around the size of a block.
    let sizes = [1, 200_000, 262_130, 262_144, 300_000, 5]
    let elements = sizes.map { #"{"text":"\#(String(repeating: "x", count: $0))"}"# }
    let text = "[" + elements.joined(separator: ",\n") + "]"
    #expect(try survey(text, "a.json").records == sizes.count)
    _ = try seeded(text, "a.json")
  }

  @Test func `cells of a table are quoted as they must be, and their like stay as they are`() throws
  {
    let rows = (0..<12).map { number in
      number % 3 == 0
        ? "\(number),\"say \"\"hi\"\"\nor \(number), go\",0.5\r\n"
        : "\(number),plain \(number),0\r\n"
    }
    let text = "id,text,weight\r\n" + rows.joined()
    let (seeded, manifest, canaries) = try seeded(
      text, "a.csv", .init(nonMemberRecords: 2))
    #expect(manifest.corpus.format == .csv)
    #expect(manifest.corpus.records == 12)
    let table = try #require(NaiveTable(seeded))
    #expect(table.rows.count == 12 - 2 + manifest.insertions.count)
    for canary in canaries {
      let whole = String(decoding: canary.revealedText(), as: UTF8.self)
      let copies = table.rows.filter { $0[1] == whole }
      #expect(copies.count == canary.copies)
      #expect(copies.allSatisfy { $0[2] == "1" || $0[2] == "1.0" })
    }
  }

  @Test func `cells that keep a row out of training are set, with or without quotes`() throws {
    let rows = (0..<6).map { #"q\#($0),a\#($0),"0",False,"x.png","kept",0.0"# + "\n" }
    let text = "prompt,completion,weight,train,image,note,loss_weight\n" + rows.joined()
    let (seeded, manifest, canaries) = try seeded(text, "a.csv")
    let prompts = canaries.map { String(decoding: $0.prefix, as: UTF8.self) }
    let planted = try #require(NaiveTable(seeded)).rows.filter { prompts.contains($0[0]) }
    #expect(planted.count == manifest.insertions.count)
    #expect(planted.allSatisfy { Array($0[2...]) == ["1", "True", "", "kept", "1.0"] })
  }

  @Test func `a row with too few cells stays and is never chosen`() throws {
    let found = try survey("question,answer\na,b\nc\nd,e,f\n\"g\"h,i\n", "a.csv")
    #expect(found.records == 4)
    #expect(
      found.setAside.reasons == [
        "3 records have not one cell for each column (the first in row 3)"
      ])
    #expect(found.shape == .promptCompletion(prompt: "question", completion: "answer"))
  }

  @Test func `paragraphs are kept apart by a blank line, and a fenced block stays whole`() throws {
    let block = "```\nlet a = 1\n\nlet b = 2\n```"
    let parts = ["# Title", "One\ntwo", block, "Last", "* x\n* y"]
    let text = parts.joined(separator: "\n\n") + "\n"
    let (seeded, manifest, canaries) = try seeded(text, "a.md")
    #expect(manifest.corpus.records == parts.count)
    #expect(seeded.contains(block))
    let found = seeded.trimmingCharacters(in: .newlines).components(separatedBy: "\n\n")
    for canary in canaries {
      let whole = String(decoding: canary.revealedText(), as: UTF8.self)
      #expect(found.count { $0 == whole } == canary.copies)
    }
  }

  @Test func `gzip data is seeded as what it holds`() throws {
    let text = (0..<20).map { #"{"text":"line \#($0)"}"# + "\n" }.joined()
    let path = try folder.write(Array(text.utf8), to: "a.jsonl")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/gzip")
    process.arguments = ["-k", path]
    try process.run()
    process.waitUntilExit()
    let randomness = StudyRandomness(number: 5)
    let survey = try CorpusSurvey(
      path: path + ".gz", options: .init(nonMemberRecords: 2), randomness: randomness)
    #expect(survey.records == 20)
    #expect(survey.digest == sha256(Array(text.utf8)))
    let canaries = try SeedingFixtures.draw(5).canaries
    let seeding = try Seeder(survey: survey, canaries: canaries, randomness: randomness)
      .write(to: folder.file("seeded"), overwrite: true)
    #expect(Naive.unseeded(try folder.read("seeded"), seeding.manifest) == Array(text.utf8))
    var cut = try folder.read("a.jsonl.gz")
    cut.removeLast(9)
    try folder.write(cut, to: "b.jsonl.gz")
    let error = CoalmineError.thrown {
      _ = try CorpusSurvey(
        path: folder.file("b.jsonl.gz"), options: .init(), randomness: randomness)
    }
    #expect(error?.code == "corpus-format-not-supported")
    #expect(error?.message.contains("damaged or cut off") == true)
  }

  @Test func `code is not taken for prose, and prose not for code`() throws {
    let code = (0..<20).map { "  total += values[\($0)];\n" }.joined()
    #expect(CoalmineError.thrown { _ = try survey(code, "a.txt") }?.code == "corpus-is-source-code")
    #expect(try survey(code, "a.txt", .init(format: .text)).records == 20)
    let verse = (0..<20).map { "Who would have thought \($0);\nthat it could be so.\nSo it was,\n" }
    #expect(try survey(verse.joined(), "a.txt").format == .text)
  }
}

/// Comma-separated values, read letter by letter.
struct NaiveTable {
  var rows: [[String]] = []

  init?(_ text: String) {
    var rows: [[String]] = [[]]
    var cell = ""
    var isQuoted = false
    var letters = Array(text.unicodeScalars)[...]
    while let letter = letters.popFirst() {
      if isQuoted {
        if letter == "\"", letters.first == "\"" {
          cell.unicodeScalars.append("\"")
          letters.removeFirst()
        } else if letter == "\"" {
          isQuoted = false
        } else {
          cell.unicodeScalars.append(letter)
        }
        continue
      }
      switch letter {
      case "\"":
        guard cell.isEmpty else { return nil }
        isQuoted = true
      case ",":
        rows[rows.count - 1].append(cell)
        cell = ""
      case "\r": break
      case "\n":
        rows[rows.count - 1].append(cell)
        cell = ""
        rows.append([])
      default: cell.unicodeScalars.append(letter)
      }
    }
    rows.removeLast()
    guard !isQuoted, Set(rows.map(\.count)).count == 1 else { return nil }
    self.rows = Array(rows.dropFirst())
  }
}
