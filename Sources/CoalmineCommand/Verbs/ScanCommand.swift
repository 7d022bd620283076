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
      Exits 1 for a hit and 0 without one; 3 where records were read and none held what was to be \
      searched.
      """)

  @Argument(help: "The files to scan; - for standard input.")
  var inputs: [String] = []

  @Option(help: "The study's ledger.")
  var study: String?

  @Option(help: "In the place of --study, a file of --write-patterns.")
  var patterns: String?

  @Option(
    help:
      "JSON Lines: search the value of this field, A or A.B.0, escapes decoded; may be given several times. Lines that are not JSON are told and searched as text."
  )
  var field: [String] = []

  @Option(
    help:
      "text, or otel: JSON Lines of OpenTelemetry, of which the attributes 'gen_ai.*' and the bodies of log records are searched. Default: text."
  )
  var format: String?

  @Option(
    help:
      "A file that remembers where each input ended. The next scan with it goes on there, also in a log that was rotated."
  )
  var state: String?

  @Option(
    name: .customLong("from"),
    help: "The offset of the last 'settled' line of an earlier scan of the same input.")
  var offset: Int = 0

  @Flag(help: "Show the text that was found and the text before it; it discloses the secret.")
  var reveal = false

  @Option(
    help:
      "Scan nothing; write what --patterns reads: the secrets of the study, hashed, for a host that must not hold them."
  )
  var writePatterns: String?

  @Option(
    help:
      "With --write-patterns: leave out a secret that a reader of the file could find with fewer than 2 to this power guesses."
  )
  var leastBits: Double = 64

  func run() throws {
    if let writePatterns { return try write(to: writePatterns) }
    let request = try request()
    let summary = try Progress.during { bar in
      try ScanVerb.scan(
        request, note: Console.remark, progress: bar.report, emit: print)
    }
    if summary.hits == 0, summary.searchedNothing {
      Console.remark("nothing was searched: see the field 'without' of the line 'end'")
    }
    (summary.hits > 0
      ? .leak : summary.searchedNothing ? .incomplete : CoalmineCore.ExitCode.success)
      .leave()
  }

  /// A line of the result. A state must not go on over hits that nobody read.
  private func print(_ line: [UInt8]) {
    Console.document(line)
    if state != nil { Console.requireReader() }
  }

  private func request() throws -> ScanRequest {
    guard !inputs.isEmpty else { throw ValidationError("name a file to scan, or '-'") }
    let secrets: ScanRequest.Secrets =
      switch (study, patterns) {
      case (let study?, nil): .study(study)
      case (nil, let patterns?): .patterns(patterns)
      default: throw ValidationError("give one of --study and --patterns")
      }
    var request = ScanRequest(secrets: secrets, inputs: inputs)
    request.layout = try layout()
    guard state == nil || !inputs.contains("-") else {
      throw ValidationError("--state goes with files: no scan can go on in standard input")
    }
    guard offset == 0 || (state == nil && request.layout == .text) else {
      throw ValidationError("--from goes with text and without --state")
    }
    (request.offset, request.state, request.reveal) = (offset, state, reveal)
    return request
  }

  private func layout() throws -> ScanRequest.Layout {
    switch format {
    case nil: return field.isEmpty ? .text : .fields(field)
    case "text" where field.isEmpty: return .text
    case "otel" where field.isEmpty: return .openTelemetry
    case "text", "otel": throw ValidationError("give one of --field and --format")
    default: throw ValidationError("--format is text or otel")
    }
  }

  private func write(to output: String) throws {
    guard inputs.isEmpty, let study, patterns == nil, field.isEmpty, format == nil, state == nil,
      offset == 0, !reveal
    else {
      throw ValidationError("--write-patterns goes with --study and --least-bits alone")
    }
    guard leastBits >= 0, leastBits.isFinite else {
      throw ValidationError("--least-bits is a number of 0 or more")
    }
    let count = try ScanVerb.writePatterns(
      study: study, to: output, leastBits: leastBits, note: Console.remark)
    Console.note("wrote \(count == 1 ? "1 secret" : "\(count) secrets"), hashed, to '\(output)'")
  }
}
