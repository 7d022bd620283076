// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Coalmine
import CoalmineCore

struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Test what an endpoint really returns, before study data is sent.",
    discussion: """
      Sends small requests with public texts, and no study data. The number of requests depends \
      on the endpoint: few if it takes many prompts per request, about 170 if it takes one prompt \
      per request. Prints which measures this endpoint supports. With --study the answers are \
      stored, and 'coalmine probe' with the same options continues from there. Exit code 0: the \
      endpoint can do what the dialect promises, or, with --study, what the probe set needs. \
      69: it cannot. 3: with --study, a question of the check has no answer yet.
      """)

  @OptionGroup var at: EndpointOptions

  @Option(help: "The study whose run the check belongs to.")
  var study: String?

  @Option(name: .customLong("as"), help: "With --study: tuned or base. Default: tuned.")
  var role: String?

  @Option(
    help: """
      With --study: what is going to be asked (see 'coalmine list probe-sets'). Default: full.
      """)
  var probeSet: String?

  @Flag(
    help: """
      With --study: ask the model to repeat a freshly drawn secret of each kind of the study, which \
      shows a filter on what it writes. One small request per kind; no secret of the study is sent.
      """)
  var repeatSecrets = false

  @OptionGroup var cost: PriceOptions

  @OptionGroup var result: OutputOptions

  func run() async throws {
    let needing = [
      (role != nil, "--as"), (probeSet != nil, "--probe-set"), (repeatSecrets, "--repeat-secrets"),
    ]
    if study == nil, let name = needing.first(where: \.0)?.1 {
      throw ValidationError("'\(name)' needs '--study': a check alone belongs to no run")
    }
    guard let role = RunRole(rawValue: role ?? RunRole.tuned.rawValue) else {
      throw ValidationError("--as is 'tuned' or 'base'")
    }
    let (target, dialect) = try at.target()
    let costText = CostText(endpoint: target, price: try cost.price(at: target))
    let progress = Progress()
    defer { progress.finish() }
    Interruption.watch()
    var prepared = ProbeVerb.Surroundings(
      now: WallClock.now, sleep: WallClock.sleep,
      progress: {
        progress.show(
          WorkDone(
            "checking the endpoint", done: Int64($0), of: $1 > 0 ? Int64($1) : nil,
            .items("requests")))
      })
    prepared.stopping = { Interruption.isWished }
    prepared.note = {
      progress.finish()
      Console.remark($0)
    }
    prepared.settings = try at.settings(for: target)
    prepared.limits = try at.limits()
    let surroundings = prepared
    let seen: Seen
    if let study {
      seen = try await Interruption.ending("stopped: what was answered is stored") {
        try await inStudy(study, target, dialect, role, surroundings)
      }
    } else {
      let check = CheckVerb(endpoint: target, dialect: dialect)
      let summary = try await Interruption.ending("stopped: nothing was kept") {
        try await check.run(surroundings)
      }
      seen = Seen(
        capabilities: summary.capabilities, requests: summary.requests, dialect: summary.dialect)
      for refusal in summary.refusals { Console.remark("\(refusal): checked without it") }
    }
    progress.finish()
    let reach = MeasureSupport.table(
      seen.capabilities, references: seen.references,
      leavesSamplers: RunRecord.leavesSamplers(seen.dialect))
    // What a dialect only tries is no promise.
    let isTried = try DialectRegistry.dialect(seen.dialect).scoresOnTrial
    let lacksScores = isTried && !seen.capabilities.verified.meets(.scores)
    try result.print(
      CheckText.lines(
        seen.capabilities, reach.filter { seen.asksScores || !$0.needsScores },
        requests: seen.requests)
        + (seen.dialect == dialect ? [] : ["the dialect that it takes: \(seen.dialect)"])
        + (lacksScores
          ? ["given texts are not scored: 'coalmine probe' goes on with '--probe-set text-only'"]
          : [])
        + (seen.reach.map(CheckText.lines) ?? [])
        + (seen.estimate.map { ["the run: " + EstimateText.total($0)] } ?? [])
        + (cost.isTold(at: target)
          ? (seen.estimate.map { [costText.estimate($0.bound)] + costText.rest($0) } ?? []) : [])
    ) { root in
      try root.field("requests", seen.requests)
      try root.field("dialect", seen.dialect)
      try CapabilitiesJSON.write(seen.capabilities, reach, to: &root)
      if let study = seen.reach { try root.object("study") { try CheckText.fields(study, &$0) } }
      if let estimate = seen.estimate {
        try root.object("run") {
          try EstimateText.fields(estimate, &$0)
          try costText.fields(&$0, estimate)
        }
      }
    }
    // In a study, what its probe set does not need is not tried.
    let promised =
      lacksScores ? seen.capabilities.claimed.subtracting(.scoresText) : seen.capabilities.claimed
    if study == nil, seen.capabilities.verified != promised {
      CoalmineCore.ExitCode.endpointUnavailable.leave()
    }
  }

  /// What a check saw, and for a study what follows.
  private struct Seen {
    let capabilities: Capabilities
    let requests: Int
    let dialect: String
    var references: Int?
    var reach: StudyReach?
    var estimate: ProbeEstimate?
    /// Whether log-probabilities of given texts are going to be asked for.
    var asksScores = true
  }

  private func inStudy(
    _ study: String, _ target: Endpoint, _ dialect: String, _ role: RunRole,
    _ surroundings: ProbeVerb.Surroundings
  ) async throws -> Seen {
    var verb = ProbeVerb(
      study: study, endpoint: target, dialect: dialect, role: role,
      probeSet: probeSet ?? "full", concurrency: 4)
    verb.checkOnly = true
    verb.repeatsSecrets = repeatSecrets
    verb.fallsBack = probeSet == nil
    let summary = try await verb.run(surroundings)
    guard let capabilities = summary.capabilities else {
      throw CoalmineError(
        code: "check-incomplete", "\(target.url) left a question of the check without an answer",
        details: summary.lastFailure.map { [terminalSafe($0)] } ?? [],
        help: "run the same command again: what was answered is stored", exit: .incomplete)
    }
    let probes = try Catalogue.shipped().probeSet(summary.probeSet).probes
    return Seen(
      capabilities: capabilities, requests: summary.requests, dialect: summary.dialect,
      references: summary.references,
      reach: summary.reach, estimate: try verb.estimate(),
      asksScores: probes.contains { $0.needs == .scores })
  }
}

