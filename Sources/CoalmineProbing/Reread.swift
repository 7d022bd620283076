// SPDX-License-Identifier: Apache-2.0

import CoalmineCatalogue
import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger

/// Derives observations anew from the replies that a ledger holds: nothing is sent.
///
/// It runs the code that `probe` runs, on a copy in memory, with the wish to stop already made: no
/// request leaves, and what was stored is read as if for the first time.
///
/// ```swift
/// let problems = try await Reread(study: "study.coalmine").findings().problems
/// ```
public struct Reread: Sendable {
  /// Where the ledger lies.
  public let study: String
  /// Called with the runs that were read again.
  public var progress: ProgressReport = { _ in }

  public init(study: String) { self.study = study }

  /// What a check of a whole study looked at, and what is not as it should be.
  public struct Findings: Sendable {
    public var problems: [LedgerProblem] = []
    /// Whether the file has had digests from the start.
    public var isSealed = true
    public var runs = 0
    /// Runs that an earlier version of coalmine made: neither their endpoint check nor scores token
    /// by token are derived again.
    public var earlierRuns: [Int] = []
    /// Observations that were derived again.
    public var observations = 0
    /// What was dropped from the study, so that nothing could be derived again; `nil` where it is whole.
    public var retired: Retirement?
  }

  /// Checks every digest, reads every stored reply again, and compares.
  ///
  /// - Throws: ``CoalmineError`` where the file is no ledger, or is in use. A ledger that is
  ///   damaged or altered is a finding.
  /// - Complexity: O(bytes of the file) in time and memory.
  public func findings() async throws -> Findings {
    var findings = Findings()
    let ledger: Ledger
    do {
      ledger = try Ledger.open(at: study, checking: false)
    } catch let error as CoalmineError
      where ["ledger-damaged", "not-a-ledger", "ledger-log-foreign"].contains(error.code)
      && Outputs.isLedger(study)
    {
      findings.problems = [
        error.code == "ledger-log-foreign"
          ? LedgerProblem("the ledger:", error.message)
          : LedgerProblem("the form of the file", "is damaged")
      ]
      return findings
    }
    do {
      findings.isSealed = try ledger.isSealed()
      progress(WorkDone("checking the ledger's digests"))
      findings.problems = try ledger.problems(replies: true)
      if findings.problems.isEmpty { try await compare(ledger, &findings) }
    } catch let error as CoalmineError
      where [.badData, .badConfiguration, .verificationFailed].contains(error.exit)
    {
      // What cannot be read or planned any more was stored otherwise.
      findings.problems.append(LedgerProblem("the ledger:", error.message))
    }
    try ledger.close()
    return findings
  }

  /// Replaces the observations of every run by those that this version reads from the replies.
  ///
  /// - Returns: how many differ from what was stored.
  /// - Throws: ``CoalmineError``; the stored observations stay then.
  public func replace() async throws -> Int {
    let ledger = try Ledger.open(at: study)
    // Opening checks everything but the bodies of replies, and these are what is read now.
    try ledger.expectUnaltered(replies: true)
    let copy = try ledger.copyInMemory()
    var changed = 0
    let runs = try ledger.runs()
    for (place, run) in runs.enumerated() where try !copy.isOfEarlierVersion(run: run.number) {
      note(place, of: runs.count)
      // A run that was killed before it noted the result of its check is read as far as it can be.
      let noted = try ledger.capabilities(run: run.number)
      _ = try await derive(
        run, in: copy,
        noted.map(CheckForm.init(of:)) ?? CheckForm(keepsAnswers: false, looksAtTurns: false))
      changed += try ledger.differences(from: copy, run: run).count
    }
    if changed > 0 {
      for run in runs where try !copy.isOfEarlierVersion(run: run.number) {
        try ledger.takeObservations(of: copy, run: run.number)
      }
    }
    try copy.close()
    try ledger.close()
    return changed
  }

