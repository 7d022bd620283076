// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting
import Foundation
import Testing

/// Every output of every verb against everything that can have its name.
@Suite struct `Every output of every verb` {
  /// An output of a verb, as a user gives it.
  struct Output: CustomTestStringConvertible, Sendable {
    let name: String
    /// The arguments, with the output's name at `OUT`; files of the study stand for themselves.
    let arguments: [String]
    /// The files that the verb reads, by the names of the study's folder.
    let inputs: [String]
    /// The index of another output's name in the arguments.
    var other: Int?
    var takesForce = true
    /// The exit code of a run that writes the file.
    var code: Int32 = 0
    /// Whether the file is a ledger, which nothing replaces.
    var isLedger = false
    var mode: UInt32 = 0o600

    var testDescription: String { name }
  }

  static let outputs = [
    Output(name: "plan", arguments: ["plan", "--output", "OUT"], inputs: [], mode: 0o644),
    Output(
      name: "seed, corpus",
      arguments: [
        "seed", "corpus.jsonl", "--protocol", "protocol.yaml", "--study", "new.coalmine",
        "--output", "OUT",
      ], inputs: ["corpus.jsonl", "protocol.yaml"], other: 5),
    Output(
      name: "seed, ledger",
      arguments: [
        "seed", "corpus.jsonl", "--protocol", "protocol.yaml", "--output", "new.jsonl", "--study",
        "OUT",
      ], inputs: ["corpus.jsonl", "protocol.yaml"], other: 5, isLedger: true),
    Output(
      name: "import", arguments: ["import", "--canaries", "canaries.jsonl", "--study", "OUT"],
      inputs: ["canaries.jsonl"], takesForce: false, isLedger: true),
    Output(
      name: "unseed",
      arguments: ["unseed", "seeded.jsonl", "--study", "study.coalmine", "--output", "OUT"],
      inputs: ["seeded.jsonl", "study.coalmine"]),
    Output(
      name: "report",
      arguments: ["report", "--study", "study.coalmine", "--format", "json", "--output", "OUT"],
      inputs: ["study.coalmine"], code: 3),
    Output(
      name: "verify --upgrade",
      arguments: ["verify", "--study", "study.coalmine", "--upgrade", "OUT"],
      inputs: ["study.coalmine"], takesForce: false, isLedger: true),
    Output(
      name: "demo, folder", arguments: ["demo", "--output", "OUT"], inputs: [], takesForce: false),
  ]

  /// A study in a folder of its own, made once and copied for each case.
  private static func study() async throws -> SmallStudy {
    let small = try await SmallStudy(canaries: 16, references: 3)
    try small.folder.write(
      #"{"id":"one","kind":"access-code","prefix":"The access code of Maren Dalby is","#
        + #""separator":" ","secret":"302557","suffix":".","repetitions":2}"# + "\n",
      to: "canaries.jsonl")
    return small
  }

  /// What a name stands for, and what it leads to, as bytes or as the target of a link.
  private struct Sight: Equatable {
    let kind: UInt32
    let device: UInt64
    let inode: UInt64
    let content: Data?
    let target: String?

    init?(_ path: String) {
      var facts = stat()
      guard lstat(path, &facts) == 0 else { return nil }
      kind = facts.st_mode & S_IFMT
      device = UInt64(facts.st_rdev)
      inode = UInt64(facts.st_ino)
      content = kind == S_IFREG ? FileManager.default.contents(atPath: path) : nil
      target = try? FileManager.default.destinationOfSymbolicLink(atPath: path)
    }
  }

  private func run(_ output: Output, _ name: String, force: Bool, in folder: TemporaryFolder)
    async throws -> CoalmineProgram.Outcome
  {
    let arguments = output.arguments.map { $0 == "OUT" ? name : $0 }
    return try await CoalmineProgram.started(
      arguments + (force ? ["--force"] : []), in: folder.root
    ).outcome()
  }

