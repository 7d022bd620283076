// SPDX-License-Identifier: Apache-2.0

/// Which procedure a request of a run belongs to.
public enum ProcedureName: String, Sendable, CaseIterable {
  /// Learns the server's chat template from public conversations, before the check.
  case template
  /// Looks at what the endpoint does, with texts of no study.
  case check
  /// Asks a few texts of the check again, when a run goes on: is it still the same model?
  case fingerprint
  /// Asks these texts once more when every question of a run has its answer.
  case lastLook = "last-look"
  /// Asks for fresh secrets to be repeated, to see whether a filter acts on what comes back.
  case repeats
  /// Questions that one request answers.
  case direct
  /// Scores given texts token by token.
  case stepwise
  /// Searches the exact ranks of secrets.
  case rankSearch = "rank-search"
  /// Requests of a ledger before version 4, which knew no procedures.
  case earlier

  /// Whether its requests hold data of a study; of ``earlier`` the procedure's name does not say it.
  public var asksStudy: Bool {
    switch self {
    case .template, .check, .fingerprint, .lastLook, .repeats: false
    case .direct, .stepwise, .rankSearch, .earlier: true
    }
  }
}

/// The name of a request in a run: it follows from the study, the run and replies that are stored
/// already, never from the order in which replies arrive.
///
/// A request that is refused is asked again in halves, and these in halves where need be:
///
/// ```
///                1                 part 1: the whole
///          2           3           its halves
///        4   5       6   7         halves of halves, and so on
/// ```
public struct RequestKey: Sendable, Hashable, Comparable {
  public let procedure: ProcedureName
  /// Rounds of a procedure depend on the answers to earlier ones; from 0.
  public let round: Int
  /// The request's place in its round, from 0.
  public let index: Int
  /// 1 for a whole request.
  public let part: Int

  public init(_ procedure: ProcedureName, round: Int, index: Int, part: Int = 1) {
    self.procedure = procedure
    self.round = round
    self.index = index
    self.part = part
  }

  /// Ten halvings are enough for every request.
  private static let lastPart = 2_047

  /// The keys of the halves; `nil` where no halving is left.
  public var halves: (RequestKey, RequestKey)? {
    guard 2 * part + 1 <= Self.lastPart else { return nil }
    return (with(part: 2 * part), with(part: 2 * part + 1))
  }

  /// The key of what a part is the half of; `nil` for a whole.
  public var parent: RequestKey? { part > 1 ? with(part: part / 2) : nil }

  /// The key of the whole request.
  public var whole: RequestKey { with(part: 1) }

  private func with(part: Int) -> RequestKey {
    RequestKey(procedure, round: round, index: index, part: part)
  }

  /// In the order in which requests are planned.
  public static func < (left: RequestKey, right: RequestKey) -> Bool {
    (left.procedure.rawValue, left.round, left.index, left.part)
      < (right.procedure.rawValue, right.round, right.index, right.part)
  }
}

/// What an observation is an answer to: one probe of one subject, and which sample of it.
public struct Question: Sendable, Hashable {
  public let probe: Probe
  public let subject: Subject
  /// From 0; 0 where no samples are drawn.
  public let sample: Int

  public init(_ probe: Probe, _ subject: Subject, sample: Int = 0) {
    self.probe = probe
    self.subject = subject
    self.sample = sample
  }
}
