// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import GRDB

/// What a stored reply said about one query.
public struct ReadAnswer: Sendable {
  public let query: AskedQuery
  /// Digest of the whole question: run, subject, probe and parameters.
  public let queryID: [UInt8]
  public let outcome: Outcome<Observation>

  public init(query: AskedQuery, queryID: [UInt8], outcome: Outcome<Observation>) {
    self.query = query
    self.queryID = queryID
    self.outcome = outcome
  }
}

extension Ledger {
  /// Marks a reply as a refusal of its whole request, which is asked in parts.
  public func storeRefusal(exchange: Int64) throws {
    try change { rows in
      _ = try rows.update(.exchange, exchange, ["read": 3])
    }
  }

  /// Stores what replies said, and marks the replies as read; `retry` marks those that answered
  /// nothing usable and are worth asking once more.
  public func store(
    _ readings: [(exchange: Int64, answers: [ReadAnswer], retry: Bool)], run: Int
  ) throws {
    guard !readings.isEmpty else { return }
    try change { rows in
      for reading in readings {
        let digest = try Self.replyDigest(of: reading.exchange, rows.db)
        for answer in reading.answers {
          try rows.replace(
            .observation,
            [
              run, answer.query.probe.rawValue, answer.query.subject.slug, answer.queryID.blob,
              reading.exchange, answer.outcome.status, Self.encode(answer.outcome).blob, digest,
            ])
        }
        _ = try rows.update(.exchange, reading.exchange, ["read": reading.retry ? 2 : 1])
      }
    }
  }

  /// Forgets what replies said, so that they are read again: the raw replies stay.
  public func forgetObservations(run: Int) throws {
    try change { rows in
      try rows.delete(.observation, where: [("run", run)])
      let read = try Int64.fetchAll(
        rows.db, sql: "SELECT id FROM exchange WHERE run = ? AND read IN (1, 3)", arguments: [run])
      for exchange in read { _ = try rows.update(.exchange, exchange, ["read": 0]) }
    }
  }

  /// The digest of the reply that an exchange holds.
  private static func replyDigest(of exchange: Int64, _ db: Database) throws -> Data {
    let digest = try Row.fetchOne(
      try db.cachedStatement(sql: "SELECT body_digest FROM exchange WHERE id = ?"),
      arguments: [exchange]
    ).flatMap { try $0.value("body_digest") as Data? }
    guard let digest else {
      throw CoalmineError(
        code: "exchange-not-answered", "request \(exchange) holds no reply to read",
        exit: .internalError)
    }
    return digest
  }

  /// Every observation of a run.
  public func observations(run: Int) throws -> [Probe: [Subject: Outcome<Observation>]] {
    try read { db in
      var result: [Probe: [Subject: Outcome<Observation>]] = [:]
      let rows = try Row.fetchCursor(
        db, sql: "SELECT probe, subject, status, body FROM observation WHERE run = ?",
        arguments: [run])
      while let row = try rows.next() {
        guard let probe = Probe(rawValue: try row.value("probe")),
          let subject = Subject(slug: try row.value("subject")),
          let outcome = Self.decode(status: try row.value("status"), try row.bytes("body"))
        else { throw damaged("an observation") }
        result[probe, default: [:]][subject] = outcome
      }
      return result
    }
  }

