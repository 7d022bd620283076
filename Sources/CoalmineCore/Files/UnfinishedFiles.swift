// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// The files that a command is writing and that must go if a signal ends it.
///
/// A program that wants it installs a handler that calls ``postpones(_:)`` and ``unlinkAll()``; both
/// are safe in one after ``prepare()``.
package enum UnfinishedFiles {
  private static let capacity = 8_192
  /// C strings, since a handler cannot make any. They are never freed: a handler may read them.
  nonisolated(unsafe) private static let names = {
    let names = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: capacity)
    names.initialize(repeating: nil, count: capacity)
    return names
  }()
  private static let lock = Mutex(())
  /// How many pieces of work hold signals back; ``ending`` once a handler removes what is unfinished.
  private static let holders = Atomic<Int>(0)
  private static let ending = -1
  private static let waiting = Atomic<Int32>(0)

  /// Makes everything that a handler uses.
  package static func prepare() {
    lock.withLock { _ in names[0] = names[0] }
    holders.store(0, ordering: .sequentiallyConsistent)
    waiting.store(0, ordering: .sequentiallyConsistent)
  }

  /// Notes a name; the names are removed in the order of their places.
  ///
  /// - Returns: its place; `nil` where so many are noted that it is left out.
  package static func add(_ path: String) -> Int? {
    lock.withLock { _ in
      guard let place = (0..<capacity).first(where: { names[$0] == nil }) else { return nil }
      names[place] = strdup(path)
      return place
    }
  }

  /// Forgets a name: the file is finished, or is gone.
  package static func remove(_ place: Int) {
    lock.withLock { _ in names[place] = nil }
  }

  /// Does work between whose steps no signal may end the program; one that comes is heard after it.
  ///
  /// Long work asks ``isSignalled`` now and then, and ends early. Where a handler was first, the work
  /// never begins: the program ends.
  package static func undisturbed<Value, Failure: Error>(
    _ work: () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    hold()
    defer { release() }
    return try work()
  }

  private static func hold() {
    var count = holders.load(ordering: .sequentiallyConsistent)
    while true {
      guard count != ending else {
        usleep(1_000)
        count = holders.load(ordering: .sequentiallyConsistent)
        continue
      }
      let attempt = holders.compareExchange(
        expected: count, desired: count + 1, ordering: .sequentiallyConsistent)
      if attempt.exchanged { return }
      count = attempt.original
    }
  }

  private static func release() {
    guard holders.subtract(1, ordering: .sequentiallyConsistent).newValue == 0 else { return }
    let signal = waiting.exchange(0, ordering: .sequentiallyConsistent)
    if signal != 0 { raise(signal) }
  }

  /// Whether a signal waits for what is done undisturbed.
  package static var isSignalled: Bool { waiting.load(ordering: .sequentiallyConsistent) != 0 }

  /// Whether a signal has to wait; it is raised again then. Where it has not, no work begins any more.
  package static func postpones(_ signal: Int32) -> Bool {
    // Noted first: what ends in between finds it.
    waiting.store(signal, ordering: .sequentiallyConsistent)
    let attempt = holders.compareExchange(
      expected: 0, desired: ending, ordering: .sequentiallyConsistent)
    return !attempt.exchanged && attempt.original != ending
  }

  /// Removes every file that is noted, then every folder that is noted and empty.
  package static func unlinkAll() {
    for place in 0..<capacity {
      if let name = names[place] { unlink(name) }
    }
    for place in 0..<capacity {
      if let name = names[place] { rmdir(name) }
    }
  }
}
