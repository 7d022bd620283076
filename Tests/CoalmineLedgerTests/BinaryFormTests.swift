// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger
import CoalmineTesting
import Foundation
import GRDB
import Testing

@Suite struct `Observations in binary form` {
  private let folder: TemporaryFolder
  private let ledger: Ledger
  private let run: Int

  init() throws {
    folder = try TemporaryFolder(in: .memory)
    let (ledger, run) = try SampleStudy.ledger(at: folder.file("study.coalmine"))
    self.ledger = ledger
    self.run = run.number
  }

  static let outcomes: [Outcome<Observation>] = [
    .measured(.likelihood([])),
    .measured(
      .likelihood([
        TokenScore(range: 0..<0, logProbability: nil),
        TokenScore(range: 0..<7, logProbability: -0.1),
        TokenScore(range: 7..<4_294_967_295, logProbability: -0.0),
        TokenScore(range: 7..<8, logProbability: -Double.greatestFiniteMagnitude),
        TokenScore(range: 7..<8, logProbability: -Double.leastNonzeroMagnitude),
      ])),
    .measured(
      .likelihood([
        TokenScore(range: 0..<3, logProbability: nil),
        TokenScore(
          range: 3..<7, logProbability: -0.1,
          alternatives: ListedAlternatives(top: [-0.1, -2.9, -4], count: 2)),
        TokenScore(
          range: 7..<8, logProbability: -9, isUpperBound: true,
          alternatives: ListedAlternatives(top: [0], count: 1)),
        TokenScore(range: 8..<9, logProbability: -1, isUpperBound: true),
      ])),
    .measured(.completions([])),
    .measured(
      .completions([
        Completion(text: [], ending: .stop),
        Completion(text: [0, 0xFF, 0xC3], ending: .length),
        Completion(text: Array(repeating: 0x41, count: 70_000), ending: .filtered),
        Completion(text: Array("no".utf8), ending: .refused),
      ])),
    .measured(
      .completions([
        Completion(
          text: [0x31, 0xFF], ending: .length,
          steps: [
            WrittenToken(
              bytes: [0x31], logProbability: -0.25,
              likeliest: [
                .init(bytes: [0x31], logProbability: -0.25),
                .init(bytes: [], logProbability: -Double.infinity),
              ]),
            WrittenToken(bytes: [0xFF], logProbability: nil),
          ]),
        Completion(text: [], ending: .stop),
      ])),
    .measured(
      .rankTrail(RankTrail(logProbability: -3.5, tieEpsilon: 0.001, budget: 0, batch: 1))),
    .measured(.rankTrail(trail)),
    .measured(
      .rankTrail(
        RankTrail(logProbability: -3.5, tieEpsilon: 0.001, budget: 5, batch: 1, rowError: 9e-3))),
    .measured(.choice(ForcedChoice(place: 1, probabilities: [0, 1])!)),
    .measured(.choice(ForcedChoice(place: 0, probabilities: [0.25, 1e-300, 0.5])!)),
    .notMeasurable(Reason("no-prompt-logprobs", "é\u{0}")),
    .censored(Reason("", "")), .failed(Reason("not-answered", "it 'ended'")),
  ]

  private static let trail: RankTrail = {
    var trail = RankTrail(logProbability: -700, tieEpsilon: 0, budget: 1 << 20, batch: 64)
    trail.steps = [
      RankTrail.Step(path: [], choices: [0x30: -0.5, 256 + 100_000: -Double.infinity]),
      RankTrail.Step(path: [0x33, 0x00, 0xFF], choices: [:]),
    ]
    return trail
  }()

  private func store(_ outcome: Outcome<Observation>) throws {
    let id = try SampleStudy.exchange(ledger, run: run, 0, [])
    try ledger.store(
      [SampleStudy.finding(id, SampleStudy.asked[0], outcome)],
      replacing: [SampleStudy.asked[0].probe], run: run)
  }

  /// What stands there, read by dictionaries and packed alike, or the error of both.
  private func stored() throws -> Outcome<Observation>? {
    let question = SampleStudy.asked[0]
    return try SampleStudy.observation(ledger, run, question.probe, question.subject)
  }

  @Test(arguments: outcomes)
  func `every outcome is read back as it was`(_ outcome: Outcome<Observation>) throws {
    try store(outcome)
    #expect(try stored() == outcome)
  }

