// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import Glibc

/// The files of a tree of source code, folders in folders included, in the order of the bytes of their
/// paths.
///
/// Folders of version control (`.git`, `.hg`, `.svn`) and symbolic links are left out. Other names that
/// begin with a dot, such as `.env`, are files like any other.
public struct SourceTree: Sendable, Equatable {
  /// One file, and its path below the root.
  public struct File: Sendable, Equatable {
    public let path: String
    public let name: String
  }

  public private(set) var files: [File] = []
  /// Links and other things that are no files, which are not read and not written.
  public private(set) var left = 0

  private static let versionControl: Set<String> = [".git", ".hg", ".svn"]
  private static let mostFolders = 128

  /// Reads names, and no file.
  ///
  /// - Parameter paths: a folder, whose files are named by their paths below it; or files and folders,
  ///   each named by its own name and what is below it.
  /// - Throws: ``CoalmineError``: `corpus-folder-empty`, `corpus-file-twice` where two have one name,
  ///   `corpus-not-readable`, `corpus-missing`.
  public init(_ paths: [String]) throws(CoalmineError) {
    for path in paths {
      guard path != "-", let kind = Self.kind(of: path, followsLinks: true) else {
        throw CoalmineError(
          code: "corpus-missing",
          path == "-"
            ? "source code is not read from standard input"
            : "cannot open '\(terminalSafe(path))': \(String(cString: strerror(errno)))",
          help: "name the folder that holds the files, or the files", exit: .inputMissing)
      }
      let name = path.split(separator: "/").last.map(String.init) ?? path
      if kind == S_IFDIR {
        let base = path.hasSuffix("/") ? path : path + "/"
        try add(folder: base, named: paths.count == 1 ? "" : name + "/", depth: 0)
      } else {
        files.append(File(path: path, name: name))
      }
    }
    guard !files.isEmpty else {
      throw CoalmineError(
        code: "corpus-folder-empty",
        "\(paths.map { "'\(terminalSafe($0))'" }.joined(separator: " and ")) holds no file",
        help: "name a folder with the files of the corpus", exit: .inputMissing)
    }
    files.sort { Array($0.name.utf8).lexicographicallyPrecedes(Array($1.name.utf8)) }
    for (one, next) in zip(files, files.dropFirst()) where one.name == next.name {
      throw CoalmineError(
        code: "corpus-file-twice",
        "'\(terminalSafe(one.path))' and '\(terminalSafe(next.path))' would both be called "
          + "'\(terminalSafe(one.name))'",
        help: "name the folder that holds both", exit: .badData)
    }
  }

  private mutating func add(
    folder: String, named prefix: String, depth: Int
  ) throws(CoalmineError) {
    guard depth < Self.mostFolders, let names = FolderNames.read(folder) else {
      throw CoalmineError(
        code: "corpus-not-readable",
        depth < Self.mostFolders
          ? "cannot open '\(terminalSafe(folder))': \(String(cString: strerror(errno)))"
          : "'\(terminalSafe(folder))' is a folder within \(Self.mostFolders) folders",
        help: "check the path and its permissions", exit: .inputMissing)
    }
    for bytes in names {
      guard let name = String(validating: bytes, as: UTF8.self) else {
        throw CoalmineError(
          code: "corpus-not-readable",
          "a name in '\(terminalSafe(folder))' is not UTF-8: "
            + "'\(terminalSafe(String(decoding: bytes, as: UTF8.self)))'",
          help: "rename it", exit: .badData)
      }
      switch Self.kind(of: folder + name, followsLinks: false) {
      case S_IFDIR where Self.versionControl.contains(name): continue
      case S_IFDIR:
        try add(folder: folder + name + "/", named: prefix + name + "/", depth: depth + 1)
      case S_IFREG: files.append(File(path: folder + name, name: prefix + name))
      default: left += 1
      }
    }
  }

  private static func kind(of path: String, followsLinks: Bool) -> mode_t? {
    var facts = stat()
    let code = followsLinks ? stat(path, &facts) : lstat(path, &facts)
    return code == 0 ? facts.st_mode & S_IFMT : nil
  }

  /// The languages that canaries of a tree are written in, see ``CodeLanguage/main(of:)``.
  ///
  /// - Parameter names: of its files.
  /// - Throws: ``CoalmineError`` `corpus-has-no-source` where no file has a known language.
  public static func languages(of names: [String]) throws(CoalmineError) -> [CodeLanguage] {
    let languages = CodeLanguage.main(of: names)
    guard !languages.isEmpty else {
      throw CoalmineError(
        code: "corpus-has-no-source",
        "no file of the corpus has the name of a file of source code or configuration",
        details: [
          "known: \(CodeLanguage.allCases.map(\.rawValue).joined(separator: ", ")), by the ending of "
            + "the name"
        ],
        help: "leave '--format source' out if the files are prose or records", exit: .badData)
    }
    return languages
  }
}
