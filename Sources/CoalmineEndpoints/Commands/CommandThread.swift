// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// Threads for the pipes of a program: reading and writing may block for long.
enum CommandThread {
  /// Runs `work` on a thread of its own.
  static func start(_ work: @escaping @Sendable () -> Void) {
    var thread = pthread_t()
    let me = Unmanaged.passRetained(Work(work)).toOpaque()
    let code = pthread_create(
      &thread, nil,
      { user in
        if let user { Unmanaged<Work>.fromOpaque(user).takeRetainedValue().body() }
        return nil
      }, me)
    precondition(code == 0, "the system has no thread left")
    pthread_detach(thread)
  }

  private final class Work: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  /// On this thread, writing to a pipe that nobody reads is an error and not a signal.
  static func blockBrokenPipe() {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
  }

  /// What can be read now, at least one byte; `nil` at the end.
  static func readSome(_ descriptor: Int32) -> [UInt8]? {
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      if count > 0 { return Array(chunk.prefix(count)) }
      guard count < 0, errno == EINTR else { return nil }
    }
  }

  /// Whether all of it was written.
  static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        write(descriptor, $0.baseAddress! + sent, bytes.count - sent)
      }
      if count > 0 { sent += count } else if errno != EINTR { return false }
    }
    return true
  }
}

/// Wakes one thread that waits.
final class CommandSignal: Sendable {
  // The semaphore stays where it was initialised, and its functions may be called from any thread.
  private nonisolated(unsafe) let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

  init() { sem_init(semaphore, 0, 0) }

  deinit {
    sem_destroy(semaphore)
    semaphore.deallocate()
  }

  func signal() { sem_post(semaphore) }

  func wait() { while sem_wait(semaphore) != 0, errno == EINTR {} }
}
