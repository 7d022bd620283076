// SPDX-License-Identifier: Apache-2.0

import CoalmineEndpoints
import CoalmineTesting
import Testing

/// Many callers, and callers that give up.
@Suite struct `Transport concurrency` {
  @Test func `every one of many concurrent requests gets its own reply`() async throws {
    let server = try FaultServer { wire in
      while let request = wire.readRequest() { wire.send(wireReply(body: request.body)) }
    }
    let transport = Transport()
    let wrong = try await withThrowingTaskGroup(of: Int.self) { group in
      for worker in 0..<64 {
        group.addTask {
          var wrong = 0
          for number in 0..<8 {
            let body = "\(worker) \(number) " + String(repeating: "x", count: worker * number)
            if try await transport.send(server.request(body)).text != body { wrong += 1 }
          }
          return wrong
        }
      }
      return try await group.reduce(0, +)
    }
    #expect(wrong == 0)
    #expect(server.requests.count == 512)
  }

  @Test func `a caller that gives up returns at once, and the server sees the end`() async throws {
    let (arrived, arrival) = AsyncStream.makeStream(of: Void.self)
    let (ended, end) = AsyncStream.makeStream(of: Void.self)
    let server = try FaultServer { wire in
      _ = wire.readRequest()
      arrival.yield()
      wire.waitForClose()
      end.yield()
    }
    let transport = Transport()
    let task = Task { await transport.failure(server.request()) }
    for await _ in arrived { break }
    task.cancel()
    let error = await task.value
    // The body had left: whether it is billed nobody knows.
    #expect(error?.fate == .ambiguous)
    for await _ in ended { break }
  }

  @Test func `a task that is cancelled already sends nothing, even on a kept connection`()
    async throws
  {
    let server = try FaultServer.answering(wireReply("{}"))
    let transport = Transport()
    _ = try await transport.send(server.request("warm"))
    for number in 0..<50 {
      let (gate, open) = AsyncStream.makeStream(of: Void.self)
      let task = Task {
        for await _ in gate { break }
        return await transport.failure(server.request("cold \(number)"))
      }
      task.cancel()
      open.yield()
      #expect(await task.value?.fate == .cancelled)
    }
    _ = try await transport.send(server.request("last"))
    #expect(server.requests.map(\.bodyText) == ["warm", "last"])
  }

  @Test func `the cancelled half of many requests leaves the other half whole`() async throws {
    let server = try FaultServer { wire in
      while let request = wire.readRequest() {
        if request.bodyText.hasPrefix("stall") {
          wire.waitForClose()
          return
        }
        wire.send(wireReply(body: request.body))
      }
    }
    let transport = Transport()
    let stalled = (0..<40).map { number in
      Task { await transport.attempt(server.request("stall \(number)")) }
    }
    let served = (0..<40).map { number in
      Task { await transport.attempt(server.request("serve \(number)")) }
    }
    for (number, task) in served.enumerated() {
      #expect(try await task.value.get().text == "serve \(number)")
    }
    for task in stalled { task.cancel() }
    for task in stalled {
      guard case .failure(let error) = await task.value else {
        Issue.record("a stalled request was answered")
        continue
      }
      #expect([.ambiguous, .cancelled].contains(error.fate))
    }
  }

  @Test func `transports begin and end in any number`() async throws {
    let server = try FaultServer.answering(wireReply("{}"))
    for round in 0..<200 {
      let transport = Transport()
      if round.isMultiple(of: 4) { _ = try await transport.send(server.request()) }
    }
    #expect(server.requests.count == 50)
  }
}
