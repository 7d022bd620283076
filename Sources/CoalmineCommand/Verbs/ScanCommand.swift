// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Coalmine
import CoalmineCore

struct ScanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scan",
    abstract: "Look for planted secrets in logs and other text.",
    discussion: """
      Writes one JSON object per line: a hit with its place, the place that a scan can go on from, \
      and the end of each input. A secret is found as it was planted, in other case, with white \
      space in it, in full width, with escapes (JSON, URL, HTML), in base64 and in hexadecimal. \
      Exits 1 for a hit and 0 without one.
      """)

  @Argument(help: "The files to scan; - for standard input.")
  var inputs: [String]

  @Option(help: "The study's ledger.")
  var study: String

  @Option(
    name: .customLong("from"),
    help: "The offset of the last 'settled' line of an earlier scan of the same input.")
  var offset: Int = 0

  @Flag(help: "Show the text that was found; it discloses the secret.")
  var reveal = false

  func run() throws {
    let hits = try Progress.during {
      try ScanVerb.scan(
        study: study, inputs: inputs, from: offset, reveal: reveal, note: Console.remark,
        progress: $0.report, emit: Console.document)
    }
    (hits == 0 ? CoalmineCore.ExitCode.success : .leak).leave()
  }
}