  static func encode(_ outcome: Outcome<Observation>) -> [UInt8] {
    var writer = BinaryWriter()
    switch outcome {
    case .measured(.likelihood(let tokens)):
      let isBounded = tokens.contains(where: \.isUpperBound)
      writer.append(UInt8(isBounded ? 4 : 0))
      for token in tokens {
        writer.append(UInt32(clamping: token.range.lowerBound))
        writer.append(UInt32(clamping: token.range.upperBound))
        // The bit pattern of a NaN stands for "none given"; a NaN itself never gets this far.
        writer.append(token.logProbability?.bitPattern ?? UInt64.max)
        if isBounded { writer.append(UInt8(token.isUpperBound ? 1 : 0)) }
      }
    case .measured(.rankTrail(let trail)):
      writer.append(UInt8(3))
      writer.append(trail.logProbability)
      writer.append(trail.tieEpsilon)
      writer.append(UInt32(clamping: trail.budget))
      writer.append(UInt32(clamping: trail.batch))
      for step in trail.steps {
        writer.append(counted: step.path)
        writer.append(UInt32(step.choices.count))
        for (symbol, value) in step.choices.sorted(by: { $0.key < $1.key }) {
          writer.append(UInt32(clamping: symbol))
          writer.append(value)
        }
      }
    case .measured(.continuations(let texts)):
      writer.append(UInt8(1))
      for text in texts {
        writer.append(counted: Array(text.ending.rawValue.utf8))
        writer.append(counted: text.text)
      }
    case .notMeasurable(let reason), .censored(let reason), .failed(let reason):
      writer.append(UInt8(2))
      writer.append(counted: Array(reason.slug.utf8))
      writer.append(counted: Array(reason.evidence.utf8))
    }
    return writer.bytes
  }

  static func decode(status: String, _ bytes: [UInt8]) -> Outcome<Observation>? {
    var reader = BinaryReader(bytes)
    let kind = reader.integer(UInt8.self)
    guard (status == "measured") == [0, 1, 3, 4].contains(kind) else { return nil }
    switch kind {
    case 0, 4:
      var tokens: [TokenScore] = []
      while !reader.isAtEnd {
        guard let lower = reader.integer(UInt32.self), let upper = reader.integer(UInt32.self),
          let pattern = reader.integer(UInt64.self), lower <= upper
        else { return nil }
        let value = pattern == UInt64.max ? nil : Double(bitPattern: pattern)
        let bound = kind == 4 ? reader.integer(UInt8.self) : 0
        guard value?.isNaN != true, let bound, bound <= 1 else { return nil }
        tokens.append(
          TokenScore(
            range: Int(lower)..<Int(upper), logProbability: value, isUpperBound: bound == 1))
      }
      return .measured(.likelihood(tokens))
    case 1:
      var texts: [Continuation] = []
      while !reader.isAtEnd {
        guard let ending = reader.counted(), let text = reader.counted(),
          let known = Continuation.Ending(rawValue: String(decoding: ending, as: UTF8.self))
        else { return nil }
        texts.append(Continuation(text: text, ending: known))
      }
      return .measured(.continuations(texts))
    case 2:
      guard let slug = reader.counted(), let evidence = reader.counted(), reader.isAtEnd else {
        return nil
      }
      let reason = Reason(
        String(decoding: slug, as: UTF8.self), String(decoding: evidence, as: UTF8.self))
      switch status {
      case "not-measurable": return .notMeasurable(reason)
      case "censored": return .censored(reason)
      case "failed": return .failed(reason)
      default: return nil
      }
    case 3: return rankTrail(&reader).map { .measured(.rankTrail($0)) }
    default: return nil
    }
  }

  private static func rankTrail(_ reader: inout BinaryReader) -> RankTrail? {
    func double() -> Double? {
      reader.integer(UInt64.self).map(Double.init(bitPattern:)).flatMap { $0.isNaN ? nil : $0 }
    }
    guard let own = double(), let epsilon = double(), let budget = reader.integer(UInt32.self),
      let batch = reader.integer(UInt32.self)
    else { return nil }
    var trail = RankTrail(
      logProbability: own, tieEpsilon: epsilon, budget: Int(budget), batch: Int(batch))
    while !reader.isAtEnd {
      guard let path = reader.counted(), let count = reader.integer(UInt32.self) else { return nil }
      var choices: [Int: Double] = [:]
      for _ in 0..<count {
        guard let symbol = reader.integer(UInt32.self), let value = double() else { return nil }
        choices[Int(symbol)] = value
      }
      trail.steps.append(RankTrail.Step(path: path, choices: choices))
    }
    return trail
  }
}
