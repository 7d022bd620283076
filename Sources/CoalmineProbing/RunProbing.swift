// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCatalogue
import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger

/// The procedures of one run, in their order: check, questions, scores token by token, ranks.
struct RunProbing {
  let ledger: Ledger
  let run: RunRecord
  var driver: Driver
  let study: RegisteredStudy
  /// The most prefixes that the search for one canary's exact rank asks.
  let rankBudget: Int
  /// Whether the model is asked to repeat a fresh secret of each kind.
  var repeatsSecrets = false
  /// What was seen of the server's chat template, and what was sent for it; nothing where the dialect
  /// renders no conversations.
  private var rendered: Capabilities.Item?
  private var rendering = Driver.Tally()

  init(
    ledger: Ledger, run: RunRecord, driver: Driver, study: RegisteredStudy, rankBudget: Int
  ) {
    self.ledger = ledger
    self.run = run
    self.driver = driver
    self.study = study
    self.rankBudget = rankBudget
  }

  /// The same with the server's chat template, where the dialect renders conversations by it.
  ///
  /// - Throws: ``CoalmineError`` with code `template-not-rendered`; nothing of the study has left then.
  func learningTemplate() async throws -> RunProbing {
    guard driver.dialect.rendersTurns else { return self }
    var probing = self
    let records = run.probeSet.probes.contains(.recordLikelihood) ? study.record.records : []
    (probing.driver, probing.rendered, probing.rendering) = try await driver.learningTemplate(
      TemplateCheck.sequences(of: study.record.canaries, records: records))
    return probing
  }

  /// A check that has ended, with what was seen and sent.
  struct Checked {
    let check: EndpointCheck
    /// `nil` where replies are missing.
    var seen: Capabilities?
    var tally: Driver.Tally
  }

  /// What the endpoint can do, as an earlier call noted or as a check sees it now.
  ///
  /// - Throws: ``CoalmineError`` with code `endpoint-cannot` where it cannot do what is asked, and
  ///   `model-changed` where another model answers: nothing of the study has left then.
  func check() async throws -> Checked {
    if let noted = try ledger.capabilities(run: run.number) {
      try expect(noted)
      if let stayed = noted[.modelStayed], stayed.state == .notSeen {
        throw ofTwoModels(stayed.evidence)
      }
      let checked = try await expectSameModel(noted)
      guard repeatsSecrets, noted[.secretsRepeated] == nil else { return checked }
      return try await repeating(noted, checked)
    }
    let checked = try await seen(CheckForm(repeatsSecrets: repeatsSecrets))
    if let seen = checked.seen {
      try ledger.store(seen, run: run.number)
      try expect(seen)
    }
    return checked
  }

  /// What a check sees, by stored replies and by those that come now.
  ///
  func seen(_ form: CheckForm) async throws -> Checked {
    let check = endpointCheck(form)
    var tally = try await driver.run(check, after: rendering)
    var seen = check.capabilities.map { seen in rendered.map { seen.adding($0) } ?? seen }
    if form.repeatsSecrets, let found = seen {
      let repeated: Capabilities.Item?
      (repeated, tally) = try await self.repeated(after: tally)
      seen = repeated.map { found.adding($0) }
    }
    return Checked(check: check, seen: seen, tally: tally)
  }

  /// What becomes of fresh secrets that the model is asked to repeat; `nil` where replies are missing.
  private func repeated(after tally: Driver.Tally) async throws
    -> (Capabilities.Item?, Driver.Tally)
  {
    let check = RepeatCheck(
      FreshSecret.draw(for: study, run: run.number), driver.dialect.presentation)
    let tally = try await driver.run(check, after: tally)
    return (tally.isComplete ? check.item : nil, tally)
  }

  /// A check that was noted without it is completed; nothing of it is asked again.
  private func repeating(_ noted: Capabilities, _ checked: Checked) async throws -> Checked {
    var checked = checked
    let item: Capabilities.Item?
    (item, checked.tally) = try await repeated(after: checked.tally)
    checked.seen = item.map { noted.addingLate($0) }
    if let seen = checked.seen { try ledger.store(seen, run: run.number) }
    return checked
  }

