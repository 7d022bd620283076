// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger
import CoalmineTesting
import Foundation
import GRDB
import Glibc
import Testing

@Suite struct `Creating and opening a ledger` {
  private let folder: TemporaryFolder
  private var path: String { folder.file("study.coalmine") }

  init() throws { folder = try TemporaryFolder(in: .memory) }

  private func pragma(_ ledger: Ledger, _ name: String) throws -> String? {
    try ledger.read { db in
      let value = try DatabaseValue.fetchOne(db, sql: "PRAGMA \(name)") ?? .null
      return String.fromDatabaseValue(value) ?? Int.fromDatabaseValue(value).map(String.init)
    }
  }

  @Test func `a new and a reopened ledger have every durable setting`() throws {
    try Ledger.create(at: path).close()
    for _ in 0..<2 {
      let ledger = try Ledger.open(at: path)
      #expect(try pragma(ledger, "journal_mode") == "wal")
      #expect(try pragma(ledger, "synchronous") == "2")
      #expect(try pragma(ledger, "locking_mode") == "exclusive")
      #expect(try pragma(ledger, "mmap_size") ?? "0" == "0")
      #expect(try pragma(ledger, "foreign_keys") == "1")
      #expect(try pragma(ledger, "trusted_schema") == "0")
      #expect(try pragma(ledger, "secure_delete") == "1")
      #expect(try pragma(ledger, "cell_size_check") == "1")
      // Written too, not only opened.
      try ledger.store(
        TrainingStatement(model: "m", epochs: 1, job: nil, statedBy: nil), at: SampleStudy.time)
      #expect(try pragma(ledger, "synchronous") == "2")
      // The index of the log lives on the heap: no file that a second process could map.
      #expect(folder.names == ["study.coalmine", "study.coalmine-wal"])
      try ledger.close()
      #expect(folder.names == ["study.coalmine"])
    }
  }

