// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineSeeding
import CoalmineTesting
import Testing

@Suite struct BadCorpusTests {
  private let folder: TemporaryFolder
  private let randomness = StudyRandomness(number: 1)

  init() throws { folder = try TemporaryFolder(in: .memory) }

  private func survey(
    _ bytes: [UInt8], _ name: String, _ options: CorpusSurvey.Options = .init()
  ) throws -> CorpusSurvey {
    try CorpusSurvey(
      path: try folder.write(bytes, to: name), options: options, randomness: randomness)
  }

  private func error(
    _ bytes: [UInt8], _ name: String, _ options: CorpusSurvey.Options = .init()
  ) -> CoalmineError? {
    CoalmineError.thrown { _ = try survey(bytes, name, options) }
  }

  @Test(arguments: [
    ("{\"text\":\"a\"}\n{\"text\":\"b\"\n", 2, "is not valid JSON"),
    ("{\"text\":\"a\"}\r\n\r\n[1]\r\n", 3, "is not a JSON object"),
    ("7", 1, "is not a JSON object"),
    ("{\"text\":\"a\"} x", 1, "is not valid JSON"),
    ("{\"text\":\"a\tb\"}", 1, "is not valid JSON"),
    ("{\"text\":\"a\",\"n\":012345678901234567890123}", 1, "is not valid JSON"),
    ("{'text':'a'}", 1, "is not valid JSON"),
    ("\n\n{\"text\":\"a\"}{\"text\":\"b\"}", 3, "is not valid JSON"),
  ])
  func `a bad line is named by path and number`(_ text: String, _ line: Int, _ what: String) {
    let error = error(Array(text.utf8), "corpus.jsonl")
    #expect(error?.code == "bad-json-line")
    #expect(error?.exit == .badData)
    #expect(error?.message == "\(folder.file("corpus.jsonl")):\(line): the line \(what)")
  }

  @Test(arguments: [
    ("a.gz", "take '.gz' off"), ("a.jsonl.gz", "take '.gz' off"), ("a.zst", "take '.zst' off"),
    ("a.parquet", "JSON Lines"), ("a.zip", "unpack"),
  ])
  func `a file with a foreign name is refused with a way out`(_ name: String, _ hint: String) {
    let error = error(Array("{\"text\":\"a\"}\n".utf8), name)
    #expect(error?.code == "corpus-format-not-supported")
    #expect(error?.help?.contains(hint) == true)
  }

  @Test(
    arguments: [
      [0x1F, 0x8B, 8, 0], [0x28, 0xB5, 0x2F, 0xFD], Array("PAR1".utf8), [0xFF, 0xFE, 0x7B, 0],
      [0xFE, 0xFF, 0, 0x7B], [0x50, 0x4B, 3, 4],
    ] as [[UInt8]])
  func `foreign content is refused whatever the name or the option says`(_ head: [UInt8]) {
    for name in ["a.jsonl", "a.txt", "a"] {
      let error = error(
        head + [1, 2, 3], name, CorpusSurvey.Options(format: .text))
      #expect(error?.code == "corpus-format-not-supported")
    }
  }

  @Test func `one JSON document by name is read as lines when that is stated`() throws {
    let found = try survey(
      Array("{\"text\":\"a\"}\n{\"text\":\"b\"}".utf8), "a.json", .init(format: .jsonLines))
    #expect(found.records == 2)
  }

  @Test(arguments: ["", "\n", "  \r\n\t\n", "\u{FEFF}", "\u{FEFF}\n"])
  func `a corpus without a record is refused`(_ text: String) {
    for name in ["a.jsonl", "a.txt"] {
      #expect(error(Array(text.utf8), name)?.code == "corpus-empty")
    }
  }

  @Test func `files that cannot be read say so`() throws {
    for (path, code) in [
      (folder.file("none.jsonl"), "corpus-missing"), (folder.path, "corpus-not-a-file"),
      ("/dev/null", "corpus-not-a-file"),
    ] {
      let error = #expect(throws: CoalmineError.self) {
        _ = try CorpusSurvey(path: path, options: .init(), randomness: randomness)
      }
      #expect(error?.code == code)
      #expect(error?.exit == .inputMissing)
    }
  }

  @Test func `an unknown shape says what each field holds`() {
    let error = error(Array("{\"b\":\"x\",\"a\\u0007\":1}\n".utf8), "a.jsonl")
    #expect(error?.code == "record-shape-unknown")
    #expect(error?.details == ["'a\\u{7}' holds a number", "'b' holds text"])
  }

  @Test func `a stated field that no record has is refused`() {
    let options = CorpusSurvey.Options(fields: .text("body"))
    #expect(
      error(Array("{\"text\":\"x\"}\n".utf8), "a.jsonl", options)?.code == "no-usable-record")
    #expect(error(Array("x\n".utf8), "a.txt", options)?.code == "bad-corpus-option")
    let grouped = CorpusSurvey.Options(groupField: "g")
    #expect(error(Array("x\n".utf8), "a.txt", grouped)?.code == "bad-corpus-option")
  }

  @Test func `holding out more than there is says how much is possible`() {
    let lines = (0..<9).map { "{\"text\":\"t\($0 % 7)\"}\n" }.joined()
    let error = error(Array(lines.utf8), "a.jsonl", .init(nonMemberRecords: 4))
    #expect(error?.code == "corpus-too-small")
    #expect(error?.message.contains("7 distinct texts") == true)
    #expect(error?.help?.contains("'--hold-out N' with N of 3 or less") == true)
  }

  @Test func `what only a lenient reader accepts is counted and passes`() throws {
    let lines = [
      #"{"text":"a"}"#, #"{"text":"\ud83d"}"#, #"{"text":"b","n":NaN}"#,
      #"{"text":"c","n":123456789012345678901234567890,"x":1e999}"#, #"{"text":3}"#,
      #"{"a":1,"a":2,"text":"d"}"#,
    ]
    let found = try survey(Array(lines.joined(separator: "\n").utf8), "a.jsonl")
    #expect(found.records == 6)
    #expect(found.setAside.loneSurrogates.count == 1)
    #expect(found.setAside.loneSurrogates.firstLine == 2)
    #expect(found.setAside.notNumbers.count == 1)
    #expect(found.setAside.notNumbers.firstLine == 3)
    #expect(found.setAside.withoutText.count == 1)
    #expect(found.setAside.withoutText.firstLine == 5)
    #expect(found.setAside.notUTF8.count == 0)
    #expect(found.setAside.count == 3)
  }
}
