// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import Glibc
import Synchronization

/// Shows on standard error how far a verb is: a line drawn in place on a terminal, a line per minute
/// elsewhere.
final class Progress: Sendable {
  private let line: Mutex<ProgressLine>
  private let seconds: @Sendable () -> Double

  /// - Parameters:
  ///   - place: where the lines go.
  ///   - seconds: a clock that never goes back.
  init(
    _ place: ProgressLine.Place = Progress.here,
    seconds: @escaping @Sendable () -> Double = WallClock.elapsed
  ) {
    line = Mutex(ProgressLine(place))
    self.seconds = seconds
  }

  /// Takes a state in; for the `progress` of a verb.
  var report: ProgressReport { { self.show($0) } }

  func show(_ work: WorkDone) {
    line.withLock { line in
      if let text = line.update(work, at: seconds()) { Console.raw(text) }
    }
  }

  /// Ends the line, before anything else is printed.
  func finish() {
    line.withLock { line in
      if let text = line.finish(at: seconds()) { Console.raw(text) }
    }
  }

  /// Does a piece of work, and ends the line whatever becomes of it.
  static func during<Value>(_ work: (Progress) throws -> Value) rethrows -> Value {
    let progress = Progress()
    defer { progress.finish() }
    return try work(progress)
  }

  /// The same for work that waits.
  static func whileWaiting<Value>(_ work: (Progress) async throws -> Value) async rethrows -> Value
  {
    let progress = Progress()
    defer { progress.finish() }
    return try await work(progress)
  }

  /// A log gets its first line after ten seconds, so that a reader sees soon that all is well.
  static var here: ProgressLine.Place {
    guard Console.isTerminal else { return .log(first: 10, every: 60) }
    var size = winsize()
    let isKnown = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    return .terminal(columns: isKnown ? Int(size.ws_col) : 80)
  }
}

/// The clocks, read here and nowhere below.
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

  /// Seconds of a clock that never goes back.
  static func elapsed() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// Sleeps, and gives up with the task.
  static func sleep(_ seconds: Double) async throws {
    try await Task.sleep(for: .seconds(seconds))
  }
}
