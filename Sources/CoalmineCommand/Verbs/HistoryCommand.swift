// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Coalmine
import CoalmineCore

struct HistoryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history",
    abstract: "Show what studies came to, by date.",
    discussion: """
      A row per run of a tuned model: verdict, p and AUC of the test by rank, extraction and \
      membership with intervals, and where the model changed. It scores copies of the ledgers, \
      offline. Exits 0 whatever the verdicts are.
      """)

  @Argument(help: "Ledgers, and folders with ledgers.")
  var studies: [String]

  @Option(help: "text, json or html.")
  var format: Format = .text

  @Option(name: [.short, .long], help: "The file to write; - for standard output.")
  var output: String = "-"

  @OptionGroup var existing: ForceOption

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json, html
  }

  func run() throws {
    Interruption.removeUnfinished()
    let outputs = Outputs(reading: studies, note: Console.remark)
    let file = try outputs.open(output, existing: .init(force: existing.force))
    let rows = try Progress.during { progress in
      try HistoryVerb.rows(studies) { done, all in
        progress.show(WorkDone("scoring study \(done + 1) of \(all)"))
      }
    }
    try file.write(document(rows))
    try file.commit()
  }

  private func document(_ rows: [HistoryRow]) throws -> [UInt8] {
    switch format {
    case .json: return try HistoryText.json(rows) + [0x0A]
    case .html:
      return try HistoryPage.render(
        rows, version: CoalmineVersion.current, now: WallClock.now())
    case .text:
      let lines =
        TextTable.lines([HistoryText.columns] + rows.map(HistoryText.cells))
        + HistoryText.changes(rows)
      return Array(lines.map { Console.harmless($0) + "\n" }.joined().utf8)
    }
  }
}