  @Test func `log-probabilities keep every bit`() throws {
    var random = SplitMix(1)
    let scores = (0..<2_000).map { _ in
      TokenScore(range: 1..<2, logProbability: -Double.random(in: 0...800, using: &random))
    }
    try store(.measured(.likelihood(scores)))
    #expect(try stored() == .measured(.likelihood(scores)))
  }

  /// Writes a body and a status past the encoder, as damage would.
  private func tamper(_ body: [UInt8], _ status: String) throws {
    try ledger.write {
      try $0.execute(
        sql: "UPDATE observation SET body = ?, status = ?", arguments: [Data(body), status])
    }
  }

  /// What reading gives: an outcome, or the one error that is due.
  private func read() throws -> Outcome<Observation>? {
    do { return try stored() } catch let error as CoalmineError {
      #expect(error.code == "ledger-damaged")
      #expect(error.exit == .badData)
      return nil
    }
  }

  private func body() throws -> [UInt8] {
    try ledger.read {
      [UInt8](try #require(try Data.fetchOne($0, sql: "SELECT body FROM observation")))
    }
  }

  @Test(arguments: outcomes)
  func `a truncation is an error or a shorter observation, never a trap`(
    _ outcome: Outcome<Observation>
  ) throws {
    try store(outcome)
    let whole = try body()
    let cuts =
      whole.count < 400
      ? Array(0..<whole.count) : Array(0..<200) + [whole.count / 2, whole.count - 1]
    for count in cuts {
      try tamper(Array(whole.prefix(count)), outcome.status)
      let read = try read()
      #expect(read != outcome, "cut to \(count) of \(whole.count)")
    }
  }

  @Test func `random bytes never trap`() throws {
    var random = SplitMix(2)
    try store(.measured(.likelihood([])))
    for round in 0..<(isDeep ? 200_000 : 3_000) {
      var bytes = random.bytes(Int(random.next() % 40))
      if round % 2 == 0, !bytes.isEmpty { bytes[0] = UInt8(round / 2 % 9) }
      let status = ["measured", "not-measurable", "censored", "failed", "x"][round % 5]
      try tamper(bytes, status)
      if let outcome = try read() {
        #expect(outcome.status == status)
        if case .measured(.likelihood(let tokens)) = outcome {
          #expect(tokens.allSatisfy { $0.logProbability?.isNaN != true })
        }
      }
    }
  }

  @Test func `a count that claims four gigabytes is an error`() throws {
    try store(.failed(Reason("a", "b")))
    try tamper([2, 0xFF, 0xFF, 0xFF, 0xFF, 0x41], "failed")
    #expect(try read() == nil)
    try tamper([1, 0xFF, 0xFF, 0xFF, 0xFF], "measured")
    #expect(try read() == nil)
  }

  @Test func `not a number is damage, not an unknown value`() throws {
    try store(.measured(.likelihood([])))
    let nan = withUnsafeBytes(of: Double.nan.bitPattern.littleEndian) { Array($0) }
    try tamper([0, 0, 0, 0, 0, 1, 0, 0, 0] + nan, "measured")
    #expect(try read() == nil)
    try tamper([0, 0, 0, 0, 0, 1, 0, 0, 0] + [UInt8](repeating: 0xFF, count: 8), "measured")
    #expect(
      try read() == .measured(.likelihood([TokenScore(range: 0..<1, logProbability: nil)])))
  }

  @Test func `a status that contradicts its body is an error`() throws {
    try store(.measured(.likelihood([])))
    try tamper([0], "failed")
    #expect(try read() == nil)
    try store(.failed(Reason("a", "b")))
    try tamper(try body(), "measured")
    #expect(try read() == nil)
  }

  @Test func `reference indices of any number come back, and a torn one is an error`() throws {
    #expect(try ledger.study().references == SampleStudy.record.references)
    try ledger.write {
      try $0.execute(
        sql: "UPDATE canary SET reference_indices = substr(reference_indices, 2) WHERE id = ?",
        arguments: ["access-code-0"])
    }
    let error = try #require(CoalmineError.thrown { _ = try ledger.study() })
    #expect(error.code == "ledger-damaged")
    #expect(error.details.isEmpty)
  }
}
