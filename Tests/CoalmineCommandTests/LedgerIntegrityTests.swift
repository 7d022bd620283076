// SPDX-License-Identifier: Apache-2.0

import Coalmine
import CoalmineBytes
import CoalmineCore
import CoalmineLedger
import CoalmineTesting
import Foundation
import GRDB
import Testing

/// A probed study whose ledger is changed behind the program's back.
private struct Victim {
  let folder: TemporaryFolder
  let original: [UInt8]
  let result: [UInt8]
  let content: [String]
  var path: String { folder.file("victim.coalmine") }

  init() async throws {
    let small = try await SmallStudy(canaries: 16, references: 3)
    let endpoint = try await CountingEndpoint.reference(
      trainedOn: [URL(fileURLWithPath: small.seeded)], memorisation: 0.3)
    let probe = try await small.probe(endpoint)
    guard probe.code == 0 else { throw ProgramFailed(probe) }
    try await endpoint.stop()
    try CorpusVerbs.trained(
      TrainingStatement(model: "tuned", epochs: 1, job: "j", statedBy: "s"), study: small.study,
      now: "2026-01-01T00:00:00Z")
    folder = small.folder
    original = try folder.read("study.coalmine")
    result = try Self.result(small.study)
    content = try Self.content(small.study)
  }

  /// The report's numbers, those of the runs' costs included.
  static func result(_ path: String) throws -> [UInt8] {
    let report = try ScoreVerb.score(study: path, now: "", version: "")
    return try JSONFormat.render(report, options: ReportOptions(reveal: true))
  }

  /// Every value of every table, as SQLite alone gives it.
  static func content(_ path: String) throws -> [String] {
    let queue = try DatabaseQueue(path: path)
    defer { try? queue.close() }
    return try queue.read { db in
      try String.fetchAll(
        db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"
      ).flatMap { table in
        try Row.fetchAll(db, sql: "SELECT * FROM \(table)").map { row in
          table
            + row.map { name, value in
              switch value.storage {
              case .null: "\(name)=null"
              case .int64(let number): name + "=" + String(number)
              case .double(let number): name + "=double " + number.description
              case .string(let text): name + "=text " + text
              case .blob(let bytes):
                // Of a reply its bytes: a compressed stream has a few bits that stand for nothing.
                name + "="
                  + (table == "reply" && name == "body"
                  ? Zstandard.decompress([UInt8](bytes)).map { Data($0) } ?? bytes : bytes)
                  .base64EncodedString()
              }
            }.joined(separator: "|")
        }.sorted()
      }
    }
  }

  func put(_ bytes: [UInt8]) throws {
    // A new file each time: SQLite keeps what it knows of an open one by its inode.
    for name in [path, path + "-wal", path + "-shm"] { unlink(name) }
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }

  /// Changes the original by SQL, as any program could.
  func edit(_ sql: String) throws {
    try put(original)
    let queue = try DatabaseQueue(path: path)
    try queue.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA foreign_keys = OFF")
      try db.execute(sql: sql)
      #expect(db.totalChangesCount > 0, "changes nothing: \(sql)")
      try db.checkpoint(.truncate)
    }
    try queue.close()
  }

  /// No number that differs, and no change of content that is not found.
  func expectFound(_ comment: Comment) async throws {
    do {
      let result = try Self.result(path)
      #expect(result == self.result, "another number without an error: \(comment)")
    } catch let error as CoalmineError {
      #expect([.badData, .inputOutput].contains(error.exit), "\(comment): \(error)")
      #expect(!error.message.isEmpty)
    }
    // A bit that stands for nothing changes no content.
    let found = try? Self.content(path)
    guard found != content else { return }
    let changes = found.map { Set($0).symmetricDifference(content).map { $0.prefix(400) } }
    do {
      let findings = try await Reread(study: path).findings()
      #expect(
        !findings.problems.isEmpty,
        "not found by verify: \(comment), \(changes.map(String.init(describing:)) ?? "unreadable")")
    } catch let error as CoalmineError {
      // Not a ledger any more, or one of a version that does not exist.
      #expect(
        ["not-a-ledger", "ledger-newer", "ledger-failed"].contains(error.code),
        "\(comment): \(error)")
    }
  }
}

