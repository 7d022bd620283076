// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineEndpoints
import CoalmineTesting
import Foundation
import Testing

/// Real programs on the other side of the pipes, well-behaved ones and others.
@Suite struct `A program that answers lines` {
  /// A Python program that does `body` with every ask `a`, and `first` before it reads.
  private static func python(_ body: String, first: String = "pass") throws -> LocalCommand {
    let script = """
      import json, os, sys, time
      def say(id, text): print(json.dumps({"id": id, "text": text}), flush=True)
      \(first)
      for line in sys.stdin:
          a = json.loads(line)
      \(body.split(separator: "\n").map { "    " + $0 }.joined(separator: "\n"))
      """
    return try LocalCommand(["python3", "-c", script])
  }

  private static func ask(_ text: String) -> HTTPRequest {
    HTTPRequest(
      url: "command:x", headers: [], body: Secret(Array(#"{"text":"\#(text)"}"#.utf8)))
  }

  /// What became of asks that were sent at once.
  private static func sent(
    _ command: LocalCommand, _ texts: [String], seconds: Int = 20
  ) async throws -> [Result<Reply, TransportError>] {
    let transport = CommandTransport(command, limits: .with { $0.totalSeconds = seconds })
    let results = await withTaskGroup(of: (Int, Result<Reply, TransportError>).self) { group in
      for (place, text) in texts.enumerated() {
        group.addTask {
          do throws(TransportError) {
            return (place, .success(try await transport.send(ask(text))))
          } catch {
            return (place, .failure(error))
          }
        }
      }
      var found: [Int: Result<Reply, TransportError>] = [:]
      for await (place, result) in group { found[place] = result }
      return texts.indices.compactMap { found[$0] }
    }
    await transport.close()
    return results
  }

  private static func fault(_ result: Result<Reply, TransportError>?) -> CommandFault? {
    guard case .failure(let error)? = result, case .command(let fault)? = error.cause else {
      return nil
    }
    return fault
  }

  private static func text(_ result: Result<Reply, TransportError>) throws -> String? {
    try JSONDocument(parsing: result.get().body).root["text"]?.string
  }

  @Test func `answers in any order reach their asks`() async throws {
    let command = try Self.python(
      """
      held.append(a)
      if len(held) == 8:
          for b in reversed(held): say(b["id"], b["text"] + "!")
          print("  ", flush=True)
      """, first: "held = []")
    let texts = (0..<8).map { "text \($0)" }
    let results = try await Self.sent(command, texts)
    #expect(try results.map(Self.text) == texts.map { $0 + "!" })
    #expect(try results.allSatisfy { try $0.get().status == 200 })
  }

  @Test func `an error is a reply with a status`() async throws {
    let command = try Self.python(
      """
      e = {"message": "slow down", "status": 429, "retry_after": 1.5}
      print(json.dumps({"id": a["id"], "error": e}), flush=True)
      """)
    let reply = try await Self.sent(command, ["a"])[0].get()
    #expect(reply.status == 429 && reply.header("retry-after") == "1.5")
  }

  @Test func `texts larger than a pipe holds pass in both directions`() async throws {
    // It reads all before it writes.
    let command = try Self.python(
      """
      held.append(a)
      if len(held) == 4:
          for b in held: say(b["id"], b["text"])
      """, first: "held = []")
    let texts = (0..<4).map { String(repeating: "\($0)", count: 700_000) }
    #expect(try await Self.sent(command, texts).map(Self.text) == texts)
  }

  @Test func `a program that ends says so to all asks, with its last words`() async throws {
    let command = try Self.python(
      """
      print("Traceback", file=sys.stderr)
      print("ValueError: no GPU\\x1b", file=sys.stderr)
      sys.exit(3)
      """)
    let results = try await Self.sent(command, ["a", "b"])
    for result in results {
      #expect(
        Self.fault(result) == .ended(.exit(3), lastWords: terminalSafe("ValueError: no GPU\u{1B}")))
    }
    guard case .failure(let first) = results[0], case .failure(let second) = results[1] else {
      Issue.record("answered")
      return
    }
    // What it read may be paid for.
    #expect([first.fate, second.fate].contains(.ambiguous))
  }

  @Test func `last words that repeat an ask are not shown`() async throws {
    let command = try Self.python(
      #"print("bad text: " + a["text"], file=sys.stderr); os.kill(os.getpid(), 9)"#)
    let results = try await Self.sent(command, ["The code of Ines Dalby is 302557"])
    #expect(Self.fault(results[0]) == .ended(.signal(9), lastWords: nil))
  }

  @Test func `a program that says nothing is given up after its time`() async throws {
    let began = Date()
    let results = try await Self.sent(try Self.python("pass"), ["marked"], seconds: 1)
    #expect(Self.fault(results[0]) == .silent(seconds: 1))
    guard case .failure(let error) = results[0] else { return }
    #expect(error.fate == .ambiguous && !error.message.contains("marked"))
    #expect(Date().timeIntervalSince(began) < 10)
  }

  @Test func `an answer that comes late is left out, and others still count`() async throws {
    let command = try Self.python(
      """
      if a["text"] == "slow":
          slow = a["id"]
      else:
          time.sleep(2.2); say(slow, "late"); say(a["id"], "in time")
      """)
    let transport = CommandTransport(command, limits: .with { $0.totalSeconds = 3 })
    let slow = Task { await transport.failure(Self.ask("slow")) }
    try await Task.sleep(for: .milliseconds(1_500))
    // It is written before the first has its time, and answered after that.
    let reply = await transport.failure(Self.ask("other"))
    let silent = await slow.value
    #expect(Self.fault(silent.map { .failure($0) }) == .silent(seconds: 3))
    // Its own time ends at 4.5 s, after both answers.
    #expect(reply == nil)
    await transport.close()
  }

  @Test(arguments: [
    (#"print("loading the model", flush=True)"#, CommandFault.noAnswer(line: 1)),
    (#"print("[1]", flush=True)"#, .noAnswer(line: 1)),
    (#"print('{"text":"x"}', flush=True)"#, .noAnswer(line: 1)),
    (#"print('{"id":"1"}', flush=True)"#, .noAnswer(line: 1)),
    (#"print("\n" + '{"id":7,"text":"x"}', flush=True)"#, .otherID(line: 2)),
    (#"print('{"id":-1}', flush=True)"#, .otherID(line: 1)),
    (#"print('{"id":1e30}', flush=True)"#, .noAnswer(line: 1)),
  ])
  func `a line that is no answer ends all asks`(_ body: String, _ expected: CommandFault)
    async throws
  {
    let results = try await Self.sent(try Self.python(body), ["a"])
    #expect(Self.fault(results[0]) == expected)
  }

  @Test func `a second answer to one ask is no answer to the next`() async throws {
    let command = try Self.python(
      #"say(a["id"], "one") if a["text"] == "a" else say(a["id"] - 1, "two")"#)
    let transport = CommandTransport(command)
    #expect(await transport.failure(Self.ask("a")) == nil)
    let second = await transport.failure(Self.ask("b"))
    #expect(Self.fault(second.map { .failure($0) }) == .otherID(line: 2))
    // Nothing is asked after that, and the reason stays.
    let third = await transport.failure(Self.ask("c"))
    #expect(third?.fate == .notSent)
    #expect(Self.fault(third.map { .failure($0) }) == .otherID(line: 2))
    await transport.close()
  }

  @Test func `a line without an end is bounded`() async throws {
    let command = try Self.python(
      #"sys.stdout.write("x" * 3000000); sys.stdout.flush(); time.sleep(20)"#)
    let transport = CommandTransport(command, limits: .with { $0.body = 1 << 20 })
    let error = await transport.failure(Self.ask("a"))
    #expect(
      Self.fault(error.map { .failure($0) }) == .tooLong(line: 1, limit: 1 << 20))
    await transport.close()
  }

  @Test(arguments: [["/none/such"], ["/etc/passwd"], ["no-such-program-here"]])
  func `what cannot be started costs nothing`(_ words: [String]) async throws {
    let results = try await Self.sent(try LocalCommand(words), ["a"])
    guard case .notStarted? = Self.fault(results[0]), case .failure(let error) = results[0] else {
      Issue.record("\(results)")
      return
    }
    #expect(error.fate == .notSent)
  }

  @Test func `a program is ended with the run, even one that stays`() async throws {
    let command = try Self.python(
      #"say(a["id"], str(os.getpid()) + " " + str(os.getpgrp()))"#,
      first: "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)")
    let stubborn = try LocalCommand(
      ["python3", "-c", command.arguments[1] + "\ntime.sleep(60)"])
    let words = try #require(try await Self.sent(stubborn, ["a"]).map(Self.text)[0])
    let numbers = words.split(separator: " ").compactMap { Int32($0) }
    // A group of its own: Ctrl-C does not reach it.
    #expect(numbers.count == 2 && numbers[1] == numbers[0] && numbers[1] != getpgrp())
    #expect(kill(numbers[0], 0) == -1)
  }

  @Test func `an ask that nobody waits for any more ends at once`() async throws {
    let transport = CommandTransport(try Self.python("time.sleep(30)"))
    let task = Task { await transport.failure(Self.ask("a")) }
    try await Task.sleep(for: .milliseconds(300))
    task.cancel()
    let error = await task.value
    #expect(error?.fate == .ambiguous || error?.fate == .cancelled)
    await transport.close()
  }
}

extension CommandTransport {
  /// Why an ask has no answer; `nil` where it has one.
  fileprivate func failure(_ request: HTTPRequest) async -> TransportError? {
    do throws(TransportError) {
      _ = try await send(request)
      return nil
    } catch {
      return error
    }
  }
}
