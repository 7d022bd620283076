// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Coalmine
import CoalmineCore

struct Unseed: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Restore the original corpus, byte for byte.")

  @Argument(help: "The seeded corpus.")
  var seeded: String

  @Option(help: "The study's ledger.")
  var study: String

  @Option(name: [.short, .long], help: "The corpus to write; - for standard output.")
  var output: String

  @OptionGroup var existing: ForceOption

  @OptionGroup var result: OutputOptions

  func run() throws {
    Interruption.removeUnfinished()
    try Progress.during {
      try CorpusVerbs.unseed(
        seeded, study: study, to: output, force: existing.force, note: Console.remark,
        progress: $0.report)
    }
    try result.print(
      beside: output, ["the original corpus, its SHA-256 checked: \(output)"]
    ) {
      try $0.field("output", output)
    }
  }
}