@Suite struct `A ledger that was changed` {
  @Test func `by any flipped bit gives no other number, and verify finds it`() async throws {
    let victim = try await Victim()
    try victim.put(victim.original)
    let whole = try await Reread(study: victim.path).findings()
    #expect(whole.problems.isEmpty && whole.isSealed && whole.observations > 100)
    var random = SystemRandomNumberGenerator()
    for _ in 0..<(isDeep ? 10_000 : 500) {
      let bit = Int.random(in: 0..<(victim.original.count * 8), using: &random)
      var bytes = victim.original
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      try victim.put(bytes)
      try await victim.expectFound("bit \(bit)")
    }
  }

  /// Edits that mean something: each would change a number, or what one rests on.
  static let edits = [
    "UPDATE canary SET role = 'held-out' WHERE id = (SELECT min(id) FROM canary WHERE role = 'inserted')",
    "UPDATE canary SET role = 'inserted' WHERE role = 'held-out'",
    "UPDATE canary SET repetitions = 2 WHERE role = 'inserted'",
    "UPDATE canary SET randomized = 1 - randomized",
    "UPDATE canary SET bits = bits + 1",
    "UPDATE canary SET kind = 'account-number' WHERE kind = 'hex-token'",
    "UPDATE canary SET secret = x'313233343536' WHERE kind = 'access-code'",
    "UPDATE canary SET prefix = CAST(prefix || x'20' AS BLOB)",
    "UPDATE canary SET separator = x'2020'",
    "UPDATE canary SET suffix = x''",
    "UPDATE canary SET space_index = zeroblob(16)",
    "UPDATE canary SET reference_indices = x''",
    "UPDATE canary SET id = 'renamed' WHERE id = (SELECT max(id) FROM canary)",
    "DELETE FROM canary WHERE role = 'held-out'",
    "DELETE FROM canary WHERE role = 'control'",
    "UPDATE context SET value = x'41'",
    "DELETE FROM context",
    "UPDATE in_context_control SET given = decoy",
    "DELETE FROM in_context_control",
    "UPDATE insertion SET start = start + 1",
    "DELETE FROM insertion WHERE copy > 1",
    "UPDATE removal SET bytes = x'7B7D'",
    "DELETE FROM removal",
    "UPDATE record SET membership = 'member'",
    "UPDATE record SET text = x'41' WHERE membership = 'member'",
    "DELETE FROM record WHERE membership = 'nonmember'",
    "UPDATE study SET value = CAST(replace(CAST(value AS TEXT), 'alpha: 0.05', 'alpha: 0.50') AS BLOB) WHERE key = 'protocol'",
    "UPDATE study SET value = CAST(replace(CAST(value AS TEXT), 'limit: 0', 'limit: 9') AS BLOB) WHERE key = 'protocol'",
    "UPDATE study SET value = zeroblob(32) WHERE key = 'scoring_seed'",
    "UPDATE study SET value = zeroblob(32) WHERE key = 'order_seed'",
    "UPDATE study SET value = x'00' WHERE key = 'predictable_seed'; UPDATE study SET value = x'01' WHERE key = 'predictable_seed'",
    "UPDATE study SET value = CAST('imported' AS BLOB) WHERE key = 'origin'",
    "UPDATE study SET value = CAST('0000000000000000' AS BLOB) WHERE key = 'id'",
    "INSERT INTO study SELECT 'unsealed_version', CAST('2' AS BLOB), digest FROM study LIMIT 1",
    "UPDATE file SET bytes = CAST(bytes || x'0A' AS BLOB)",
    "UPDATE training SET epochs = 10",
    "DELETE FROM training",
    "UPDATE run SET role = 'base'",
    "UPDATE run SET model = 'another'",
    "UPDATE run SET closed_at = NULL",
    "UPDATE run SET probes = 'greedy-extraction'",
    "DELETE FROM observation WHERE subject LIKE 'canary:%' AND probe = 'sequence-likelihood'",
    "DELETE FROM observation WHERE id = (SELECT max(id) FROM observation)",
    "UPDATE observation SET sample = sample + 1 WHERE probe = 'sampled-extraction'",
    "INSERT INTO observation SELECT id + 100000, run, probe, subject, sample, query, exchange, status, body, reply_digest, digest FROM observation LIMIT 1",
    "UPDATE observation SET body = (SELECT body FROM observation o WHERE o.subject LIKE 'reference:%' LIMIT 1) WHERE subject LIKE 'canary:%' AND probe = 'sequence-likelihood'",
    "UPDATE observation SET subject = subject || '-x' WHERE subject LIKE 'canary:%'",
    "UPDATE observation SET status = 'failed' WHERE probe = 'greedy-extraction'",
    "UPDATE observation SET exchange = (SELECT max(id) FROM exchange)",
    "UPDATE observation SET reply_digest = zeroblob(16)",
    "UPDATE exchange SET state = 'failed' WHERE id = 1",
    "UPDATE exchange SET body_length = body_length + 1",
    "UPDATE exchange SET http_status = 500",
    "UPDATE exchange SET queries = (SELECT queries FROM exchange ORDER BY id DESC LIMIT 1)",
    "UPDATE reply SET body = (SELECT body FROM reply ORDER BY exchange DESC LIMIT 1)",
    "UPDATE exchange SET round = round + 1",
    "UPDATE exchange SET served_model = 'another'",
    "UPDATE run SET presentation = 'chat'",
    "DELETE FROM exchange WHERE id = (SELECT max(id) FROM exchange)",
    "UPDATE capability SET noise_nats = 5.0",
    "UPDATE capability SET verified = 'continues'",
    "DELETE FROM capability",
    "UPDATE capability_item SET state = 'not-seen'",
    "DELETE FROM seal WHERE name = 'observation'",
    "UPDATE seal SET rows = rows + 1",
    "DELETE FROM seal",
    // The list of tables itself, also where SQLite would read the same out of it.
    "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET name = 'Seal' WHERE name = 'seal'",
    "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET tbl_name = 'Seal' WHERE name = 'seal'",
    "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET type = 'Table' WHERE name = 'seal'",
    // A whole set and its sum: what is not there has no digest, and its sum is missed.
    "DELETE FROM training; DELETE FROM seal WHERE name = 'training'",
    "DELETE FROM in_context_control; DELETE FROM seal WHERE name = 'in_context_control'",
    "DELETE FROM record; DELETE FROM seal WHERE name = 'record'",
    "DELETE FROM file; DELETE FROM seal WHERE name = 'file'",
    "DELETE FROM capability_item; DELETE FROM capability; DELETE FROM seal WHERE name LIKE 'capability%'",
    "DELETE FROM observation; DELETE FROM reply; DELETE FROM exchange; DELETE FROM seal WHERE run = 1",
    "DELETE FROM observation; DELETE FROM reply; DELETE FROM exchange; DELETE FROM capability_item; DELETE FROM capability; DELETE FROM run; DELETE FROM seal WHERE run = 1 OR name = 'run'",
  ]