  private func endpointCheck(_ form: CheckForm) -> EndpointCheck {
    EndpointCheck(
      driver.dialect, model: run.model, for: run.probeSet.probes,
      scoring: run.probeSet.probes.contains { $0.needs == .scores }, form)
  }

  /// Asks a few public texts of the check again: a run goes on with the model that it began with,
  /// or not at all.
  ///
  /// - Returns: what was sent for that, and how the endpoint took it.
  /// - Throws: ``CoalmineError`` with code `model-changed` where another model answers under the
  ///   name; nothing of the study has left then, and what is stored stays.
  private func expectSameModel(_ noted: Capabilities) async throws -> Checked {
    let check = endpointCheck(CheckForm(of: noted))
    var checked = Checked(check: check, seen: noted, tally: Driver.Tally())
    guard noted.publicAnswers != nil else { return checked }
    _ = try await driver.run(check)
    let before = try ledger.served(run: run.number).compactMap(\.model.name)
    let looks = try looks(.fingerprint)
    guard let look = FingerprintCheck(check, .fingerprint, looks: looks + 1) else { return checked }
    let looked = try await driver.run(look)
    guard looked.isComplete else {
      if driver.stopping() { throw CancellationError() }
      throw CoalmineError(
        code: "model-not-compared",
        "\(run.endpoint) did not answer whether it still serves the model that run \(run.number) "
          + "asked",
        details: ["run \(run.number) was begun earlier; its answers are stored"],
        help: "run the same command again when the endpoint answers",
        exit: .endpointUnavailable)
    }
    if case .different(let how) = look.comparison(noiseNats: noted.noiseNats ?? 0) {
      throw try changed(how, noted)
    }
    let now = try ledger.served(run: run.number, look: looks).compactMap(\.model.name)
    if let other = now.first(where: { !before.contains($0) }), !before.isEmpty {
      throw try changed(
        "its replies name '\(terminalSafe(other))' and not '\(terminalSafe(before[0]))'", noted)
    }
    checked.tally.sent = looked.sent
    checked.tally.pacing = looked.pacing
    return checked
  }

  /// Asks the public texts once more: a model that was replaced while the run asked is noticed when
  /// the run ends.
  ///
  /// - Parameters:
  ///   - checked: the run's check.
  ///   - tally: of all requests of the run so far.
  ///   - looks: how often the run ended, this time included; none where nothing is compared.
  /// - Returns: what was seen with an item about ``Capabilities/Subject/modelStayed``, and what
  ///   became of the requests.
  func lastLook(_ checked: Checked, after tally: Driver.Tally, looks: Int) async throws
    -> (Capabilities?, Driver.Tally)
  {
    guard let seen = checked.seen, seen.publicAnswers != nil, looks > 0,
      let look = FingerprintCheck(checked.check, .lastLook, looks: looks)
    else { return (checked.seen, tally) }
    let tally = try await driver.run(look, after: tally)
    guard tally.isComplete else { return (seen, tally) }
    let item =
      switch look.comparisonOfAll(noiseNats: seen.noiseNats ?? 0) {
      case .unknown where look.gaveNothing:
        Capabilities.Item(
          .modelStayed, .notSeen,
          "at the run's end, the endpoint did not answer public texts that it had answered before")
      case .same:
        Capabilities.Item(.modelStayed, .seen, "public texts got the same answers at the run's end")
      case .different(let how):
        Capabilities.Item(.modelStayed, .notSeen, "at the run's end, \(how)")
      case .unknown:
        Capabilities.Item(
          .modelStayed, .notTried, "the answers to public texts are none that can be compared")
      }
    return (seen.adding(item), tally)
  }

  /// Rounds of earlier looks whose replies are all there.
  func looks(_ procedure: ProcedureName) throws -> Int {
    var round = 0
    while case let stored = try ledger.requests(
      run: run.number, procedure: procedure, round: round),
      !stored.isEmpty, stored.values.allSatisfy(\.answered)
    {
      round += 1
    }
    return round
  }

