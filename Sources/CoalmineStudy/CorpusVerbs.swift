// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineLedger
import CoalmineSeeding

/// The verbs that check and undo a seeding.
public enum CorpusVerbs {
  /// Writes the original corpus, byte for byte.
  ///
  /// - Parameters:
  ///   - outputs: the names, one per file of the corpus in its order; one `-` for standard output. A
  ///     name that ends in .gz or .zst is written so.
  ///   - force: whether a regular file of that name is replaced.
  ///   - note: told what is done beside, in words for the user.
  /// - Throws: ``CoalmineError``; with exit code 5 where `seeded` was changed since.
  public static func unseed(
    _ seeded: [String], study: String, to outputs: [String], force: Bool,
    note: @escaping (String) -> Void = { _ in }, progress: @escaping ProgressReport = { _ in }
  ) throws {
    let seeded = try CorpusPaths.expanded(seeded)
    let opener = Outputs(reading: seeded + [study], note: note)
    let files = try outputs.map { try opener.open($0, existing: .init(force: force)) }
    let ledger = try Ledger.open(at: study)
    let manifest = try manifest(of: ledger)
    try ledger.close()
    try Unseeder(manifest: manifest).write(
      from: seeded,
      to: zip(files, outputs).map { SeededFile($0, compression: Compression(name: $1)) },
      progress: progress)
    for file in files { try file.finish() }
    try OutputFile.commit(files)
  }

  /// Writes the original tree of source code to a new folder, byte for byte.
  ///
  /// - Parameter seeded: the folder that `seed` wrote.
  /// - Throws: ``CoalmineError``; with exit code 5 where it was changed since.
  public static func unseedTree(
    _ seeded: [String], study: String, to folder: String,
    progress: @escaping ProgressReport = { _ in }
  ) throws {
    let output = try TreeOutput(folder, reading: seeded)
    let ledger = try Ledger.open(at: study)
    let manifest = try manifest(of: ledger)
    try ledger.close()
    try UnfinishedFiles.undisturbed {
      do {
        try SeededTree(seeded, manifest).restore(to: output, progress: progress)
        try output.commit()
      } catch {
        output.discard()
        throw error
      }
    }
  }

  /// Whether the corpus of a study is a tree of source code.
  ///
  /// - Throws: ``CoalmineError`` `study-imported`, or an error of the ledger.
  public static func isTree(study: String) throws -> Bool {
    let ledger = try Ledger.open(at: study)
    let manifest = try manifest(of: ledger)
    try ledger.close()
    return manifest.corpus.format == .source
  }

  /// The names of the files that a corpus was written to; empty for one file without compression.
  ///
  /// - Throws: ``CoalmineError`` `study-imported`, or an error of the ledger.
  public static func fileNames(study: String) throws -> [String] {
    let ledger = try Ledger.open(at: study)
    let manifest = try manifest(of: ledger)
    try ledger.close()
    return manifest.corpus.parts.map(\.name)
  }

  /// Writes a new ledger with everything that an older one, or one like it, holds.
  ///
  /// - Throws: ``CoalmineError`` with exit code 73 where `new` cannot be created.
  public static func upgrade(
    _ study: String, to new: String, note: @escaping (String) -> Void = { _ in }
  ) throws {
    let outputs = Outputs(reading: [study], note: note)
    let file = try outputs.open(new, existing: .keepAlways)
    let old = try Ledger.open(at: study)
    let ledger = try Ledger.create(in: file)
    try old.copy(to: ledger)
    try ledger.close()
    try old.close()
    try file.commit()
  }

