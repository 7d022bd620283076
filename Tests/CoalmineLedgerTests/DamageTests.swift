// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger
import CoalmineTesting
import Foundation
import GRDB
import Glibc
import Testing

/// Reads everything that a ledger holds.
private func readEverything(_ path: String) throws {
  let ledger = try Ledger.open(at: path)
  _ = try ledger.study()
  _ = try ledger.training()
  _ = try ledger.costs()
  for run in try ledger.runs() {
    _ = try ledger.requests(run: run.number, procedure: .direct, round: 0)
    _ = try ledger.observations(run: run.number)
    _ = try SampleStudy.replies(ledger, run: run.number)
    _ = try ledger.queued(run: run.number)
    _ = try ledger.served(run: run.number)
  }
  try ledger.close()
}

/// Reads a damaged file: it must give no error, or an error that says the file is bad.
private func expectErrorOrNothing(_ bytes: [UInt8], at path: String, _ comment: Comment) throws {
  unlink(path + "-wal")
  try Data(bytes).write(to: URL(fileURLWithPath: path))
  do { try readEverything(path) } catch let error as CoalmineError {
    #expect(error.exit == .badData, "\(comment): \(error)")
    #expect(!error.description.contains("302557"), comment)
  } catch {
    Issue.record("\(comment): \(error)")
  }
}

@Suite struct `A damaged ledger is an error, never a trap` {
  private let folder: TemporaryFolder
  private var path: String { folder.file("study.coalmine") }

  init() throws {
    folder = try TemporaryFolder(in: .memory)
    let (ledger, run) = try SampleStudy.ledger(at: path)
    for (pack, outcome) in `Observations in binary form`.outcomes.enumerated() {
      let id = try SampleStudy.exchange(
        ledger, run: run.number, pack, Array(SampleStudy.body(pack).prefix(300)))
      let question = Question(.greedyExtraction, .canary("c-\(pack)"), sample: pack % 2)
      // One body is large on purpose; a small file is hit by more of the flips.
      if case .measured(.completions(let texts)) = outcome, !texts.isEmpty { continue }
      try SampleStudy.read(
        ledger, run: run.number, id, pack == 0 ? .useless : .read, [(question, outcome)],
        served: ServedModel(name: "m", fingerprint: nil))
    }
    var leaving = LedgerBatch()
    leaving.departing = [
      LedgerBatch.Departure(
        key: SampleStudy.key(900), attempt: 1, digest: [9], asked: [], job: "batch-1")
    ]
    try ledger.commit(leaving, run: run.number, at: SampleStudy.time)
    try ledger.store(
      TrainingStatement(model: "m", epochs: 1, job: "j", statedBy: "s"), at: SampleStudy.time)
    try ledger.close()
  }

  @Test func `whole, it is read`() throws { try readEverything(path) }

  // In a process of their own: a trap there fails this test and no other.

  @Test func `cut at any length`() async throws {
    await #expect(processExitsWith: .success) { [path = path as String] in
      let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
      let step = isDeep ? 61 : 1_021
      let lengths = Array(0..<120) + Array(stride(from: 120, to: whole.count, by: step))
      for length in lengths {
        try expectErrorOrNothing(Array(whole.prefix(length)), at: path, "cut to \(length)")
      }
      for pages in 0..<(whole.count / 4_096) {
        let cut = Array(whole.prefix(pages * 4_096))
        try Data(cut).write(to: URL(fileURLWithPath: path))
        #expect(
          CoalmineError.thrown { try readEverything(path) }?.exit == .badData, "\(pages) pages")
      }
    }
  }

  @Test func `with any bit flipped`() async throws {
    await #expect(processExitsWith: .success) { [path = path as String] in
      let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
      var random = SplitMix(4)
      for _ in 0..<(isDeep ? 20_000 : 1_000) {
        let bit = Int(random.next() % UInt64(whole.count * 8))
        var damaged = whole
        damaged[bit / 8] ^= 1 << UInt8(bit % 8)
        try expectErrorOrNothing(damaged, at: path, "bit \(bit) flipped")
      }
    }
  }

  @Test func `with pages and stretches overwritten`() async throws {
    await #expect(processExitsWith: .success) { [path = path as String] in
      let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
      var random = SplitMix(5)
      for round in 0..<(isDeep ? 5_000 : 300) {
        var damaged = whole
        let start = Int(random.next() % UInt64(whole.count))
        let count = min(whole.count - start, Int(random.next() % 600))
        damaged.replaceSubrange(start..<start + count, with: random.bytes(count))
        try expectErrorOrNothing(damaged, at: path, "round \(round), \(count) bytes at \(start)")
      }
    }
  }

  @Test func `a raw reply that changed is found, and named`() throws {
    let ledger = try Ledger.open(at: path)
    try ledger.forgetObservations(run: 1)
    let stored = try SampleStudy.replies(ledger, run: 1)
    let blobs = try ledger.read {
      try Row.fetchAll(
        $0,
        sql: """
          SELECT exchange AS id, body FROM reply
          WHERE exchange IN (SELECT id FROM exchange WHERE read = 0)
          """
      )
      .map { ($0["id"] as Int64, [UInt8]($0["body"] as Data)) }
    }
    try ledger.close()
    let whole = try folder.read("study.coalmine")
    var flipped = 0
    for (id, blob) in blobs where blob.count > 20 {
      // Everywhere the blob lies in one piece: a page may still hold an older copy of a row.
      var starts: [Int] = []
      while let range = Data(whole).range(of: Data(blob), in: (starts.last ?? -1) + 1..<whole.count)
      { starts.append(range.lowerBound) }
      guard !starts.isEmpty else { continue }
      for offset in stride(from: 2, to: blob.count, by: 37) {
        var damaged = whole
        for start in starts { damaged[start + offset] ^= 0x10 }
        try folder.write(damaged, to: "damaged")
        var read: [StoredExchange] = []
        let error = CoalmineError.thrown {
          let ledger = try Ledger.open(at: folder.file("damaged"))
          read = try SampleStudy.replies(ledger, run: 1)
        }
        guard let error else {
          // A compressed stream has a few bits that stand for nothing.
          #expect(read.map(\.reply) == stored.map(\.reply), "offset \(offset) of exchange \(id)")
          continue
        }
        #expect(error.code == "ledger-altered")
        #expect(error.message.contains("request \(id) "))
        flipped += 1
      }
    }
    #expect(flipped > 20)
  }
}
