// SPDX-License-Identifier: Apache-2.0

import CoalmineServing
import Testing

@Suite struct `Limits of a connection` {
  private func limits(_ change: (inout HTTPLimits) -> Void) -> HTTPLimits {
    var limits = HTTPLimits()
    change(&limits)
    return limits
  }

  @Test func `the standard limits are those that are documented`() {
    let limits = HTTPLimits()
    #expect(limits.headBytes == 65_536 && limits.headFields == 256)
    #expect(limits.bodyBytes == 16_777_216 && limits.connections == 1_024)
    #expect(limits.headMilliseconds == 60_000 && limits.bodyMilliseconds == 60_000)
    #expect(limits.answerMilliseconds == 60_000 && limits.lingerMilliseconds == 2_000)
  }

  @Test(arguments: [1_000, 1_001])
  func `a body of the limit is read, one byte more is 413`(_ count: Int) async throws {
    try await ServiceFixture.with(limits: limits { $0.bodyBytes = 1_000 }) { port in
      let prompt = String(repeating: "a", count: count - 13)
      let answer = try ServiceFixture.ask(
        port, ServiceFixture.post("/tokenize", #"{"prompt":"\#(prompt)"}"#))
      #expect(answer.status == (count == 1_000 ? 200 : 413))
    }
  }

  @Test func `an endless chunked body is refused at the limit, not at its end`() async throws {
    try await ServiceFixture.with(limits: limits { $0.bodyBytes = 10_000 }) { port in
      let client = try RawClient(port: port)
      try client.send(
        "POST /tokenize HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
      let chunk = Array("400\r\n".utf8) + [UInt8](repeating: 0x61, count: 1_024) + [0x0D, 0x0A]
      // Ten chunks are 10,240 bytes; the last one, of length 0, is never sent.
      for _ in 0..<10 { try client.send(chunk) }
      let answer = try client.response()
      #expect(answer.status == 413 && answer.code == "request_too_large")
      #expect(answer.header("connection") == "close")
      #expect(client.remainder().isEmpty)
    }
  }

  @Test func `the answer to a body that is too large arrives although all of it was sent`()
    async throws
  {
    try await ServiceFixture.with(limits: limits { $0.bodyBytes = 1_000 }) { port in
      for count in [1_001, 100_000, 4_000_000] {
        let client = try RawClient(port: port)
        try client.send(ServiceFixture.post("/tokenize", [UInt8](repeating: 0x61, count: count)))
        #expect(try client.response().status == 413, "\(count) bytes")
      }
    }
  }

  @Test func `a head of too many bytes or fields is 431`() async throws {
    try await ServiceFixture.with { port in
      let long = String(repeating: "a", count: 70_000)
      let fields = (0..<300).map { "X-\($0): y\r\n" }.joined()
      for request in [
        ServiceFixture.get("/health", "X-Long: \(long)\r\n"), ServiceFixture.get("/\(long)"),
        ServiceFixture.get("/health", fields),
        ServiceFixture.get(
          "/health", (0..<80).map { "X-\($0): \(long.prefix(1_000))\r\n" }.joined()),
      ] {
        let answer = try ServiceFixture.ask(port, Array(request.utf8))
        #expect(answer.status == 431 && answer.code == "head_too_large")
      }
      let fits = ServiceFixture.get("/health", "X-Long: \(long.prefix(60_000))\r\n")
      #expect(try ServiceFixture.ask(port, Array(fits.utf8)).status == 200)
    }
  }

  @Test func `a silent connection is closed`() async throws {
    try await ServiceFixture.with(limits: limits { $0.headMilliseconds = 100 }) { port in
      #expect(try RawClient(port: port).remainder().isEmpty)
      let used = try RawClient(port: port)
      try used.send(ServiceFixture.get("/health"))
      _ = try used.response()
      #expect(used.remainder().isEmpty)
    }
  }

  /// Sends `bytes` one by one until the server ends the connection; how many it took.
  private func drip(_ client: RawClient, _ bytes: [UInt8]) -> Int {
    for (count, byte) in bytes.enumerated() {
      do { try client.send([byte]) } catch { return count }
      // A byte every few milliseconds: a timer of silence would never fire.
      guard !client.hasEnded(waiting: 5) else { return count }
    }
    return bytes.count
  }

  @Test func `a head that drips is cut at its total time`() async throws {
    try await ServiceFixture.with(limits: limits { $0.headMilliseconds = 150 }) { port in
      let client = try RawClient(port: port)
      let head = Array(
        ServiceFixture.get("/health", String(repeating: "X: y\r\n", count: 4_000)).utf8)
      #expect(drip(client, head) < head.count)
    }
  }

  @Test func `a body that drips is answered with 408 at its total time`() async throws {
    let limits = limits {
      $0.bodyMilliseconds = 150
      // So that no other timer can end it.
      $0.headMilliseconds = 600_000
    }
    try await ServiceFixture.with(limits: limits) { port in
      let client = try RawClient(port: port)
      let request = ServiceFixture.post("/tokenize", [UInt8](repeating: 0x20, count: 3_000))
      try client.send(Array(request.prefix(200)))
      #expect(drip(client, Array(request.dropFirst(200))) < request.count - 200)
      let answer = try client.response()
      #expect(answer.status == 408 && answer.code == "request_timeout")
    }
  }

  /// Asks on new connections until one is answered; `false` after a generous time.
  private func isEventuallyAnswered(_ port: Int) -> Bool {
    let end = ContinuousClock.now + .seconds(20)
    while ContinuousClock.now < end {
      guard let client = try? RawClient(port: port) else { return false }
      try? client.send(ServiceFixture.get("/health"))
      if (try? client.response())?.status == 200 { return true }
    }
    return false
  }

  @Test func `a client that does not take its answer is cut off`() async throws {
    let limits = limits {
      $0.answerMilliseconds = 200
      $0.connections = 1
    }
    let server = try await HTTPService(port: 0, limits: limits) { request in
      ServedResponse(
        status: 200, body: [UInt8](repeating: 0x61, count: request.path == "/" ? 64 << 20 : 1))
    }
    let received = try await blocking {
      let client = try RawClient(port: server.port, receiveBuffer: 4_096)
      try client.send(ServiceFixture.get("/"))
      // The one place there is becomes free although this client keeps its connection.
      #expect(isEventuallyAnswered(server.port))
      return client.remainder().count
    }
    #expect(received < 64 << 20)
    try await server.stop()
  }

  @Test func `pipelined requests wait until the answers are taken`() async throws {
    let began = Count()
    let server = try await HTTPService(port: 0) { _ in
      began.increment()
      return ServedResponse(status: 200, body: [UInt8](repeating: 0x61, count: 8 << 20))
    }
    try await blocking {
      let client = try RawClient(port: server.port, receiveBuffer: 4_096)
      try client.send(String(repeating: ServiceFixture.get("/"), count: 50))
      for number in 1...50 {
        #expect(try client.response().body.count == 8 << 20)
        // One may be under way while its predecessor is in the system's buffers, and no more.
        #expect(began.value <= number + 2)
      }
    }
    try await server.stop()
  }

  @Test func `a connection too many is closed at once, and places are given back`() async throws {
    try await ServiceFixture.with(limits: limits { $0.connections = 3 }) { port in
      var clients = try (0..<3).map { _ in try RawClient(port: port) }
      for client in clients {
        try client.send(ServiceFixture.get("/health"))
        _ = try client.response()
      }
      #expect(try RawClient(port: port).remainder().isEmpty)
      try clients[0].send(ServiceFixture.get("/health", "Connection: close\r\n"))
      _ = try clients[0].response()
      clients.removeFirst()
      #expect(isEventuallyAnswered(port))
    }
  }
}
