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
  public var rankBudget = standardRankBudget
  static let standardRankBudget = 2_000
  static let standardConcurrency = 4
  /// Whether only the endpoint is checked: nothing of the study leaves.
  public var checkOnly = false
  /// Whether the check asks the model to repeat a fresh secret of each kind, which shows a filter on output.
  public var repeatsSecrets = false
  /// Whether questions go out in the provider's batch jobs; the check never does.
  public var usesJobs = false
  /// Whether the tuned model is asked although the protocol compares with a base model that was not
  /// asked: then the tuned model's own log-probabilities decide.
  public var decidesByPlainScore = false
  /// The price of the model; `nil` where none is known.
  public var price: Price?
  /// Whether the tokens of replies are counted where no price is known.
  public var countsTokens = true
  /// The most that the run may cost, stored replies included, in US dollars.
  public var maxCost: Double?
  /// Whether a run that cannot pass is told so before it is asked; a look of a monitor never passes.
  public var tellsReach = true
  /// Whether answers of an earlier run with the same endpoint are asked for anew.
  public var newRun = false
  /// Whether the run goes on with texts alone where scores were to be tried and do not come: where nobody
  /// stated a probe set.
  public var fallsBack = false
  /// The path of a table of prices, as a person stated it.
  public var statedPrices: String?
  /// The dialect as it was stated: its options stay.
  let stated: String

  public init(
    study: String, endpoint: Endpoint, dialect: String, role: RunRole, probeSet: String,
    concurrency: Int
  ) {
    self.study = study
    self.endpoint = endpoint
    self.dialect = dialect
    stated = dialect
    self.role = role
    self.probeSet = probeSet
    self.concurrency = concurrency
  }

  /// Opens or resumes the run, asks what is missing, and closes it when nothing is.
  ///
  /// - Throws: ``CoalmineError``, and `CancellationError` where the user stopped it; what was
  ///   answered before is stored.
  public func run(_ surroundings: Surroundings) async throws -> Summary {
    var verb = self
    let sent = Counter()
    var tried: Set<String> = []
    while true {
      let before = sent.count
      do {
        var summary = try await verb.asking(surroundings, sent)
        summary.requests += before
        return summary
      } catch let other as Replacement {
        guard tried.insert(other.dialect + " " + other.probeSet).inserted else {
          throw CoalmineError(
            code: "field-refused", "\(endpoint.url) takes none of the forms of a field",
            details: ["the last one was '--dialect \(other.dialect)'"],
            help: "'coalmine list dialects' lists the options of each dialect",
            exit: .badConfiguration)
        }
        surroundings.note(other.note)
        verb.dialect = other.dialect
        verb.probeSet = other.probeSet
      }
    }
  }

  private func asking(_ surroundings: Surroundings, _ sent: Counter) async throws -> Summary {
    guard (1...256).contains(concurrency) else {
      throw CoalmineError(
        code: "bad-concurrency", "a concurrency of \(concurrency) is outside 1…256", exit: .usage)
    }
    let (verb, dialect, ledger, study, asked) = try opened()
    if verb.dialect != self.dialect || verb.probeSet != probeSet {
      surroundings.note(
        "an earlier call found out what the endpoint takes: asked with '--dialect \(verb.dialect) "
          + "--probe-set \(verb.probeSet)'")
    }
    return try await verb.asking(surroundings, sent, dialect, ledger, study, asked)
  }

  private func asking(
    _ surroundings: Surroundings, _ sent: Counter, _ dialect: any Dialect, _ ledger: Ledger,
    _ study: RegisteredStudy, _ asked: ProbeSet
  ) async throws -> Summary {
    if maxCost != nil, price == nil { throw CoalmineError.priceUnknown(endpoint) }
    if newRun { try noteWaiting(ledger, surroundings.note) }
    if !checkOnly {
      try expectForcedChoice(ledger, study.studyProtocol, asked)
      try noteBurned(ledger, asked, surroundings.note)
    }
    try expectConversations(study.record.canaries, dialect)
    if !checkOnly { try expectBase(ledger, study.studyProtocol, dialect, asked) }
    let run = try open(ledger, dialect, asked, at: surroundings.now())
    if !checkOnly { try ledger.note(callOptions, of: run.number) }
    do {
      return try await endpoint.delivering(surroundings.limits, surroundings.settings) {
        try await probe(
          run, of: study, by: dialect, surroundings, sent, delivery: $0, keptIn: ledger)
      }
    } catch let error as CoalmineError
      where ["field-refused", "unexpected-reply", "endpoint-cannot", "request-refused"]
      .contains(error.code)
    {
      let other = try replacement(for: run, after: error, in: ledger)
      try ledger.close()
      throw other ?? error
    }
  }

  /// What `status` repeats of this call.
  private var callOptions: CallOptions {
    CallOptions(
      batch: usesJobs, prices: statedPrices, maxCost: maxCost,
      concurrency: concurrency == Self.standardConcurrency ? nil : concurrency,
      promptsPerRequest: promptsPerRequest == .max ? nil : promptsPerRequest,
      rankBudget: rankBudget == Self.standardRankBudget ? nil : rankBudget,
      plainScore: decidesByPlainScore)
  }

  /// What a run and its estimate begin with: the dialect, the study in its open ledger, and what is
  /// asked of it.
  private func opened() throws -> (ProbeVerb, any Dialect, Ledger, RegisteredStudy, ProbeSet) {
    let stated = try DialectRegistry.dialect(dialect)
    if usesJobs { try JobProvider.expectJobs(of: stated) }
    _ = try probes(stated)
    let ledger = try Ledger.open(at: study)
    let study = try RegisteredStudy(ledger)
    let verb = try remembering(ledger)
    let dialect = try DialectRegistry.dialect(verb.dialect)
    let named = try verb.probes(dialect)
    return (verb, dialect, ledger, study, named.asked(in: study.studyProtocol.decoding))
  }

  private func probe(
    _ run: RunRecord, of study: RegisteredStudy, by dialect: any Dialect,
    _ surroundings: Surroundings, _ sent: Counter, delivery: any Delivery, keptIn ledger: Ledger
  ) async throws -> Summary {
    let checkRequests = CheckRequests()
    var driver = Driver(
      ledger: ledger, run: run, dialect: dialect, endpoint: endpoint,
      send: { request async throws(TransportError) in
        _ = sent.next()
        return try await delivery.send(request)
      },
      policy: surroundings.policy, concurrency: concurrency, promptsPerRequest: promptsPerRequest,
      progress: { answered, planned in
        let check = checkRequests.count
        surroundings.progress(answered - (check ?? 0), check.map { planned - $0 } ?? 0)
      },
      now: surroundings.now, sleep: surroundings.sleep, clock: surroundings.clock,
      stopping: surroundings.stopping)
    driver.usesJobs = usesJobs
    driver.note = surroundings.note
    driver.spending = try SpendMeter.ofRun(
      run, in: ledger, price: price, limit: maxCost, counts: countsTokens, at: endpoint)
    let silent = driver.spending.spend.uncounted
    var asked = RunProbing(
      ledger: ledger, run: run, driver: driver, study: study, rankBudget: rankBudget)
    asked.repeatsSecrets = repeatsSecrets
    let probing = try await asked.learningTemplate()
    let checked = try await probing.check()
    var tally = checked.tally
    let reach = checked.seen.flatMap { self.reach(of: run, study, $0) }
    if !checkOnly, try isFinished(run, ledger) {
      let ambiguous = try ledger.ambiguousRequests(run: run.number)
      try ledger.close()
      var spend = driver.spending.spend
      // Its rounds are not planned again, so what its lost requests can have taken is not known.
      if price != nil { spend.uncounted = silent + ambiguous }
      return Summary(
        run: run.number, role: role, questions: 0, requestsPlanned: 0, requestsAnswered: 0,
        requests: tally.sent, ambiguous: ambiguous, held: 0, complete: true, lastFailure: nil,
        capabilities: checked.seen, references: study.studyProtocol.references, reach: reach,
        spend: spend, dialect: dialect.name, probeSet: run.probeSet.name)
    }
    var questions = 0
    var capabilities = checked.seen
    if let seen = checked.seen, !checkOnly {
      if tellsReach, let reach, !reach.canPass {
        surroundings.note(reach.sentence(about: "this run"))
      }
      checkRequests.set(tally.planned)
      (questions, tally) = try await probing.ask(seen, after: tally)
      if tally.isComplete {
        (capabilities, tally) = try await probing.lastLook(
          checked, after: tally, looks: try probing.looks(.lastLook) + 1)
      }
    }
    let complete = tally.isComplete && !checkOnly
    if complete {
      if let capabilities { try ledger.store(capabilities, run: run.number) }
      try ledger.closeRun(run.number, at: surroundings.now())
    }
    let ambiguous = try ledger.ambiguousRequests(run: run.number)
    try ledger.close()
    if complete, let stayed = capabilities?[.modelStayed], stayed.state == .notSeen {
      throw probing.ofTwoModels(stayed.evidence)
    }
    if !tally.isComplete, surroundings.stopping() { throw CancellationError() }
    return Summary(
      run: run.number, role: role, questions: questions,
      requestsPlanned: tally.planned - (checkRequests.count ?? 0),
      requestsAnswered: tally.answered - (checkRequests.count ?? 0), requests: tally.sent,
      ambiguous: ambiguous, held: tally.held, complete: complete,
      lastFailure: tally.isComplete ? nil : tally.lastFailure?.words, capabilities: capabilities,
      references: study.studyProtocol.references, reach: reach, spend: driver.spending.spend,
      dialect: dialect.name, probeSet: run.probeSet.name)
  }

  /// What a run would take, by what is planned and what is stored: nothing is sent and no answer is
  /// stored.
  ///
  /// - Throws: ``CoalmineError``, as ``run(_:)`` before it asks anything.
  public func estimate() throws -> ProbeEstimate {
    let (verb, claimed, ledger, study, asked) = try opened()
    return try verb.estimate(claimed, ledger, study, asked)
  }

  private func estimate(
    _ claimed: any Dialect, _ ledger: Ledger, _ study: RegisteredStudy, _ asked: ProbeSet
  ) throws -> ProbeEstimate {
    // What the template adds to each conversation is known when the server was asked.
    let dialect = claimed.rendering(.unknown)
    try expectForcedChoice(ledger, study.studyProtocol, asked)
    try expectConversations(study.record.canaries, dialect)
    let begun = try begun(ledger, dialect, asked)
    // The order of the questions depends on the number.
    let next = (try ledger.runs().map(\.number).max() ?? 0) + 1
    let run =
      begun
      ?? RunRecord(
        number: next, role: role, model: endpoint.model, endpoint: endpoint.url,
        dialect: dialect.name, presentation: dialect.presentation, probeSet: asked, openedAt: "",
        closedAt: nil)
    let plan = QuestionPlan(study, run: run, dialect: dialect)
    let seen = try begun.flatMap { try ledger.capabilities(run: $0.number) }
    let samples = seen?.samplesPerRequest ?? .max
    var estimate = ProbeEstimate(
      plan, asked.probes, canaries: study.record.canaries.count, dialect: dialect,
      rankBudget: rankBudget, promptsPerRequest: promptsPerRequest, samplesPerRequest: samples)
    estimate.stored = try begun.map {
      try StoredShare(
        of: $0, isFinished: try isFinished($0, ledger), plan, in: ledger, by: dialect,
        promptsPerRequest: promptsPerRequest,
        meter: try SpendMeter.ofRun($0, in: ledger, price: price, limit: nil, at: endpoint),
        tokens: { try bound(of: $0, dialect, samplesPerRequest: samples) })
    }
    estimate.bound =
      try plan.stepwise.isEmpty
      ? plan.direct.reduce(TokenBound()) { sum, batch in
        sum + (try bound(of: batch, dialect, samplesPerRequest: samples))
      } : nil
    estimate.reach = reach(of: run, study, seen ?? Capabilities(claimedBy: dialect))
    try ledger.close()
    if usesJobs, let limits = dialect.jobs?.limits, let requests = estimate.requests {
      estimate.jobs = JobProvider.least(requests, estimate.promptBytes ?? 0, limits)
    }
    return estimate
  }

  /// What a run can conclude; `nil` for a base model and for forced choices, which conclude nothing
  /// by themselves.
  private func reach(of run: RunRecord, _ study: RegisteredStudy, _ seen: Capabilities)
    -> StudyReach?
  {
    guard run.role == .tuned, !run.asksChoices else { return nil }
    return StudyReach(study.studyProtocol, seen, asks: run.probeSet.probes)
  }

  /// The most tokens that the questions can take; a check and what is asked again come on top.
  /// The most tokens that the questions of a request take, where samples that do not come together are
  /// requests of their own.
  private func bound(of batch: AskBatch, _ dialect: any Dialect, samplesPerRequest: Int) throws
    -> TokenBound
  {
    guard !batch.isEmpty else { return TokenBound() }
    let asks = batch.asks
    let request = try dialect.encode(asks, to: endpoint, seed: batch.seed)
    var bound = TokenBound(request.body ?? [], asks)
    if BatchRequest(batch, RequestKey(.direct, round: 0, index: 0), by: dialect).unit == .samples {
      bound.input *= RequestSize.requests(batch.count, samplesPerRequest)
    }
    return bound
  }

  /// The probes of this run. The base model scores texts; it is not asked to write any.
  private func probes(_ dialect: any Dialect) throws -> ProbeSet {
    var set = try Catalogue.shipped().probeSet(probeSet)
    // A rank is searched where the dialect says what may follow a prefix.
    if !dialect.abilities.areStepwise || rankBudget == 0 {
      set = ProbeSet(
        name: set.name, summary: set.summary, probes: set.probes.filter { $0 != .rankSearch })
    }
    let isChoosing = set.probes.contains { $0.needs == .choices }
    guard isChoosing == dialect.abilities.contains(.chooses) else {
      throw CoalmineError(
        code: "probe-set-not-of-dialect",
        isChoosing
          ? "the dialect '\(dialect.name)' asks no forced choices"
          : "the dialect '\(dialect.name)' asks forced choices and nothing else",
        details: ["the probe set is '\(set.name)'"],
        help: isChoosing
          ? "the dialect of decision endpoints is 'decisions'"
          : "use '--probe-set forced-choice', after every other run: it shows every secret to the "
            + "endpoint", exit: .badConfiguration)
    }
    if let probe = set.probes.first(where: { !dialect.abilities.meets($0.needs) }) {
      throw CoalmineError(
        code: "dialect-cannot-score",
        "the dialect '\(dialect.name)' gives no log-probabilities of a given text",
        details: ["probe set '\(set.name)' needs them for \(probe.rawValue)"],
        help: role == .base ? CoalmineError.baseHelp : "use '--probe-set text-only'",
        exit: .badConfiguration)
    }
    guard role == .base else { return set }
    let compared = set.probes.filter { $0 == .sequenceLikelihood || $0 == .recordLikelihood }
    guard compared.contains(.sequenceLikelihood) else {
      throw CoalmineError(
        code: "nothing-to-ask-the-base",
        "probe set '\(set.name)' holds no question for a base model",
        help: "leave the base run out, or use '--probe-set exposure'", exit: .badConfiguration)
    }
    return ProbeSet(name: set.name, summary: set.summary, probes: compared)
  }

  /// A template surrounds conversations: texts that were planted outside any would get turns that they
  /// never had.
  private func expectConversations(_ canaries: [Canary], _ dialect: any Dialect) throws {
    guard dialect.rendersTurns, let text = canaries.first(where: { $0.turns == nil }) else {
      return
    }
    throw CoalmineError(
      code: "no-conversation",
      "'\(dialect.name)' renders conversations, and canary '\(text.id)' was planted as a text",
      help: "leave 'template=server' out", exit: .badConfiguration)
  }

  /// A new run does not fetch what was submitted before it.
  private func noteWaiting(_ ledger: Ledger, _ note: (String) -> Void) throws {
    for run in try ledger.runs() where try !ledger.isOfEarlierVersion(run: run.number) {
      let waiting = try ledger.queued(run: run.number).count
      guard waiting > 0 else { continue }
      note(
        "run \(run.number) has \(Prose.count(waiting, "request", "requests")) in batch jobs of the "
          + "provider, which are paid for and which a new run does not fetch")
    }
  }

  /// Whether nothing is left to ask, so that no stored reply need be looked at: a search for ranks
  /// goes on where it may ask more than before.
  private func isFinished(_ run: RunRecord, _ ledger: Ledger) throws -> Bool {
    guard run.closedAt != nil else { return false }
    guard run.probeSet.probes.contains(.rankSearch) else { return true }
    return try ledger.rankBudget(run: run.number).map { $0 >= rankBudget } ?? true
  }

  /// Whether a check found that the run's endpoint cannot do what is asked: it may have been mended.
  private func wasRefused(_ run: RunRecord, _ ledger: Ledger) throws -> Bool {
    guard run.closedAt == nil, let seen = try ledger.capabilities(run: run.number) else {
      return false
    }
    return run.lacksLists(seen)
      || run.probeSet.probes.contains { !seen.verified.meets($0.needs) }
  }

  /// The run that goes on; `nil` where a new one begins.
  func begun(_ ledger: Ledger, _ dialect: any Dialect, _ asked: ProbeSet) throws
    -> RunRecord?
  {
    guard !newRun else { return nil }
    let same = try ledger.runs().last {
      $0.isSameQuestion(
        role: role, model: endpoint.model, endpoint: endpoint.url, dialect: dialect.name,
        presentation: dialect.presentation, probeSet: asked)
    }
    guard let same, try !wasRefused(same, ledger),
      try !ledger.isOfEarlierVersion(run: same.number)
    else { return nil }
    return same
  }

  private func open(
    _ ledger: Ledger, _ dialect: any Dialect, _ asked: ProbeSet, at time: String
  ) throws -> RunRecord {
    if let begun = try begun(ledger, dialect, asked) { return begun }
    return try ledger.openRun(
      role: role, model: endpoint.model, endpoint: endpoint.url, dialect: dialect.name,
      presentation: dialect.presentation, probeSet: asked, at: time)
  }
}

extension Capabilities {
  /// What a dialect promises, before any endpoint was checked.
  fileprivate init(claimedBy dialect: any Dialect) {
    self.init(
      claimed: dialect.abilities, verified: dialect.abilities, items: [], noiseNats: nil,
      repeats: 0, contextTokens: nil)
  }
}

/// How many requests the check had; `nil` before it has ended, when nobody knows how many requests a
/// run has. What is shown of a run counts its questions alone, whether its check was made now or earlier.
private final class CheckRequests: Sendable {
  private let known = Atomic(-1)

  var count: Int? {
    let count = known.load(ordering: .relaxed)
    return count < 0 ? nil : count
  }

  func set(_ count: Int) { known.store(count, ordering: .relaxed) }
}
