// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Coalmine
import CoalmineCore

struct Trained: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Record how the model was trained, and who says so.",
    discussion: """
      A later statement counts instead of an earlier one; the ledger keeps all of them. With the file \
      that was trained on, or its SHA-256, the study can tell whether it was the seeded one. Where a \
      pipeline made other files of it, --corpus counts the canaries in them, as 'coalmine verify \
      --processed' does, and keeps the counts: copies that were lost make the study's power smaller, \
      and no canary leaves the group that it was drawn for.
      """)

  @Option(help: "The study's ledger.")
  var study: String

  @Option(help: "The tuned model's name.")
  var model: String

  @Option(help: "The number of epochs: how often the training read the file; half of it is 0.5.")
  var epochs: Double

  @Option(help: "The file that was trained on; its SHA-256 is recorded.")
  var file: String?

  @Option(help: "The SHA-256 of the file that was trained on, 64 hexadecimal digits.")
  var fileDigest: String?

  @Option(
    parsing: .upToNextOption,
    help: "The files that were trained on; the canaries in them are counted and recorded.")
  var corpus: [String] = []

  @Option(help: "The job identifier of the training service.")
  var job: String?

  @Option(help: "The person who states this.")
  var statedBy: String?

  @OptionGroup var result: OutputOptions

  func run() throws {
    let stated = try digest()
    let processed = try counted()
    let statement = TrainingStatement(
      model: model, epochs: epochs, job: job, statedBy: statedBy,
      fileDigest: stated ?? (processed?.files.count == 1 ? processed?.files.first?.digest : nil),
      processed: processed)
    let earlier = try CorpusVerbs.trained(statement, study: study, now: WallClock.now())
    let seeded = try CorpusVerbs.seededDigest(study: study)
    var lines = ["recorded: \(Self.words(statement))"]
    let isSeeded = statement.fileDigest.flatMap { digest in seeded.map { $0 == digest } }
    if let isSeeded {
      lines.append(
        isSeeded
          ? "the file is the seeded corpus"
          : processed == nil
            ? "warning: the file is not the corpus that 'coalmine seed' wrote, whose SHA-256 is "
              + (seeded ?? "")
              + "; where a pipeline made it of that one, '--corpus' counts the copies"
            : "the file is not byte for byte the seeded corpus; what it holds of the study:")
    }
    if let processed { lines += ProcessedText.lines(processed) }
    if let earlier {
      lines.append(
        "an earlier statement is kept, and this one counts now; the earlier one: "
          + Self.words(earlier))
    }
    lines += try NextLine.after(study)
    try result.print(lines) { fields in
      try Self.fields(statement, of: &fields)
      try fields.field("file_is_seeded", isSeeded)
      if let processed {
        try fields.object("processed") { try ProcessedText.fields(processed, &$0) }
      }
      if let earlier {
        try fields.object("earlier") { try Self.fields(earlier, of: &$0) }
      }
    }
  }

  /// What the files of `--corpus` hold; `nil` without the option.
  private func counted() throws -> ProcessedFindings? {
    guard !corpus.isEmpty else { return nil }
    guard file == nil, fileDigest == nil else {
      throw ValidationError(
        "--corpus records the SHA-256 of each of its files: leave --file and --file-digest out")
    }
    return try Progress.during {
      try CorpusVerbs.processed(corpus, study: study, progress: $0.report)
    }
  }

  private func digest() throws -> String? {
    if let file {
      guard fileDigest == nil else {
        throw ValidationError("--file and --file-digest state the same; give one of them")
      }
      return try Progress.during { try CorpusVerbs.digest(ofFile: file, progress: $0.report) }
    }
    guard let digest = fileDigest?.lowercased() else { return nil }
    guard digest.utf8.count == 64, digest.utf8.allSatisfy({ Self.hexadecimalDigits.contains($0) })
    else { throw ValidationError("--file-digest is a SHA-256: 64 hexadecimal digits") }
    return digest
  }

  private static let hexadecimalDigits = Array("0123456789abcdef".utf8)

  private static func fields(
    _ statement: TrainingStatement, of fields: inout JSONWriter.Object
  ) throws {
    try fields.field("model", statement.model)
    try fields.field("epochs", statement.epochs)
    try fields.field("job", statement.job)
    try fields.field("stated_by", statement.statedBy)
    try fields.field("file_sha256", statement.fileDigest)
  }

  private static func words(_ statement: TrainingStatement) -> String {
    var words = [
      terminalSafe(statement.model), Prose.count(statement.epochs, "epoch", "epochs"),
    ]
    if let job = statement.job { words.append("job \(terminalSafe(job))") }
    if let person = statement.statedBy { words.append("stated by \(terminalSafe(person))") }
    if let digest = statement.fileDigest { words.append("file SHA-256 \(digest)") }
    return words.joined(separator: ", ")
  }
}
