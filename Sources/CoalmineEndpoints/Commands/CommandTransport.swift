// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import Glibc
import Synchronization

/// Asks a local program by lines of JSON: asks on its standard input, answers on its standard output.
///
/// ```
/// {"id":1,"wanted":"logprobs","text":"…"}      ─►  program
/// {"id":2,"wanted":"texts","text":"…",…}       ─►
///                                              ◄─  {"id":2,"text":"…"}       in any order
///                                              ◄─  {"id":1,"logprobs":{…}}
/// ```
///
/// The program starts with the first ask. Whatever it does wrong ends every ask under way, so that a
/// line that cannot be understood is never taken for the answer to another ask.
public final class CommandTransport: Delivery {
  private typealias Waiting = CheckedContinuation<Result<Reply, TransportError>, Never>

  private struct State {
    var process: CommandProcess?
    var next = 1
    var waiting: [Int: (since: Double, isWritten: Bool, body: [UInt8], continuation: Waiting)] = [:]
    /// Asks whose answer nobody wants any more: one that comes late is left out.
    var givenUp: Set<Int> = []
    var lines: [(id: Int, bytes: [UInt8])] = []
    var fault: CommandFault?
    var isClosing = false
    var hasEnded = false
    /// The end of what it wrote to its standard error.
    var words: [UInt8] = []
  }

  private let command: LocalCommand
  private let limits: TransportLimits
  private let state = Mutex(State())
  /// Wakes the thread that writes.
  private let wake = CommandSignal()

  public init(_ command: LocalCommand, limits: TransportLimits = TransportLimits()) {
    self.command = command
    self.limits = limits
  }