  /// Checks that `seeded` is the corpus that the ledger describes; a folder stands for its files.
  ///
  /// - Returns: how many planted copies were found in their places.
  /// - Throws: ``CoalmineError`` with exit code 5 at the first difference.
  public static func verify(
    _ seeded: [String], study: String, progress: @escaping ProgressReport = { _ in }
  ) throws -> Int {
    let ledger = try Ledger.open(at: study)
    let manifest = try manifest(of: ledger)
    let study = try ledger.study()
    try ledger.close()
    let remarks = try CopyRemarks(of: study)
    guard manifest.corpus.format != .source else {
      try SeededTree(seeded, manifest)
        .verify(study.canaries, remarks: remarks, progress: progress)
      return manifest.insertions.count
    }
    try SeededVerifier(manifest: manifest, canaries: study.canaries, remarks: remarks)
      .verify(try CorpusPaths.expanded(seeded), progress: progress)
    return manifest.insertions.count
  }

  /// Counts the canaries of a study in the files that a pipeline made of its seeded corpus; a folder
  /// stands for its files.
  ///
  /// - Throws: ``CoalmineError`` where a file or the ledger cannot be read.
  public static func processed(
    _ files: [String], study: String, progress: @escaping ProgressReport = { _ in }
  ) throws -> ProcessedFindings {
    let ledger = try Ledger.open(at: study)
    let manifest = try manifest(of: ledger)
    let record = try ledger.study()
    try ledger.close()
    let isSource = manifest.corpus.format == .source
    var processed = ProcessedCorpus(
      shape: manifest.corpus.shape, isSource: isSource, canaries: record.canaries,
      records: record.records)
    for file in try CorpusPaths.files(files, format: isSource ? .source : nil) {
      try processed.read(file, progress: progress)
    }
    let findings = processed.findings
    // A tree has many files that are alike.
    guard !isSource else { return findings }
    let names = Dictionary(grouping: findings.files, by: \.digest).values.first { $0.count > 1 }
    if let names {
      throw CoalmineError(
        code: "corpus-file-twice",
        "'\(terminalSafe(names[0].name))' and '\(terminalSafe(names[1].name))' are the same file",
        details: ["its copies would be counted twice"],
        help: "name each file that was trained on once", exit: .badData)
    }
    return findings
  }

  private static func manifest(of ledger: Ledger) throws -> Manifest {
    guard let manifest = try ledger.manifest() else {
      throw CoalmineError(
        code: "study-imported",
        "the canaries of '\(ledger.path)' were imported: it does not know their corpus",
        help: "only a corpus that 'coalmine seed' wrote can be verified or given back",
        exit: .badData)
    }
    return manifest
  }

  /// Notes what somebody stated about the training; the last statement counts, and all are kept.
  ///
  /// - Returns: the statement that counted before, if there was one.
  /// - Throws: ``CoalmineError`` `bad-epochs`, or an error of the ledger.
  @discardableResult
  public static func trained(_ statement: TrainingStatement, study: String, now: String) throws
    -> TrainingStatement?
  {
    guard statement.epochs > 0, statement.epochs <= 1_000_000 else {
      throw CoalmineError(
        code: "bad-epochs", "the number of epochs is above 0 and at most 1,000,000",
        help: "where the training stopped after half of the file, the number is 0.5", exit: .usage)
    }
    let ledger = try Ledger.open(at: study)
    let earlier = try ledger.training()
    try ledger.store(statement, at: now)
    try ledger.close()
    return earlier
  }

  /// SHA-256 of a file, 64 hexadecimal digits, as `seed` notes it of the seeded corpus.
  ///
  /// - Throws: ``CoalmineError`` where it cannot be read.
  public static func digest(
    ofFile path: String, progress: @escaping ProgressReport = { _ in }
  ) throws -> String {
    hexadecimal(try FileDigest.digest(of: path, progress: progress))
  }

  /// SHA-256 of the corpus that `seed` wrote, as it lies there; `nil` for an imported study, and for a
  /// corpus of several files.
  public static func seededDigest(study: String) throws -> String? {
    let ledger = try Ledger.open(at: study)
    let corpus = try ledger.manifest()?.corpus
    try ledger.close()
    guard let corpus, corpus.parts.count < 2 else { return nil }
    return hexadecimal(corpus.parts.first?.storedDigest ?? corpus.seededDigest)
  }
}
