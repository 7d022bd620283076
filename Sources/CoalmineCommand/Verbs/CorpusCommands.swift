// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Coalmine
import CoalmineCore

struct Unseed: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Restore the original corpus, byte for byte.")

  @Argument(help: "The seeded corpus: its file, its files or their folder.")
  var seeded: [String]

  @Option(help: "The study's ledger.")
  var study: String

  @Option(name: [.short, .long], help: "The corpus to write; - for standard output.")
  var output: String?

  @Option(help: "The folder to write several files to, each under its own name.")
  var outputDir: String?

  @OptionGroup var existing: ForceOption

  @OptionGroup var result: OutputOptions

  func run() throws {
    Interruption.removeUnfinished()
    if try CorpusVerbs.isTree(study: study) {
      guard let outputDir, output == nil else {
        throw ValidationError(
          "'coalmine unseed --output-dir FOLDER' restores source code, in a new folder")
      }
      try Progress.during {
        try CorpusVerbs.unseedTree(seeded, study: study, to: outputDir, progress: $0.report)
      }
    } else {
      var places = try OutputPlaces(
        output: output, folder: outputDir, of: CorpusVerbs.fileNames(study: study))
      let outputs = try places.outputs()
      try places.filling {
        try Progress.during {
          try CorpusVerbs.unseed(
            seeded, study: study, to: outputs, force: existing.force, note: Console.remark,
            progress: $0.report)
        }
      }
    }
    let place = outputDir ?? output ?? ""
    try result.print(
      beside: place, ["the original corpus, its SHA-256 checked: \(place)"]
    ) {
      try $0.field("output", place)
    }
  }
}
