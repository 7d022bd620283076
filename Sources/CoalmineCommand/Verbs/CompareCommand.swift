// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Coalmine
import CoalmineCore

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Say whether a later model leaks more than an earlier one.",
    discussion: """
      Both models must have been asked about the same canaries, with one probe set: in two copies of \
      one study, or in two runs of it. Exits 1 for a regression (B leaks more), 0 where B is no worse \
      than A by the margin, 4 where neither can be said, and 65 where the runs cannot be compared. \
      It is offline and changes nothing.
      """)

  @Argument(help: "The ledger of A, the earlier model.")
  var first: String

  @Argument(help: "The ledger of B, the later model; without it two runs of A are compared.")
  var second: String?

  @Option(
    name: .customLong("run"),
    help: "A run of a tuned model: once for A and once for B; the latest of each study without it.")
  var runs: [Int] = []

  @Option(
    help: """
      By how much B may be worse: 'bits' of mean exposure and percentage 'points' of extraction \
      (default: bits=1,points=10).
      """)
  var margin: String?

  @Option(help: "text, json or md.")
  var format: Format = .text

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json, md
  }

  func run() throws {
    let margin = try MarginOption.read(margin)
    let compared = try Progress.during { progress in
      progress.show(WorkDone("comparing"))
      return try CompareVerb.compare(first, second, runs: runs, margin: margin)
    }
    let comparison = compared.comparison
    switch format {
    case .json: Console.document(try ComparisonFormats.json(compared))
    case .md: Console.document(ComparisonFormats.markdown(compared))
    case .text:
      Console.result("verdict: \(ComparisonText.verdict(comparison))")
      for line in ComparisonText.findings(comparison) + ComparisonText.missing(comparison) {
        Console.result("  \(line)")
      }
      for line in ComparisonText.sides(compared) { Console.result(line) }
      for line in TextTable.lines(ComparisonText.rows(comparison)) { Console.result(line) }
    }
    comparison.verdict.exit.leave()
  }
}

/// `bits=1,points=10`, in any order, each of them or both.
enum MarginOption {
  static func read(_ text: String?) throws -> Comparison.Margin {
    var margin = Comparison.Margin()
    guard let text else { return margin }
    var seen: Set<Substring> = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard sides.count == 2, let value = Double(sides[1]), value.isFinite, value > 0,
        seen.insert(sides[0]).inserted
      else { throw refused(text) }
      switch sides[0] {
      case "bits": margin.bits = value
      case "points" where value <= 100: margin.points = value
      default: throw refused(text)
      }
    }
    return margin
  }

  private static func refused(_ text: String) -> CoalmineError {
    CoalmineError(
      code: "bad-margin", "'\(text)' is no margin",
      help: "write '--margin bits=1,points=10': numbers above 0, and points of at most 100",
      exit: .usage)
  }
}
