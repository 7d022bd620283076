// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints

/// Why a run ends where a local program answers in place of a server.
extension CoalmineError {
  /// - Parameter url: what stands for the program, `command:PROGRAM ARGUMENT…`.
  init(_ fault: CommandFault, of url: String) {
    let message = "\(url): \(fault.words)"
    switch fault {
    case .notStarted:
      self.init(
        code: "command-not-started", message,
        help: "is the program there and executable? one in this folder is named './NAME'",
        exit: .inputMissing)
    case .ended(_, let words):
      self.init(
        code: "command-ended", message,
        details: words.map { ["it said last: \($0)"] } ?? [],
        help: "the program must answer until its standard input ends; run it by itself to see why "
          + "it does not", exit: .endpointUnavailable)
    case .silent:
      self.init(
        code: "command-silent", message,
        help: "'--timeout SECONDS' waits longer; a program that holds its output back must flush "
          + "it after every line", exit: .endpointUnavailable)
    case .noAnswer, .otherID, .tooLong:
      self.init(
        code: "command-garbled", message,
        help: "standard output is for answers alone, one per ask and line; what the program logs "
          + "goes to standard error", exit: .endpointUnavailable)
    }
  }
}
