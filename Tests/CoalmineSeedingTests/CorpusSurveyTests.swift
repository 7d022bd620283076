// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineSeeding
import CoalmineStatistics
import CoalmineTesting
import Testing

@Suite struct CorpusSurveyTests {
  private let folder: TemporaryFolder
  private let randomness = StudyRandomness(number: 1)

  init() throws { folder = try TemporaryFolder(in: .memory) }

  private func survey(
    _ text: String, _ name: String = "a.jsonl", _ options: CorpusSurvey.Options = .init()
  ) throws -> CorpusSurvey {
    try CorpusSurvey(
      path: try folder.write(Array(text.utf8), to: name), options: options, randomness: randomness)
  }

  @Test(arguments: [
    (#"{"text":"a"}"#, "text:text"), (#"{"content":"a","id":1}"#, "text:content"),
    (#"{"prompt":"a","completion":"b"}"#, "prompt-completion:prompt,completion"),
    (#"{"response":"a","prompt":"b"}"#, "prompt-completion:prompt,response"),
    (#"{"instruction":"a","input":"","output":"b"}"#, "prompt-completion:instruction,output"),
    (#"{"question":"a","answer":"b"}"#, "prompt-completion:question,answer"),
    (
      #"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}"#,
      "messages:messages"
    ),
    (#"{"text":"x"}"# + "\n" + #"{"prompt":"a","completion":"b","text":"c"}"#, "text:text"),
  ])
  func `the shape is the one that fits most records`(_ text: String, _ slug: String) throws {
    #expect(try survey(text).shape.slug == slug)
  }

  @Test func `named fields are used in place of those found`() throws {
    let text = #"{"text":"a","body":"b","q":"c","a":"d"}"#
    #expect(
      try survey(text, "a.jsonl", .init(fields: .text("body"))).shape == .text(field: "body"))
    #expect(
      try survey(
        text, "a.jsonl", .init(fields: .promptCompletion(prompt: "q", completion: "a"))
      ).shape == .promptCompletion(prompt: "q", completion: "a"))
  }

  @Test(arguments: [
    ("a.jsonl", "x", nil as CorpusFormat?, nil as CorpusFormat?),
    ("a.ndjson", #"{"text":"a"}"#, nil, .jsonLines), ("a.txt", #"{"text":"a"}"#, nil, .text),
    ("a", " \n\u{FEFF}".isEmpty ? "" : #"  {"text":"a"}"#, nil, .jsonLines),
    ("a", "\u{FEFF}{\"text\":\"a\"}", nil, .jsonLines), ("a", "Dear", nil, .text),
    ("a.jsonl", "Dear", .text, .text), ("a.txt", #"{"text":"a"}"#, .jsonLines, .jsonLines),
    ("a.log", "[1]", nil, .text),
  ])
  func `the format is stated, or told by the name, or by the first byte`(
    _ name: String, _ text: String, _ stated: CorpusFormat?, _ expected: CorpusFormat?
  ) {
    #expect((try? survey(text, name, .init(format: stated)).format) == expected)
  }

  @Test func `line endings, the mark and blank lines are counted`() throws {
    let found = try survey("\u{FEFF}a\r\n\r\nb\u{2028}c\n \nd\u{85}e\re", "a.txt")
    #expect(found.hasByteOrderMark)
    #expect(found.records == 3)
    #expect(found.endings.crlf == 2)
    #expect(found.endings.lf == 2)
    #expect(found.endings.lastIsOpen)
    #expect(found.endings.usual == [0x0A])
    #expect(try survey("a\r\nb\r\n", "a.txt").endings.usual == [0x0D, 0x0A])
    #expect(try !survey("a\n", "a.txt").endings.lastIsOpen)
  }

  @Test func `the completions' usual lead is found`() throws {
    func lead(_ leads: [String]) throws -> String {
      let lines = leads.map { #"{"prompt":"p","completion":"\#($0)yes"}"# }
      let found = try survey(lines.joined(separator: "\n"))
      return String(decoding: found.completionLead, as: UTF8.self)
    }
    #expect(try lead([" ", " ", ""]) == " ")
    #expect(try lead(["\\n", " \\t", "\\n"]) == "\n")
    #expect(try lead(["", " "]) == "")
    #expect(try survey(#"{"text":"  a"}"#).completionLead.isEmpty)
  }

  @Test func `phrases are found in every spelling, and only where they are`() throws {
    let phrases = ["Zoë Dalby", "Mara \"M\" Reed", "Ann Lee", "Bo Ek", "🌳 Oak"].map {
      Array($0.utf8)
    }
    func found(_ text: String, _ name: String = "a.jsonl") throws -> [Int] {
      let hits = try survey(text, name, .init(phrases: phrases)).phrasesFound
      return phrases.indices.filter { hits.contains(phrases[$0]) }
    }
    #expect(try found(#"{"text":"to Zoë Dalby, Ann Lea"}"#) == [0])
    #expect(try found(#"{"text":"to Zo\u00eb Dalby"}"#) == [0])
    #expect(try found(#"{"text":"to Zo\u00EB Dalby"}"#) == [0])
    #expect(try found(#"{"text":"Mara \"M\" Reed"}"#) == [1])
    #expect(try found(#"{"text":"x","\ud83c\udf33 Oak":"Bo Ek"}"#) == [3, 4])
    #expect(try found("Mara \"M\" Reed\nAnn LeeBo Ek", "a.txt") == [1, 2, 3])
    #expect(try found("Ann\nLee\nBo  Ek", "a.txt") == [])
  }

  @Test func `many phrases are found as by one search each`() throws {
    var generator = ChaCha8Rand(seed: [UInt8](repeating: 6, count: 32))
    func letters(_ count: Int) -> String {
      var text = ""
      for _ in 0..<count {
        text += ["a", "b", "ab", " "][Int(generator.uniform(below: UInt64(4)))]
      }
      return text
    }
    for _ in 0..<50 {
      let phrases = (0..<20).map { _ in letters(6) }.filter { $0.utf8.count >= 2 }
      let text = letters(60) + "x"
      let hits = try survey(text, "a.txt", .init(phrases: phrases.map { Array($0.utf8) }))
        .phrasesFound
      for phrase in phrases {
        #expect(
          hits.contains(Array(phrase.utf8))
            == Naive.contains(Array(text.utf8), Array(phrase.utf8)))
      }
    }
  }

  @Test func `lines are the same whatever the block size is`() throws {
    var generator = ChaCha8Rand(seed: [UInt8](repeating: 7, count: 32))
    for shape in GeneratedCorpus.shapes {
      let corpus = GeneratedCorpus(shape, least: 8, using: &generator)
      let file = try CorpusFile(try folder.write(corpus.bytes, to: "a"))
      for blockSize in [1, 2, 3, 7, 64, 1 << 20] {
        var reader = CorpusReader(file, limit: .max, blockSize: blockSize)
        var lines: [[UInt8]] = []
        while let line = try reader.next() { lines.append(line.mark + line.content + line.ending) }
        #expect(lines == Naive.lines(corpus.bytes))
      }
    }
  }
}
