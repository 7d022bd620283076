// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import Glibc

/// Reads a folder of kinds.
enum CatalogueFolder {
  /// `*.yaml` of the folder and `*.txt` of its `lists`, named as in the catalogue, sorted.
  ///
  /// Hidden files and everything else are left alone.
  static func files(in directory: String) throws(CoalmineError) -> [CatalogueFile] {
    var files: [CatalogueFile] = []
    for entry in try entries(of: directory) where entry.hasSuffix(".yaml") {
      let path = "\(directory)/\(entry)"
      files.append(
        CatalogueFile(name: "canaries/\(entry)", path: path, bytes: try contents(of: path)))
    }
    guard !files.isEmpty else {
      throw CoalmineError(
        code: "no-kinds", "'\(terminalSafe(directory))' holds no file '*.yaml'",
        help: "a kind of canary is one YAML file with 'summary', 'template' and 'slots'",
        exit: .inputMissing)
    }
    let lists = "\(directory)/lists"
    guard access(lists, F_OK) == 0 else { return files }
    for entry in try entries(of: lists) where entry.hasSuffix(".txt") {
      let path = "\(lists)/\(entry)"
      files.append(
        CatalogueFile(name: "canaries/lists/\(entry)", path: path, bytes: try contents(of: path)))
    }
    return files
  }

  /// Every file that ``files(in:)`` would read; none where the folder cannot be read.
  static func paths(in directory: String) -> [String] {
    ["", "/lists"].flatMap { below in
      ((try? entries(of: directory + below)) ?? []).map { "\(directory)\(below)/\($0)" }
    }
  }

  private static func entries(of directory: String) throws(CoalmineError) -> [String] {
    guard let stream = opendir(directory) else { throw unreadable(directory, errno) }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      names.append(name)
    }
    return names.filter { !$0.hasPrefix(".") }.sorted()
  }

  static func contents(of path: String) throws(CoalmineError) -> [UInt8] {
    // A pipe of that name must not hold the program up.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw unreadable(path, errno) }
    defer { close(descriptor) }
    var facts = stat()
    guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
      throw CoalmineError(
        code: "not-a-file", "'\(terminalSafe(path))' is not a regular file", exit: .badData)
    }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 16)
    // One byte above the limit is enough for the reader to refuse the file.
    while bytes.count <= FileSource.largestSize {
      let count = read(descriptor, &block, block.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw unreadable(path, errno) }
      guard count > 0 else { break }
      bytes += block[..<count]
    }
    return bytes
  }

  private static func unreadable(_ path: String, _ reason: Int32) -> CoalmineError {
    CoalmineError(
      code: "cannot-read",
      "cannot read '\(terminalSafe(path))': \(String(cString: strerror(reason)))",
      exit: .inputMissing)
  }
}
