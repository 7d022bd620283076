// SPDX-License-Identifier: Apache-2.0

import Coalmine
import CoalmineCore
import Glibc

/// The file that holds an API key, or headers with secrets.
enum KeyFile {
  /// More than any key or list of headers has, in bytes.
  private static let limit = 64 << 10

  /// The whole file.
  ///
  /// What is opened is what is looked at, whatever links lead there. A pipe has no readers beside
  /// us and passes.
  ///
  /// - Parameters:
  ///   - allowOpen: whether group and others may be able to read it.
  ///   - name: what the file is, for messages.
  /// - Throws: `CoalmineError`: `input-missing`, `key-file-open`, `input-unreadable`,
  ///   `input-too-large`.
  static func read(
    _ path: String, allowOpen: Bool, called name: String = "key file"
  ) throws(CoalmineError) -> [UInt8] {
    func failure(_ code: String, _ what: String, _ exit: CoalmineCore.ExitCode) -> CoalmineError {
      CoalmineError(
        code: code, "the \(name) '\(terminalSafe(path))' \(what)", exit: exit)
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw failure(
        "input-missing", "cannot be opened: \(String(cString: strerror(errno)))", .inputMissing)
    }
    defer { close(descriptor) }
    var facts = stat()
    guard fstat(descriptor, &facts) == 0 else {
      throw failure(
        "input-unreadable", "cannot be looked at: \(String(cString: strerror(errno)))",
        .inputOutput)
    }
    if facts.st_mode & S_IFMT == S_IFREG, facts.st_mode & 0o044 != 0, !allowOpen {
      let mode = String(facts.st_mode & 0o7777, radix: 8)
      throw CoalmineError(
        code: "key-file-open",
        "the \(name) '\(terminalSafe(path))' can be read by other users: its mode is 0\(mode)",
        help:
          "run chmod 600 \(ShellWord.path(path) ?? "FILE"); or use '--allow-open-key-file' for a "
          + "file that Kubernetes or Docker mounts as a secret", exit: .badConfiguration)
    }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4_096)
    while bytes.count <= limit {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count == 0 { return bytes }
      guard count > 0 else {
        if errno == EINTR { continue }
        throw failure(
          "input-unreadable", "cannot be read: \(String(cString: strerror(errno)))",
          .inputOutput)
      }
      bytes += chunk.prefix(count)
    }
    throw failure("input-too-large", "is larger than \(limit) bytes", .badData)
  }
}