  public func send(_ request: HTTPRequest) async throws(TransportError) -> Reply {
    if Task.isCancelled { throw error(.cancelled, "given up") }
    let body = request.body?.reveal() ?? []
    let timer = Mutex<Task<Void, Never>?>(nil)
    let number = Mutex<Int?>(nil)
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: Waiting) in
        guard let id = submit(body, continuation) else { return }
        number.withLock { $0 = id }
        let seconds = limits.totalSeconds
        timer.withLock {
          $0 = Task {
            try? await Task.sleep(for: .seconds(seconds))
            if !Task.isCancelled { self.expire(id) }
          }
        }
        if Task.isCancelled { giveUp(id) }
      }
    } onCancel: {
      if let id = number.withLock({ $0 }) { giveUp(id) }
    }
    timer.withLock { $0?.cancel() }
    return try result.get()
  }

  /// Ends the program: it sees the end of its input, and is stopped if it stays.
  public func close() async {
    let process = state.withLock { state in
      state.isClosing = true
      return state.process
    }
    wake.signal()
    guard let process else { return }
    for (signal, seconds) in [(SIGTERM, 3.0), (SIGKILL, 2.0), (0, 2.0)] {
      let end = Self.now + seconds
      while Self.now < end, !state.withLock({ $0.hasEnded }) {
        // A cancelled task does not sleep, and the program still has its time.
        if (try? await Task.sleep(for: .milliseconds(10))) == nil { usleep(10_000) }
      }
      if state.withLock({ $0.hasEnded }) { return }
      if signal != 0 { process.signal(signal) }
    }
  }

  /// Puts an ask into the queue; its number, or `nil` where its continuation has been resumed.
  private func submit(_ body: [UInt8], _ continuation: Waiting) -> Int? {
    let (id, failure) = state.withLock { state -> (Int?, TransportError?) in
      if let fault = state.fault { return (nil, error(.notSent, fault)) }
      if state.isClosing { return (nil, error(.cancelled, "given up")) }
      if state.process == nil {
        do throws(CommandProcess.NotStarted) {
          let process = try CommandProcess.start(command)
          state.process = process
          run(process)
        } catch {
          let fault = CommandFault.notStarted(error.words)
          state.fault = fault
          return (nil, self.error(.notSent, fault))
        }
      }
      let id = state.next
      state.next += 1
      state.waiting[id] = (Self.now, false, body, continuation)
      // The body is an object: its first member follows.
      state.lines.append((id, Array("{\"id\":\(id),".utf8) + body.dropFirst() + [0x0A]))
      return (id, nil)
    }
    if let failure { continuation.resume(returning: .failure(failure)) }
    if id != nil { wake.signal() }
    return id
  }

  private func run(_ process: CommandProcess) {
    CommandThread.start { self.write(process) }
    CommandThread.start { self.readAnswers(process) }
    CommandThread.start { self.readWords(process) }
  }

  private func error(_ fate: TransportError.Fate, _ words: String, _ fault: CommandFault? = nil)
    -> TransportError
  {
    TransportError(
      fate: fate, code: 0, message: "\(command.url): \(words)",
      cause: fault.map { .command($0) })
  }

  private func error(_ fate: TransportError.Fate, _ fault: CommandFault) -> TransportError {
    error(fate, fault.words, fault)
  }

  private static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  // MARK: Ends of an ask

  private func giveUp(_ id: Int) {
    let waiting = state.withLock { state in
      let waiting = state.waiting.removeValue(forKey: id)
      if waiting != nil { state.givenUp.insert(id) }
      state.lines.removeAll { $0.id == id }
      return waiting
    }
    guard let waiting else { return }
    waiting.continuation.resume(
      returning: .failure(error(waiting.isWritten ? .ambiguous : .cancelled, "given up")))
  }

  private func expire(_ id: Int) {
    let isWaiting = state.withLock { $0.waiting[id] != nil }
    if isWaiting { fail(.silent(seconds: limits.totalSeconds), only: id) }
  }

  /// Ends the asks under way, all of them or one.
  private func fail(_ fault: CommandFault, only one: Int? = nil) {
    let ended = state.withLock { state in
      state.fault = state.fault ?? fault
      let ended = state.waiting.filter { one == nil || $0.key == one }
      for id in ended.keys {
        state.waiting[id] = nil
        state.givenUp.insert(id)
      }
      state.lines.removeAll { ended[$0.id] != nil }
      return ended
    }
    for (_, waiting) in ended.sorted(by: { $0.key < $1.key }) {
      waiting.continuation.resume(
        returning: .failure(error(waiting.isWritten ? .ambiguous : .notSent, fault)))
    }
  }

  /// Takes a line of the program's output.
  ///
  /// - Returns: what is wrong with it; `nil` where nothing is.
  private func take(_ line: [UInt8], number: Int) -> CommandFault? {
    guard line.contains(where: { $0 > 0x20 }) else { return nil }
    guard let root = try? JSONDocument(parsing: line, repairing: true).root,
      let id = root["id"]?.int.flatMap(Int.init(exactly:))
    else { return .noAnswer(line: number) }
    let (isLate, found) = state.withLock { state in
      (
        state.givenUp.remove(id) != nil,
        state.waiting[id]?.isWritten == true ? state.waiting.removeValue(forKey: id) : nil
      )
    }
    guard let waiting = found else { return isLate ? nil : .otherID(line: number) }
    waiting.continuation.resume(
      returning: .success(
        CommandReply.reply(
          root, line, elapsedMilliseconds: (Self.now - waiting.since) * 1_000)))
    return nil
  }

  // MARK: Threads

  /// Writes asks one after another; a program that reads slowly is waited for.
  private func write(_ process: CommandProcess) {
    // A program that closed its input must not end this one.
    CommandThread.blockBrokenPipe()
    defer { Glibc.close(process.input) }
    while true {
      let (line, mustEnd) = state.withLock { state -> ([UInt8]?, Bool) in
        guard !state.isClosing, state.fault == nil else { return (nil, true) }
        guard !state.lines.isEmpty else { return (nil, false) }
        let line = state.lines.removeFirst()
        state.waiting[line.id]?.isWritten = true
        return (line.bytes, false)
      }
      if mustEnd { return }
      guard let line else {
        wake.wait()
        continue
      }
      // Why it went away, the thread that reads will say.
      guard CommandThread.writeAll(line, to: process.input) else { return }
    }
  }

  private func readAnswers(_ process: CommandProcess) {
    var lines = CommandLines(limit: limits.body)
    var fault: CommandFault?
    while fault == nil, let chunk = CommandThread.readSome(process.output) {
      for line in lines.take(chunk) where fault == nil {
        fault = take(line.bytes, number: line.number)
      }
      if fault == nil, lines.isTooLong {
        fault = .tooLong(line: lines.count + 1, limit: limits.body)
      }
    }
    if let fault {
      fail(fault)
      wake.signal()
      process.signal(SIGTERM)
    }
    Glibc.close(process.output)
    finish(process, hasFault: fault != nil)
  }

  /// Waits for the program's end, and tells whoever still waits for an answer.
  private func finish(_ process: CommandProcess, hasFault: Bool) {
    var end: CommandFault.End?
    let limit = Self.now + 5
    while end == nil, Self.now < limit || state.withLock({ $0.isClosing }) {
      end = process.ended()
      if end == nil { usleep(5_000) }
      if hasFault, end == nil, Self.now > limit - 3 { process.signal(SIGKILL) }
    }
    if end == nil {
      process.signal(SIGKILL)
      while process.ended() == nil { usleep(5_000) }
    }
    // What it said last arrives on another thread.
    usleep(20_000)
    fail(.ended(end ?? .closedOutput, lastWords: lastWords()))
    state.withLock { $0.hasEnded = true }
    wake.signal()
  }

  private func readWords(_ process: CommandProcess) {
    while let chunk = CommandThread.readSome(process.errors) {
      state.withLock { $0.words = Array(($0.words + chunk).suffix(4_096)) }
    }
    Glibc.close(process.errors)
  }

  /// The last line of its standard error, where it repeats nothing of an ask under way.
  private func lastWords() -> String? {
    state.withLock { state in
      CommandReply.lastWords(state.words, asks: state.waiting.values.map(\.body))
    }
  }
}
