// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Results go to standard output, talk to standard error; a reader that went away is no error.
enum Console {
  /// A line on standard output.
  static func result(_ line: String) { write(line + "\n", to: STDOUT_FILENO) }

  /// Bytes on standard output, with a line end.
  static func result(_ bytes: [UInt8]) {
    write(String(decoding: bytes, as: UTF8.self) + "\n", to: STDOUT_FILENO)
  }

  /// A line on standard error.
  static func note(_ line: String) { write(line + "\n", to: STDERR_FILENO) }

  /// Text on standard error as it is.
  static func raw(_ text: String) { write(text, to: STDERR_FILENO) }

  /// Whether standard error is a terminal that may be redrawn.
  static let isTerminal = isatty(STDERR_FILENO) == 1 && getenv("CI") == nil

  private static func write(_ text: String, to descriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written < 0 {
        if errno == EINTR { continue }
        return
      }
      bytes = bytes.dropFirst(written)
    }
  }
}
