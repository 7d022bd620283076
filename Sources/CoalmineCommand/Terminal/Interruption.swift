// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import Glibc
import Synchronization

/// The user's wish to stop, by SIGINT or SIGTERM.
///
/// The first signal is a wish: what is under way ends cleanly, within ``patience`` seconds. The
/// second ends the program at once; the ledger keeps what was committed either way.
enum Interruption {
  /// How long what is under way may take after the first signal, in seconds.
  private static let patience: UInt32 = 30

  private static let received = Atomic<Int32>(0)

  /// From here on the signals are wishes.
  static func watch() {
    // Read here first, so that the handler never initialises it.
    received.store(0, ordering: .relaxed)
    for number in [SIGINT, SIGTERM, SIGALRM] { signal(number, handler) }
  }

  /// From here on a signal ends the program at once, and what it has begun to write goes.
  static func removeUnfinished() {
    UnfinishedFiles.prepare()
    for number in [SIGINT, SIGTERM, SIGHUP] {
      // What the caller wants ignored, as 'nohup' does, stays so.
      if let earlier = signal(number, remover), unsafeBitCast(earlier, to: Int.self) == 1 {
        signal(number, SIG_IGN)
      }
    }
  }

  /// Whether the wish was made.
  static var isWished: Bool { received.load(ordering: .relaxed) != 0 }

  /// The code to end with where the wish was made.
  static var exitCode: Int32 { 128 + received.load(ordering: .relaxed) }

  /// Does a piece of work that ends with `CancellationError` where the wish was heard; then this
  /// program ends, with `note` and the signal's code.
  static func ending<Value>(_ note: String, _ work: () async throws -> Value) async throws -> Value
  {
    do {
      return try await work()
    } catch is CancellationError {
      Console.note(note)
      Glibc.exit(exitCode)
    }
  }

  // Only async-signal-safe calls: unlink and _exit.
  private static let remover: @convention(c) (Int32) -> Void = { number in
    guard !UnfinishedFiles.postpones(number) else { return }
    UnfinishedFiles.unlinkAll()
    _exit(128 + number)
  }

  // Only async-signal-safe calls: an atomic, write, alarm and _exit.
  private static let handler: @convention(c) (Int32) -> Void = { number in
    let first = received.load(ordering: .relaxed)
    guard number != SIGALRM, first == 0 else { _exit(128 + (first == 0 ? SIGTERM : first)) }
    received.store(number, ordering: .relaxed)
    let note: StaticString = "stopping: waiting for what is under way; once more ends at once\n"
    _ = write(STDERR_FILENO, note.utf8Start, note.utf8CodeUnitCount)
    alarm(patience)
  }
}
