// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineTesting
import Foundation
import Testing

/// Several files, compressed files and standard streams through the program.
@Suite struct `Corpora of several files through the program` {
  private let folder: TemporaryFolder
  private let names = ["a.jsonl", "b.jsonl", "c.jsonl"]

  init() throws {
    folder = try TemporaryFolder()
    for (place, name) in names.enumerated() {
      try folder.write(text(place), to: "in/\(name)")
    }
  }

  private func text(_ place: Int) -> String {
    (0..<70).map {
      #"{"text": "The weather in the north of region \#(place) \#($0) is colder than it was."}"#
        + "\n"
    }.joined()
  }

  private func run(_ arguments: [String]) async throws -> CoalmineProgram.Outcome {
    try await CoalmineProgram.started(arguments, in: folder.root).outcome()
  }

  private func seed(_ inputs: [String], _ outputs: [String]) async throws
    -> CoalmineProgram.Outcome
  {
    try await run(
      ["seed"] + inputs + outputs + [
        "--study", "s.coalmine", "--protocol", SmallStudy.handWritten, "--seed", "5", "--json",
      ])
  }

  private func expectOriginals(_ folderName: String) throws {
    for (place, name) in names.enumerated() {
      #expect(try folder.read("\(folderName)/\(name)") == Array(text(place).utf8))
    }
  }

  @Test func `files are seeded as one, verified, counted and given back`() async throws {
    let seeded = try await seed(names.map { "in/" + $0 }, ["--output-dir", "out"])
    #expect(seeded.code == 0, "\(seeded.notes)")
    #expect(seeded.json["corpus_records"] as? Int == 210)
    let files = try #require(seeded.json["files"] as? [[String: String]])
    #expect(files.map { $0["name"] } == names)
    for (file, name) in zip(files, names) {
      #expect(try file["sha256"] == hexadecimal(sha256(folder.read("out/\(name)"))))
    }
    let verified = try await run(["verify", "out", "--study", "s.coalmine"])
    #expect(verified.code == 0, "\(verified.notes)")
    let counted = try await run(["verify", "out", "--processed", "--study", "s.coalmine"])
    #expect(counted.code == 0 && counted.text.hasPrefix("complete"), "\(counted.text)")
    let few = try await run(["verify", "out/a.jsonl", "--study", "s.coalmine"])
    #expect(few.code == 5 && few.notes.contains("seeded-files-differ"), "\(few.notes)")
    let back = try await run(["unseed", "out", "--study", "s.coalmine", "--output-dir", "back"])
    #expect(back.code == 0, "\(back.notes)")
    try expectOriginals("back")
    let trained = try await run([
      "trained", "--study", "s.coalmine", "--model", "m", "--epochs", "1", "--corpus", "out",
    ])
    #expect(trained.code == 0 && trained.text.contains("complete"), "\(trained.notes)")
  }

  @Test func `a folder is its files by name, and the same files give the same corpus`()
    async throws
  {
    let first = try await seed(["in"], ["--output-dir", "out"])
    #expect(first.code == 0, "\(first.notes)")
    #expect(try await run(["verify", "--study", "s.coalmine"]).code == 0)
    let data = try names.map { try folder.read("out/\($0)") }
    try FileManager.default.removeItem(at: folder.url("s.coalmine"))
    let third = try await seed(names.map { "in/" + $0 }, ["--output-dir", "other"])
    #expect(third.code == 0, "\(third.notes)")
    #expect(third.json["study"] as? String == first.json["study"] as? String)
    #expect(try names.map { try folder.read("other/\($0)") } == data)
  }

