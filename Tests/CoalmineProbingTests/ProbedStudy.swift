// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger
import CoalmineProbing
import CoalmineTesting
import Foundation
import Synchronization

/// A study of a few canaries whose secrets are three digits, and its ledger in a folder of its own.
final class ProbedStudy: Sendable {
  static let time = "2026-01-02T03:04:05Z"
  /// A thousand candidates.
  static let space = try! RandomnessSpace(
    steps: (0..<3).map { place in
      .choice(slot: "digit\(place)", options: (0...9).map { Array(String($0).utf8) })
    })

  let folder: TemporaryFolder
  let ledger: Ledger
  let run: RunRecord
  let record: StudyRecord

  static func canary(_ number: Int, _ index: UInt128) -> Canary {
    Canary(
      id: "code-\(number)", kind: "code", templateText: "plain", context: [:], index: index,
      bits: space.bits, role: number % 2 == 0 ? .inserted : .heldOut, repetitions: 1,
      randomized: true,
      prefix: Array("The code of number \(number) is".utf8), separator: [0x20],
      secret: Secret(space.candidate(at: index)), suffix: Array(".".utf8))
  }

  static func record(
    canaries: Int, references: Int, seed: UInt8, records: [CorpusRecord] = []
  ) -> StudyRecord {
    let all = (0..<canaries).map { canary($0, UInt128($0 * 137 + 11) % space.count) }
    return StudyRecord(
      id: "0123456789abcdef", protocolText: [], protocolDigest: String(repeating: "ab", count: 32),
      files: [:], root: Secret(Array(repeating: 7, count: 32)), predictableSeed: true,
      orderSeed: Array(repeating: seed, count: 32), scoringSeed: Array(repeating: 5, count: 32),
      createdAt: time, version: "1.2.3",
      manifest: Manifest(
        corpus: CorpusFacts(
          format: .jsonLines, shape: .promptCompletion(prompt: "q", completion: "a"), records: 9,
          size: 100, seededSize: 200, digest: Array(0..<32), seededDigest: Array(32..<64)),
        insertions: [], removals: []),
      canaries: all,
      references: Dictionary(
        uniqueKeysWithValues: all.enumerated().map { place, canary in
          (canary.id, (0..<references).map { UInt128(place * 31 + $0 * 17 + 3) % space.count })
        }),
      inContextControls: [], records: records)
  }

  init(
    canaries: Int = 6, references: Int = 4, seed: UInt8 = 3, records: [CorpusRecord] = [],
    probes: [Probe],
    dialect: any Dialect = dialect(), role: RunRole = .tuned
  ) throws {
    folder = try TemporaryFolder(in: .memory)
    record = Self.record(
      canaries: canaries, references: references, seed: seed, records: records)
    ledger = try Ledger.create(at: folder.file("study.coalmine"))
    try ledger.store(record)
    run = try ledger.openRun(
      role: role, model: "tiny", endpoint: "http://127.0.0.1:1", dialect: dialect.name,
      presentation: dialect.presentation,
      probeSet: ProbeSet(name: "test", summary: "", probes: probes), at: Self.time)
  }

  deinit { try? ledger.close() }

  static var spaces: [String: RandomnessSpace] {
    Dictionary(uniqueKeysWithValues: (0..<100).map { ("code-\($0)", space) })
  }

  /// The default protocol with these numbers of samples.
  static func decoding(samples: Int, defaultSamples: Int) -> StudyProtocol {
    var plan = StudyProtocol.standard(kinds: ["code"], canaries: 40)
    plan.decoding = StudyProtocol.Decoding(samples: samples, defaultSamples: defaultSamples)
    return plan
  }

  func plan(samples: Int = 4, defaultSamples: Int = 4) throws -> QuestionPlan {
    QuestionPlan(
      RegisteredStudy(
        record, Self.decoding(samples: samples, defaultSamples: defaultSamples),
        spaces: Self.spaces),
      run: run, dialect: try DialectRegistry.dialect(run.dialect))
  }

  static let endpoint = try! Endpoint(url: "http://127.0.0.1:1", model: "tiny", key: nil)

  /// The seconds that runs waited: no one waits in earnest.
  let waited = Mutex(0.0)

  /// A driver whose clock is the sum of what it slept.
  ///
  /// - Parameters:
  ///   - dialect: in place of the run's own.
  ///   - copy: of the study's ledger, which is written to instead.
  ///   - drains: whether what is under way when a run ends has its seconds in earnest.
  func driver(
    _ dialect: (any Dialect)? = nil, concurrency: Int = 4, promptsPerRequest: Int = .max,
    writingTo copy: Ledger? = nil, drains: Bool = false,
    progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in },
    stopping: @escaping @Sendable () -> Bool = { false },
    send: @escaping @Sendable (HTTPRequest) async throws(TransportError) -> Reply
  ) throws -> Driver {
    Driver(
      ledger: copy ?? ledger, run: run,
      dialect: try dialect ?? DialectRegistry.dialect(run.dialect),
      endpoint: Self.endpoint, send: send, policy: RetryPolicy(), concurrency: concurrency,
      promptsPerRequest: promptsPerRequest, progress: progress, now: { Self.time },
      sleep: { [self] seconds in
        try Task.checkCancellation()
        if drains, seconds >= RetryPolicy().drainSeconds {
          return try await Task.sleep(for: .seconds(seconds))
        }
        waited.withLock { $0 += seconds }
      }, clock: { [self] in waited.withLock { $0 } }, stopping: stopping)
  }

  /// The procedure that asks these.
  func questions(_ batches: [AskBatch]) -> DirectQuestions { DirectQuestions(batches, in: run) }
}

/// The dialect of that name.
func dialect(_ name: String = "openai-completions") -> any Dialect {
  try! DialectRegistry.dialect(name)
}
