// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger
import CoalmineTesting
import Testing

/// A study with one of everything that the ledger stores.
enum SampleStudy {
  static let time = "2026-01-02T03:04:05Z"

  static func canary(_ number: Int, _ role: Role, _ text: String, index: UInt128) -> Canary {
    Canary(
      id: "access-code-\(number)", kind: "access-code", templateText: "plain",
      context: ["given": Array("Ines".utf8), "surname": [0x00, 0xFF, 0x27]], index: index,
      bits: 19.931568569324174, role: role, repetitions: 4, randomized: number == 0,
      prefix: Array("The code of Ines is".utf8), separator: [0x20],
      secret: Secret(Array(text.utf8)), suffix: Array(".".utf8))
  }

  static let canaries = [
    canary(0, .inserted, "302557", index: 17),
    canary(1, .heldOut, "118203", index: .max),
    canary(2, .control, "774421", index: 0),
    canary(3, .indexOnly, "590314", index: UInt128(1) << 119),
  ]

  static let manifest = Manifest(
    corpus: CorpusFacts(
      format: .jsonLines, shape: .promptCompletion(prompt: "question", completion: "answer"),
      records: 4_812, size: 1 << 40, seededSize: (1 << 40) + 57, digest: Array(0..<32),
      seededDigest: Array(32..<64)),
    insertions: [
      Insertion(canary: "access-code-0", copy: 1, slot: 0, offset: 0, length: 57),
      Insertion(canary: "access-code-2", copy: 1, slot: 4_812, offset: 1 << 40, length: 60),
    ],
    removals: [
      Removal(record: 7, offset: 512, bytes: Secret([0x0A, 0x00, 0xFF])),
      Removal(record: 9, offset: 1_024, bytes: Secret([])),
    ])

  static let record = StudyRecord(
    id: "0123456789abcdef", protocolText: Array("families: [access-code]\n".utf8),
    protocolDigest: String(repeating: "ab", count: 32),
    files: ["access-code.yaml": Array("kind: é\r\n".utf8), "empty.yaml": []],
    root: Secret((0..<32).map { $0 &* 7 }), predictableSeed: true,
    orderSeed: Array(repeating: 3, count: 32), scoringSeed: Array(repeating: 5, count: 32),
    createdAt: time, version: "1.2.3", manifest: manifest, canaries: canaries,
    references: [
      "access-code-0": [0, 1, .max, UInt128(1) << 64], "access-code-1": [],
      "access-code-2": [42], "access-code-3": [],
    ],
    inContextControls: [
      InContextControl(
        kind: "access-code", number: 0, prefix: [0x41], separator: [], given: Secret([0x31]),
        decoy: Secret([0x32]), suffix: [0x2E, 0x00])
    ],
    records: [
      CorpusRecord(
        id: "record-000001", membership: .member, group: nil, text: Secret([0xC3, 0xA9])),
      CorpusRecord(
        id: "record-000002", membership: .nonmember, group: "thread '7'; --", text: Secret([])),
      // From a JSON corpus: groups that differ only after a NUL are two groups.
      CorpusRecord(
        id: "record-000003", membership: .nonmember, group: "a\u{0}b", text: Secret([0])),
      CorpusRecord(id: "record-000004", membership: .member, group: "", text: Secret([0])),
    ])

  static let probeSet = ProbeSet(
    name: "exposure", summary: "", probes: [.sequenceLikelihood, .greedyExtraction])

  static let asked = [
    Question(.sequenceLikelihood, .canary("access-code-0")),
    Question(.sequenceLikelihood, .reference(canary: "access-code-0", number: 2)),
    Question(.recordLikelihood, .record("record-000001")),
    Question(.chainExtraction, .chain(kind: "access-code", number: 0, given: true), sample: 11),
  ]

  static func reply(_ body: [UInt8], status: Int = 200) -> Reply {
    Reply(
      status: status,
      headers: [("content-type", "application/json"), ("x-request-id", "r: 1"), ("x-empty", "")],
      body: body, elapsedMilliseconds: 12.25)
  }

