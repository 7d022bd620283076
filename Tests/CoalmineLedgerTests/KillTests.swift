// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger
import CoalmineTesting
import Foundation
import GRDB
import Glibc
import Testing

/// Writes exchanges until it is killed, and notes on a file what was acknowledged.
private enum DoomedWriter {
  /// A line a fact, each one `write`: what is in the page cache survives the process.
  private static func note(_ text: String, _ log: Int32) {
    let line = Array((text + "\n").utf8)
    _ = Glibc.write(log, line, line.count)
  }

  static func run(ledger path: String, log name: String, microseconds: UInt32) throws -> Never {
    let log = open(name, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    Thread.detachNewThread {
      usleep(microseconds)
      kill(getpid(), SIGKILL)
    }
    let failed = Outcome<Observation>.failed(Reason("a", "b"))
    func question(_ exchange: Int64) -> Question {
      Question(.sampledExtraction, .canary("c"), sample: Int(exchange))
    }
    while true {
      let ledger = try Ledger.open(at: path)
      let run = try ledger.runs().last?.number ?? SampleStudy.openRun(ledger).number
      _ = try ledger.settleInterruptedExchanges(run: run)
      var index = try ledger.requests(run: run, procedure: .direct, round: 0).count
      var waiting: [Int64] = []
      for round in 0..<12 {
        var batch = LedgerBatch()
        batch.ended = waiting.map { ($0, .answered(SampleStudy.reply(SampleStudy.body(Int($0))))) }
        // One reply is read with the commit that stores it, another one later.
        let atOnce = waiting.dropFirst().last
        if let atOnce {
          batch.read = [(atOnce, .read, ServedModel(name: "m", fingerprint: "f"))]
          batch.findings = [SampleStudy.finding(atOnce, question(atOnce), failed)]
        }
        batch.departing = (0..<(round % 4 + 1)).map { SampleStudy.departure(index + $0) }
        index += batch.departing.count
        let ids = try ledger.commit(batch, run: run, at: SampleStudy.time)
        for id in waiting { note("answered \(id)", log) }
        for id in ids { note("sent \(id)", log) }
        if let atOnce { note("read \(atOnce)", log) }
        if let first = waiting.first {
          try SampleStudy.read(ledger, run: run, first, .read, [(question(first), failed)])
          note("read \(first)", log)
        }
        waiting = ids
      }
      // The end of a process copies the log into the file: kills hit that too.
      try ledger.close()
    }
  }
}

@Suite struct `A killed writer loses nothing it acknowledged` {
  private let folder: TemporaryFolder
  private var path: String { folder.file("study.coalmine") }
  private var log: String { folder.file("acknowledged") }

  init() throws { folder = try TemporaryFolder(in: .memory) }

  /// What the ledger holds after a kill, against what was acknowledged.
  private func check(_ comment: Comment) throws {
    let ledger = try Ledger.open(at: path)
    #expect(
      try ledger.read { try String.fetchAll($0, sql: "PRAGMA integrity_check") } == ["ok"], comment)
    #expect(
      try ledger.read { try Row.fetchAll($0, sql: "PRAGMA foreign_key_check") }.isEmpty, comment)
    guard let run = try ledger.runs().last?.number else { return try ledger.close() }
    // Raw replies again, also those that were read.
    let read = try ledger.read {
      try Set(Int64.fetchAll($0, sql: "SELECT id FROM exchange WHERE read = 1"))
    }
    let observed = try ledger.read {
      try Set(Int64.fetchAll($0, sql: "SELECT exchange FROM observation"))
    }
    try ledger.forgetObservations(run: run)
    var answered: Set<Int64> = []
    for stored in try SampleStudy.replies(ledger, run: run) {
      #expect(stored.reply == SampleStudy.reply(SampleStudy.body(Int(stored.id))), comment)
      answered.insert(stored.id)
    }
    let all = try ledger.read { try Set(Int64.fetchAll($0, sql: "SELECT id FROM exchange")) }
    let lines = String(
      decoding: (try? folder.read("acknowledged")) ?? [], as: UTF8.self
    ).split(separator: "\n")
    for line in lines {
      let parts = line.split(separator: " ")
      let id = try #require(Int64(parts[1]))
      switch parts[0] {
      case "answered": #expect(answered.contains(id), comment)
      case "sent": #expect(all.contains(id), comment)
      default:
        #expect(read.contains(id) && observed.contains(id) || rounds.contains(id), comment)
      }
    }
    rounds.formUnion(read)
    // Nothing is bought twice beyond what was in flight: at most four requests a kill.
    #expect(try ledger.settleInterruptedExchanges(run: run) <= 4, comment)
    var again = LedgerBatch()
    again.read = try SampleStudy.replies(ledger, run: run).map { ($0.id, .read, nil) }
    _ = try ledger.commit(again, run: run, at: SampleStudy.time)
    try ledger.close()
  }

  /// What earlier rounds had read; their marks were forgotten by the check.
  private let rounds = Marks()

  @Test func `at random instants`() async throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SplitMix(seed)
    for round in 0..<(isDeep ? 300 : 30) {
      if round % 30 == 0 {
        // A fresh file: checking all of a file that only grows would take quadratic time.
        for name in [path, path + "-wal", log] { unlink(name) }
        rounds.removeAll()
        try Ledger.create(at: path).close()
      }
      let microseconds = UInt32(random.next() % 40_000)
      await #expect(processExitsWith: .signal(SIGKILL), "seed \(seed), round \(round)") {
        [
          path = path as String, log = log as String, microseconds = microseconds as UInt32
        ] in
        try DoomedWriter.run(ledger: path, log: log, microseconds: microseconds)
      }
      try check("seed \(seed), round \(round), killed after \(microseconds) µs")
    }
    // The kills did fall into the work, not all before it.
    #expect(try folder.read("acknowledged").count > 500)
  }
}

/// A set behind a reference, for a suite that is a value.
private final class Marks {
  private var ids: Set<Int64> = []
  func contains(_ id: Int64) -> Bool { ids.contains(id) }
  func removeAll() { ids = [] }
  func formUnion(_ other: Set<Int64>) { ids.formUnion(other) }
}
