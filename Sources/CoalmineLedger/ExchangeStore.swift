// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import GRDB

/// Which question an exchange holds, in the order of the request.
public struct AskedQuery: Sendable, Hashable {
  public let probe: Probe
  public let subject: Subject

  public init(probe: Probe, subject: Subject) {
    self.probe = probe
    self.subject = subject
  }
}

/// What came back for a request, before anyone reads it.
public struct RawReply: Sendable, Equatable {
  public let status: Int
  /// Names in lower case; nothing of the request.
  public let headers: [(name: String, value: String)]
  public let body: [UInt8]
  public let elapsedMilliseconds: Double

  public init(
    status: Int, headers: [(name: String, value: String)], body: [UInt8],
    elapsedMilliseconds: Double
  ) {
    self.status = status
    self.headers = headers
    self.body = body
    self.elapsedMilliseconds = elapsedMilliseconds
  }

  /// The reply with every copy of a key or a secret header overwritten by asterisks of the same
  /// length: some servers repeat the key that they refuse, and a ledger holds none.
  package func hiding(_ secrets: [[UInt8]]) -> RawReply {
    var body = body
    var headers = headers
    // Shorter ones stand in other words by chance.
    for secret in secrets where secret.count >= 8 {
      let stars = String(repeating: "*", count: secret.count)
      while let place = ByteSearch.firstRange(of: secret, in: body) {
        body.replaceSubrange(place, with: Array(stars.utf8))
      }
      let text = String(decoding: secret, as: UTF8.self)
      headers = headers.map { ($0.name, $0.value.replacing(text, with: stars)) }
    }
    return RawReply(
      status: status, headers: headers, body: body, elapsedMilliseconds: elapsedMilliseconds)
  }

  public static func == (left: RawReply, right: RawReply) -> Bool {
    left.status == right.status && left.body == right.body
      && left.headers.elementsEqual(right.headers) { $0 == $1 }
  }
}

/// A stored reply that waits to be read.
public struct StoredExchange: Sendable {
  public let id: Int64
  public let pack: Int
  public let asked: [AskedQuery]
  public let reply: RawReply
}

/// One commit: replies that arrived, requests about to leave, observations that were read.
public struct LedgerBatch: Sendable {
  /// How a request ended.
  public enum Ending: Sendable {
    case answered(RawReply)
    /// The body was sent and no whole answer came: it may have been billed.
    case ambiguous(String)
    /// Surely not answered, and not billed as an answer.
    case failed(String)
  }

  public var ended: [(exchange: Int64, ending: Ending)] = []
  public var departing: [Departure] = []

  /// A request about to leave.
  public struct Departure: Sendable {
    public let pack: Int
    public let attempt: Int
    /// SHA-256 of the request's body.
    public let digest: [UInt8]
    public let asked: [AskedQuery]

    public init(pack: Int, attempt: Int, digest: [UInt8], asked: [AskedQuery]) {
      self.pack = pack
      self.attempt = attempt
      self.digest = digest
      self.asked = asked
    }
  }

  public init() {}

  /// Whether there is nothing to commit.
  public var isEmpty: Bool { ended.isEmpty && departing.isEmpty }
}

extension Ledger {
  /// Commits a batch in one transaction; returns the ids of the departures in their order.
  ///
  /// After this returns, every reply in it survives a killed process and a power cut.
  public func commit(_ batch: LedgerBatch, run: Int, at time: String) throws -> [Int64] {
    guard !batch.isEmpty else { return [] }
    return try change { rows in
      for (id, ending) in batch.ended {
        let isOpen = "run = \(run) AND state = 'sent'"
        let found =
          switch ending {
          case .answered(let reply):
            try rows.update(
              .exchange, id,
              [
                "state": "answered", "http_status": reply.status,
                "headers": Self.encode(reply.headers).blob, "body_length": reply.body.count,
                "elapsed_ms": reply.elapsedMilliseconds,
                "body_digest": Seal.digest(ofReply: reply.body).blob,
              ], body: Deflate.compress(reply.body, level: 1).blob, where: isOpen)
          case .ambiguous(let error):
            try rows.update(
              .exchange, id, ["state": "ambiguous", "error": error], where: isOpen)
          case .failed(let error):
            try rows.update(.exchange, id, ["state": "failed", "error": error], where: isOpen)
          }
        // A paid reply must neither vanish nor take the place of another one.
        guard found else {
          throw CoalmineError(
            code: "exchange-not-open", "exchange \(id) of run \(run) does not wait for an answer",
            exit: .internalError)
        }
      }
      var next = try rows.nextNumber(.exchange)
      return try batch.departing.map { departure in
        defer { next += 1 }
        try rows.insert(
          .exchange,
          [
            next, run, departure.pack, departure.attempt, "sent", departure.digest.blob,
            Deflate.compress(Self.encode(departure.asked)).blob, time, nil, nil, nil, nil, nil, 0,
            nil,
          ])
        return next
      }
    }
  }

  /// Requests that were under way when an earlier process ended: perhaps billed, never answered.
  ///
  /// - Parameter packs: the packs that are looked at.
  /// - Returns: how many there were.
  /// - Complexity: O(exchanges of these packs).
  public func settleInterruptedExchanges(run: Int, packs: ClosedRange<Int> = anyPack) throws
    -> Int
  {
    let open = try read { db in
      try Int64.fetchAll(
        db,
        sql: """
          SELECT id FROM exchange WHERE run = ? AND pack BETWEEN ? AND ? AND state = 'sent'
          """, arguments: [run, packs.lowerBound, packs.upperBound])
    }
    guard !open.isEmpty else { return 0 }
    try change { rows in
      for exchange in open {
        _ = try rows.update(
          .exchange, exchange,
          ["state": "ambiguous", "error": "the process ended while it waited"])
      }
    }
    return open.count
  }

