// SPDX-License-Identifier: Apache-2.0

import CBytes
import CoalmineTesting
import Foundation
import Testing

/// What `seed` leaves when it does not come to its end.
enum SeedPlace {
  static let names = ["s.coalmine", "s.jsonl"]

  static func arguments(_ small: SmallStudy, in folder: TemporaryFolder) -> [String] {
    [
      "seed", small.corpus, "--output", folder.file("s.jsonl"), "--study",
      folder.file("s.coalmine"), "--protocol", small.folder.file("protocol.yaml"),
    ]
  }

  /// A corpus has its ledger, and both are whole.
  ///
  /// - Returns: whether both are there.
  static func expectWhole(_ folder: TemporaryFolder, _ comment: Comment) async throws -> Bool {
    let found = folder.names.filter { names.contains($0) }
    #expect(found != ["s.jsonl"], "a corpus without its ledger; \(comment)")
    guard found.contains("s.coalmine") else { return false }
    let study = folder.file("s.coalmine")
    let ledger = try await CoalmineProgram.run("verify", "--study", study)
    #expect(ledger.code == 0, "\(comment): \(ledger.notes)\(ledger.text)")
    guard found.contains("s.jsonl") else { return false }
    let corpus = try await CoalmineProgram.run(
      "verify", folder.file("s.jsonl"), "--study", study)
    #expect(corpus.code == 0, "\(comment): \(corpus.notes)")
    return true
  }

  static func clear(_ folder: TemporaryFolder) {
    for name in folder.names { unlink(folder.file(name)) }
  }
}

@Suite struct `A seed that is asked to end` {
  @Test(arguments: [SIGTERM, SIGINT])
  func `leaves both files or nothing at all`(_ signal: Int32) async throws {
    let small = try await SmallStudy(canaries: 16, references: 63)
    // Long enough that most signals come while it works.
    try small.folder.write(
      (0..<60_000).map { "{\"text\":\"line \($0) of a long text\"}\n" }.joined(), to: "corpus.jsonl"
    )
    let folder = try TemporaryFolder()
    let arguments = SeedPlace.arguments(small, in: folder)
    var ended = 0
    for round in 0..<(isDeep ? 400 : 24) {
      SeedPlace.clear(folder)
      let running = try CoalmineProgram.startedHearingSignals(arguments)
      // A third of the signals fall into the last steps, where the names are given.
      if round % 3 == 0 {
        while running.isRunning, !folder.names.contains("s.coalmine") { usleep(50) }
      } else {
        while running.isRunning, folder.names.isEmpty { usleep(50) }
        usleep(UInt32.random(in: 0...60_000))
      }
      running.signal(signal)
      let outcome = try await running.outcome()
      #expect([0, 128 + signal].contains(outcome.code), "round \(round): \(outcome.notes)")
      ended += outcome.code == 0 ? 0 : 1
      #expect(
        folder.names == SeedPlace.names || (folder.names.isEmpty && outcome.code != 0),
        "round \(round), \(outcome.code): \(folder.names)")
    }
    #expect(ended > 6)
    SeedPlace.clear(folder)
    #expect(try await CoalmineProgram.started(arguments).outcome().code == 0)
    #expect(try await SeedPlace.expectWhole(folder, "in the end"))
  }

  @Test func `while it prints removes the ledger of a corpus that nobody has whole`() async throws {
    let small = try await SmallStudy(canaries: 16, references: 3)
    let folder = try TemporaryFolder()
    let program = CoalmineProgram.products.appendingPathComponent("coalmine").path
    // More than a pipe holds, so that printing waits for the reader.
    try folder.write(String(repeating: "a line of the text\n", count: 20_000), to: "c.txt")
    let outcome = try await CoalmineProgram.shell(
      "mkfifo p; { sleep 60 < p & echo $! > reader; }; \(program) seed c.txt --hold-out 0 --study s"
        + " --protocol \(small.folder.file("protocol.yaml")) -o - > p & verb=$!;"
        + " while ! test -e s; do sleep 0.05; done; sleep 0.5; ls; kill $verb; wait $verb; echo $?;"
        + " kill $(cat reader)", in: folder.root)
    #expect(outcome.text.contains("\ns\n") && outcome.text.contains("143\n"), "\(outcome.text)")
    #expect(folder.names == ["c.txt", "p", "reader"], "\(folder.names)")
  }
}

