// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Coalmine
import CoalmineCore

struct MonitorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "monitor",
    abstract: "Look again at a model that is in use, by a schedule.",
    discussion: """
      Each look asks the canaries' secrets and references anew and adds to the evidence of all looks \
      before. The chance of a false alarm over all looks together is at most the protocol's alpha. \
      Use a copy of the study, and a schedule that does not depend on what was seen. Exits 1 for an \
      alarm, 0 without one, 3 where answers are missing (the same command goes on), 4 where the look \
      could not have seen a leak.
      """)

  @Argument(help: "The ledger in which the looks are kept.")
  var study: String

  @OptionGroup var at: EndpointOptions

  @Flag(help: "Make one look and end; a scheduler, such as cron, runs the command again.")
  var once = false

  @Option(help: "A file for OpenMetrics text, replaced at every look, whole or not at all.")
  var metrics: String?

  @Option(help: "Requests under way at once.")
  var concurrency = 4

  @OptionGroup var result: OutputOptions

  func validate() throws {
    guard once else {
      throw ValidationError("give '--once': a look is made once, and a scheduler makes the next")
    }
    guard metrics != "-" else { throw ValidationError("'--metrics' needs the name of a file") }
  }

  func run() async throws {
    Interruption.removeUnfinished()
    let outputs = Outputs(reading: [study], note: { _ in })
    // Refused before anything is paid. It holds no secret, and a collector runs as another user.
    let file = try metrics.map { try outputs.open($0, existing: .replace, mode: 0o644) }
    let (endpoint, dialect) = try at.target()
    var verb = ProbeVerb(
      study: study, endpoint: endpoint, dialect: dialect, role: .tuned,
      probeSet: MonitorState.probeSet, concurrency: concurrency)
    let before = try MonitorState(study)
    verb.newRun = !before.goesOn
    verb.tellsReach = false
    verb.decidesByPlainScore = before.lacksBase
    let progress = Progress()
    Interruption.watch()
    var surroundings = ProbeVerb.Surroundings(
      now: WallClock.now, sleep: WallClock.sleep,
      progress: { done, total in
        progress.show(
          WorkDone(
            total > 0 ? "looking" : "checking the endpoint", done: Int64(done),
            of: total > 0 ? Int64(total) : nil, .items("requests"), totalMayGrow: true))
      })
    surroundings.note = Console.remark
    surroundings.stopping = { Interruption.isWished }
    surroundings.settings = try at.settings(for: verb.endpoint)
    surroundings.limits = try at.limits()
    defer { progress.finish() }
    try await look(verb, surroundings)
    progress.finish()
    let state = try MonitorState(study)
    if let file {
      try file.write(MonitorText.metrics(state))
      try file.commit()
    }
    if result.json {
      Console.document(try MonitorText.json(state))
    } else {
      for line in MonitorText.lines(state) { Console.result(line) }
    }
    state.outcome.exit.leave()
  }

  /// Makes the look. Where another model answers than when a look was stopped, that look stays as it
  /// is and a new one begins.
  private func look(_ verb: ProbeVerb, _ surroundings: ProbeVerb.Surroundings) async throws {
    do {
      try await ask(verb, surroundings)
    } catch let error as CoalmineError where error.code == "model-changed" && !verb.newRun {
      Console.remark("another model answers than in the look that was stopped: a new look begins")
      var again = verb
      again.newRun = true
      try await ask(again, surroundings)
    }
  }

  private func ask(_ verb: ProbeVerb, _ surroundings: ProbeVerb.Surroundings) async throws {
    do {
      _ = try await Interruption.ending(
        "stopped: what was answered is stored; the same command goes on"
      ) { try await verb.run(surroundings) }
    } catch let error as CoalmineError
      where error.help?.contains("probe-set text-only") == true
    {
      throw CoalmineError(
        code: error.code, error.message, details: error.details,
        help: "a look needs an endpoint that scores given texts", exit: error.exit)
    }
  }
}
