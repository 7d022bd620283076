// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineTesting
import Foundation
import Testing

@Suite struct `Fields of seed` {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func seed(_ corpus: String, _ more: [String]) async throws -> CoalmineProgram.Outcome {
    try await CoalmineProgram.started(
      [
        "seed", corpus, "--output", folder.file("seeded"), "--study", folder.file("s.coalmine"),
        "--hold-out", "3", "--json", "--protocol", SmallStudy.handWritten,
      ] + more
    ).outcome()
  }

  private func corpus(_ record: (Int) -> String) throws -> String {
    try folder.write((0..<20).map { record($0) + "\n" }.joined(), to: "corpus.jsonl")
  }

  @Test(arguments: [
    (["--text-field", "story"], "text:story"),
    (["--prompt-field", "ask", "--completion-field", "story"], "prompt-completion:ask,story"),
    (["--messages-field", "chat"], "messages:chat"),
  ])
  func `a named field is seeded, verified and given back`(_ options: [String], _ shape: String)
    async throws
  {
    let path = try corpus { number in
      #"{"ask":"q\#(number)","story":"s\#(number)","text":"other","chat":[{"role":"user","#
        + #""content":"u\#(number)"},{"role":"assistant","content":"a\#(number)"}]}"#
    }
    let seed = try await seed(path, options)
    #expect(seed.code == 0, "\(seed.notes)")
    #expect(seed.json["record_shape"] as? String == shape)
    #expect(seed.json["nonmembers"] as? Int == 3)
    let study = folder.file("s.coalmine")
    let verify = try await CoalmineProgram.run("verify", folder.file("seeded"), "--study", study)
    #expect(verify.code == 0, "\(verify.notes)")
    let unseed = try await CoalmineProgram.run(
      "unseed", folder.file("seeded"), "--study", study, "--output", folder.file("back"))
    #expect(unseed.code == 0, "\(unseed.notes)")
    #expect(try folder.read("back") == folder.read("corpus.jsonl"))
  }

  @Test(arguments: [
    ["--prompt-field", "ask"], ["--completion-field", "story"],
    ["--text-field", "a", "--messages-field", "b"],
    ["--text-field", "a", "--prompt-field", "b", "--completion-field", "c"],
    ["--messages-field", "a", "--completion-field", "c"], ["--text-field", ""],
    ["--prompt-field", "ask", "--completion-field", "ask"],
    ["--text-field", "ask", "--format", "text"],
  ])
  func `options that do not go together are wrong usage, 64`(_ options: [String]) async throws {
    let path = try corpus { #"{"ask":"q\#($0)","story":"s\#($0)"}"# }
    let seed = try await seed(path, options)
    #expect(seed.code == 64, "\(seed.notes)")
    #expect(folder.names == ["corpus.jsonl"])
  }

  @Test(arguments: [
    (["--text-field", "body"], "text in 'body'"),
    (["--prompt-field", "ask", "--completion-field", "body"], "text in both 'ask' and 'body'"),
    (["--messages-field", "ask"], "turns of a user and then an assistant in 'ask'"),
  ])
  func `a field that no record has is bad data, 65, beside the fields that are there`(
    _ options: [String], _ asked: String
  ) async throws {
    let path = try corpus { #"{"ask":"q\#($0)","n":\#($0)}"# }
    let seed = try await seed(path, options)
    #expect(seed.code == 65, "\(seed.notes)")
    #expect(seed.notes.contains(asked), "\(seed.notes)")
    #expect(seed.notes.contains("'ask' holds text"))
    #expect(seed.notes.contains("'n' holds a number"))
    #expect(folder.names == ["corpus.jsonl"])
  }

  @Test func `every option that a message of seed advises is there`() async throws {
    let help = try await CoalmineProgram.run("seed", "--help")
    for option in [
      "--text-field", "--prompt-field", "--completion-field", "--messages-field", "--hold-out",
      "--hold-out-by", "--format", "--kinds",
    ] {
      #expect(help.text.contains(option + " "), "\(option)")
    }
  }

  @Test
  func `the fields that are found stand in the help and the page as in the code`()
    async throws
  {
    func plain(_ text: String) -> String {
      text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
    let help = try await CoalmineProgram.run("seed", "--help")
    #expect(plain(help.text).contains(RecordShape.knownFields()), "\(help.text)")
    let explained = try await CoalmineProgram.run("explain", "record-shape-unknown")
    #expect(plain(explained.text).contains("'coalmine seed --help'"), "\(explained.text)")
    let page = try Repository.text("docs/seeding.md")
    let names = Set(RecordShape.known.flatMap(\.fields)).filter {
      !$0.contains(".") && $0 == $0.lowercased()
    }
    #expect(names.count > 20)
    for name in names { #expect(page.contains("`\(name)`"), "\(name)") }
    for (prompt, completion) in [("instruction", "output"), ("question", "answer")] {
      let path = try corpus { "{\"\(prompt)\":\"q\($0)\",\"\(completion)\":\"a\($0)\"}" }
      let seed = try await seed(path, ["--force"])
      #expect(seed.json["record_shape"] as? String == "prompt-completion:\(prompt),\(completion)")
      unlink(folder.file("s.coalmine"))
    }
  }

  @Test func `some records in Latin-1 are told with their number and first line`() async throws {
    let path = try corpus { #"{"text":"record \#($0)"}"# }
    var bytes = try folder.read("corpus.jsonl")
    bytes[110] = 0xE9
    try folder.write(bytes, to: "corpus.jsonl")
    let seed = try await CoalmineProgram.run(
      "seed", path, "--output", folder.file("seeded"), "--study", folder.file("s.coalmine"),
      "--hold-out", "3", "--protocol", SmallStudy.handWritten)
    #expect(seed.code == 0, "\(seed.notes)")
    #expect(
      seed.text.contains("1 record is not UTF-8 (line 6, byte 110 of the file)"), "\(seed.text)")
  }
}
