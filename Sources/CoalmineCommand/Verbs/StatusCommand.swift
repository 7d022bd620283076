// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Coalmine
import CoalmineCore

struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Say where a study stands, and what is next.",
    discussion: """
      Which steps are done, what each run took, about how many requests are left, and what the study \
      can conclude. It reads a copy of the ledger, so a 'probe' that is under way is not disturbed. \
      Of a study whose corpus is written by shards it says which of them are missing in the folder of \
      --seeded. Exits 0.
      """)

  @Argument(help: "The study's ledger.")
  var study: String

  @Option(help: "Of a study in shards: the folder that the shards write to.")
  var seeded: String?

  @Option(help: "text or json.")
  var format: Format = .text

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json
  }

  func run() throws {
    if let shards = try ShardStatus(study, seeded: seeded) {
      switch format {
      case .json: Console.document(try StatusText.json(shards))
      case .text: for line in StatusText.lines(shards) { Console.result(line) }
      }
      return
    }
    guard seeded == nil else {
      throw ValidationError("'--seeded' is for a study in shards, and this one is whole")
    }
    let status = try Progress.during { progress in
      progress.show(WorkDone("reading the study"))
      return try StatusVerb.status(study)
    }
    switch format {
    case .json: Console.document(try StatusText.json(status))
    case .text: for line in StatusText.lines(status) { Console.result(line) }
    }
  }
}