  private func compare(_ ledger: Ledger, _ findings: inout Findings) async throws {
    findings.retired = try ledger.retirement()
    if try !ledger.keptStudy().protocolIsWhole {
      findings.problems.append(
        LedgerProblem("the protocol", "is not the one whose SHA-256 is noted"))
    }
    guard !ledger.isRetired else { return }
    let copy = try ledger.copyInMemory()
    let runs = try ledger.runs()
    for (place, run) in runs.enumerated() {
      note(place, of: runs.count, findings.observations)
      if try copy.isOfEarlierVersion(run: run.number) {
        findings.earlierRuns.append(run.number)
        try deriveEarlier(run, in: copy)
        findings.problems += try ledger.differences(from: copy, run: run)
        findings.runs += 1
        findings.observations += try copy.observationCount(run: run.number)
        continue
      }
      let stored = try ledger.capabilities(run: run.number)
      let (derived, isComplete) = try await derive(
        run, in: copy, stored.map(CheckForm.init(of:)) ?? CheckForm())
      if run.closedAt != nil, !isComplete {
        findings.problems.append(
          LedgerProblem("run \(run.number)", "is noted as complete, and replies are missing"))
      }
      // A run that was killed before it noted the result of its check has none; one that was taken
      // out is missed by its digests.
      if let stored, !agree(stored, derived, isOpen: run.closedAt == nil) {
        findings.problems.append(
          LedgerProblem(
            "the endpoint check of run \(run.number)", "is not what its replies say"))
      }
      findings.problems += try ledger.differences(from: copy, run: run)
      findings.runs += 1
      findings.observations += try copy.observationCount(run: run.number)
    }
    try copy.close()
  }

  /// A model that was replaced is noted also by a look that no later one repeats: what is noted of it
  /// may be worse than what the run's end says, and never better.
  /// A run that was stopped between its last replies and the note of them has the replies alone.
  private func agree(_ stored: Capabilities, _ derived: Capabilities?, isOpen: Bool) -> Bool {
    guard let derived else { return false }
    if stored == derived { return true }
    if isOpen, stored[.modelStayed] == nil, let item = derived[.modelStayed] {
      return stored.adding(item) == derived
    }
    guard stored.isOfTwoModels, let noted = stored[.modelStayed] else { return false }
    return stored == derived.adding(noted)
  }

  private func note(_ done: Int, of runs: Int, _ observations: Int = 0) {
    let read = observations > 0 ? " (\(observations) observations so far)" : ""
    progress(
      WorkDone(
        "reading the replies again\(read)", done: Int64(done), of: Int64(runs), .items("runs")))
  }

  private func deriveEarlier(_ run: RunRecord, in copy: Ledger) throws {
    try EarlierReplies(
      run: run, dialect: try DialectRegistry.dialect(run.dialect),
      endpoint: try Endpoint(stored: run.endpoint, model: run.model),
      questions: StudyQuestions(
        study: try RegisteredStudy(copy), role: run.role, presentation: run.presentation)
    ).derive(in: copy)
  }

  /// Reads a run's replies into `copy`.
  ///
  /// - Returns: what the replies to its check say, `nil` where they are missing or of no use; and
  ///   whether every request has its reply.
  ///
  /// - Parameter form: what the check asked.
  private func derive(_ run: RunRecord, in copy: Ledger, _ form: CheckForm) async throws
    -> (seen: Capabilities?, isComplete: Bool)
  {
    let budget = try copy.rankBudget(run: run.number)
    try copy.forgetObservations(run: run.number)
    let dialect = try DialectRegistry.dialect(run.dialect)
    let driver = Driver(
      ledger: copy, run: run, dialect: dialect,
      endpoint: try Endpoint(stored: run.endpoint, model: run.model),
      send: { request async throws(TransportError) in
        throw TransportError(fate: .notSent, code: 0, message: "nothing is sent")
      },
      policy: RetryPolicy(), concurrency: 1, progress: { _, _ in }, now: { "" },
      sleep: { _ in }, stopping: { true })
    var probing = RunProbing(
      ledger: copy, run: run, driver: driver, study: try RegisteredStudy(copy),
      rankBudget: budget ?? ProbeVerb.standardRankBudget)
    var checked: RunProbing.Checked?
    do {
      probing = try await probing.learningTemplate()
      checked = try await probing.seen(form)
    } catch let error as CoalmineError where error.exit != .badData && error.exit != .internalError
    {
      // The check ended with this when its replies came, too.
    }
    guard let checked, let seen = checked.seen,
      run.probeSet.probes.allSatisfy({ seen.verified.meets($0.needs) })
    else { return (checked?.seen, false) }
    let (_, tally) = try await probing.ask(seen, after: checked.tally)
    guard tally.isComplete else { return (seen, false) }
    let (ended, looked) = try await probing.lastLook(
      checked, after: tally, looks: try probing.looks(.lastLook))
    return (ended, looked.isComplete)
  }
}
