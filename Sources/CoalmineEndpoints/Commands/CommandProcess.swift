// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
// 'environ' is a variable that this program never changes.
@preconcurrency import Glibc

/// A program that was started with pipes for its three streams.
///
/// It has a process group of its own: the terminal's Ctrl-C reaches coalmine alone, which waits for
/// the answers that are under way.
struct CommandProcess: Sendable {
  let number: pid_t
  /// Its standard input, to write to; its output and its errors, to read from.
  let input, output, errors: Int32

  struct NotStarted: Error {
    /// The system's words.
    let words: String
  }

  /// - Throws: ``NotStarted``.
  static func start(_ command: LocalCommand) throws(NotStarted) -> CommandProcess {
    var open: [Int32] = []
    func fail(_ number: Int32) -> NotStarted {
      for descriptor in open { close(descriptor) }
      return NotStarted(words: String(cString: strerror(number)))
    }
    for _ in 0..<3 {
      var ends: [Int32] = [0, 0]
      guard pipe(&ends) == 0 else { throw fail(errno) }
      for end in ends {
        // The child's copies are 0, 1 and 2: none of these may be among them.
        let moved = fcntl(end, F_DUPFD_CLOEXEC, 3)
        close(end)
        guard moved >= 0 else { throw fail(errno) }
        open.append(moved)
      }
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, open[0], 0)
    posix_spawn_file_actions_adddup2(&actions, open[3], 1)
    posix_spawn_file_actions_adddup2(&actions, open[5], 2)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    // coalmine ignores or handles these; the program decides for itself.
    var usual = sigset_t()
    sigemptyset(&usual)
    for number in [SIGPIPE, SIGINT, SIGTERM, SIGALRM] { sigaddset(&usual, number) }
    posix_spawnattr_setsigdefault(&attributes, &usual)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes,
      Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    var number: pid_t = 0
    let code = withStrings([command.program] + command.arguments) { words in
      withStrings(command.environment(of: variables)) { variables in
        posix_spawnp(&number, command.program, &actions, &attributes, words, variables)
      }
    }
    guard code == 0 else { throw fail(code) }
    for place in [0, 3, 5] { close(open[place]) }
    return CommandProcess(number: number, input: open[1], output: open[2], errors: open[4])
  }

  /// How it ended; `nil` while it runs.
  func ended() -> CommandFault.End? {
    var status: Int32 = 0
    let code = waitpid(number, &status, WNOHANG)
    guard code != 0 else { return nil }
    // Somebody else waited for it.
    guard code == number else { return .closedOutput }
    let signal = status & 0x7F
    return signal == 0 ? .exit(Int(status >> 8) & 0xFF) : .signal(Int(signal))
  }

  /// Signals the program and what it started.
  func signal(_ signal: Int32) { kill(-number, signal) }

  /// This process's variables, as `NAME=VALUE`.
  private static var variables: [String] {
    var found: [String] = []
    var place = environ
    while let one = place.pointee {
      found.append(String(cString: one))
      place += 1
    }
    return found
  }

  private static func withStrings<Value>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Value
  ) -> Value {
    let copies = strings.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return body(copies + [nil])
  }
}
