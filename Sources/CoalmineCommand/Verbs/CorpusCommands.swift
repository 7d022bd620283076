// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Coalmine

struct Unseed: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Give the original corpus back, byte for byte.")

  @Argument(help: "The seeded corpus.")
  var seeded: String

  @Option(help: "The study's ledger.")
  var study: String

  @Option(name: [.short, .long], help: "The corpus to write.")
  var output: String

  @OptionGroup var result: OutputOptions

  func run() throws {
    try CorpusVerbs.unseed(seeded, study: study, to: output)
    try result.print(["the original corpus, its SHA-256 checked: \(output)"]) {
      try $0.field("output", output)
    }
  }
}

struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check that a seeded corpus is what the ledger says.")

  @Argument(help: "The seeded corpus.")
  var seeded: String

  @Option(help: "The study's ledger.")
  var study: String

  @OptionGroup var result: OutputOptions

  func run() throws {
    let copies = try CorpusVerbs.verify(seeded, study: study)
    try result.print(["\(seeded) is the seeded corpus: all \(copies) copies in their places"]) {
      try $0.field("verified", true)
      try $0.field("copies", copies)
    }
  }
}

struct Trained: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Note how the model was trained, as stated by somebody.")

  @Option(help: "The study's ledger.")
  var study: String

  @Option(help: "The tuned model's name.")
  var model: String

  @Option(help: "How often the training went over the file.")
  var epochs: Int

  @Option(help: "The training service's job id.")
  var job: String?

  @Option(help: "Who says so.")
  var statedBy: String?

  @OptionGroup var result: OutputOptions

  func run() throws {
    let statement = TrainingStatement(
      model: model, epochs: epochs, job: job, statedBy: statedBy)
    try CorpusVerbs.trained(statement, study: study, now: WallClock.now())
    try result.print(["noted: \(terminalSafe(model)), \(epochs) epochs"]) { fields in
      try fields.field("model", model)
      try fields.field("epochs", epochs)
      try fields.field("job", job)
      try fields.field("stated_by", statedBy)
    }
  }
}