  @Test(arguments: outputs)
  func `whatever has its name is safe`(_ output: Output) async throws {
    let small = try await Self.study()
    let folder = small.folder
    let original = Set(folder.names)
    try folder.write("mine", to: "regular")
    try folder.write("target", to: "target")
    #expect(symlink(folder.file("target"), folder.file("link")) == 0)
    #expect(symlink(folder.file("nowhere"), folder.file("dangling")) == 0)
    #expect(mkdir(folder.file("folder"), 0o700) == 0)
    #expect(mkfifo(folder.file("pipe"), 0o600) == 0)
    try #require(
      mknod(folder.file("device"), S_IFCHR | 0o600, 0x103) == 0,
      "a device node is made by root alone: run the tests as root")
    for force in output.takesForce ? [false, true] : [false] {
      var cases = ["link", "dangling", "folder", "pipe", "device", "/dev/stdout"] + output.inputs
      if !force || output.isLedger { cases.append("regular") }
      if let other = output.other { cases.append(output.arguments[other]) }
      for name in cases {
        let path = name.hasPrefix("/") ? name : folder.file(name)
        let before = Dictionary(
          uniqueKeysWithValues: folder.names.map { ($0, Sight(folder.file($0))) })
        let outside = name.hasPrefix("/") ? Sight(path) : nil
        let outcome = try await run(output, name, force: force, in: folder)
        #expect(
          outcome.code == 73, "\(name), force \(force): \(outcome.code) \(outcome.notes)")
        #expect(outcome.notes.contains("help:"), "\(name): \(outcome.notes)")
        #expect(outcome.output.isEmpty, "\(name): \(outcome.text)")
        let after = Dictionary(
          uniqueKeysWithValues: folder.names.map { ($0, Sight(folder.file($0))) })
        #expect(after == before, "\(name), force \(force)")
        if name.hasPrefix("/") { #expect(Sight(path) == outside) }
      }
    }
    #expect(!folder.names.contains("nowhere"))
    guard output.name != "demo, folder" else { return }
    for (name, force) in [("absent", false)] + (output.takesForce ? [("absent-2", true)] : []) {
      let outcome = try await run(output, name, force: force, in: folder)
      #expect(outcome.code == output.code, "\(outcome.notes)")
      var facts = stat()
      #expect(lstat(folder.file(name), &facts) == 0)
      #expect(facts.st_mode == S_IFREG | output.mode, "\(String(facts.st_mode, radix: 8))")
      for made in ["new.coalmine", "new.jsonl"] { unlink(folder.file(made)) }
    }
    if output.takesForce, !output.isLedger {
      let outcome = try await run(output, "regular", force: true, in: folder)
      #expect(outcome.code == output.code, "\(outcome.notes)")
      #expect(try folder.read("regular") != Array("mine".utf8))
    }
    let left = Set(folder.names).subtracting(original).filter { $0.contains("partial") }
    #expect(left.isEmpty, "\(left)")
  }

  @Test(arguments: outputs.filter { !$0.isLedger && $0.name != "demo, folder" })
  func `a hyphen is standard output, and the file is the same`(_ output: Output) async throws {
    let small = try await Self.study()
    // The same randomness twice: the two runs of `seed` draw the same canaries then.
    var output = output
    if output.arguments[0] == "seed" {
      output = Output(
        name: output.name, arguments: output.arguments + ["--seed", "3"], inputs: [],
        other: output.other)
    }
    let printed = try await run(output, "-", force: false, in: small.folder)
    #expect(printed.code == output.code, "\(printed.notes)")
    unlink(small.folder.file("new.coalmine"))
    let written = try await run(output, "file", force: false, in: small.folder)
    #expect(written.code == output.code, "\(written.notes)")
    let file = Data(try small.folder.read("file"))
    if output.arguments[0] == "report" {
      // The time of writing differs.
      let end = try #require(file.range(of: Data("\"run\"".utf8)))
      #expect(printed.output.prefix(end.lowerBound) == file.prefix(end.lowerBound))
    } else {
      #expect(printed.output == file)
    }
    #expect(!small.folder.names.contains("-"))
  }

  @Test func `a result that cannot be printed is an error, 74`() async throws {
    let small = try await Self.study()
    for arguments in [
      "list kinds", "score --study study.coalmine --json",
      "report --study study.coalmine --format md --output -",
      "unseed seeded.jsonl --study study.coalmine --output -", "plan --output -",
    ] {
      let program = CoalmineProgram.products.appendingPathComponent("coalmine").path
      let outcome = try await CoalmineProgram.shell(
        "\(program) \(arguments) > /dev/full", in: small.folder.root)
      #expect(outcome.code == 74, "\(arguments): \(outcome.notes)")
      #expect(outcome.notes.contains("standard output"), "\(arguments): \(outcome.notes)")
      #expect(outcome.notes.contains("[stdout-failed]"), "\(arguments): \(outcome.notes)")
    }
  }

  @Test(arguments: ["> /dev/full", "| true"])
  func `a seeded corpus that cannot be printed leaves no ledger, and the next run works`(
    _ place: String
  ) async throws {
    let small = try await Self.study()
    let program = CoalmineProgram.products.appendingPathComponent("coalmine").path
    let seed =
      "\(program) seed corpus.jsonl --output - --study new.coalmine"
      + " --protocol protocol.yaml --seed 1"
    let before = small.folder.names
    // The reader has gone before anything is printed. The exit code of the program counts,
    // whatever the shell's pipe ends with.
    let outcome = try await CoalmineProgram.shell(
      "{ sleep 0.5; \(seed); echo $? > code; } \(place)", in: small.folder.root)
    let code = try small.folder.read("code").text
    #expect(code == "74\n", "\(outcome.notes)")
    #expect(
      outcome.notes.contains("the ledger 'new.coalmine' was removed: its corpus is not whole"),
      "\(outcome.notes)")
    #expect(small.folder.names == (before + ["code"]).sorted())
    let again = try await CoalmineProgram.shell("\(seed) > printed", in: small.folder.root)
    #expect(again.code == 0, "\(again.notes)")
    let third = try await CoalmineProgram.shell("\(seed) > printed", in: small.folder.root)
    #expect(third.code == 73, "\(third.notes)")
    #expect(
      third.notes.contains("'new.coalmine' is a ledger, and a ledger is never replaced"),
      "\(third.notes)")
    #expect(!third.notes.contains("paid"), "\(third.notes)")
  }
}
