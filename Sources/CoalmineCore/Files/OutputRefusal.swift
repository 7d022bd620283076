// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Why a name cannot be an output; nothing was touched.
struct OutputRefusal {
  let path: String

  /// A file has that name.
  func exists(_ existing: Outputs.Existing) -> CoalmineError {
    refuse(
      "output-exists", "'\(path)' exists already",
      existing == .keep
        ? "give another name, or '--force' to replace it"
        : "give another name, or move the file away")
  }

  var isInput: CoalmineError {
    refuse(
      "output-is-input", "'\(path)' is, or belongs to, a file that this command reads",
      "give the output another name")
  }

  var namedTwice: CoalmineError {
    refuse(
      "output-named-twice", "'\(path)' is, or belongs to, another output of this command",
      "give each output a name of its own")
  }

  func isLink(_ existing: Outputs.Existing) -> CoalmineError {
    let leadsToStandardOutput =
      existing != .keepAlways
      && ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].contains(path)
    return refuse(
      "output-is-a-link", "'\(path)' is a symbolic link; a link is neither followed nor replaced",
      leadsToStandardOutput
        ? "'-' stands for standard output" : "name the file itself")
  }

  var isFolder: CoalmineError {
    refuse("output-is-a-folder", "'\(path)' is a folder", "name a file in it")
  }

  func isSpecial(_ existing: Outputs.Existing) -> CoalmineError {
    refuse(
      "output-not-a-file", "'\(path)' is a device, a pipe or a socket",
      existing == .keepAlways
        ? "name a file: a ledger is a database"
        : "name a file; '-' stands for standard output, which can be redirected there")
  }

  /// Standard output cannot be a database.
  var isNoLedger: CoalmineError {
    CoalmineError(
      code: "ledger-not-a-file", "a ledger cannot be written to standard output",
      help: "give the name of a file; a file called '-' is './-'", exit: .usage)
  }

  /// - Parameter most: the longest name, in bytes.
  func isTooLong(_ most: Int) -> CoalmineError {
    refuse(
      "output-not-created",
      "cannot create '\(path)': its name leaves no room for the endings of the files beside it, such "
        + "as '-wal'", "give the ledger a name of at most \(most) bytes")
  }

  var isLedger: CoalmineError {
    refuse(
      "output-is-a-ledger", "'\(path)' is a ledger, and a ledger is never replaced",
      "give another name; a ledger that nobody needs can be moved away")
  }

  /// The name is that of a ledger's own log.
  var isOfLedger: CoalmineError {
    refuse(
      "output-is-a-ledger", "'\(path)' belongs to a ledger, and a ledger is never replaced",
      "give another name")
  }

  /// Nobody can tell what the file holds.
  var isUnreadable: CoalmineError {
    refuse(
      "output-is-a-ledger", "'\(path)' cannot be read: it may be a ledger, and none is replaced",
      "give another name")
  }

  func hasCompanion(_ companion: String) -> CoalmineError {
    refuse(
      "output-has-log",
      "'\(companion)' would be read as the log of the new ledger, and belongs to another one",
      "move it away, or give the ledger another name")
  }

  var inUse: CoalmineError {
    refuse(
      "output-in-use",
      "'\(Outputs.partial(of: path))' is in the way: another command is writing it, or it is no file "
        + "that coalmine can tell for its own",
      "wait for the other command, remove the file if nobody needs it, or give another name")
  }

  func notCreated(_ failure: SystemFailure) -> CoalmineError {
    CoalmineError(
      code: failure.isDiskFull ? "disk-full" : "output-not-created",
      "cannot create '\(path)': \(failure.text)",
      help: failure.isDiskFull
        ? "make room, or write to another disk"
        : "check that the folder exists and can be written to",
      exit: failure.isDiskFull || failure.number == EIO ? .inputOutput : .cannotCreate)
  }

  private func refuse(_ code: String, _ message: String, _ help: String) -> CoalmineError {
    CoalmineError(code: code, message, help: help, exit: .cannotCreate)
  }
}
