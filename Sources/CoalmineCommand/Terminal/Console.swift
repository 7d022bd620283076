// SPDX-License-Identifier: Apache-2.0

import Coalmine
import CoalmineCore
import Glibc

/// Results go to standard output, talk to standard error.
///
/// A line is one line: whatever came from outside cannot begin another one, steer the terminal, or
/// be taken for a command by a CI system that reads the log.
enum Console {
  /// A line on standard output.
  static func result(_ line: String) { write(harmless(line) + "\n", to: STDOUT_FILENO) }

  /// A whole document on standard output, with a line end.
  static func document(_ bytes: [UInt8]) {
    write(String(decoding: bytes, as: UTF8.self) + "\n", to: STDOUT_FILENO)
  }

  /// A piece of a document on standard output, UTF-8; ``document(_:)`` without bytes ends it.
  static func piece(_ bytes: [UInt8]) { write(bytes, to: STDOUT_FILENO) }

  /// Ends the program where what was printed went to a pipe that nobody reads any more.
  static func requireReader() {
    var output = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
    guard poll(&output, 1, 0) > 0, output.revents & Int16(POLLERR) != 0 else { return }
    let error = CoalmineError(
      code: "stdout-failed", "nobody reads standard output any more",
      details: ["what was printed is not whole"], exit: .inputOutput)
    self.error(error)
    error.exit.leave()
  }

  /// A line on standard error.
  static func note(_ line: String) { write(harmless(line) + "\n", to: STDERR_FILENO) }

  /// Something done beside that the user should know.
  @Sendable static func remark(_ text: String) { note("note: \(text)") }

  /// An error, line by line.
  static func error(_ error: CoalmineError) {
    for line in error.lines { note(line) }
  }

  /// Text on standard error as it is: the program's own.
  static func raw(_ text: String) { write(text, to: STDERR_FILENO) }

  /// Whether standard error is a terminal that may be redrawn.
  static let isTerminal = isatty(STDERR_FILENO) == 1 && getenv("CI") == nil

  /// A line without control characters, and without what CI systems take for a command: `::name`
  /// at its start, `##[name]` and `##name[` anywhere.
  static func harmless(_ line: String) -> String {
    var text = terminalSafe(line)
    let start = text.unicodeScalars.firstIndex { $0 != " " } ?? text.endIndex
    if text[start...].hasPrefix("::") {
      text.replaceSubrange(start..<text.index(after: start), with: "\\u{3a}")
    }
    var result = String.UnicodeScalarView()
    let scalars = Array(text.unicodeScalars)
    for (place, scalar) in scalars.enumerated() {
      let next = place + 2 < scalars.count ? scalars[place + 2] : nil
      if scalar == "#", place + 1 < scalars.count, scalars[place + 1] == "#",
        let next, next == "[" || next.properties.isAlphabetic
      {
        result += "\\u{23}".unicodeScalars
      } else {
        result.append(scalar)
      }
    }
    return String(result)
  }

  /// A reader that went away is no error; a full disk is.
  private static func write(_ text: String, to descriptor: Int32) {
    write(Array(text.utf8), to: descriptor)
  }

  private static func write(_ all: [UInt8], to descriptor: Int32) {
    var bytes = all[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written < 0 {
        if errno == EINTR { continue }
        let reason = errno
        // What was to be said is lost with standard error; a lost result must not end with 0.
        guard descriptor == STDOUT_FILENO, reason != EPIPE else { return }
        let error = CoalmineError(
          code: "stdout-failed",
          "cannot write to standard output: \(String(cString: strerror(reason)))",
          details: ["what was printed is not whole"], exit: .inputOutput)
        self.error(error)
        error.exit.leave()
      }
      bytes = bytes.dropFirst(written)
    }
  }
}