  /// A ledger with the study and one open run.
  static func ledger(at path: String) throws -> (Ledger, RunRecord) {
    let ledger = try Ledger.create(at: path)
    try ledger.store(record)
    return (ledger, try openRun(ledger))
  }

  static func openRun(_ ledger: Ledger, _ role: RunRole = .tuned) throws -> RunRecord {
    try ledger.openRun(
      role: role, model: "m-1", endpoint: "http://127.0.0.1:1/v1", dialect: "openai-completions",
      presentation: .prefilled, probeSet: probeSet, at: time)
  }

  static func key(_ index: Int, part: Int = 1) -> RequestKey {
    RequestKey(.direct, round: 0, index: index, part: part)
  }

  static func departure(_ key: RequestKey, attempt: Int = 1) -> LedgerBatch.Departure {
    LedgerBatch.Departure(
      key: key, attempt: attempt, digest: Array(repeating: 9, count: 32), asked: asked)
  }

  static func departure(_ index: Int, attempt: Int = 1) -> LedgerBatch.Departure {
    departure(key(index), attempt: attempt)
  }

  /// Sends the request number `index`, and answers it with `body`.
  @discardableResult
  static func exchange(_ ledger: Ledger, run: Int, _ index: Int, _ body: [UInt8]) throws -> Int64 {
    try exchange(ledger, run: run, key(index), body)
  }

  /// Sends one request, and answers it with `body`.
  @discardableResult
  static func exchange(_ ledger: Ledger, run: Int, _ key: RequestKey, _ body: [UInt8]) throws
    -> Int64
  {
    var leaving = LedgerBatch()
    leaving.departing = [departure(key)]
    let id = try ledger.commit(leaving, run: run, at: time)[0]
    var answered = LedgerBatch()
    answered.ended = [(id, .answered(reply(body)))]
    _ = try ledger.commit(answered, run: run, at: time)
    return id
  }

  /// Notes that a stored reply was read, and what it says.
  static func read(
    _ ledger: Ledger, run: Int, _ exchange: Int64, _ mark: LedgerBatch.Mark = .read,
    _ findings: [(Question, Outcome<Observation>)] = [], served: ServedModel? = nil
  ) throws {
    var batch = LedgerBatch()
    batch.read = [(exchange, mark, served)]
    batch.findings = findings.map { finding(exchange, $0.0, $0.1) }
    _ = try ledger.commit(batch, run: run, at: time)
  }

  static func finding(_ exchange: Int64, _ question: Question, _ outcome: Outcome<Observation>)
    -> LedgerBatch.Finding
  {
    LedgerBatch.Finding(
      question: question, queryID: [1], exchange: exchange, outcome: outcome)
  }

  /// What is stored of a question, read by dictionaries and packed: both must say the same.
  static func observation(_ ledger: Ledger, _ run: Int, _ probe: Probe, _ subject: Subject) throws
    -> Outcome<Observation>?
  {
    let packed = Result { try ledger.observationLookup(run: run).outcome(probe, subject) }
    let plain = Result { try ledger.observations(run: run)[probe]?[subject] }
    switch (packed, plain) {
    case (.success(let one), .success(let other)): #expect(one == other)
    case (.failure(let one as CoalmineError), .failure(let other as CoalmineError)):
      #expect(one.code == other.code && one.description == other.description)
    default: Issue.record("\(packed) \(plain)")
    }
    return try plain.get()
  }

  /// The stored replies of the round that ``key(_:part:)`` is of.
  static func replies(_ ledger: Ledger, run: Int) throws -> [StoredExchange] {
    try ledger.replies(run: run, procedure: .direct, round: 0, limit: .max)
  }

  /// A body that depends on nothing but its number, of up to 12 kB, half of it compressible.
  static func body(_ number: Int) -> [UInt8] {
    var random = SplitMix(UInt64(truncatingIfNeeded: number))
    let count = Int(random.next() % 6_000)
    return random.bytes(count) + [UInt8](repeating: 0x20, count: count)
  }
}
