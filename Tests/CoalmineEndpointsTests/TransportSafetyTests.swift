// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineTesting
import Foundation
import Testing

/// Where a request goes and where it never goes.
@Suite struct `Transport safety` {
  static let key = "sk-marked-key-7319402658"

  static func keyed(_ url: String) -> HTTPRequest {
    HTTPRequest(
      url: url, headers: [(name: "authorization", value: Secret("Bearer \(key)"))],
      body: Secret(Array(#"{"prompt":"the hidden canary"}"#.utf8)))
  }

  @Test(arguments: [301, 302, 303, 307, 308])
  func `a redirect is handed back and never followed`(_ status: Int) async throws {
    let trap = try FaultServer.answering(wireReply("{}"))
    let server = try FaultServer.answering(
      wireReply(status: "\(status) Moved", headers: ["Location: \(trap.url)/v1/completions"], ""))
    let reply = try await Transport().send(Self.keyed(server.url))
    #expect(reply.status == status)
    #expect(trap.requests.isEmpty)
  }

  @Test(arguments: [
    "file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/x", "dict://127.0.0.1/x",
    "ldap://127.0.0.1/x", "smb://127.0.0.1/x", "telnet://127.0.0.1", "data:,x", "",
  ])
  func `only http and https are spoken`(_ url: String) async {
    #expect(await Transport().failure(Self.keyed(url))?.fate == .notSent)
  }

  @Test func `the request is one POST in HTTP 1.1 with the key in its header alone`()
    async throws
  {
    let server = try FaultServer.answering(wireReply("{}"))
    _ = try await Transport().send(Self.keyed(server.url + "/v1/completions"))
    let request = try #require(server.requests.first)
    let lines = request.head.split(separator: "\r\n").map(String.init)
    #expect(lines.first == "POST /v1/completions HTTP/1.1")
    #expect(lines.filter { $0.contains(Self.key) } == ["authorization: Bearer \(Self.key)"])
    #expect(lines.contains("content-type: application/json"))
    #expect(lines.contains("Content-Length: \(request.body.count)"))
    #expect(!request.head.lowercased().contains("expect:"))
    #expect(!request.head.lowercased().contains("transfer-encoding"))
    #expect(request.bodyText == #"{"prompt":"the hidden canary"}"#)
  }

  @Test func `a large body goes out whole, without asking for permission`() async throws {
    let server = try FaultServer.answering(wireReply("{}"))
    let body = (0..<(3 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    _ = try await Transport().send(
      HTTPRequest(url: server.url, headers: [], body: Secret(body)))
    let request = try #require(server.requests.first)
    #expect(request.body == body)
    #expect(!request.head.lowercased().contains("expect:"))
  }

  @Test func `neither key nor body shows in anything that prints`() async throws {
    let request = Self.keyed("http://127.0.0.1:1")
    let endpoint = try Endpoint(
      url: "http://127.0.0.1:1", model: "m", key: Secret(Self.key))
    let error = try #require(await Transport().failure(request))
    var text = "\(request) \(String(reflecting: request)) \(endpoint) \(error)"
    text += String(reflecting: endpoint) + String(reflecting: error)
    dump(request, to: &text)
    dump(endpoint, to: &text)
    dump(error, to: &text)
    #expect(!text.contains(Self.key))
    #expect(!text.contains("hidden canary"))
    #expect(text.contains("http://127.0.0.1:1"))
  }

  @Test func `the proxies of the environment are not used`() async {
    // A process of its own: an environment must not change below other threads.
    await #expect(processExitsWith: .success) {
      let trap = try FaultServer.answering(wireReply("trapped"))
      let server = try FaultServer.answering(wireReply("direct"))
      for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        setenv(name, trap.url, 1)
      }
      unsetenv("no_proxy")
      unsetenv("NO_PROXY")
      let reply = try await Transport().send(Self.keyed(server.url))
      #expect(reply.text == "direct")
      #expect(trap.requests.isEmpty)
      guard reply.text == "direct", trap.requests.isEmpty else { exit(1) }
    }
  }

  @Test func `a cookie that a server sets is not sent back`() async throws {
    let server = try FaultServer.answering(
      wireReply(headers: ["Set-Cookie: track=1"], "{}"))
    let transport = Transport()
    _ = try await transport.send(server.request("1"))
    _ = try await transport.send(server.request("2"))
    #expect(server.requests.count == 2)
    #expect(server.requests.allSatisfy { !$0.head.lowercased().contains("cookie") })
  }

  @Test func `what answers on a TLS port without TLS is sent nothing`() async throws {
    let server = try FaultServer { wire in
      wire.send("HTTP/1.1 400 Bad Request\r\n\r\n")
      wire.waitForClose()
    }
    let request = Self.keyed("https://127.0.0.1:\(server.port)")
    let error = await Transport().failure(request)
    #expect(error?.fate == .notSent && error?.cause == .certificate(.noTLS))
    #expect(server.requests.isEmpty)
  }
}
