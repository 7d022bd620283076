// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Coalmine
import CoalmineCore
import Glibc
import Synchronization

struct ProbeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "probe",
    abstract: "Ask a model the study's questions and keep every answer.",
    discussion: """
      Member and non-member records, the planted secrets and their references are sent to the \
      endpoint, after a check of what it can do that sends nothing of the study. An interrupted \
      run goes on where it stopped; nothing stored is asked again. The key comes from \
      COALMINE_API_KEY or from a file, never from an argument.
      """)

  @Option(help: "The study's ledger.")
  var study: String

  @OptionGroup var at: EndpointOptions

  @Option(name: .customLong("as"), help: "tuned or base.")
  var role = RunRole.tuned.rawValue

  @Option(help: "What is asked (see 'coalmine list probe-sets'). Default: full.")
  var probeSet: String?

  @Option(help: "Requests under way at once.")
  var concurrency = 4

  @Option(
    help: ArgumentHelp(
      "The most texts per request; otherwise as many as the dialect and the endpoint take.",
      valueName: "number"))
  var promptsPerRequest: Int?

  @Option(
    help: "The most prefixes asked to find one canary's exact rank; 0 searches none.")
  var rankBudget = 2_000

  @Flag(
    help: """
      Send the questions in the provider's batch jobs, which are answered within a day for about \
      half the price; the check comes first, at the full price. A stopped command finds its jobs \
      again.
      """)
  var batch = false

  @Option(
    help: """
      plain: ask the tuned model although the protocol compares with a base model that was not \
      asked; its own log-probabilities decide then.
      """)
  var score: String?

  @OptionGroup var cost: PriceOptions

  @Option(
    help: ArgumentHelp(
      "The most that the run may cost, earlier calls included, in US dollars: the run stops before "
        + "what was billed and what is under way could exceed it. Needs a known price.",
      valueName: "usd"))
  var maxCost: Double?

  @Flag(help: "Ask everything again although there is a run with this endpoint.")
  var newRun = false

  @Flag(help: "Say what the run would take, and send nothing.")
  var dryRun = false

  @OptionGroup var result: OutputOptions

  func run() async throws {
    guard let role = RunRole(rawValue: role) else {
      throw ValidationError("--as is 'tuned' or 'base'")
    }
    let (target, dialect) = try at.target()
    var verb = ProbeVerb(
      study: study, endpoint: target, dialect: dialect, role: role,
      probeSet: probeSet ?? "full", concurrency: concurrency)
    verb.newRun = newRun
    verb.fallsBack = probeSet == nil
    verb.statedPrices = cost.prices
    if let score {
      guard score == "plain" else { throw ValidationError("--score is 'plain', or left out") }
      verb.decidesByPlainScore = true
    }
    verb.usesJobs = batch
    if let promptsPerRequest {
      guard promptsPerRequest >= 1 else {
        throw ValidationError("--prompts-per-request is 1 or more")
      }
      verb.promptsPerRequest = promptsPerRequest
    }
    verb.rankBudget = max(0, rankBudget)
    if let maxCost {
      guard maxCost > 0, maxCost.isFinite else {
        throw ValidationError("--max-cost is a number of US dollars above 0")
      }
    }
    verb.maxCost = maxCost
    verb.price = try cost.price(at: verb.endpoint)
    let costText = CostText(endpoint: verb.endpoint, price: verb.price)
    let tellsCost = maxCost != nil || cost.isTold(at: verb.endpoint)
    verb.countsTokens = tellsCost
    if dryRun {
      let estimate = try verb.estimate()
      try result.print(
        (tellsCost
          ? [costText.estimate(estimate.bound, inBatch: batch)]
            + costText.rest(estimate, limit: maxCost, inBatch: batch) : [])
          + EstimateText.lines(estimate)
      ) {
        try EstimateText.fields(estimate, &$0)
        try costText.fields(&$0, estimate, inBatch: batch)
      }
      return
    }
    let progress = Progress()
    let grows = try DialectRegistry.dialect(dialect).abilities.areStepwise
    Interruption.watch()
    // Requests that are divided are more than was planned: from then on no time is foretold.
    let known = Mutex((total: 0, grew: grows))
    var surroundings = ProbeVerb.Surroundings(
      now: WallClock.now, sleep: WallClock.sleep,
      progress: { done, total in
        let isPlanned = total > 0
        let grows = known.withLock { known in
          if known.total > 0, total > known.total { known.grew = true }
          known.total = total
          return known.grew
        }
        progress.show(
          WorkDone(
            isPlanned ? "probing \(role.rawValue)" : "checking the endpoint", done: Int64(done),
            of: isPlanned ? Int64(total) : nil, .items("requests"), totalMayGrow: grows))
      })
    surroundings.note = {
      progress.finish()
      Console.remark($0)
    }
    surroundings.stopping = { Interruption.isWished }
    surroundings.settings = try at.settings(for: verb.endpoint)
    surroundings.limits = try at.limits()
    // With the flag the command would begin once more.
    let again = newRun ? "the same command without '--new-run'" : "the same command"
    let summary = try await Interruption.ending(
      "stopped: what was answered is stored; \(again) goes on"
    ) { [verb, surroundings] in
      defer { progress.finish() }
      return try await verb.run(surroundings)
    }
    var lines =
      summary.complete && summary.questions == 0
      ? [
        "run \(summary.run) (\(role.rawValue)) was complete before: no question of the study was sent"
      ]
      : [
        "run \(summary.run) (\(role.rawValue)): "
          + "\(Prose.count(summary.questions, "question", "questions")) in "
          + "\(Prose.count(summary.requestsPlanned, "request", "requests")), "
          + "\(summary.requestsAnswered) answered; "
          + "\(Prose.count(summary.requests, "request", "requests")) sent now, check included"
      ]
    if summary.ambiguous > 0 {
      lines.append(
        "\(Prose.count(summary.ambiguous, "request", "requests")) of the run ended without a reply "
          + "and may have been billed; \(summary.complete ? "asked again since" : "to be asked again")"
      )
    }
    if summary.held > 0 {
      lines.append(
        "\(Prose.count(summary.held, "text was", "texts were")) held back by a content filter of the "
          + "endpoint: they count as not answered, and 'coalmine score' says what that leaves open")
    }
    if tellsCost { lines.append(costText.spent(summary.spend)) }
    if !summary.complete {
      lines.append(
        "incomplete: \(again) asks what is missing"
          + (summary.lastFailure.map { " (last failure: \(terminalSafe($0)))" } ?? ""))
    } else {
      lines.append(NextLine.after(role, study))
    }
    try result.print(lines) { fields in
      try fields.field("run", summary.run)
      try fields.field("role", role.rawValue)
      try fields.field("questions", summary.questions)
      try fields.field("requests", summary.requestsPlanned)
      try fields.field("requests_answered", summary.requestsAnswered)
      try fields.field("requests_sent", summary.requests)
      try fields.field("requests_ambiguous", summary.ambiguous)
      try fields.field("texts_held_back", summary.held)
      try fields.field("complete", summary.complete)
      try costText.fields(&fields, spend: summary.spend)
    }
    if !summary.complete { CoalmineCore.ExitCode.incomplete.leave() }
  }
}