  @Test func `where one name is taken nothing is written at all`() async throws {
    try folder.write("mine\n", to: "out/b.jsonl")
    let refused = try await seed(["in"], ["--output-dir", "out"])
    #expect(refused.code == 73 && refused.notes.contains("output-exists"), "\(refused.notes)")
    #expect(!folder.names.contains("s.coalmine"))
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.file("out"))
    #expect(left == ["b.jsonl"])
    let one = try await seed(["in"], ["--output", "one.jsonl"])
    #expect(one.code == 64 && one.notes.contains("--output-dir FOLDER"))
    let both = try await seed(["in"], ["--output", "one.jsonl", "--output-dir", "out"])
    #expect(both.code == 64)
    try folder.write("x", to: "in/deep/x.jsonl")
    let nested = try await seed(["in"], ["--output-dir", "other"])
    #expect(nested.code == 64 && nested.notes.contains("corpus-folder-nested"))
  }

  @Test(arguments: [("gzip", ".gz"), ("zstd", ".zst")])
  func `compressed files stay compressed, and an ending asks for it`(
    _ program: String, _ ending: String
  ) async throws {
    let made = try await CoalmineProgram.shell(
      "cat in/*.jsonl | \(program) -c > all.jsonl\(ending)", in: folder.root)
    #expect(made.code == 0, "\(made.notes)")
    let whole = try await seed(["all.jsonl\(ending)"], ["--output", "seeded.jsonl\(ending)"])
    #expect(whole.code == 0, "\(whole.notes)")
    let verified = try await run([
      "verify", "seeded.jsonl\(ending)", "--study", "s.coalmine",
    ])
    #expect(verified.code == 0, "\(verified.notes)")
    let data = try await CoalmineProgram.shell(
      "\(program) -dc seeded.jsonl\(ending) > plain.jsonl", in: folder.root)
    #expect(data.code == 0)
    let plain = try await run(["verify", "plain.jsonl", "--study", "s.coalmine"])
    #expect(plain.code == 0, "\(plain.notes)")
    let trained = try await run([
      "trained", "--study", "s.coalmine", "--model", "m", "--epochs", "1", "--file",
      "seeded.jsonl\(ending)",
    ])
    #expect(trained.text.contains("the file is the seeded corpus"), "\(trained.text)")
    let score = try await run(["score", "--study", "s.coalmine"])
    #expect(!score.text.contains("other-file-trained"))
    let back = try await run([
      "unseed", "seeded.jsonl\(ending)", "--study", "s.coalmine", "--output", "back.jsonl",
    ])
    #expect(back.code == 0, "\(back.notes)")
    #expect(try folder.read("back.jsonl") == (0..<3).flatMap { Array(text($0).utf8) })
  }

  @Test func `standard input and output are a corpus`() async throws {
    let words =
      "seed - --output - --study s.coalmine --protocol '\(SmallStudy.handWritten)' --seed 5"
    let program = CoalmineProgram.products.appendingPathComponent("coalmine").path
    let seeded = try await CoalmineProgram.shell(
      "cat in/*.jsonl | '\(program)' \(words) > seeded.jsonl", in: folder.root)
    #expect(seeded.code == 0, "\(seeded.notes)")
    let verified = try await run(["verify", "seeded.jsonl", "--study", "s.coalmine"])
    #expect(verified.code == 0, "\(verified.notes)")
    let back = try await CoalmineProgram.shell(
      "cat in/*.jsonl > all.jsonl; '\(program)' unseed - --output - --study s.coalmine "
        + "< seeded.jsonl | cmp - all.jsonl", in: folder.root)
    #expect(back.code == 0, "\(back.notes)\(back.text)")
  }

  @Test func `plan and preflight read files, folders and standard input as seed does`() async throws
  {
    let program = CoalmineProgram.products.appendingPathComponent("coalmine").path
    let words = "--protocol '\(SmallStudy.handWritten)' --seed 5 --json"
    var found: [NSDictionary] = []
    for line in [
      "'\(program)' preflight in \(words)",
      "'\(program)' preflight in/a.jsonl in/b.jsonl in/c.jsonl \(words)",
      "cat in/*.jsonl | '\(program)' preflight - \(words)",
    ] {
      let outcome = try await CoalmineProgram.shell(line, in: folder.root)
      #expect(outcome.code == 0, "\(outcome.notes)")
      found.append(outcome.json as NSDictionary)
    }
    #expect(Set(found).count == 1)
    let seeded = try await seed(["in"], ["--output-dir", "out"])
    #expect(seeded.json["preflight"] as? NSDictionary == found[0])
    let read = try await run(["preflight", "out", "--study", "s.coalmine", "--json"])
    #expect(read.code == 0 && read.json as NSDictionary == found[0], "\(read.notes)")
    for line in [
      "'\(program)' plan in --output p.yaml",
      "'\(program)' plan in/a.jsonl in/b.jsonl in/c.jsonl --output p.yaml",
      "cat in/*.jsonl | '\(program)' plan - --output p.yaml",
    ] {
      let outcome = try await CoalmineProgram.shell(line, in: folder.root)
      #expect(
        outcome.code == 65 && outcome.notes.contains(" of 210 records that stay"),
        "\(outcome.notes)")
    }
  }

  @Test func `a refused seed takes the folder that it created away again, and no other`()
    async throws
  {
    let inputs = names.map { "in/" + $0 }
    let created = try await run(
      ["seed"] + inputs + ["--output-dir", "out", "--study", "s.coalmine"])
    #expect(created.code == 65 && created.notes.contains("share-too-small"), "\(created.notes)")
    #expect(folder.names == ["in"])
    try FileManager.default.createDirectory(
      at: folder.url("mine"), withIntermediateDirectories: true)
    let mine = try await run(
      ["seed"] + inputs + ["--output-dir", "mine", "--study", "s.coalmine"])
    #expect(mine.code == 65)
    #expect(folder.names == ["in", "mine"])
  }

  @Test(arguments: [("gzip", ".gz"), ("zstd", ".zst"), ("cat", ".again")])
  func `a file beside its own compressed form is refused`(
    _ program: String, _ ending: String
  ) async throws {
    let made = try await CoalmineProgram.shell(
      "\(program) < in/b.jsonl > in/b.jsonl\(ending)", in: folder.root)
    #expect(made.code == 0, "\(made.notes)")
    let refused = try await seed(["in"], ["--output-dir", "out"])
    #expect(refused.code == 65 && refused.notes.contains("corpus-file-twice"), "\(refused.notes)")
    #expect(refused.notes.contains("in/b.jsonl\(ending)"))
    #expect(folder.names == ["in"])
  }
}
