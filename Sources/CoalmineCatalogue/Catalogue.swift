// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// The kinds of canaries and the probe sets that a study can name.
public struct Catalogue: Sendable {
  /// By name.
  public let kinds: [Kind]
  /// By name.
  public let probeSets: [ProbeSet]
  /// Everything that was read, by name.
  package let files: [CatalogueFile]

  /// The catalogue inside the program.
  ///
  /// - Throws: ``CoalmineError`` where a shipped file is malformed, which the tests rule out.
  public static func shipped() throws(CoalmineError) -> Catalogue {
    try Catalogue(files: shippedFiles)
  }

  private static var shippedFiles: [CatalogueFile] {
    let folders = [
      ("canaries", EmbeddedFiles.canaries), ("probe-sets", EmbeddedFiles.probeSets),
    ]
    return folders.flatMap { folder, files in
      files.map { file in
        let name = "\(folder)/\(file.name)"
        return CatalogueFile(name: name, path: name, bytes: Array(file.text.utf8))
      }
    }
  }

  /// The catalogue that `files` describe, as a ledger stores them.
  ///
  /// - Throws: ``CoalmineError`` with file and line.
  public init(files: [CatalogueFile]) throws(CoalmineError) {
    var lists: [String: CatalogueFile] = [:]
    for file in files {
      if let name = file.stem(in: "canaries/lists", ending: ".txt") { lists[name] = file }
    }
    let wordLists = try WordLists(lists)
    var kinds: [Kind] = []
    var probeSets: [ProbeSet] = []
    var alike: [(name: String, file: CatalogueFile)] = []
    for file in files {
      if let name = file.stem(in: "canaries", ending: ".yaml") {
        if let kind = try KindFile.parse(file, name: name, lists: wordLists, among: nil) {
          kinds.append(kind)
        } else {
          alike.append((name, file))
        }
      } else if let name = file.stem(in: "probe-sets", ending: ".yaml") {
        probeSets.append(try ProbeSetFile.parse(file.bytes, name: name, path: file.path))
      }
    }
    let whole = kinds
    for (name, file) in alike {
      let kind = try KindFile.parse(file, name: name, lists: wordLists, among: whole)
      if let kind { kinds.append(kind) }
    }
    self.kinds = kinds.sorted { $0.name < $1.name }
    self.probeSets = probeSets.sorted { $0.name < $1.name }
    self.files = files.sorted { $0.name < $1.name }
  }

  /// Every file of a folder of kinds, so that no output of the same command replaces one.
  public static func paths(ofDirectory directory: String) -> [String] {
    CatalogueFolder.paths(in: directory)
  }

  /// This catalogue and the kinds of a folder: `DIR/*.yaml`, with word lists in `DIR/lists/*.txt`.
  ///
  /// - Throws: ``CoalmineError`` where the folder cannot be read or a file is malformed, and
  ///   `kind-exists` where one has the name of a file that is here already and differs from it.
  public func adding(directory: String) throws(CoalmineError) -> Catalogue {
    let known = Dictionary(uniqueKeysWithValues: files.map { ($0.name, $0) })
    var added: [CatalogueFile] = []
    for file in try CatalogueFolder.files(in: directory) {
      guard let shipped = known[file.name] else {
        added.append(file)
        continue
      }
      guard shipped.bytes == file.bytes else {
        throw CoalmineError(
          code: "kind-exists",
          "'\(terminalSafe(file.path))' has the name of '\(terminalSafe(shipped.path))' and "
            + "differs from it",
          help: "give it another name: a study must not mean two things by one", exit: .badData)
      }
    }
    return try Catalogue(files: files + added)
  }

  /// The kinds of a folder, and those of this catalogue whose files the folder does not replace.
  ///
  /// For canaries that others planted, and named. A kind of this catalogue that uses a word list
  /// the folder has another version of is left out, so that no name means two things.
  ///
  /// - Throws: ``CoalmineError`` where the folder cannot be read or a file is malformed.
  public func replaced(byDirectory directory: String) throws(CoalmineError) -> Catalogue {
    let own = try CatalogueFolder.files(in: directory)
    let bytes = Dictionary(uniqueKeysWithValues: own.map { ($0.name, $0.bytes) })
    let changed = Set(
      kinds.filter { kind in
        kind.files.contains { file in bytes[file.name].map { $0 != file.bytes } ?? false }
      }.map { "canaries/\($0.name).yaml" })
    let kept = files.filter { bytes[$0.name] == nil && !changed.contains($0.name) }
    return try Catalogue(files: kept + own)
  }

  /// The kind called `name`.
  ///
  /// - Throws: ``CoalmineError`` `unknown-kind`, with the name that is nearest.
  public func kind(_ name: String) throws(CoalmineError) -> Kind {
    if let kind = kinds.first(where: { $0.name == name }) { return kind }
    throw Self.unknown("kind", name, among: kinds.map(\.name))
  }

  /// The probe set called `name`.
  ///
  /// - Throws: ``CoalmineError`` `unknown-probe-set`, with the name that is nearest.
  public func probeSet(_ name: String) throws(CoalmineError) -> ProbeSet {
    if let set = probeSets.first(where: { $0.name == name }) { return set }
    throw Self.unknown("probe set", name, among: probeSets.map(\.name))
  }

  /// The files that define the kinds called `names`, each once, by name: what a ledger stores.
  ///
  /// - Throws: ``CoalmineError`` `unknown-kind`.
  public func files(ofKinds names: [String]) throws(CoalmineError) -> [CatalogueFile] {
    var files: [String: CatalogueFile] = [:]
    for name in names {
      for file in try kind(name).files { files[file.name] = file }
    }
    return files.values.sorted { $0.name < $1.name }
  }

  private static func unknown(_ what: String, _ name: String, among known: [String])
    -> CoalmineError
  {
    CoalmineError(
      code: "unknown-\(what.split(separator: " ").joined(separator: "-"))",
      "no \(what) is called '\(terminalSafe(name))'",
      details: ["known: \(known.joined(separator: ", "))"],
      help: Nearest.name(to: name, among: known).map { "did you mean '\($0)'?" },
      exit: .badConfiguration)
  }
}
