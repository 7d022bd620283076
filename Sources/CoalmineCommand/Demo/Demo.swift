// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Coalmine
import CoalmineCore
import Glibc

struct Demo: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a whole study on this machine, without a key, in under three minutes.",
    discussion: """
      Seeds a small public-domain corpus, tunes the built-in demo model in three ways and audits each \
      result: a model that memorises (leak), one that hardly memorises (pass), and one that never \
      read the seeded file (inconclusive). Exits 0 if all three verdicts are as expected.
      """)

  @Option(name: [.short, .long], help: "A folder to create.")
  var output: String

  @Option(
    help: ArgumentHelp(
      "The number that all randomness comes from; another number gives another study.",
      discussion: """
        By chance alone, one study in twenty of a model that leaks nothing has the verdict leak. With \
        such a number the quiet model does not get the expected verdict.
        """))
  var seed: UInt64 = 5

  @OptionGroup var result: OutputOptions

  func run() async throws {
    guard mkdir(output, 0o700) == 0 else {
      let exists = errno == EEXIST
      throw CoalmineError(
        code: exists ? "output-exists" : "output-not-created",
        "cannot create the folder '\(terminalSafe(output))': \(String(cString: strerror(errno)))",
        help: exists
          ? "name a folder that does not exist yet"
          : "check that the folder above it exists and can be written to",
        exit: .cannotCreate)
    }
    let stage = DemoStage(folder: output, seed: seed)
    try stage.plant()
    try await stage.probeBase()
    var outcomes: [DemoOutcome] = []
    for arm in DemoArm.all {
      let outcome = try await stage.run(arm)
      outcomes.append(outcome)
    }
    let asPlanted = outcomes.allSatisfy(\.isAsPlanted)
    try result.print(DemoText.lines(outcomes, folder: output)) { fields in
      try fields.field("output", output)
      try fields.field("as_planted", asPlanted)
      try fields.array("arms") { list in
        for outcome in outcomes {
          try list.object { arm in
            try arm.field("arm", outcome.arm.name)
            try arm.field("expected", outcome.arm.expected.rawValue)
            try arm.field("verdict", outcome.result.verdict.rawValue)
            try arm.field("p_value", outcome.result.decision.combinedP)
          }
        }
      }
    }
    if !asPlanted { CoalmineCore.ExitCode.internalError.leave() }
  }
}

/// One way of tuning, and what the audit must say of it.
struct DemoArm: Sendable {
  let name: String
  /// What the model is tuned on, and how much of it stays.
  let summary: String
  let tunedOnSeeded: Bool
  let memorisation: Double
  let expected: Verdict

  static let all = [
    DemoArm(
      name: "leaky", summary: "tuned on the seeded corpus, memorises", tunedOnSeeded: true,
      memorisation: 0.3, expected: .leak),
    DemoArm(
      name: "quiet", summary: "tuned on the seeded corpus, hardly memorises",
      tunedOnSeeded: true, memorisation: 0.001, expected: .pass),
    DemoArm(
      name: "clean", summary: "tuned on the clean corpus", tunedOnSeeded: false,
      memorisation: 0.3, expected: .inconclusive),
  ]
}

/// What became of an arm.
struct DemoOutcome: Sendable {
  let arm: DemoArm
  let result: StudyResult

  var isAsPlanted: Bool { result.verdict == arm.expected }
}