  @Test func `by an edit that means something is refused, and verify names what differs`()
    async throws
  {
    let victim = try await Victim()
    for sql in Self.edits {
      // The one that changes a value and changes it back is a change of nothing.
      let undoes = sql.contains("predictable_seed")
      try victim.edit(sql)
      try await victim.expectFound("\(sql)")
      let findings = try await Reread(study: victim.path).findings()
      #expect(findings.problems.isEmpty == undoes, "\(sql)")
      let score = try await CoalmineProgram.run("score", "--study", victim.path)
      let verify = try await CoalmineProgram.run("verify", "--study", victim.path)
      guard !undoes else { continue }
      #expect(verify.code == 5, "\(sql): \(verify.code) \(verify.notes)")
      if !sql.contains("UPDATE reply SET body") {
        #expect(score.code == 65, "\(sql): \(score.code) \(score.notes)")
        let words = sql.contains("sqlite_schema") ? "are not those of ledger" : "was altered"
        #expect(score.notes.contains(words), "\(sql): \(score.notes)")
      }
    }
  }

  @Test func `in the body of a stored reply is told alike by reading again and by verify`()
    async throws
  {
    let victim = try await Victim()
    try victim.edit("UPDATE reply SET body = zeroblob(8) WHERE exchange = 9")
    let verify = try await CoalmineProgram.run("verify", "--study", victim.path)
    #expect(verify.text.contains("the reply to request 9 of run 1 is not what was stored"))
    let score = try await CoalmineProgram.run("score", "--reread", "--study", victim.path)
    #expect(score.code == 65, "\(score.notes)")
    #expect(
      score.notes.contains(
        "the reply to request 9 of run 1 is not what was stored [ledger-altered]"),
      "\(score.notes)")
    #expect(score.notes.contains("help: restore the file from a copy"), "\(score.notes)")
  }

  @Test func `by the log of another ledger is refused, and nothing is written to it`() async throws
  {
    let small = try await SmallStudy(canaries: 16, references: 3)
    let endpoint = try await CountingEndpoint.reference(
      trainedOn: [URL(fileURLWithPath: small.seeded)], memorisation: 0.3)
    // A probe that is killed leaves its log.
    let fresh = try small.folder.read("study.coalmine")
    let running = try CoalmineProgram.started(small.probeArguments(endpoint))
    endpoint.callOnRequest { if $0 == 12 { running.signal(SIGKILL) } }
    #expect(try await running.outcome().code == -SIGKILL)
    endpoint.callOnRequest(nil)
    #expect(small.folder.names.contains("study.coalmine-wal"))
    // Another study takes the name, and the log stays.
    let other = try await SmallStudy(canaries: 24, references: 7, seed: 2)
    unlink(small.study)
    try FileManager.default.copyItem(atPath: other.study, toPath: small.study)
    let before = try small.folder.read("study.coalmine")
    for arguments in [
      ["score", "--study", small.study], ["verify", "--study", small.study],
      ["trained", "--study", small.study, "--model", "m", "--epochs", "1"],
    ] {
      let refused = try await CoalmineProgram.started(arguments).outcome()
      #expect(
        refused.code == (arguments[0] == "verify" ? 5 : 65), "\(refused.notes)\(refused.text)")
    }
    #expect(try small.folder.read("study.coalmine") == before)
    // Without the log it is whole, and its own log is taken as ever.
    unlink(small.study + "-wal")
    #expect(try await CoalmineProgram.run("verify", "--study", small.study).code == 0)
    // Nor is a new ledger made beside it.
    try small.folder.write(fresh, to: "new.coalmine-wal")
    let upgrade = try await CoalmineProgram.run(
      "verify", "--study", small.study, "--upgrade", small.folder.file("new.coalmine"))
    #expect(upgrade.code == 73, "\(upgrade.notes)")
    try await endpoint.stop()
  }

  @Test func `under another name, or while it is used, is noticed`() async throws {
    let small = try await SmallStudy(canaries: 16, references: 3)
    #expect(link(small.study, small.folder.file("hard.coalmine")) == 0)
    let two = try await CoalmineProgram.run("score", "--study", small.study)
    #expect(two.code == 65 && two.notes.contains("ledger-has-names"), "\(two.notes)")
    unlink(small.folder.file("hard.coalmine"))
    try small.folder.write("x", to: "study.coalmine-journal")
    let journal = try await CoalmineProgram.run("score", "--study", small.study)
    #expect(journal.code == 65 && journal.notes.contains("ledger-has-journal"), "\(journal.notes)")
    unlink(small.folder.file("study.coalmine-journal"))
    let endpoint = try await CountingEndpoint.reference(
      trainedOn: [URL(fileURLWithPath: small.seeded)], memorisation: 0.3)
    let moved = small.folder.file("moved.coalmine")
    let study = small.study
    endpoint.callOnRequest { if $0 == 12 { rename(study, moved) } }
    let probe = try await small.probe(endpoint)
    #expect(probe.code == 74 && probe.notes.contains("ledger-replaced"), "\(probe.notes)")
    try await endpoint.stop()
  }

  @Test func `never holds the key that a server repeats`() async throws {
    let small = try await SmallStudy(canaries: 16, references: 3)
    let key = "sk-secret-0123456789"
    let endpoint = try await CountingEndpoint.fixed(
      status: 401, #"{"error":{"message":"Incorrect API key provided: \#(key)"}}"#)
    let probe = try await small.probe(endpoint, environment: ["COALMINE_API_KEY": key])
    #expect(probe.code == 77, "\(probe.notes)")
    let ledger = try Ledger.open(at: small.study)
    let bodies = try ledger.read { db in
      try Data.fetchAll(db, sql: "SELECT body FROM reply")
    }
    #expect(!bodies.isEmpty)
    for body in bodies {
      let reply = try #require(Zstandard.decompress([UInt8](body)))
      let text = String(decoding: reply, as: UTF8.self)
      #expect(text.contains("Incorrect API key provided: ****") && !text.contains(key))
    }
    try ledger.close()
    try await endpoint.stop()
  }

  @Test func `by somebody who recomputes the digests is found by reading the replies again`()
    async throws
  {
    let victim = try await Victim()
    try victim.put(victim.original)
    let ledger = try Ledger.open(at: victim.path)
    let secret = try #require(
      try ledger.observations(run: 1)[.sequenceLikelihood]?.first {
        if case .canary = $0.key { true } else { false }
      })
    let (exchange, query) = try ledger.read { db in
      let row = try #require(
        try Row.fetchOne(
          db, sql: "SELECT exchange, query FROM observation WHERE subject = ? AND probe = ?",
          arguments: [secret.key.slug, "sequence-likelihood"]))
      return (row["exchange"] as Int64, [UInt8](row["query"] as Data))
    }
    // Everything else stays as it is, with its digests.
    let others = try ledger.observations(run: 1)[.sequenceLikelihood] ?? [:]
    let exchanges = try ledger.read { db in
      try Row.fetchAll(
        db, sql: "SELECT subject, exchange, query FROM observation WHERE probe = ?",
        arguments: ["sequence-likelihood"])
    }
    try ledger.store(
      try exchanges.map { row in
        let subject = try #require(
          others.keys.first { $0.slug == row["subject"] as String })
        return LedgerBatch.Finding(
          question: Question(.sequenceLikelihood, subject),
          queryID: subject == secret.key ? query : [UInt8](row["query"] as Data),
          exchange: subject == secret.key ? exchange : row["exchange"] as Int64,
          outcome: subject == secret.key
            ? .measured(.likelihood([TokenScore(range: 0..<400, logProbability: -0.001)]))
            : try #require(others[subject]))
      }, replacing: [.sequenceLikelihood], run: 1)
    try ledger.close()
    let verify = try await CoalmineProgram.run("verify", "--study", victim.path)
    #expect(verify.code == 5, "\(verify.notes)")
    #expect(verify.text.contains(secret.key.slug), "\(verify.text)")
    // Reading again puts it right.
    let score = try await CoalmineProgram.run("score", "--reread", "--study", victim.path)
    #expect(score.notes.contains("1 observation changed"), "\(score.notes)")
    #expect(try Victim.result(victim.path) == victim.result)
    #expect(try await CoalmineProgram.run("verify", "--study", victim.path).code == 0)
  }
}
