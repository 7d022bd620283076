// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// `label  120/480` on a terminal, redrawn in place; nothing elsewhere.
final class Progress: Sendable {
  private let label: String
  private let lastShown = Mutex(-1)

  init(_ label: String) { self.label = label }

  /// Shows a state, at most a hundred times in all.
  func show(_ done: Int, of total: Int) {
    guard Console.isTerminal, total > 0 else { return }
    let percent = done * 100 / total
    let isNew = lastShown.withLock { last in
      defer { last = percent }
      return last != percent
    }
    if isNew { Console.raw("\r\(label)  \(done)/\(total) requests\u{1B}[K") }
  }

  /// Ends the line.
  func finish() {
    if Console.isTerminal, lastShown.withLock({ $0 }) >= 0 { Console.raw("\r\u{1B}[K") }
  }
}

/// The wall clock, read here and nowhere below.
enum WallClock {
  /// Now, as RFC 3339 in UTC to the second.
  static func now() -> String {
    var seconds = time(nil)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    var buffer = [CChar](repeating: 0, count: 32)
    let length = strftime(&buffer, buffer.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
    return String(decoding: buffer.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// Sleeps, and gives up with the task.
  static func sleep(_ seconds: Double) async throws {
    try await Task.sleep(for: .seconds(seconds))
  }
}
