// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Coalmine
import CoalmineCore
import Glibc

/// Where a corpus is written: one file by `--output`, or several by `--output-dir`.
struct OutputPlaces {
  private let output: String?
  private let folder: String?
  private let inputs: [String]
  /// Where ``UnfinishedFiles`` has the folder that was created here.
  private var created: (folder: String, place: Int?)?

  /// - Parameter inputs: the files whose names are kept in the folder.
  /// - Throws: `ValidationError` unless one of the two options is given.
  init(output: String?, folder: String?, of inputs: [String]) throws {
    guard (output == nil) != (folder == nil) else {
      throw ValidationError("give one of '--output FILE' and '--output-dir FOLDER'")
    }
    self.output = output
    self.folder = folder
    self.inputs = inputs
  }

  /// A seeding of the files, those of folders included.
  ///
  /// - Throws: `ValidationError` where several files would go into one.
  mutating func seedVerb(_ study: String, format: CorpusFormat?) throws -> SeedVerb {
    if format == .source {
      guard let folder else {
        throw ValidationError("source code is written with '--output-dir FOLDER', a new folder")
      }
      return SeedVerb(tree: try SourceTree(inputs), folder: folder, study: study)
    }
    let files = try CorpusPaths.files(inputs, format: format)
    if let output {
      guard files.count == 1 else { throw several }
      return SeedVerb(corpus: files[0], output: output, study: study)
    }
    guard !files.contains("-") else {
      throw ValidationError("standard input has no name to keep: give '--output FILE'")
    }
    try create()
    return SeedVerb(corpora: files, folder: folder ?? "", study: study)
  }

  /// The names of outputs for files of these names; one file without a name needs `--output`.
  ///
  /// - Throws: `ValidationError` where the options do not fit the number of files.
  mutating func outputs() throws -> [String] {
    if let output {
      guard inputs.count < 2 else { throw several }
      return [output]
    }
    guard !inputs.isEmpty else {
      throw ValidationError("the study has one file: give '--output FILE'")
    }
    try create()
    let base = folder.map { $0.hasSuffix("/") ? $0 : $0 + "/" } ?? ""
    return inputs.map { base + CorpusPaths.name(of: $0) }
  }

  private var several: ValidationError {
    ValidationError("a corpus of several files is written with '--output-dir FOLDER'")
  }

  /// Does the work that fills the folder. Where it fails, a folder that was created for it goes again.
  func filling<Value>(_ work: () throws -> Value) throws -> Value {
    defer { created?.place.map(UnfinishedFiles.remove) }
    do { return try work() } catch {
      // A folder with anything in it stays.
      if let created { rmdir(created.folder) }
      throw error
    }
  }

  /// The folder is created where it is not there; what is in it stays.
  private mutating func create() throws {
    guard let folder else { return }
    let failure: Int32 = UnfinishedFiles.undisturbed {
      guard mkdir(folder, 0o700) == 0 else { return errno }
      created = (folder, UnfinishedFiles.add(folder))
      return 0
    }
    guard failure != 0, failure != EEXIST else { return }
    throw CoalmineError(
      code: "output-not-created",
      "cannot create the folder '\(terminalSafe(folder))': \(String(cString: strerror(failure)))",
      exit: .cannotCreate)
  }
}
