// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCatalogue
import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger
import CoalmineStatistics
import Synchronization

/// Asks one model the questions of a study.
public struct ProbeVerb: Sendable {
  public var study: String
  public var endpoint: Endpoint
  public var dialect: String
  public var role: RunRole
  public var probeSet: String
  public var concurrency: Int
  /// The most prompts that a request holds; the dialect's own limit holds as well.
  public var promptsPerRequest = Int.max
  /// The most prefixes that the search for one canary's exact rank asks.
  public var rankBudget = 2_000
  /// Whether only the endpoint is checked: nothing of the study leaves.
  public var checkOnly = false
  /// Whether answers of an earlier run with the same endpoint are asked for anew.
  public var newRun = false

  public init(
    study: String, endpoint: Endpoint, dialect: String, role: RunRole, probeSet: String,
    concurrency: Int
  ) {
    self.study = study
    self.endpoint = endpoint
    self.dialect = dialect
    self.role = role
    self.probeSet = probeSet
    self.concurrency = concurrency
  }

  /// What a run came to.
  public struct Summary: Sendable, Equatable {
    public let run: Int
    public let role: RunRole
    /// Questions in the plan, and the requests they take.
    public let questions: Int
    public let packs: Int
    public let packsAnswered: Int
    /// Requests of this call; 0 where everything was stored already.
    public let requests: Int
    public let complete: Bool
    /// The last thing that went wrong, where something is missing.
    public let lastFailure: String?
    /// What the endpoint can do; `nil` where the check is not complete.
    public let capabilities: Capabilities?
    /// References that the protocol asks a canary.
    public let references: Int
  }

  /// Surroundings that tests replace.
  public struct Surroundings: Sendable {
    public var now: @Sendable () -> String
    public var sleep: @Sendable (Double) async throws -> Void
    /// Seconds of a clock that never goes back.
    public var clock: @Sendable () -> Double = Pacing.monotonic
    /// Called with the requests answered and those known; while the endpoint is checked 0 are known.
    public var progress: @Sendable (Int, Int) -> Void
    public var policy = RetryPolicy()
    public var limits = TransportLimits()
    public var settings = TransportSettings()
    /// Whether the user wants to stop; asked before each request.
    public var stopping: @Sendable () -> Bool = { false }

    public init(
      now: @escaping @Sendable () -> String,
      sleep: @escaping @Sendable (Double) async throws -> Void,
      progress: @escaping @Sendable (Int, Int) -> Void
    ) {
      self.now = now
      self.sleep = sleep
      self.progress = progress
    }
  }

  /// Opens or resumes the run, asks what is missing, and closes it when nothing is.
  ///
  /// - Throws: ``CoalmineError``, and `CancellationError` where the user stopped it; what was
  ///   answered before is stored.
  public func run(_ surroundings: Surroundings) async throws -> Summary {
    guard (1...256).contains(concurrency) else {
      throw CoalmineError(
        code: "bad-concurrency", "a concurrency of \(concurrency) is outside 1…256", exit: .usage)
    }
    let dialect = try DialectRegistry.dialect(dialect)
    let named = try probes()
    if let probe = named.probes.first(where: { $0.needs > dialect.tier }) {
      throw CoalmineError(
        code: "dialect-cannot-score",
        "the dialect '\(dialect.slug)' gives no log-probabilities of a given text",
        details: ["probe set '\(named.name)' needs them for \(probe.rawValue)"],
        help: role == .base ? CoalmineError.baseHelp : "use '--probe-set text-only'",
        exit: .badConfiguration)
    }
    let ledger = try Ledger.open(at: study)
    let record = try ledger.study()
    let studyProtocol = try ProtocolFile.parse(
      record.protocolText, path: "the study's protocol")
    let asked = named.asked(in: studyProtocol.decoding)
    let run = try open(ledger, dialect, asked, at: surroundings.now())
    let transport = Transport(limits: surroundings.limits, settings: surroundings.settings)
    let planned = Planned()
    let runner = ProbeRunner(
      ledger: ledger, run: run, dialect: dialect, endpoint: endpoint,
      send: { request async throws(TransportError) in try await transport.send(request) },
      policy: surroundings.policy, concurrency: concurrency, promptsPerRequest: promptsPerRequest,
      progress: { surroundings.progress($0, planned.isKnown.load(ordering: .relaxed) ? $1 : 0) },
      now: surroundings.now, sleep: surroundings.sleep, clock: surroundings.clock,
      stopping: surroundings.stopping)
    let asker = LedgerAsker(runner, after: ProbeRunner.Tally())
    let capabilities = try await check(asked, runner, asker)
    var tally = asker.tally
    var questions = 0
    if let capabilities, !checkOnly {
      planned.isKnown.store(true, ordering: .relaxed)
      (questions, tally) = try await ask(
        record, studyProtocol, capabilities, runner, after: tally)
    }
    let complete = tally.isComplete && !checkOnly
    if complete { try ledger.closeRun(run.number, at: surroundings.now()) }
    try ledger.close()
    if !tally.isComplete, surroundings.stopping() { throw CancellationError() }
    return Summary(
      run: run.number, role: role, questions: questions, packs: tally.packs,
      packsAnswered: tally.answered, requests: tally.requests, complete: complete,
      lastFailure: tally.isComplete ? nil : tally.lastFailure, capabilities: capabilities,
      references: studyProtocol.references)
  }