  @Test func `the file and its log are for the owner alone, whatever the umask`() async throws {
    await #expect(processExitsWith: .success) { [path = path as String] in
      umask(0)
      let ledger = try Ledger.create(at: path)
      try ledger.store(SampleStudy.record)
      for name in [path, path + "-wal"] {
        var facts = stat()
        #expect(stat(name, &facts) == 0)
        #expect(facts.st_mode & 0o7777 == 0o600, "\(name)")
      }
    }
  }

  @Test func `a restrictive umask takes nothing from the owner`() async throws {
    await #expect(processExitsWith: .success) { [path = path as String] in
      umask(0o777)
      let ledger = try Ledger.create(at: path)
      try ledger.close()
      var facts = stat()
      #expect(stat(path, &facts) == 0)
      #expect(facts.st_mode & 0o7777 == 0o600)
    }
  }

  @Test func `a file that exists is never overwritten`() throws {
    let bytes = Array("my thesis".utf8)
    try folder.write(bytes, to: "study.coalmine")
    let error = try #require(CoalmineError.thrown { _ = try Ledger.create(at: path) })
    #expect(error.code == "ledger-exists")
    #expect(error.exit == .cannotCreate)
    #expect(try folder.read("study.coalmine") == bytes)
  }

  @Test func `creation does not follow a link`() throws {
    #expect(symlink(folder.file("elsewhere"), path) == 0)
    let error = try #require(CoalmineError.thrown { _ = try Ledger.create(at: path) })
    #expect(error.exit == .cannotCreate)
    #expect(!folder.names.contains("elsewhere"))
  }

  @Test func `a folder that is not there is an output that cannot be created`() throws {
    let error = try #require(
      CoalmineError.thrown { _ = try Ledger.create(at: folder.file("no/such")) })
    #expect(error.code == "ledger-not-created")
    #expect(error.exit == .cannotCreate)
  }

  @Test(arguments: ["missing", "file/below-a-file"])
  func `a ledger that is not there is a missing input`(_ name: String) throws {
    try folder.write([1], to: "file")
    let error = try #require(CoalmineError.thrown { _ = try Ledger.open(at: folder.file(name)) })
    #expect(error.code == "ledger-missing")
    #expect(error.exit == .inputMissing)
    #expect(folder.names == ["file"])
  }

  @Test func `a folder is not a ledger`() throws {
    let error = try #require(CoalmineError.thrown { _ = try Ledger.open(at: folder.path) })
    #expect(error.code == "not-a-ledger")
    #expect(error.exit == .badData)
    #expect(error.message.contains("is a folder"))
  }

  @Test func `a pipe is refused and not waited for`() throws {
    #expect(mkfifo(path, 0o600) == 0)
    let error = try #require(CoalmineError.thrown { _ = try Ledger.open(at: path) })
    #expect(error.code == "not-a-ledger")
    #expect(error.exit == .badData)
  }

  @Test(arguments: [
    [UInt8](), Array("families: [access-code]\n".utf8), Array("SQLite format 3\u{0}".utf8),
    Array("SQLite format 3\u{0}".utf8) + [UInt8](repeating: 0xFF, count: 4_096),
    [UInt8](repeating: 0, count: 8_192), [UInt8](repeating: 0x7B, count: 100_000),
  ])
  func `a file that is no database is refused and left as it is`(_ bytes: [UInt8]) throws {
    try folder.write(bytes, to: "study.coalmine")
    let error = try #require(CoalmineError.thrown { _ = try Ledger.open(at: path) })
    #expect(error.code == "not-a-ledger")
    #expect(error.exit == .badData)
    #expect(try folder.read("study.coalmine") == bytes)
    #expect(folder.names == ["study.coalmine"])
  }

  @Test func `somebody else's database is refused and not turned into ours`() throws {
    let other = try DatabaseQueue(path: path)
    try other.write { try $0.execute(sql: "CREATE TABLE notes (text TEXT)") }
    try other.close()
    let before = try folder.read("study.coalmine")
    let error = try #require(CoalmineError.thrown { _ = try Ledger.open(at: path) })
    #expect(error.code == "not-a-ledger")
    #expect(error.exit == .badData)
    #expect(try folder.read("study.coalmine") == before)
    #expect(folder.names == ["study.coalmine"])
  }

  private func change(_ sql: String) throws {
    try Ledger.create(at: path).close()
    let other = try DatabaseQueue(path: path)
    try other.writeWithoutTransaction { try $0.execute(sql: sql) }
    try other.close()
  }

  @Test(arguments: [6, 8, Int(Int32.max)])
  func `a ledger of a newer version is refused with the version`(_ version: Int) throws {
    try change("PRAGMA user_version = \(version)")
    let error = try #require(CoalmineError.thrown { _ = try Ledger.open(at: path) })
    #expect(error.code == "ledger-newer")
    #expect(error.exit == .badData)
    #expect(error.message.contains("version \(version)"))
  }

  @Test(arguments: [
    "DROP TABLE observation", "PRAGMA user_version = 0", "PRAGMA user_version = -1",
    "ALTER TABLE reply RENAME COLUMN body TO bodies", "DROP TABLE reply",
    "ALTER TABLE exchange RENAME COLUMN body_digest TO digests",
    "CREATE TRIGGER t AFTER UPDATE ON exchange BEGIN DELETE FROM exchange; END",
    "CREATE VIEW v AS SELECT 1",
  ])
  func `a ledger with other tables than its version's is refused`(_ sql: String) throws {
    try change(sql)
    let error = try #require(CoalmineError.thrown { _ = try Ledger.open(at: path) })
    #expect(error.code == "ledger-damaged")
    #expect(error.exit == .badData)
  }

  @Test func `a statistics table of SQLite's own does no harm`() throws {
    try change("ANALYZE")
    try Ledger.open(at: path).close()
  }

  @Test func `a ledger that may not be read is an input that cannot be opened`() async throws {
    try Ledger.create(at: path).close()
    await #expect(processExitsWith: .success) { [path = path as String] in
      chmod(path, 0)
      // The superuser may read everything: become nobody.
      if getuid() == 0 { #expect(setuid(65_534) == 0) }
      let error = try #require(CoalmineError.thrown { _ = try Ledger.open(at: path) })
      // Either the file, or for another user already the folder.
      #expect(error.code == "ledger-not-readable")
      #expect(error.exit == .inputMissing)
    }
  }

  @Test(arguments: [false, true])
  func `a ledger that may not be written is refused`(_ folderOnly: Bool) async throws {
    try Ledger.create(at: path).close()
    await #expect(processExitsWith: .success) {
      [path = path as String, folder = folder.path as String, folderOnly = folderOnly as Bool] in
      chmod(path, folderOnly ? 0o666 : 0o444)
      chmod(folder, folderOnly ? 0o555 : 0o777)
      if getuid() == 0 { #expect(setuid(65_534) == 0) }
      let error = try #require(CoalmineError.thrown { _ = try Ledger.open(at: path) })
      #expect(error.code == "ledger-not-writable")
      #expect(error.exit == .inputOutput)
    }
    chmod(folder.path, 0o700)
  }

  @Test func `a hostile path does not steer the terminal`() throws {
    let name = "a\u{1B}[31m\u{202E}"
    for body: (String) throws -> Void in [
      { _ = try Ledger.open(at: $0) }, { _ = try Ledger.create(at: $0 + "/x") },
    ] {
      let error = try #require(CoalmineError.thrown { try body(folder.file(name)) })
      #expect(!error.description.contains("\u{1B}"))
      #expect(!error.description.contains("\u{202E}"))
    }
    try folder.write([1, 2, 3], to: name)
    let error = try #require(CoalmineError.thrown { _ = try Ledger.open(at: folder.file(name)) })
    #expect(!error.description.contains("\u{1B}"))
  }

  @Test func `a creation that was killed leaves no ledger and says so`() throws {
    // SQLite's first page is there, our tables are not: what a kill in the middle leaves.
    let half = try DatabaseQueue(path: path)
    try half.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = WAL") }
    try half.close()
    let error = try #require(CoalmineError.thrown { _ = try Ledger.open(at: path) })
    #expect(error.exit == .badData)
  }

  @Test func `what a check saw comes back as it was stored`() throws {
    let ledger = try Ledger.create(at: path)
    let run = try ledger.openRun(
      role: .tuned, model: "m", endpoint: "http://127.0.0.1", dialect: "vllm",
      presentation: .plain,
      probeSet: ProbeSet(name: "full", summary: "", probes: [.greedyExtraction]), at: "now")
    for noise in [nil, 0, 0.25] as [Double?] {
      let seen = Capabilities(
        claimed: [.tokenizes, .listsNextTokens, .continues], verified: .continues,
        items: Capabilities.Subject.allCases.enumerated().map { place, subject in
          .init(subject, Capabilities.State.allCases[place % 3], "seen ' \(place)")
        }, noiseNats: noise, repeats: 20, contextTokens: noise == nil ? nil : 512)
      try ledger.store(seen, run: run.number)
      #expect(try ledger.capabilities(run: run.number) == seen)
      #expect(seen.tieEpsilon == max(1e-9, 2 * (noise ?? 0)))
    }
    try ledger.close()
  }
}
