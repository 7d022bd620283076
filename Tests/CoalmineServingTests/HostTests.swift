// SPDX-License-Identifier: Apache-2.0

import Testing

@Suite struct `Only loopback is answered` {
  private func status(_ head: String) async throws -> Int {
    try await ServiceFixture.with { port in
      try ServiceFixture.ask(port, Array((head + "\r\n\r\n").utf8)).status
    }
  }

  @Test(arguments: [
    "127.0.0.1", "127.0.0.1:8080", "localhost", "LOCALHOST:1", "[::1]", "[::1]:65535",
  ])
  func `loopback names with any port are answered`(_ host: String) async throws {
    #expect(try await status("GET /health HTTP/1.1\r\nHost: \(host)") == 200)
  }

  @Test(arguments: [
    "evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example",
    "localhost:80.evil.example", "127.0.0.1:", "127.0.0.2", "0.0.0.0", "127.1", "[::1]x", "::1",
    "user@localhost", "localhost, evil.example", "2130706433", "[::ffff:127.0.0.1]",
  ])
  func `a name that a page could point here is refused`(_ host: String) async throws {
    #expect(try await status("GET /health HTTP/1.1\r\nHost: \(host)") == 403)
  }

  @Test func `a request without a host, or with two, is refused`() async throws {
    #expect(try await status("GET /health HTTP/1.1\r\nX: y") == 400)
    #expect(try await status("GET /health HTTP/1.1\r\nHost:") == 403)
    #expect(
      try await status("GET /health HTTP/1.1\r\nHost: localhost\r\nHost: localhost") == 400)
    #expect(try await status("GET /health HTTP/1.0") == 200)
  }

  @Test(arguments: ["http://evil.example/health", "http://localhost/health", "*", "health"])
  func `a target that is no path is refused`(_ target: String) async throws {
    let status = try await status("OPTIONS \(target) HTTP/1.1\r\nHost: localhost")
    #expect(status == 400)
  }

  @Test func `a refusal ends the connection and no later request is answered`() async throws {
    try await ServiceFixture.with { port in
      let client = try RawClient(port: port)
      try client.send("GET /health HTTP/1.1\r\nHost: evil.example\r\n\r\n")
      try client.send(ServiceFixture.get("/health"))
      let answer = try client.response()
      #expect(answer.status == 403 && answer.code == "host_not_allowed")
      #expect(answer.header("connection") == "close")
      #expect(client.remainder().isEmpty)
    }
  }
}
