// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// A file from outside by name, and the class of its errors: each says where.
struct FileSource: Sendable {
  /// As it stands in messages.
  let path: String
  /// How a command ends whose file is wrong.
  let exit: ExitCode

  /// The largest file that is read, in bytes.
  static let largestSize = 1 << 20

  /// An error at a line of the file, counted from 1.
  func error(
    _ code: String, line: Int, _ message: String, help: String? = nil
  ) -> CoalmineError {
    CoalmineError(
      code: code, "\(terminalSafe(path)):\(line): \(message)", help: help, exit: exit)
  }
}