  /// What the endpoint can do, as an earlier call noted or as a check sees it now; `nil` where
  /// replies are missing.
  ///
  /// - Throws: ``CoalmineError`` with code `endpoint-cannot` where it cannot do what is asked:
  ///   nothing of the study has left then.
  private func check(_ asked: ProbeSet, _ runner: ProbeRunner, _ asker: LedgerAsker) async throws
    -> Capabilities?
  {
    let needed = Self.needed(asked)
    var seen = try runner.ledger.capabilities(run: runner.run.number)
    if seen == nil {
      seen = try await capabilities(of: asked, runner, asker)
      if let seen { try runner.ledger.store(seen, run: runner.run.number) }
    }
    if let seen, needed > seen.verified {
      throw CoalmineError(
        code: "endpoint-cannot",
        "\(endpoint.url) was not seen to do what probe set '\(asked.name)' needs",
        details: seen.items.filter { $0.state == .notSeen }.map {
          "\($0.subject.rawValue): \(terminalSafe($0.evidence))"
        },
        help: needed >= .walk && seen.verified >= .continuedText
          ? role == .base
            ? CoalmineError.baseHelp
            : "use '--probe-set text-only', which needs no log-probabilities"
          : "'coalmine check' says what it can do; is '\(dialect)' the dialect it speaks?",
        exit: .endpointUnavailable)
    }
    return seen
  }

  /// Reads the stored replies of a run again into `ledger`, a copy without its observations; sends
  /// nothing.
  ///
  /// - Returns: what the replies to its check say, `nil` where they are missing or of no use; and
  ///   whether every request has its reply.
  func reread(_ run: RunRecord, in ledger: Ledger) async throws
    -> (seen: Capabilities?, isComplete: Bool)
  {
    let record = try ledger.study()
    let runner = ProbeRunner(
      ledger: ledger, run: run, dialect: try DialectRegistry.dialect(dialect), endpoint: endpoint,
      send: { request async throws(TransportError) in
        throw TransportError(fate: .notSent, code: 0, message: "nothing is sent")
      },
      policy: RetryPolicy(), concurrency: 1, progress: { _, _ in }, now: { "" },
      sleep: { _ in }, stopping: { true })
    let asker = LedgerAsker(runner, after: ProbeRunner.Tally())
    let seen: Capabilities?
    do {
      seen = try await capabilities(of: run.probeSet, runner, asker)
    } catch let error as CoalmineError where error.exit != .badData && error.exit != .internalError
    {
      // The check ended with this when its replies came, too.
      seen = nil
    }
    guard let seen, seen.verified >= Self.needed(run.probeSet) else { return (seen, false) }
    let (_, tally) = try await ask(
      record,
      try ProtocolFile.parse(record.protocolText, path: "the study's protocol"), seen, runner,
      after: asker.tally)
    return (seen, tally.isComplete)
  }

  private func capabilities(of asked: ProbeSet, _ runner: ProbeRunner, _ asker: LedgerAsker)
    async throws -> Capabilities?
  {
    try await EndpointCheck(
      requests: CheckRequests(
        dialect: runner.dialect, endpoint: endpoint, needs: CheckRequests.Needs(asked.probes)),
      asker: asker
    ).run(scoring: Self.needed(asked) >= .walk)
  }

  /// Asks everything that is planned.
  ///
  /// - Returns: how many questions that is, and what became of the requests.
  private func ask(
    _ record: StudyRecord, _ studyProtocol: StudyProtocol, _ capabilities: Capabilities,
    _ runner: ProbeRunner, after tally: ProbeRunner.Tally
  ) async throws -> (questions: Int, ProbeRunner.Tally) {
    let run = runner.run
    let spaces = try CanarySpaces.spaces(of: record.canaries, files: record.files)
    let plan = QueryPlan(
      study: record, studyProtocol: studyProtocol, spaces: spaces, run: run,
      dialect: runner.dialect)
    return (
      plan.queries, try await ask(plan, record, spaces, capabilities, runner, after: tally)
    )
  }

