// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger
import CoalmineScoring

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What the looks of a monitor came to until now, read from the study that holds them.
public struct MonitorState: Sendable {
  /// The probe set by which a look is known among the runs of a study.
  public static let probeSet = "monitor"

  public let studyID: String
  /// The false-alarm rate over all looks together: the protocol's alpha.
  public let alpha: Double
  /// Oldest first.
  public let looks: [Look]
  public let evidence: EvidenceOverLooks
  /// Whether the protocol compares with a base model that was not asked: a look needs no such run.
  public let lacksBase: Bool

  /// One look.
  public struct Look: Sendable {
    public let run: RunRecord
    /// What it saw; `nil` while answers are missing, and it counts as 0 then.
    public let seen: MonitorLook?
  }

  /// How a study stands after its last look.
  public enum Outcome: String, Sendable, CaseIterable {
    /// S reached 1/α, in this look or an earlier one.
    case alarm = "alarm"
    /// The last look is not complete.
    case incomplete = "incomplete"
    /// The last look measured nothing, or no control showed that it could.
    case notMeasurable = "not-measurable"
    /// S is below 1/α.
    case quiet = "quiet"

    public var exit: ExitCode {
      switch self {
      case .alarm: .leak
      case .incomplete: .incomplete
      case .notMeasurable: .inconclusive
      case .quiet: .success
      }
    }
  }

  /// Reads a copy of the ledger.
  ///
  /// - Throws: ``CoalmineError`` as opening a ledger does.
  public init(_ path: String) throws {
    self = try StudyArgument.reading(path) { try MonitorState($0) }
  }

  private init(_ ledger: Ledger) throws {
    let reader = try EvidenceReader(ledger)
    let runs = try ledger.runs().filter {
      $0.role == .tuned && $0.probeSet.name == Self.probeSet
        && reader.tunedRuns.contains($0.number)
    }
    let looks = try runs.map { run in
      Look(
        run: run,
        seen: run.isComplete ? MonitorLook(try reader.evidence(run: run.number)) : nil)
    }
    let plain = try reader.evidence(run: nil)
    let plan = plain.studyProtocol
    let hasBase = try ledger.runs().contains { $0.role == .base && $0.isComplete }
    self.init(
      studyID: plain.facts.id, alpha: plan.decision.alpha, looks: looks,
      lacksBase: plan.edition == .second && plan.decision.score == .tunedMinusBase && !hasBase)
  }

  init(studyID: String, alpha: Double, looks: [Look], lacksBase: Bool = false) {
    self.studyID = studyID
    self.alpha = alpha
    self.looks = looks
    self.lacksBase = lacksBase
    evidence = EvidenceOverLooks(looks.map { $0.seen?.mean.value ?? 0 })
  }

  /// S at which the alarm is given.
  public var threshold: Double { 1 / alpha }

  public var outcome: Outcome {
    if evidence.alarm(alpha: alpha) != nil { return .alarm }
    guard let last = looks.last else { return .notMeasurable }
    guard let seen = last.seen else { return .incomplete }
    return seen.mean.value != nil && seen.isShown ? .quiet : .notMeasurable
  }

  /// Whether the next look goes on with a run that has answers missing.
  public var goesOn: Bool { looks.last.map { $0.seen == nil } ?? false }
}
