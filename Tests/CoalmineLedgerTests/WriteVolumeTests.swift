// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger
import CoalmineTesting
import Foundation
import Glibc
import Testing

/// A run of many batches: in each one request leaves, and the one before it is answered and read.
private enum LongRun {
  static let findingsPerBatch = 63

  /// Stores `batches` replies with their findings, and prints what was written meanwhile.
  static func store(at path: String, batches: Int) throws -> (written: Int, size: Int) {
    var random = SplitMix(11)
    let questions = (0..<batches * findingsPerBatch).map {
      Question(.sequenceLikelihood, .reference(canary: "access-code-\($0 % 97)", number: $0))
    }.shuffled(using: &random)
    let (ledger, run) = try SampleStudy.ledger(at: path)
    let before = try bytesWritten()
    var waiting: Int64?
    for number in 0...batches {
      var batch = LedgerBatch()
      if let waiting {
        let asked = questions[(number - 1) * findingsPerBatch..<number * findingsPerBatch]
        batch.ended = [(waiting, .answered(SampleStudy.reply(SampleStudy.body(number))))]
        batch.read = [(waiting, .read, ServedModel(name: "m-1", fingerprint: "fp"))]
        batch.findings = asked.map { question in
          let scores = (0..<8).map { place in
            TokenScore(
              range: place..<place + 1,
              logProbability: -Double.random(in: 0...20, using: &random))
          }
          return LedgerBatch.Finding(
            question: question, queryID: random.bytes(32), exchange: waiting,
            outcome: .measured(.likelihood(scores)))
        }
      }
      if number < batches { batch.departing = [SampleStudy.departure(number)] }
      waiting = try ledger.commit(batch, run: run.number, at: SampleStudy.time).first
    }
    try ledger.close()
    var facts = stat()
    try #require(stat(path, &facts) == 0)
    return (try bytesWritten() - before, Int(facts.st_size))
  }

  /// Bytes that this process handed to the system, to any file.
  private static func bytesWritten() throws -> Int {
    let counters = try String(contentsOfFile: "/proc/self/io", encoding: .utf8)
    let line = try #require(counters.split(separator: "\n").first { $0.hasPrefix("wchar:") })
    return try #require(Int(line.dropFirst("wchar:".count).drop { $0 == " " }))
  }
}

@Suite struct `What a long run writes` {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder(in: .memory) }

  @Test func `is a few times the ledger's size, however the questions are shuffled`() async throws {
    let path = folder.file("study.coalmine")
    // A process of its own: the system counts by process.
    let ended = await #expect(
      processExitsWith: .success, observing: [\.standardOutputContent]
    ) { [path = path as String, batches = (isDeep ? 488 : 100) as Int] in
      let (written, size) = try LongRun.store(at: path, batches: batches)
      print("\(batches) batches: \(written) bytes written, \(size) bytes stored")
      #expect(written < 6 * size)
    }
    if isDeep, let ended {
      print(String(decoding: ended.standardOutputContent, as: UTF8.self))
    }
  }
}