  private func ask(
    _ plan: QueryPlan, _ record: StudyRecord, _ spaces: [String: RandomnessSpace],
    _ capabilities: Capabilities, _ runner: ProbeRunner, after tally: ProbeRunner.Tally
  ) async throws -> ProbeRunner.Tally {
    let run = runner.run
    let tally = try await runner.execute(
      plan.packs.map { $0.probe(runner.dialect, at: endpoint, in: run) }, after: tally)
    guard tally.isComplete, let dialect = runner.dialect as? any WalkingDialect.Type,
      !plan.walked.isEmpty
    else { return tally }
    var generator = ChaCha8Rand(seed: plan.walkSeed)
    let walk = Walk(
      ledger: runner.ledger, run: run, runner: runner, dialect: dialect, endpoint: endpoint,
      capabilities: capabilities)
    let scored = try await walk.score(
      plan.walked,
      separators: Dictionary(
        uniqueKeysWithValues: record.canaries.map { ($0.id, $0.separator.count) }),
      firstPack: plan.nextPack, after: tally, using: &generator)
    guard scored.tally.isComplete, run.probeSet.probes.contains(.rankSearch) else {
      return scored.tally
    }
    let ranks = RankWalk(
      ledger: runner.ledger, run: run, runner: runner, dialect: dialect, endpoint: endpoint,
      tieEpsilon: capabilities.tieEpsilon, budget: rankBudget)
    return try await ranks.search(
      record.canaries, scored.texts, spaces, references: record.references,
      firstPack: scored.nextPack, after: scored.tally)
  }

  /// What a run would take, by what is planned: nothing is sent and no answer is stored.
  ///
  /// - Throws: ``CoalmineError``, as ``run(_:)`` before it asks anything.
  public func estimate() throws -> ProbeEstimate {
    let dialect = try DialectRegistry.dialect(dialect)
    let named = try probes()
    let ledger = try Ledger.open(at: study)
    let record = try ledger.study()
    let studyProtocol = try ProtocolFile.parse(
      record.protocolText, path: "the study's protocol")
    let asked = named.asked(in: studyProtocol.decoding)
    let next = (try ledger.runs().map(\.number).max() ?? 0) + 1
    try ledger.close()
    let run = RunRecord(
      number: next, role: role, model: endpoint.model, endpoint: endpoint.url,
      dialect: dialect.slug, probeSet: asked, openedAt: "", closedAt: nil)
    let plan = QueryPlan(
      study: record, studyProtocol: studyProtocol,
      spaces: try CanarySpaces.spaces(of: record.canaries, files: record.files), run: run,
      dialect: dialect)
    return ProbeEstimate(
      plan, asked.probes, canaries: record.canaries.count, dialect: dialect,
      rankBudget: rankBudget, promptsPerRequest: promptsPerRequest)
  }

  /// The probes of this run: the base model is asked only what is compared with the tuned one.
  private func probes() throws -> ProbeSet {
    var set = try Catalogue.shipped().probeSet(probeSet)
    // A rank is searched where the dialect says what may follow a prefix.
    let walks = try DialectRegistry.dialect(dialect) is any WalkingDialect.Type
    if !walks || rankBudget == 0 {
      set = ProbeSet(
        name: set.name, summary: set.summary, probes: set.probes.filter { $0 != .rankSearch })
    }
    guard role == .base else { return set }
    let compared = set.probes.filter { $0 == .sequenceLikelihood || $0 == .recordLikelihood }
    guard compared.contains(.sequenceLikelihood) else {
      throw CoalmineError(
        code: "nothing-to-ask-the-base",
        "probe set '\(set.name)' asks nothing that is compared with a base model",
        help: "leave the base run out, or use '--probe-set exposure'", exit: .badConfiguration)
    }
    return ProbeSet(name: set.name, summary: set.summary, probes: compared)
  }

  /// Whether a check found that the run's endpoint cannot do what is asked: it may have been mended.
  private func wasRefused(_ run: RunRecord, _ ledger: Ledger) throws -> Bool {
    guard run.closedAt == nil, let seen = try ledger.capabilities(run: run.number) else {
      return false
    }
    return seen.verified < Self.needed(run.probeSet)
  }

  private static func needed(_ set: ProbeSet) -> ScoreTier {
    set.probes.map(\.needs).max() ?? .continuedText
  }

  private func open(
    _ ledger: Ledger, _ dialect: any Dialect.Type, _ asked: ProbeSet, at time: String
  ) throws -> RunRecord {
    let same = try ledger.runs().last {
      $0.isSameQuestion(
        role: role, model: endpoint.model, endpoint: endpoint.url, dialect: dialect.slug,
        probeSet: asked)
    }
    if let same, !newRun, try !wasRefused(same, ledger) { return same }
    return try ledger.openRun(
      role: role, model: endpoint.model, endpoint: endpoint.url, dialect: dialect.slug,
      probeSet: asked, at: time)
  }
}

/// Whether the check has ended: before, nobody knows how many requests a run has.
private final class Planned: Sendable {
  let isKnown = Atomic(false)
}