  /// Every pack of a run.
  public static let anyPack = 0...Int.max

  /// What is stored of a pack: its attempts, whether one was answered, and the digest of the
  /// request that was.
  public struct PackState: Sendable, Equatable {
    public let attempts: Int
    public let answered: Bool
    /// SHA-256 of the answered request's body.
    public let digest: [UInt8]?
    /// Whether the reply refused the whole request, which is asked in parts.
    public var isRefused = false
  }

  /// How many attempts each pack of a run has had, and whether a reply is stored.
  ///
  /// - Complexity: O(exchanges of these packs).
  public func packs(run: Int, among packs: ClosedRange<Int> = anyPack) throws
    -> [Int: PackState]
  {
    try read { db in
      var found: [Int: PackState] = [:]
      for row in try Row.fetchAll(
        db,
        sql: """
          SELECT pack, count(*) AS attempts, max(state = 'answered' AND read <> 2) AS answered,
            max(CASE WHEN state = 'answered' AND read <> 2 THEN request_digest END) AS digest,
            max(state = 'answered' AND read = 3) AS refused
          FROM exchange WHERE run = ? AND pack BETWEEN ? AND ? GROUP BY pack
          """, arguments: [run, packs.lowerBound, packs.upperBound])
      {
        let digest: Data? = try row.value("digest")
        found[try row.value("pack")] = PackState(
          attempts: try row.value("attempts"), answered: try row.value("answered"),
          digest: digest.map { Array($0) }, isRefused: try row.value("refused"))
      }
      return found
    }
  }

  /// Stored replies that nobody has read yet, a page at a time, oldest first.
  ///
  /// - Parameters:
  ///   - packs: the packs that are looked at.
  ///   - after: the last exchange of the page before.
  /// - Complexity: O(exchanges of these packs).
  public func unreadExchanges(
    run: Int, packs: ClosedRange<Int> = anyPack, after: Int64 = 0, limit: Int = 64
  ) throws -> [StoredExchange] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT * FROM exchange WHERE run = ? AND pack BETWEEN ? AND ? AND state = 'answered'
            AND read = 0 AND id > ? ORDER BY id LIMIT ?
          """, arguments: [run, packs.lowerBound, packs.upperBound, after, limit]
      ).map(storedExchange)
    }
  }

  /// The reply that answered a pack; `nil` where none is stored, or none that was of use, or the
  /// pack was refused and asked in parts.
  ///
  /// - Complexity: O(log exchanges) and the size of the reply.
  public func answer(toPack pack: Int, run: Int) throws -> StoredExchange? {
    try read { db in
      try Row.fetchOne(
        db,
        sql: """
          SELECT * FROM exchange WHERE run = ? AND pack = ? AND state = 'answered'
            AND read NOT IN (2, 3) ORDER BY id LIMIT 1
          """, arguments: [run, pack]
      ).map(storedExchange)
    }
  }

  private func storedExchange(_ row: Row) throws -> StoredExchange {
    let id: Int64 = try row.value("id")
    // Older versions kept no digest.
    let digest: Data? = row.hasColumn("body_digest") ? try row.value("body_digest") : nil
    guard let body = Deflate.inflate(try row.bytes("body")),
      body.count == (try row.value("body_length")),
      digest.map({ $0.bytes == Seal.digest(ofReply: body) }) ?? true,
      let queries = Deflate.inflate(try row.bytes("queries")),
      let asked = Self.decodeQueries(queries)
    else { throw damaged("exchange \(id)") }
    return StoredExchange(
      id: id, pack: try row.value("pack"), asked: asked,
      reply: RawReply(
        status: try row.value("http_status"),
        headers: Self.decodeHeaders(try row.bytes("headers")), body: body,
        elapsedMilliseconds: try row.value("elapsed_ms")))
  }

  private static func encode(_ headers: [(name: String, value: String)]) -> [UInt8] {
    // A line a header: a break inside one is no part of HTTP and becomes a space.
    Array(
      headers.map { header in
        String(
          String.UnicodeScalarView(
            "\(header.name): \(header.value)".unicodeScalars.map {
              $0 == "\n" || $0 == "\r" ? " " : $0
            }))
      }.joined(separator: "\n").utf8)
  }

  private static func decodeHeaders(_ bytes: [UInt8]) -> [(name: String, value: String)] {
    bytes.split(separator: 0x0A).compactMap { line in
      let parts = line.split(separator: 0x3A, maxSplits: 1)
      guard parts.count == 2 else { return nil }
      return (
        String(decoding: parts[0], as: UTF8.self),
        String(decoding: parts[1].drop { $0 == 0x20 }, as: UTF8.self)
      )
    }
  }

  private static func encode(_ asked: [AskedQuery]) -> [UInt8] {
    Array(asked.map { "\($0.probe.rawValue) \($0.subject.slug)" }.joined(separator: "\n").utf8)
  }

  private static func decodeQueries(_ bytes: [UInt8]) -> [AskedQuery]? {
    var asked: [AskedQuery] = []
    for line in bytes.split(separator: 0x0A) {
      let parts = line.split(separator: 0x20, maxSplits: 1).map {
        String(decoding: $0, as: UTF8.self)
      }
      guard parts.count == 2, let probe = Probe(rawValue: parts[0]),
        let subject = Subject(slug: parts[1])
      else { return nil }
      asked.append(AskedQuery(probe: probe, subject: subject))
    }
    return asked
  }
}
