// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import Glibc
import Synchronization

/// The user's wish to stop, by SIGINT or SIGTERM.
///
/// The first signal is a wish: what is under way ends cleanly, within ``patience`` seconds. A second
/// one ends the program at once; the ledger keeps what was committed either way. Within
/// ``sameWish`` it is no second one: `timeout` sends its signal to the program and then to the whole
/// group, so that one wish comes twice.
enum Interruption {
  /// How long what is under way may take after the first signal, in seconds.
  private static let patience: UInt32 = 30

  /// How long after the first signal another one is still the same wish, in nanoseconds.
  private static let sameWish: Int64 = 500_000_000

  private static let received = Atomic<Int32>(0)
  /// When the first signal came, in nanoseconds of a clock that never goes back.
  private static let wishedAt = Atomic<Int64>(0)
  /// Whether a line may stand unfinished on standard error: a bar is drawn there in place, and the
  /// terminal shows `^C` behind it.
  private static let isTerminal = Atomic(false)

  /// From here on the signals are wishes.
  static func watch() {
    // Read here first, so that the handler never initialises any of them.
    received.store(0, ordering: .relaxed)
    wishedAt.store(0, ordering: .relaxed)
    isTerminal.store(isatty(STDERR_FILENO) == 1, ordering: .relaxed)
    take([SIGINT, SIGTERM], by: handler)
    signal(SIGALRM, handler)
  }

  /// What the caller wants ignored, as 'nohup' and a shell's '&' do, stays so.
  private static func take(_ numbers: [Int32], by handler: @convention(c) (Int32) -> Void) {
    for number in numbers {
      if let earlier = signal(number, handler), unsafeBitCast(earlier, to: Int.self) == 1 {
        signal(number, SIG_IGN)
      }
    }
  }

  /// From here on a signal ends the program at once, and what it has begun to write goes.
  static func removeUnfinished() {
    UnfinishedFiles.prepare()
    take([SIGINT, SIGTERM, SIGHUP], by: remover)
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

  // Only async-signal-safe calls: atomics, clock_gettime, write, alarm and _exit.
  private static let handler: @convention(c) (Int32) -> Void = { number in
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    let now = Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    let first = received.load(ordering: .relaxed)
    if number != SIGALRM, first == 0 {
      wishedAt.store(now, ordering: .relaxed)
      received.store(number, ordering: .relaxed)
      say("stopping: waiting for what is under way; once more ends at once\n")
      alarm(patience)
      return
    }
    if number != SIGALRM, now - wishedAt.load(ordering: .relaxed) < sameWish { return }
    say("ended at once: what is stored stays; requests under way may be billed, and asked again\n")
    _exit(128 + (first == 0 ? SIGTERM : first))
  }

  /// A line on standard error, below what the terminal shows unfinished.
  private static func say(_ note: StaticString) {
    let lineEnd: StaticString = "\n"
    if isTerminal.load(ordering: .relaxed) { _ = write(STDERR_FILENO, lineEnd.utf8Start, 1) }
    _ = write(STDERR_FILENO, note.utf8Start, note.utf8CodeUnitCount)
  }
}