  /// A run that is complete was looked at when it ended: its answers are those of its own model. In one
  /// that is open nobody knows when the model was replaced, and this is noted for good.
  private func changed(_ how: String, _ noted: Capabilities) throws -> CoalmineError {
    if run.closedAt == nil, try ledger.askedRuns().asked.contains(run.number) {
      let evidence = "when the run went on, \(how)"
      try ledger.store(noted.adding(.init(.modelStayed, .notSeen, evidence)), run: run.number)
      return ofTwoModels(evidence)
    }
    return CoalmineError(
      code: "model-changed",
      "\(run.endpoint) no longer serves the model that run \(run.number) asked: \(how)",
      details: [
        "the answers of run \(run.number) are about the earlier model; they stay as they are"
      ],
      help: "'coalmine probe --new-run' asks the model that is served now",
      exit: .badConfiguration)
  }

  /// What ends a run during which the model was replaced.
  func ofTwoModels(_ how: String) -> CoalmineError {
    CoalmineError(
      code: "model-changed",
      "\(run.endpoint) was given another model while run \(run.number) asked: \(how)",
      details: [
        "the answers of run \(run.number) may be those of two models; they stay as they are, can "
          + "show a leak, and never pass"
      ],
      help: "'coalmine probe --new-run' asks the model that is served now",
      exit: .badConfiguration)
  }

  private func expect(_ seen: Capabilities) throws {
    let missing = run.probeSet.probes.first { !seen.verified.meets($0.needs) }
    guard let missing else {
      guard run.lacksLists(seen) else { return }
      throw CoalmineError(
        code: "endpoint-cannot",
        "\(run.endpoint) lists no tokens beside those of a text that it scores",
        details: ["the option 'logprobs' of '\(run.dialect)' asks for them with every record"],
        help: "use the dialect without that option", exit: .endpointUnavailable)
    }
    throw CoalmineError(
      code: "endpoint-cannot",
      "\(run.endpoint) failed the capability check for probe set '\(run.probeSet.name)'",
      details: seen.items.filter { $0.state == .notSeen && $0.subject.decides }.map {
        "\($0.subject.rawValue): \(terminalSafe($0.evidence))"
      },
      help: missing.needs == .scores && seen.verified.meets(.completions)
        ? run.role == .base
          ? CoalmineError.baseHelp
          : "use '--probe-set text-only', which needs no log-probabilities"
        : "'coalmine check' says what it can do; is '\(run.dialect)' the dialect it speaks?",
      exit: .endpointUnavailable)
  }

  private func questions(_ plan: QuestionPlan) -> DirectQuestions {
    // Scores are many and no reason to ask again: they are not read.
    DirectQuestions(plan.direct, in: run) {
      plan.writtenProbes.isEmpty
        ? [] : plan.again(try ledger.observations(run: run.number, of: plan.writtenProbes))
    }
  }

  /// Asks everything that is planned.
  ///
  /// - Returns: how many answers that is, and what became of the requests.
  func ask(_ capabilities: Capabilities, after tally: Driver.Tally) async throws
    -> (questions: Int, Driver.Tally)
  {
    let plan = QuestionPlan(study, run: run, dialect: driver.dialect)
    var tally = try await driver.run(questions(plan), after: tally)
    guard tally.isComplete, !plan.stepwise.isEmpty else { return (plan.questions, tally) }
    let scoring = StepwiseScoring(
      plan.stepwise, in: run, capabilities, limit: driver.dialect.limit)
    tally = try await driver.run(scoring, after: tally)
    guard tally.isComplete, run.probeSet.probes.contains(.rankSearch) else {
      return (plan.questions, tally)
    }
    let ranks = ExactRankSearch(
      study.record.canaries, scoring, study.spaces, references: study.record.references,
      presentation: run.presentation, in: run, capabilities,
      budget: rankBudget)
    return (plan.questions, try await driver.run(ranks, after: tally))
  }
}

extension RunRecord {
  /// Whether records are asked with lists of tokens that the endpoint was not seen to give.
  func lacksLists(_ seen: Capabilities) -> Bool {
    role == .tuned && probeSet.probes.contains(.recordLikelihood)
      && seen.claimed.contains(.listsScoredTokens)
      && !seen.verified.contains(.listsScoredTokens)
  }
}
