// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Coalmine
import CoalmineCore

struct Index: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write the canaries for an endpoint's index, which are in no training record.",
    discussion: """
      For an endpoint that may look texts up when it answers, and a study of 'coalmine plan \
      --retrieval'. Put the files into that index, and into no training file, before the model is \
      probed. The study says what was learned only if the endpoint does not know them.
      """)

  @Option(help: "The study's ledger.")
  var study: String

  @Option(help: "The new folder to write, one file per canary. The files hold secrets.")
  var outputDir: String

  @OptionGroup var result: OutputOptions

  func run() throws {
    Interruption.removeUnfinished()
    let count = try IndexVerb.write(study: study, to: outputDir)
    try result.print(
      beside: outputDir,
      [
        "written: \(Prose.count(count, "file", "files")), one per canary, in \(outputDir)",
        "put them into the index that the endpoint looks texts up in, and into no training file",
      ]
    ) { fields in
      try fields.field("output_dir", outputDir)
      try fields.field("canaries", count)
    }
  }
}
