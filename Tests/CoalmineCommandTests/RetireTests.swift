// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineLedger
import CoalmineStudy
import CoalmineTesting
import Foundation
import GRDB
import Testing

/// A study without its secrets, texts and replies, by the real program.
@Suite struct `A retired study` {
  /// A study whose model learned the secrets.
  private static func asked() async throws -> SmallStudy {
    let small = try await SmallStudy(samples: 4, defaultSamples: 2)
    let endpoint = try await CountingEndpoint.reference(
      trainedOn: [URL(fileURLWithPath: small.seeded)], memorisation: 1)
    let probe = try await small.probe(endpoint)
    try await endpoint.stop()
    guard probe.code == 0 else { throw ProgramFailed(probe) }
    return small
  }

  private static func bytes(_ path: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: path))
  }

  /// A report as bytes; of JSON the part that is a function of the answers.
  private static func report(_ small: SmallStudy, _ format: String) async throws -> Data {
    let output = small.folder.file("report.out")
    let report = try await CoalmineProgram.run(
      "report", "--study", small.study, "--format", format, "--output", output, "--force")
    #expect(report.code == 1, "\(report.notes)")
    let bytes = try bytes(output)
    guard format == "json" else { return bytes }
    let start = try #require(bytes.range(of: Data("\"result\":".utf8)))
    let end = try #require(bytes.range(of: Data("\n  \"run\":".utf8)))
    return bytes[start.lowerBound..<end.lowerBound]
  }

  /// What must be gone: planted texts, secrets that are no numbers, records, replies.
  private static func dropped(_ study: String) throws -> [[UInt8]] {
    let ledger = try Ledger.open(at: study)
    let record = try ledger.study()
    let manifest = try ledger.manifest()
    try ledger.close()
    var needles: [[UInt8]] = []
    for canary in record.canaries {
      let secret = canary.secret.reveal()
      needles.append(Array(canary.prefix.suffix(8)) + canary.separator + secret)
      // Digits alone stand in numbers by chance.
      if secret.count >= 10, secret.contains(where: { $0 > 0x40 }) { needles.append(secret) }
    }
    for control in record.inContextControls {
      for secret in [control.given, control.decoy] where secret.reveal().count >= 10 {
        needles.append(control.separator + secret.reveal())
      }
    }
    for record in record.records { needles.append(Array(record.text.reveal().prefix(24))) }
    for removal in manifest?.removals ?? [] {
      needles.append(Array(removal.bytes.reveal().dropFirst(12).prefix(24)))
    }
    needles.append(Array("\"choices\"".utf8))
    return needles.filter { !$0.isEmpty }
  }

  /// The file, and every value in it, as it is stored and inflated.
  private static func everything(_ study: String) throws -> [[UInt8]] {
    var found = [Array(try bytes(study))]
    let queue = try DatabaseQueue(path: study)
    try queue.read { db in
      let tables = try String.fetchAll(db, sql: "SELECT name FROM sqlite_schema WHERE type='table'")
      for table in tables {
        for row in try Row.fetchAll(db, sql: "SELECT * FROM \(table)") {
          for value in row.databaseValues {
            guard let data = Foundation.Data.fromDatabaseValue(value), !data.isEmpty else {
              continue
            }
            let stored = Array(data)
            found.append(stored)
            if let inflated = Deflate.inflate(stored) { found.append(inflated) }
            if let whole = Zstandard.decompress(stored) { found.append(whole) }
          }
        }
      }
    }
    try queue.close()
    return found
  }

  @Test func `keeps every result to the byte, and no byte of what was dropped`() async throws {
    let small = try await Self.asked()
    let formats = ["json", "csv", "csv-records", "sarif", "github"]
    var before: [String: Data] = [:]
    for format in formats { before[format] = try await Self.report(small, format) }
    let needles = try Self.dropped(small.study)
    #expect(needles.count > 80)
    let whole = try Self.everything(small.study)
    // The search finds them where they are.
    #expect(needles.allSatisfy { needle in whole.contains { ByteSearch.contains($0, needle) } })

    let retired = try await CoalmineProgram.run("retire", small.study)
    #expect(retired.code == 0, "\(retired.notes)")
    #expect(retired.text.hasPrefix("retired: \(small.study)\n"), "\(retired.text)")
    for format in formats {
      #expect(try await Self.report(small, format) == before[format], "\(format)")
    }
    let left = try Self.everything(small.study)
    for needle in needles {
      #expect(
        !left.contains { ByteSearch.contains($0, needle) },
        "\(String(decoding: needle, as: UTF8.self))")
    }
    #expect(!small.folder.names.contains { $0.hasSuffix("-wal") || $0.hasSuffix("-journal") })
    #expect(!small.folder.names.contains { $0.hasSuffix(".coalmine-partial") })
    let mode = try FileManager.default.attributesOfItem(atPath: small.study)[.posixPermissions]
    #expect(mode as? Int == 0o600)

    for format in ["html", "md"] {
      let text = String(decoding: try await Self.report(small, format), as: UTF8.self)
      #expect(text.contains("The study was retired on "), "\(format)")
    }
    let score = try await CoalmineProgram.run("score", "--study", small.study, "--json")
    let run = try #require(score.json["run"] as? [String: Any])
    let noted = try #require(run["retired"] as? [String: Any])
    #expect((noted["replies"] as? Int ?? 0) > 10 && (noted["secrets"] as? Int ?? 0) > 40)
  }

  @Test func `is still verified as far as numbers go, and says what cannot be read again`()
    async throws
  {
    let small = try await Self.asked()
    #expect(try await CoalmineProgram.run("retire", small.study).code == 0)
    let good = try await CoalmineProgram.run("verify", "--study", small.study, "--json")
    #expect(good.code == 0, "\(good.notes)")
    let noted = try #require(good.json["retired"] as? [String: Any])
    #expect((noted["record_texts"] as? Int ?? 0) >= 40)
    // A log-probability and an exposure per canary, a log-probability per record.
    #expect((good.json["values_recomputed"] as? Int ?? 0) >= 2 * 40 + 40)
    let words = try await CoalmineProgram.run("verify", "--study", small.study)
    #expect(words.text.contains("none of this can be read again"), "\(words.text)")

    // A hand that does not recompute digests.
    let altered = small.folder.file("altered.coalmine")
    try FileManager.default.copyItem(atPath: small.study, toPath: altered)
    try Self.change(altered) {
      try $0.execute(sql: "UPDATE canary SET role = 'inserted' WHERE role = 'held-out'")
    }
    let found = try await CoalmineProgram.run("verify", "--study", altered)
    #expect(found.code == 5 && found.text.contains("canary"), "\(found.text)\(found.notes)")
    #expect(try await CoalmineProgram.run("score", "--study", altered).code == 65)

    // A hand that does: the kept numbers no longer come to the kept results.
    try Self.change(small.study) { try $0.execute(sql: "PRAGMA user_version = 5") }
    let ledger = try Ledger.open(at: small.study)
    try ledger.change { rows in
      let row = try #require(
        try Row.fetchOne(
          rows.db,
          sql: """
            SELECT id, body FROM observation WHERE probe = 'sequence-likelihood'
              AND subject LIKE 'canary:%' AND status = 'measured' ORDER BY id LIMIT 1
            """))
      var body = Array(row["body"] as Foundation.Data)
      // The bits of the last token's log-probability.
      body[body.count - 2] ^= 1
      let isThere = try rows.update(.observation, row["id"], ["body": Foundation.Data(body)])
      #expect(isThere)
    }
    try ledger.close()
    try Self.change(small.study) { try $0.execute(sql: "PRAGMA user_version = 105") }
    let changed = try await CoalmineProgram.run("verify", "--study", small.study)
    #expect(changed.code == 5, "\(changed.text)")
    #expect(
      changed.text.contains("is not what the kept log-probabilities come to"), "\(changed.text)")
  }

  private static func change(_ path: String, _ body: (Database) throws -> Void) throws {
    let queue = try DatabaseQueue(path: path)
    try queue.writeWithoutTransaction(body)
    try queue.close()
  }

  @Test func `refuses what needs the dropped bytes, and answers what does not`() async throws {
    let small = try await Self.asked()
    let history = try await CoalmineProgram.run("history", small.study, "--format", "json")
    #expect(try await CoalmineProgram.run("retire", small.study, "--json").code == 0)
    let bytes = try Self.bytes(small.study)
    let output = small.folder.file("output")
    let refused: [[String]] = [
      ["retire", small.study],
      ["probe", "--study", small.study, "--endpoint", "http://127.0.0.1:1", "--model", "m"],
      ["check", "--study", small.study, "--endpoint", "http://127.0.0.1:1", "--model", "m"],
      ["scan", small.corpus, "--study", small.study],
      ["unseed", small.seeded, "--study", small.study, "--output", output],
      ["verify", small.seeded, "--study", small.study],
      ["verify", small.seeded, "--processed", "--study", small.study],
      ["verify", "--study", small.study, "--upgrade", output],
      ["commit", "--study", small.study, "--output", output],
      ["preflight", "--study", small.study],
      ["trained", "--study", small.study, "--model", "m", "--epochs", "1"],
      ["score", "--study", small.study, "--reread"],
      ["report", "--study", small.study, "--format", "csv", "--output", output, "--reveal"],
    ]
    for arguments in refused {
      let outcome = try await CoalmineProgram.started(arguments).outcome()
      #expect(outcome.code == 65, "\(arguments): \(outcome.code) \(outcome.notes)")
      #expect(outcome.notes.contains("[study-retired]"), "\(arguments): \(outcome.notes)")
    }
    #expect(!small.folder.names.contains("output"))
    let status = try await CoalmineProgram.run("status", small.study)
    #expect(status.code == 0, "\(status.notes)")
    #expect(status.text.hasPrefix("next: The study was retired on "), "\(status.text)")
    let later = try await CoalmineProgram.run("history", small.study, "--format", "json")
    #expect(later.output == history.output, "\(later.notes)")
    // Nobody wrote into it.
    #expect(try Self.bytes(small.study) == bytes)
  }

  @Test func `waits for its day, and is not made of an unfinished one by mistake`() async throws {
    let small = try await SmallStudy(samples: 1, defaultSamples: 0)
    let bytes = try Self.bytes(small.study)
    for day in ["2027-02-29", "2027-13-01", "27-01-01", "tomorrow", "2027-1-1", ""] {
      let bad = try await CoalmineProgram.run("retire", small.study, "--after", day)
      #expect(bad.code == 64, "\(day): \(bad.notes)")
    }
    let early = try await CoalmineProgram.run("retire", small.study, "--after", "9999-12-31")
    #expect(early.code == 0 && early.text.contains("before 9999-12-31"), "\(early.text)")
    let misspelled = try await CoalmineProgram.run("retire", "x", "--after", "9999-12-31")
    #expect(misspelled.code == 66, "\(misspelled.notes)")
    #expect(try Self.bytes(small.study) == bytes)

    let endpoint = try await CountingEndpoint.reference(
      trainedOn: [URL(fileURLWithPath: small.corpus)], memorisation: 0)
    #expect(try await small.probe(endpoint).code == 0)
    try await endpoint.stop()
    let ledger = try Ledger.open(at: small.study)
    let isThere = try ledger.change { try $0.update(.run, 1, ["closed_at": nil]) }
    #expect(isThere)
    try ledger.close()
    let open = try Self.bytes(small.study)
    let refused = try await CoalmineProgram.run("retire", small.study)
    #expect(refused.code == 65 && refused.notes.contains("[retire-unfinished]"), "\(refused.notes)")
    #expect(try Self.bytes(small.study) == open)
    let wanted = try await CoalmineProgram.run(
      "retire", small.study, "--unfinished", "--after", "2020-01-01")
    #expect(wanted.code == 0, "\(wanted.notes)")
  }

  @Test
  func `a study that nobody asked keeps its empty result, and an altered one keeps its bytes`()
    async throws
  {
    let small = try await SmallStudy(samples: 1, defaultSamples: 0)
    let altered = small.folder.file("altered.coalmine")
    try FileManager.default.copyItem(atPath: small.study, toPath: altered)
    try Self.change(altered) {
      try $0.execute(sql: "UPDATE canary SET bits = 7 WHERE role = 'held-out'")
    }
    let before = try Self.bytes(altered)
    let refused = try await CoalmineProgram.run("retire", altered, "--unfinished")
    #expect(
      refused.code == 5 && refused.notes.contains("[retire-not-verified]"), "\(refused.notes)")
    #expect(try Self.bytes(altered) == before)

    let link = small.folder.file("link.coalmine")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: small.study)
    #expect(try await CoalmineProgram.run("retire", link).code == 73)
    let text = try await CoalmineProgram.run("retire", small.corpus)
    #expect(text.code == 65, "\(text.notes)")

    let score = try await CoalmineProgram.run("score", "--study", small.study)
    let early = try await CoalmineProgram.run("retire", small.study)
    #expect(early.code == 65 && early.notes.contains("no model was asked"), "\(early.notes)")
    #expect(try await CoalmineProgram.run("retire", small.study, "--unfinished").code == 0)
    let again = try await CoalmineProgram.run("score", "--study", small.study)
    #expect(again.code == 3 && again.output == score.output, "\(again.notes)")
  }

  @Test func `a killed run leaves the whole study or the retired one, and the next one ends it`()
    async throws
  {
    let small = try await Self.asked()
    let result = try await Self.report(small, "json")
    var generator = SplitMix(5)
    let start = Date()
    let whole = small.folder.file("whole.coalmine")
    try FileManager.default.copyItem(atPath: small.study, toPath: whole)
    #expect(try await CoalmineProgram.run("retire", whole).code == 0)
    let took = Date().timeIntervalSince(start)
    var (left, done) = (0, 0)
    for _ in 0..<(isDeep ? 200 : 3) {
      let copy = small.folder.file("copy.coalmine")
      try? FileManager.default.removeItem(atPath: copy)
      try FileManager.default.copyItem(atPath: small.study, toPath: copy)
      let running = try CoalmineProgram.started(["retire", copy])
      // Most of the time is spent on reading the replies again: the later part writes.
      let share = 0.4 + 0.6 * Double(generator.next() % 1_000) / 1_000
      try await Task.sleep(for: .seconds(took * share))
      running.signal(SIGKILL)
      _ = try await running.outcome()
      let ledger = try Ledger.open(at: copy)
      #expect(try ledger.problems(replies: true).isEmpty)
      if ledger.isRetired { done += 1 } else { left += 1 }
      let isRetired = ledger.isRetired
      try ledger.close()
      if !isRetired {
        let again = try await CoalmineProgram.run("retire", copy)
        #expect(again.code == 0, "\(again.notes)")
      }
      #expect(!small.folder.names.contains { $0.hasSuffix(".coalmine-partial") })
    }
    print("measured: kills of retire: \(left) left the whole study, \(done) the retired one")
    try FileManager.default.removeItem(atPath: small.study)
    try FileManager.default.moveItem(
      atPath: small.folder.file("copy.coalmine"), toPath: small.study)
    #expect(try await Self.report(small, "json") == result)
  }
}