@Suite struct `A seed that is killed` {
  @Test func `leaves no name that is not whole, and the next run works`() async throws {
    let small = try await SmallStudy(canaries: 16, references: 3)
    let folder = try TemporaryFolder()
    let arguments = SeedPlace.arguments(small, in: folder)
    var killed = 0
    var between = 0
    for round in 0..<(isDeep ? 1_000 : 100) {
      SeedPlace.clear(folder)
      // A third of the kills fall into the last steps, where the names are given.
      let running = try CoalmineProgram.started(arguments)
      if round % 3 == 0 {
        while running.isRunning, !folder.names.contains("s.coalmine") { usleep(50) }
      } else {
        usleep(UInt32.random(in: 0...120_000))
      }
      running.signal(SIGKILL)
      let outcome = try await running.outcome()
      killed += outcome.code == -SIGKILL ? 1 : 0
      let found = folder.names
      #expect(
        !found.contains("s.jsonl") || found.contains("s.coalmine"), "round \(round): \(found)")
      if found.contains("s.coalmine"), found.contains("s.jsonl.coalmine-partial") { between += 1 }
      let next = try await CoalmineProgram.started(arguments).outcome()
      if found.contains("s.jsonl") {
        #expect(next.code == 73, "round \(round): \(next.notes)")
      } else {
        #expect(next.code == 0, "round \(round), after \(found): \(next.notes)")
        let leftovers = found.filter { $0.hasSuffix(".coalmine-partial") }
        for leftover in leftovers where !found.contains("s.coalmine") {
          #expect(next.notes.contains(leftover), "not named: \(leftover); \(next.notes)")
        }
      }
      #expect(folder.names == SeedPlace.names, "round \(round)")
      if round % 10 == 0 {
        #expect(try await SeedPlace.expectWhole(folder, "round \(round)"))
      }
    }
    #expect(killed > 25)
    // The instant between the two names was hit, or the test says nothing of it.
    #expect(between > 0)
  }

  @Test func `and left its ledger without a corpus is cleared only where that is what it left`()
    async throws
  {
    let small = try await SmallStudy(canaries: 16, references: 3)
    let folder = try TemporaryFolder()
    let arguments = SeedPlace.arguments(small, in: folder)
    #expect(try await CoalmineProgram.started(arguments).outcome().code == 0)
    // As a kill between the two names would leave it.
    func takeNameBack() throws {
      let partial = folder.file("s.jsonl.coalmine-partial")
      try FileManager.default.moveItem(atPath: folder.file("s.jsonl"), toPath: partial)
      let descriptor = open(partial, O_RDWR)
      coalmine_mark_partial(descriptor)
      close(descriptor)
    }
    try takeNameBack()
    let cleared = try await CoalmineProgram.started(arguments).outcome()
    #expect(cleared.code == 0, "\(cleared.notes)")
    #expect(cleared.notes.contains("interrupted"), "\(cleared.notes)")
    #expect(try await SeedPlace.expectWhole(folder, "cleared"))

    // A ledger that was used stays, and so does one of another corpus.
    let study = folder.file("s.coalmine")
    try takeNameBack()
    #expect(
      try await CoalmineProgram.run(
        "trained", "--study", study, "--model", "m", "--epochs", "1"
      ).code == 0)
    let before = try folder.read("s.coalmine")
    let used = try await CoalmineProgram.started(arguments).outcome()
    #expect(used.code == 73, "\(used.notes)")
    #expect(try folder.read("s.coalmine") == before)
  }
}
