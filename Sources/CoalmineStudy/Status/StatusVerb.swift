// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger
import CoalmineScoring

/// Says where a study stands, from a copy of its ledger: nobody who asks is in its way.
public enum StatusVerb {
  ///     let status = try StatusVerb.status("study.coalmine")
  ///     print(status.next)
  ///
  /// - Throws: ``CoalmineError`` as opening a ledger does, and `ledger-busy`.
  /// - Complexity: O(bytes of the ledger).
  public static func status(_ path: String) throws -> StudyStatus {
    let isHeld = try StudyArgument.ofPlace { try Ledger.isHeld(path) }
    return try StudyArgument.reading(path) { ledger in
      try StudyStatus(ledger, path: path, isHeld: isHeld)
    }
  }
}

/// What was done in a study, and what is next.
public struct StudyStatus: Sendable {
  public let path: String
  public let id: String
  /// RFC 3339 in UTC.
  public let createdAt: String
  public let origin: StudyOrigin.Kind
  /// Canaries by their role, in the order of roles.
  public let canaries: [(role: Role, count: Int)]
  /// Secrets that the tests look at, and as many that were held out.
  public let deciding: (inserted: Int, heldOut: Int)
  /// Records marked as members, and as non-members.
  public let records: (members: Int, nonmembers: Int)
  public let studyProtocol: StudyProtocol
  public let training: TrainingStatement?
  /// What was dropped; `nil` where the study is whole.
  public let retired: Retirement?
  /// Whether another process held the ledger.
  public let isHeld: Bool
  /// Every run, oldest first.
  public let runs: [Run]

  /// One run of a model.
  public struct Run: Sendable {
    public let record: RunRecord
    /// Whether anything of the study was asked; else it was only checked.
    public let wasAsked: Bool
    /// Answers that are due; `nil` for a run that counts for nothing, or was only checked.
    public let answers: AnswerCounts.Count?
    public let costs: RunCosts?
    /// What the tests can conclude at its endpoint; `nil` without a check.
    public let reach: StudyReach?
    /// Whether another model answered when the run ended than when it began.
    public let isOfTwoModels: Bool
    /// How the last call asked it.
    public let call: CallOptions
    /// Whether given texts are scored token by token: all of them get their first token, then the next, and
    /// a text has an answer when its last token has one.
    public let isStepwise: Bool

    /// Requests that are left, by how many answers a request brought until now; `nil` where that is
    /// not known.
    public var requestsLeft: Int? {
      guard let answers, let costs else { return nil }
      if answers.missing == 0 { return 0 }
      guard !isStepwise else { return nil }
      let answered = answers.due - answers.missing
      guard answered > 0, costs.requests > 0 else { return nil }
      let perRequest = Double(answered) / Double(costs.requests)
      return Int((Double(answers.missing) / perRequest).rounded(.up))
    }
  }

  init(_ ledger: Ledger, path: String, isHeld: Bool) throws {
    let study = try ledger.keptStudy()
    let reader = try EvidenceReader(ledger, kept: true)
    let scores = try ledger.isRetired ? StudyScores(ledger) : nil
    let (asked, _) = try ledger.askedRuns()
    let costs = try ledger.costs()
    let plain = try reader.evidence(run: nil)
    let plan = plain.studyProtocol
    self.path = path
    self.isHeld = isHeld
    id = study.id
    createdAt = study.createdAt
    origin = study.origin.kind
    canaries = Role.allCases.compactMap { role in
      let count = study.canaries.count { $0.role == role }
      return count > 0 ? (role, count) : nil
    }
    let randomized = study.canaries.filter {
      $0.randomized && $0.repetitions == plan.targetRepetitions
    }
    deciding = (
      randomized.count { $0.role == .inserted }, randomized.count { $0.role == .heldOut }
    )
    records = (
      study.records.count { $0.membership == .member },
      study.records.count { $0.membership == .nonmember }
    )
    studyProtocol = plan
    training = try ledger.training()
    retired = try ledger.retirement()
    runs = try ledger.runs().map { run in
      let wasAsked = asked.contains(run.number)
      let answers: AnswerCounts.Count? =
        !wasAsked
        ? nil
        : run.asksChoices
          ? try reader.choiceCount(of: run)
          : run.role == .tuned
            // What is due of records depends on their texts.
            ? try scores?.result(run: run.number).answers.tuned
              ?? reader.evidence(run: run.number).tunedCount
            : plain.base?.run.number == run.number ? plain.baseCount : nil
      let checked = try ledger.capabilities(run: run.number)
      return Run(
        record: run, wasAsked: wasAsked, answers: answers,
        costs: costs.first { $0.number == run.number },
        reach: run.role == .tuned && !run.asksChoices
          ? checked.map { StudyReach(plan, $0, asks: run.probeSet.probes) } : nil,
        isOfTwoModels: checked?.isOfTwoModels ?? false,
        call: try ledger.callOptions(run: run.number),
        isStepwise: run.probeSet.probes.contains { $0.needs == .scores }
          && checked?.verified.areStepwise ?? false)
    }
  }

  /// The runs of tuned models that asked something.
  var tunedRuns: [Run] {
    runs.filter { $0.record.role == .tuned && $0.wasAsked && !$0.record.asksChoices }
  }
  /// The runs of forced choices that asked something: they burned the canaries.
  package var burningRuns: [Int] {
    runs.filter { $0.wasAsked && $0.record.asksChoices }.map(\.record.number)
  }
  var baseRuns: [Run] { runs.filter { $0.record.role == .base && $0.wasAsked } }
}
