// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// The files that a command is writing and that must go if a signal ends it.
///
/// A program that wants it installs a handler that calls ``postpones(_:)`` and ``unlinkAll()``; both
/// are safe in one after ``prepare()``.
package enum UnfinishedFiles {
  private static let capacity = 64
  /// C strings, since a handler cannot make any. They are never freed: a handler may read them.
  nonisolated(unsafe) private static let names = {
    let names = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: capacity)
    names.initialize(repeating: nil, count: capacity)
    return names
  }()
  private static let lock = Mutex(())
  private static let isHeld = Atomic(false)
  private static let waiting = Atomic<Int32>(0)

  /// Makes everything that a handler uses.
  package static func prepare() {
    lock.withLock { _ in names[0] = names[0] }
    isHeld.store(false, ordering: .sequentiallyConsistent)
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
  /// Long work asks ``isSignalled`` now and then, and ends early.
  package static func undisturbed<Value>(_ work: () throws -> Value) rethrows -> Value {
    guard !isHeld.load(ordering: .sequentiallyConsistent) else { return try work() }
    isHeld.store(true, ordering: .sequentiallyConsistent)
    defer {
      isHeld.store(false, ordering: .sequentiallyConsistent)
      let signal = waiting.exchange(0, ordering: .sequentiallyConsistent)
      if signal != 0 { raise(signal) }
    }
    return try work()
  }

  /// Whether a signal waits for what is done undisturbed.
  package static var isSignalled: Bool { waiting.load(ordering: .sequentiallyConsistent) != 0 }

  /// Whether a signal has to wait; it is raised again then.
  package static func postpones(_ signal: Int32) -> Bool {
    guard isHeld.load(ordering: .sequentiallyConsistent) else { return false }
    waiting.store(signal, ordering: .sequentiallyConsistent)
    return true
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
