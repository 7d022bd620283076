// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger
import CoalmineTesting
import Foundation
import GRDB
import Testing

@Suite struct `What a ledger must not hold or tell` {
  private let folder: TemporaryFolder
  private var path: String { folder.file("study.coalmine") }

  init() throws { folder = try TemporaryFolder(in: .memory) }

  @Test func `a request leaves its digest, and nothing of its headers or body`() throws {
    let (ledger, run) = try SampleStudy.ledger(at: path)
    try SampleStudy.exchange(ledger, run: run.number, 0, [1])
    let columns = try ledger.read {
      try Row.fetchAll($0, sql: "PRAGMA table_info(exchange)").map { $0["name"] as String }
    }
    // A column for requests would be the place where a key could land: adding one is a decision.
    #expect(
      columns == [
        "id", "run", "procedure", "round", "place", "part", "attempt", "state", "job",
        "request_digest", "queries", "sent_at", "http_status", "headers", "body_length",
        "elapsed_ms", "error", "read", "body_digest", "served_model", "fingerprint", "digest",
      ])
    let ofReplies = try ledger.read {
      try Row.fetchAll($0, sql: "PRAGMA table_info(reply)").map { $0["name"] as String }
    }
    #expect(ofReplies == ["exchange", "body"])
    let digest = try ledger.read {
      try Data.fetchOne($0, sql: "SELECT request_digest FROM exchange")
    }
    #expect(digest?.count == 32)
  }

  @Test func `errors quote no secret, no root and no row`() throws {
    let (ledger, _) = try SampleStudy.ledger(at: path)
    let damage = [
      "UPDATE canary SET role = 'spy' WHERE id = 'access-code-0'",
      "UPDATE canary SET role = 'inserted', space_index = x'00' WHERE id = 'access-code-0'",
    ]
    for sql in damage {
      try ledger.write { try $0.execute(sql: sql) }
      let error = try #require(CoalmineError.thrown { _ = try ledger.study() })
      #expect(error.code == "ledger-damaged")
      #expect(!"\(error)".contains("302557"))
    }
    // SQLite's own message would quote the statement and its arguments.
    let doubled = try #require(CoalmineError.thrown { try ledger.store(SampleStudy.record) })
    #expect(!"\(doubled)".contains("INSERT"))
    #expect(!"\(doubled)".contains("302557"))
  }

  @Test func `a study prints without its secrets`() {
    let text = "\(SampleStudy.record)"
    #expect(text.contains("(secret)"))
    for canary in SampleStudy.canaries {
      #expect(!text.contains("\(canary.secret.reveal())"))
      #expect(!text.contains(String(decoding: canary.secret.reveal(), as: UTF8.self)))
    }
  }

  @Test func `what was overwritten is gone from the file`() throws {
    let marker = Array("MARKER-7f3a-MARKER".utf8)
    let (ledger, run) = try SampleStudy.ledger(at: path)
    let id = try SampleStudy.exchange(ledger, run: run.number, 0, [])
    let outcome = Outcome<Observation>.measured(
      .completions([Completion(text: marker, ending: .stop)]))
    try SampleStudy.read(ledger, run: run.number, id, .read, [(SampleStudy.asked[0], outcome)])
    try ledger.forgetObservations(run: run.number)
    try ledger.close()
    #expect(Data(try folder.read("study.coalmine")).range(of: Data(marker)) == nil)
    #expect(folder.names == ["study.coalmine"])
  }
}