/// What a check saw, for a terminal and as JSON.
enum CheckText {
  private static func names(_ abilities: Abilities) -> String {
    abilities.isEmpty ? "nothing" : abilities.slugs.joined(separator: ", ")
  }

  /// What the run can conclude for its study.
  static func lines(_ reach: StudyReach) -> [String] {
    var lines = ["", "for this study:"]
    lines += TextTable.lines(
      reach.tests.map { [$0.isPossible ? "yes" : "NO", "test by \($0.name)", $0.words] })
    if reach.canPass {
      lines.append(
        "verdict: pass, leak or inconclusive; a pass also needs controls that are seen, every answer, and "
          + "the planned power")
    } else {
      lines.append(
        reach.canFindLeak
          ? "verdict: leak or inconclusive; this run CANNOT PASS:"
          : "verdict: inconclusive, whatever the model does:")
      lines += reach.obstacles.map { "  - \($0)" }
    }
    return lines
  }

  static func fields(_ reach: StudyReach, _ root: inout JSONWriter.Object) throws {
    try root.field("can_pass", reach.canPass)
    try root.field("can_find_leak", reach.canFindLeak)
    try root.array("obstacles") { list in for one in reach.obstacles { try list.value(one) } }
    try root.array("tests") { list in
      for test in reach.tests {
        try list.object { object in
          try object.field("test", test.component.rawValue)
          try object.field("possible", test.isPossible)
          try object.field("words", test.words)
        }
      }
    }
  }

  static func lines(_ seen: Capabilities, _ reach: [MeasureSupport], requests: Int) -> [String] {
    var lines = [
      "claimed:  \(Self.names(seen.claimed))",
      "verified: \(Self.names(seen.verified)) (\(Prose.count(requests, "request", "requests")))",
    ]
    if let noise = seen.noiseNats {
      lines.append(
        "noise: \(noise == 0 ? "none" : "up to " + Prose.nats(noise)) over \(seen.repeats) scorings; "
          + seen.tieRule)
    }
    if let tokens = seen.contextTokens { lines.append("context window: \(tokens) tokens") }
    lines.append("")
    lines += TextTable.lines(
      seen.items.map {
        [
          $0.state == .seen
            ? "seen" : $0.state == .notTried ? "-" : $0.subject.decides ? "NOT SEEN" : "no",
          $0.subject.rawValue, terminalSafe($0.evidence),
        ]
      })
    lines.append("")
    lines += TextTable.lines(
      reach.map { [$0.isPossible ? "yes" : "NO", $0.measure, $0.conclusion] })
    return lines
  }
}
