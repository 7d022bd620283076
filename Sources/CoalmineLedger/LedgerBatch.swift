// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// A stored reply, with what was asked.
public struct StoredExchange: Sendable, Equatable {
  public let id: Int64
  public let key: RequestKey
  /// In the order of the request.
  public let asked: [Question]
  public let reply: Reply
  /// What reading it came to; `nil` where nobody has read it yet.
  public let mark: LedgerBatch.Mark?
}

/// One commit: replies that arrived, what they say, requests about to leave.
///
/// ```swift
/// var batch = LedgerBatch()
/// batch.ended = [(exchange, .answered(reply))]
/// batch.read = [(exchange, .read, served)]
/// batch.findings = findings
/// let ids = try ledger.commit(batch, run: run.number, at: time)
/// ```
public struct LedgerBatch: Sendable {
  /// How a request ended.
  public enum Ending: Sendable {
    case answered(Reply)
    /// The body was sent and no whole answer came: it may have been billed.
    case ambiguous(String)
    /// Surely not answered, and not billed as an answer.
    case failed(String)
  }

  /// What reading a reply came to; the numbers are those of the column `read`, where 0 stands for
  /// a reply that nobody has read.
  public enum Mark: Int, Sendable {
    case read = 1
    /// It answered nothing, and the request is asked again.
    case useless = 2
    /// It refused the whole request, which is asked in parts.
    case refused = 3
  }

  /// A request about to leave.
  public struct Departure: Sendable {
    public let key: RequestKey
    /// From 1.
    public let attempt: Int
    /// SHA-256 of the request's body.
    public let digest: [UInt8]
    /// In the order of the request.
    public let asked: [Question]
    /// The batch job of the provider in which it will wait, by its name or, before it has one, by
    /// a mark; `nil` for a request that is sent by itself.
    public let job: String?

    public init(
      key: RequestKey, attempt: Int, digest: [UInt8], asked: [Question], job: String? = nil
    ) {
      self.key = key
      self.attempt = attempt
      self.digest = digest
      self.asked = asked
      self.job = job
    }
  }

  /// What a stored reply says about one question.
  public struct Finding: Sendable {
    public let question: Question
    /// Digest of the whole question: run, subject, probe and parameters.
    public let queryID: [UInt8]
    /// The exchange that holds the reply.
    public let exchange: Int64
    public let outcome: Outcome<Observation>

    public init(
      question: Question, queryID: [UInt8], exchange: Int64, outcome: Outcome<Observation>
    ) {
      self.question = question
      self.queryID = queryID
      self.exchange = exchange
      self.outcome = outcome
    }
  }

  /// Requests that ended.
  public var ended: [(exchange: Int64, ending: Ending)] = []
  /// Replies that were read, of this batch or stored before, with the model that each says it
  /// comes from.
  public var read: [(exchange: Int64, mark: Mark, served: ServedModel?)] = []
  /// What these replies say.
  public var findings: [Finding] = []
  /// Requests about to leave.
  public var departing: [Departure] = []

  public init() {}

  /// Whether there is nothing to commit.
  public var isEmpty: Bool {
    ended.isEmpty && read.isEmpty && findings.isEmpty && departing.isEmpty
  }
}
