// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineSeeding
import Glibc

/// The files that are named on a command line, with those of folders in place of the folders.
public enum CorpusPaths {
  /// Files stay in their order; a folder stands for its files, sorted by the bytes of their names.
  /// Hidden files, whose names begin with a dot, are left out.
  ///
  /// - Throws: ``CoalmineError``: `corpus-folder-nested` for a folder in a folder,
  ///   `corpus-folder-empty`, `corpus-not-readable`.
  public static func expanded(_ paths: [String]) throws(CoalmineError) -> [String] {
    try expanded(paths, nested: "")
  }

  /// - Parameter nested: what more can be done about a folder in a folder.
  private static func expanded(
    _ paths: [String], nested: String
  ) throws(CoalmineError) -> [String] {
    var files: [String] = []
    for path in paths {
      guard kind(of: path) == S_IFDIR else {
        files.append(path)
        continue
      }
      files += try entries(of: path, nested)
    }
    return files
  }

  /// The files of a corpus: of source code those of the whole tree, of any other format as
  /// ``expanded(_:)`` gives them.
  ///
  /// - Throws: ``CoalmineError`` as ``expanded(_:)`` and ``SourceTree/init(_:)`` do.
  public static func files(_ paths: [String], format: CorpusFormat?) throws(CoalmineError)
    -> [String]
  {
    guard format == .source else {
      return try expanded(
        paths, nested: "; for a tree of source code say '--format source'")
    }
    return try SourceTree(paths).files.map(\.path)
  }

  /// The name of a file without its folder.
  public static func name(of path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }

  private static func kind(of path: String) -> mode_t? {
    var facts = stat()
    return stat(path, &facts) == 0 ? facts.st_mode & S_IFMT : nil
  }

  private static func entries(
    of folder: String, _ further: String
  ) throws(CoalmineError) -> [String] {
    guard let all = FolderNames.read(folder) else {
      throw CoalmineError(
        code: "corpus-not-readable",
        "cannot open '\(terminalSafe(folder))': \(String(cString: strerror(errno)))",
        help: "check the path and its permissions", exit: .inputMissing)
    }
    let names = all.filter { $0.first != UInt8(ascii: ".") }
    let base = folder.hasSuffix("/") ? folder : folder + "/"
    let paths = names.map { base + String(decoding: $0, as: UTF8.self) }
    if let nested = paths.first(where: { kind(of: $0) == S_IFDIR }) {
      throw CoalmineError(
        code: "corpus-folder-nested", "'\(terminalSafe(nested))' is a folder in a folder",
        help: "name the files themselves, or the folder that holds them" + further,
        exit: .usage)
    }
    guard !paths.isEmpty else {
      throw CoalmineError(
        code: "corpus-folder-empty", "the folder '\(terminalSafe(folder))' holds no file",
        help: "name a folder with the files of the corpus", exit: .inputMissing)
    }
    return paths
  }
}
