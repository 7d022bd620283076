// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineSeeding
import CoalmineTesting
import Testing

@Suite struct MessageTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder(in: .memory) }

  private func survey(
    _ lines: [String], _ options: CorpusSurvey.Options = .init(), name: String = "a.jsonl",
    latin1: Bool = false
  ) throws -> CorpusSurvey {
    let text = lines.joined(separator: "\n")
    let bytes =
      latin1
      ? text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) } : Array(text.utf8)
    return try CorpusSurvey(
      path: try folder.write(bytes, to: name), options: options,
      randomness: StudyRandomness(number: 1))
  }

  private func error(
    _ lines: [String], _ options: CorpusSurvey.Options = .init(), name: String = "a.jsonl",
    latin1: Bool = false
  ) -> CoalmineError? {
    CoalmineError.thrown { _ = try survey(lines, options, name: name, latin1: latin1) }
  }

  @Test(arguments: [
    (#"{"text":["a"]}"#, "'text' holds a list of texts"),
    (#"{"text":[1,"a"]}"#, "'text' holds a list"), (#"{"text":[]}"#, "'text' holds an empty list"),
    (#"{"text":null}"#, "'text' holds null"), (#"{"text":{"a":1}}"#, "'text' holds an object"),
    (#"{"text":-1e400}"#, "'text' holds a number"),
    (#"{"text":true}"#, "'text' holds true or false"),
    (
      #"{"messages":[{"role":"assistant","content":"a"}]}"#,
      "'messages' holds turns without a user turn"
    ),
    (
      #"{"messages":[{"role":"user","content":["x"]},{"role":"assistant","content":"a"}]}"#,
      "'messages' holds turns, one of them with a content that is no text"
    ),
  ])
  func `a field that does not fit is told with what it holds, and is not asked for`(
    _ line: String, _ fact: String
  ) {
    let error = error([line])
    #expect(error?.code == "record-shape-unknown")
    #expect(error?.details == [fact])
    #expect(error?.help?.contains("-field") == false, "\(error?.help ?? "")")
    #expect(error?.help?.hasPrefix("write each record as") == true)
  }

  @Test func `only fields that fit are advised`() {
    let one = error([#"{"story":"a","n":1}"#, #"{"story":null,"n":1}"#])
    #expect(
      one?.details == [
        "'n' holds a number", "'story' holds null in 1 of 2 records, text in 1 of 2 records",
      ])
    #expect(one?.help?.contains("'--text-field NAME' with 'story'") == true)
    #expect(one?.help?.contains("--prompt-field") == false)
    #expect(one?.help?.contains("--messages-field") == false)
    let two = error([#"{"q":"a","sql":"b"}"#])
    #expect(two?.help?.contains("'--text-field NAME' with 'q' or 'sql'") == true)
    #expect(two?.help?.contains("'--prompt-field NAME --completion-field NAME'") == true)
    let chat = error([
      #"{"chat":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}"#
    ])
    #expect(chat?.help?.contains("'--messages-field NAME' with 'chat'") == true)
    #expect(chat?.help?.contains("--text-field") == false)
  }

  @Test func `paths into objects and lists are advised, and lists of texts`() {
    let pairs = error([#"{"chat":[{"asker":"human","words":"a"}]}"#])
    #expect(
      pairs?.details == [
        "'chat' holds a list of objects without a 'role' (they have 'asker', 'words')"
      ])
    #expect(
      pairs?.help?.contains("'--text-field NAME' with 'chat.0.asker' or 'chat.0.words'") == true)
    let languages = error([#"{"translation":{"de":"a","en":"b","n":1}}"#])
    #expect(
      languages?.help?.contains(
        "'--text-field NAME' with 'translation.de' or 'translation.en', or "
          + "'--prompt-field NAME --completion-field NAME' with two of these") == true)
    let texts = error([#"{"data":["a","b"]}"#])
    #expect(texts?.help?.contains("'--messages-field NAME' with 'data', where its texts") == true)
  }

  @Test func `texts that end in a mark are read by it, or by lines where that is said`() throws {
    let lines = (0..<9).map { "Text \($0)\nand more.<|endoftext|>" }
    let refused = error(lines, name: "a.txt")
    #expect(refused?.code == "corpus-needs-separator")
    #expect(
      refused?.help?.hasPrefix("say --format text --separator '<|endoftext|>';") == true,
      "\(refused?.help ?? "")")
    #expect(try survey(lines, .init(format: .text), name: "a.txt").records == 18)
    var separated = CorpusSurvey.Options(format: .separated)
    separated.separator = Array("<|endoftext|>".utf8)
    #expect(try survey(lines, separated, name: "a.txt").records == 9)
    // One mark alone is no separator.
    #expect(try survey(["What is <|endoftext|>?", "A token."], name: "a.txt").records == 2)
  }

  @Test(arguments: [
    (#"{"version": 1, "rows": [{"a": 1}]}"#, "jq '.FIELD' FILE > NEW.json"),
    ("{\n  \"rows\" : [\n {\"a\": 1}]}", "if 'rows' holds them: jq '.[\"rows\"]' FILE > NEW.json"),
    (#"{"a1": {"text": "a"}}"#, "if each field holds a record: jq '[.[]]' FILE > NEW.json"),
    (#"{"text": ["a", "b"]}"#, "if each field holds a list with one value of every record: jq "),
  ])
  func `a document that is one object is told with what makes records of it`(
    _ document: String, _ help: String
  ) {
    let error = error([document], name: "a.json")
    #expect(error?.code == "corpus-format-not-supported")
    #expect(error?.help?.contains(help) == true, "\(error?.help ?? "")")
  }

  @Test func `a stated field that no record has is named beside those that are there`() {
    let lines = [#"{"q":"a","a":"b"}"#]
    let text = error(lines, .init(fields: .text("body")))
    #expect(text?.code == "no-usable-record")
    #expect(text?.message.contains("none of the 1 records") == true)
    #expect(text?.message.contains("text in 'body'") == true)
    #expect(text?.details.suffix(2) == ["'a' holds text", "'q' holds text"])
    let pair = error(lines, .init(fields: .promptCompletion(prompt: "q", completion: "c")))
    #expect(pair?.message.contains("text in both 'q' and 'c'") == true)
    let chat = error(lines, .init(fields: .messages("q")))
    #expect(chat?.message.contains("turns of a user and then an assistant in 'q'") == true)
    #expect(chat?.exit == .badData)
  }

  @Test func `field options that cannot be followed are refused as usage`() {
    for fields in [
      .text(""), .promptCompletion(prompt: "a", completion: "a"),
      .promptCompletion(prompt: "a,b", completion: "c"),
    ] as [StatedFields] {
      let error = error([#"{"a":"x","a,b":"y","c":"z"}"#], .init(fields: fields))
      #expect(error?.code == "bad-corpus-option")
      #expect(error?.exit == .usage)
    }
    let stated = error(["x"], .init(format: .text, fields: .text("a")), name: "a.txt")
    #expect(stated?.help?.contains("'--format text' if the corpus is JSON Lines") == true)
    let found = error(["x"], .init(groupField: "a"), name: "a.txt")
    #expect(found?.message.contains("'--hold-out-by' names a field") == true)
    #expect(found?.help?.contains("'--format jsonl'") == true)
  }

  @Test(arguments: ["a.jsonl", "a.txt"])
  func `a corpus in Latin-1 is told what it is, where, and how to convert it`(_ name: String) {
    let lines = [#"{"text":"na\#u{EF}ve"}"#, "", #"{"text":"\#u{E9}t\#u{E9}"}"#]
    let error = error(lines, name: name, latin1: true)
    #expect(error?.code == "corpus-not-utf8")
    #expect(error?.message.contains("none of its 2 records") == true)
    #expect(
      error?.details == ["2 records are not UTF-8 (the first in line 1, byte 11 of the file)"])
    #expect(error?.help?.contains("iconv -f LATIN1 -t UTF-8 FILE > NEW") == true)
    #expect(error?.exit == .badData)
  }

  @Test func `some records that are not UTF-8 are counted, with the first place`() throws {
    let found = try survey(
      [#"{"text":"a"}"#, #"{"text":"\#u{E9}"}"#, #"{"text":"\#u{E8}"}"#], latin1: true)
    #expect(found.setAside.notUTF8.count == 2)
    #expect(
      found.setAside.reasons == [
        "2 records are not UTF-8 (the first in line 2, byte 22 of the file)"
      ])
    #expect(found.setAside.firstInvalidByte == 22)
  }

  @Test(arguments: [
    #"\ud83d"#, #"\udc00"#, #"\ud83dx\ude00"#, #"\ude00\ud83d"#, #"\ud83d\ud83d\ude00"#,
  ])
  func `lone surrogates are named with their line`(_ text: String) throws {
    let error = error(["", #"{"text":"\#(text)"}"#])
    #expect(error?.code == "no-usable-record")
    #expect(error?.details == ["1 record holds a lone surrogate (line 2)"])
    #expect(error?.help?.contains("lone surrogate") == true)
    #expect(error?.message.contains("text:text") == false)
    // A whole pair, and a backslash before a u, are none.
    for sound in [#"\ud83d\ude00"#, #"\\ud83d"#] {
      #expect(try survey([#"{"text":"\#(sound)"}"#]).setAside.count == 0)
    }
  }

  @Test(arguments: [
    "-1e400", "1E+999", "-0", "12345678901234567890123", "-12345678901234567890123", "1e-999",
    "0.1e+400", "-0.0", "1.5E400", "99999999999999999999.99999999999999999999e99999",
    "[[{\"x\":-1e400}],12345678901234567890123]",
  ])
  func `a number that JSON allows makes no record unusable`(_ number: String) throws {
    let found = try survey([#"{"n":\#(number),"text":"a"}"#])
    #expect(found.setAside.count == 0)
    #expect(found.shape == .text(field: "text"))
  }

  @Test(arguments: [
    "01", "-01", "1.", "+1", ".5", "1e", "1e+", "-", "1.e5", "0x10", "1_000", "00", "1e5.5", "--1",
    "012345678901234567890123", "[1.]",
  ])
  func `a number that JSON does not allow is refused`(_ number: String) {
    #expect(error([#"{"n":\#(number),"text":"a"}"#])?.code == "bad-json-line")
  }

  @Test func `a record that is nested too deep is not called wrong JSON`() {
    let deep = String(repeating: "[", count: 128) + "1" + String(repeating: "]", count: 128)
    let error = error([#"{"text":"a","n":\#(deep)}"#])
    #expect(
      error?.message.hasSuffix("a.jsonl:1: the line is nested more than 128 levels deep") == true)
    #expect(error?.help?.contains("--format text") == false)
  }

  @Test(arguments: [
    (["[1]"], "write each record as a JSON object", nil),
    (["[1,", #"{"text":"a"}"#, "]"], "--format json", nil),
    ([#"{"text":"a"}"#, #"["b"]"#], "write each record as a JSON object", "--format json"),
    ([#"{"text":"a"}"#, "[b"], "--format text", "--format json"),
  ])
  func `a line that begins as an array does is told by its place`(
    _ lines: [String], _ help: String, _ not: String?
  ) {
    let error = error(lines)
    #expect(error?.code == "bad-json-line")
    #expect(error?.help?.contains(help) == true, "\(error?.help ?? "")")
    if let not { #expect(error?.help?.contains(not) == false) }
  }

  @Test(arguments: [
    ("[\"a\"]\n[\"b\"]", "lines that are JSON arrays", "as a JSON object"),
    ("{\n\"text\":\"a\"}", "one JSON document", "per line"),
  ])
  func `a file called json is told by what is in it`(_ text: String, _ what: String, _ help: String)
  {
    let error = error([text], name: "a.json")
    #expect(error?.code == "corpus-format-not-supported")
    #expect(error?.message.contains(what) == true)
    #expect(error?.help?.contains(help) == true)
  }

  @Test func `what can be held out in groups is true for every order of the groups`() throws {
    // Groups of 3, 1 and 1 texts: two a side is not possible where the large one comes last.
    let sizes = [3, 1, 1]
    let lines = sizes.enumerated().flatMap { group, size in
      (0..<size).map { #"{"text":"\#(group) \#($0)","g":"\#(group)"}"# }
    }
    let refused = error(lines, .init(groupField: "g", nonMemberRecords: 5))
    #expect(refused?.message.contains("5 distinct texts in whole groups") == true)
    #expect(refused?.help?.contains("N of 1 or less") == true)
    for number in 0..<40 as Range<UInt64> {
      #expect(throws: Never.self) {
        _ = try CorpusSurvey(
          path: folder.file("a.jsonl"), options: .init(groupField: "g", nonMemberRecords: 1),
          randomness: StudyRandomness(number: number))
      }
    }
    let absent = error(lines, .init(groupField: "nobody", nonMemberRecords: 1))
    #expect(absent?.code == "hold-out-field-unknown")
    #expect(absent?.message.contains("'nobody'") == true)
    #expect(absent?.details == ["'g' holds text", "'text' holds text"])
    #expect(
      error([#"{"text":"a"}"#], .init(nonMemberRecords: 3))?.help?.contains("'--hold-out 0'")
        == true)
  }
}
