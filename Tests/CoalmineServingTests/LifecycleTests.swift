// SPDX-License-Identifier: Apache-2.0

import CoalmineServing
import Synchronization
import Testing

/// A number that several threads count up.
final class Count: Sendable {
  private let number = Mutex(0)
  var value: Int { number.withLock { $0 } }
  func increment() { number.withLock { $0 += 1 } }
}

/// A handler that waits until the test lets it go on.
private final class Gate: Sendable {
  private struct State {
    var isOpen = false
    var waiting: [CheckedContinuation<Void, Never>] = []
  }
  private let state = Mutex(State())
  private let arrivals = AsyncStream<Void>.makeStream()

  func pass() async {
    arrivals.continuation.yield()
    await withCheckedContinuation { continuation in
      let isOpen = state.withLock { state in
        if !state.isOpen { state.waiting.append(continuation) }
        return state.isOpen
      }
      if isOpen { continuation.resume() }
    }
  }

  /// Returns when `count` requests have reached the gate.
  func reached(by count: Int = 1) async {
    var iterator = arrivals.stream.makeAsyncIterator()
    for _ in 0..<count { await iterator.next() }
  }

  func open() {
    let waiting = state.withLock { state in
      state.isOpen = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in waiting { continuation.resume() }
  }
}

@Suite struct `The life of a service` {
  private func gated(_ gate: Gate) async throws -> HTTPService {
    try await HTTPService(port: 0) { request in
      if request.path == "/slow" { await gate.pass() }
      return ServedResponse(status: 200, body: Array(request.path.utf8))
    }
  }

  @Test func `a slow answer on one connection holds no other up`() async throws {
    let gate = Gate()
    let server = try await gated(gate)
    let port = server.port
    async let slow = blocking {
      try ServiceFixture.ask(port, Array(ServiceFixture.get("/slow").utf8)).text
    }
    await gate.reached()
    for _ in 0..<20 {
      let quick = try await blocking {
        try ServiceFixture.ask(port, Array(ServiceFixture.get("/quick").utf8)).text
      }
      #expect(quick == "/quick")
    }
    gate.open()
    #expect(try await slow == "/slow")
    try await server.stop()
  }

  @Test func `the event loop answers while the model works`() async throws {
    try await ServiceFixture.with { port in
      // Some seconds of work on one connection…
      let worker = try RawClient(port: port)
      try worker.send(
        ServiceFixture.post(
          "/v1/completions",
          #"{"prompt":"\#(String(repeating: "ab ", count: 4_000))","echo":true,"logprobs":1}"#))
      // …and what the loop does by itself on another: a refusal needs no handler.
      let refused = try ServiceFixture.ask(
        port, Array("GET /health HTTP/1.1\r\nHost: evil.example\r\n\r\n".utf8))
      #expect(refused.status == 403)
      #expect(!worker.hasBytes)
      #expect(try worker.response().status == 200)
    }
  }

  @Test func `stopping lets requests under way get their answers`() async throws {
    let gate = Gate()
    let server = try await gated(gate)
    let port = server.port
    async let slow = blocking {
      let client = try RawClient(port: port)
      try client.send(ServiceFixture.get("/slow"))
      return try client.response().text
    }
    await gate.reached()
    async let stopped: Void = server.stop()
    // The listener is gone first; then the answer comes; then the service ends.
    try await blocking {
      var refused = false
      for _ in 0..<10_000 where !refused { refused = (try? RawClient(port: port)) == nil }
      #expect(refused)
    }
    gate.open()
    #expect(try await slow == "/slow")
    try await stopped
  }

  @Test func `a request that comes while stopping is refused`() async throws {
    let gate = Gate()
    let server = try await gated(gate)
    let port = server.port
    let idle = try await blocking { try Connection(port) }
    async let slow = blocking {
      try ServiceFixture.ask(port, Array(ServiceFixture.get("/slow").utf8)).text
    }
    await gate.reached()
    async let stopped: Void = server.stop()
    let answer = try await blocking {
      var refused = false
      for _ in 0..<10_000 where !refused { refused = (try? RawClient(port: port)) == nil }
      return try idle.ask("/quick")
    }
    #expect(answer.status == 503 && answer.header("connection") == "close")
    gate.open()
    #expect(try await slow == "/slow")
    try await stopped
  }

  @Test func `a client that is gone does not keep the service`() async throws {
    let gate = Gate()
    let server = try await gated(gate)
    let port = server.port
    try await blocking { try RawClient(port: port).send(ServiceFixture.get("/slow")) }
    await gate.reached()
    gate.open()
    try await server.stop()
  }

  @Test func `stopping twice is stopping`() async throws {
    let server = try await HTTPService(port: 0) { _ in ServedResponse(status: 200, body: []) }
    try await server.stop()
    try await server.stop()
  }

  @Test func `a port that is taken is an error`() async throws {
    let first = try await HTTPService(port: 0) { _ in ServedResponse(status: 200, body: []) }
    await #expect(throws: (any Error).self) {
      _ = try await HTTPService(port: first.port) { _ in ServedResponse(status: 200, body: []) }
    }
    try await first.stop()
  }

  @Test func `many connections at once are all answered`() async throws {
    try await ServiceFixture.with { port in
      let clients = try (0..<200).map { _ in try RawClient(port: port) }
      for client in clients {
        try client.send(ServiceFixture.post("/v1/completions", #"{"prompt":"a","seed":1}"#))
      }
      let bodies = try clients.map { try $0.response().body }
      #expect(Set(bodies).count == 1)
    }
  }
}

/// A kept connection that may be handed from one task to the next.
private final class Connection: @unchecked Sendable {
  // Safe: the tests use it in one task at a time.
  private let client: RawClient

  init(_ port: Int) throws {
    client = try RawClient(port: port)
    _ = try ask("/first")
  }

  func ask(_ path: String) throws -> RawResponse {
    try client.send(ServiceFixture.get(path))
    return try client.response()
  }
}
