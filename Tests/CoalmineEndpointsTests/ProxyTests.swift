// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineTesting
import Foundation
import Testing

/// Requests through a real proxy, and requests that no proxy must see.
@Suite(.enabled(if: TestCertificates.isPossible))
struct `Proxies` {
  static let word = "marked-password-2718"

  /// What the environment says, with the test's own authority.
  static func transport(
    _ variables: [String: String], trusting file: String? = nil
  ) throws -> Transport {
    let place = try Endpoint(url: "https://models.example", model: "m", key: nil)
    let settings = try TransportSettings.environment(for: place, caFile: file) { variables[$0] }
    return Transport(limits: .with { $0.totalSeconds = 30 }, settings: settings)
  }

  static func request(_ url: String) -> HTTPRequest {
    HTTPRequest(
      url: url,
      headers: [(name: "authorization", value: Secret("Bearer \(Certificates.key)"))],
      body: Secret(Array(#"{"prompt":"the hidden canary"}"#.utf8)))
  }

  @Test(arguments: ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])
  func `a request goes through the tunnel whole, and the proxy sees a host and no more`(
    _ variable: String
  ) async throws {
    let certificates = try TestCertificates()
    let server = try TLSServer(try certificates.issued(for: "DNS:models.example"))
    let proxy = try ConnectProxy(to: server.port)
    let transport = try Self.transport(
      [variable: "http://auditor:\(Self.word)@\(proxy.name)/"],
      trusting: certificates.authority)
    let reply = try await transport.send(Self.request("https://models.example/v1/completions"))
    #expect(reply.text == "{}" && reply.status == 200)
    #expect(!reply.headers.contains { $0.value.contains("established") })
    #expect(proxy.heads.count == 1)
    let head = try #require(proxy.heads.first)
    #expect(head.hasPrefix("CONNECT models.example:443 HTTP/1.1"))
    #expect(head.contains("Proxy-Authorization: Basic "))
    #expect(!head.contains(Certificates.key) && !head.contains("authorization: Bearer"))
    let request = try #require(server.requests.first)
    #expect(request.contains("authorization: Bearer \(Certificates.key)"))
    #expect(request.contains("the hidden canary"))
    #expect(!request.contains("Proxy-") && !request.contains(Self.word))
  }

  @Test(arguments: [
    "0.0.0.0", "0.0.0.0/8", "*", "example.org, 0.0.0.0", "example.org 0.0.0.0",
  ])
  func `a host of NO_PROXY is asked directly`(_ exceptions: String) async throws {
    let certificates = try TestCertificates()
    // An address of this machine that does not look like one.
    let server = try TLSServer(try certificates.issued(for: "IP:0.0.0.0"))
    let proxy = try ConnectProxy(to: server.port)
    let url = "https://0.0.0.0:\(server.port)/v1/completions"
    var variables = ["https_proxy": "http://\(proxy.name)"]
    let through = try Self.transport(variables, trusting: certificates.authority)
    #expect(try await through.send(Self.request(url)).text == "{}")
    #expect(proxy.heads.count == 1)
    variables["NO_PROXY"] = exceptions
    // The server speaks with one client at a time.
    _ = consume through
    let direct = try Self.transport(variables, trusting: certificates.authority)
    #expect(try await direct.send(Self.request(url)).text == "{}")
    #expect(proxy.heads.count == 1 && server.requests.count == 2)
  }

  @Test(arguments: ["http://127.0.0.1", "http://localhost", "http://0.0.0.0"])
  func `plain http never reaches a proxy`(_ host: String) async throws {
    let server = try FaultServer.answering(wireReply("direct"))
    let proxy = try ConnectProxy(to: server.port)
    var variables: [String: String] = [:]
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy"] {
      variables[name] = "http://\(proxy.name)"
    }
    let transport = try Self.transport(variables)
    let reply = try await transport.send(Self.request("\(host):\(server.port)/v1/completions"))
    #expect(reply.text == "direct")
    #expect(proxy.heads.isEmpty)
  }

  @Test(arguments: ["127.0.0.1", "localhost", "LOCALHOST"])
  func `https to this machine needs no proxy`(_ host: String) async throws {
    let certificates = try TestCertificates()
    let server = try TLSServer(try certificates.issued(for: Certificates.here))
    let proxy = try ConnectProxy(to: server.port, refusal: "403 Forbidden")
    let transport = try Self.transport(
      ["https_proxy": "http://\(proxy.name)"], trusting: certificates.authority)
    let reply = try await transport.send(Certificates.request(server, host: host))
    #expect(reply.text == "{}")
    #expect(proxy.heads.isEmpty)
  }

  @Test(arguments: [("403 Forbidden", 403), ("407 Proxy Authentication Required", 407)])
  func `a refusal by the proxy is named, and nothing was sent`(_ line: String, _ status: Int)
    async throws
  {
    let proxy = try ConnectProxy(to: 1, refusal: line)
    let transport = try Self.transport(
      ["HTTPS_PROXY": "http://auditor:\(Self.word)@\(proxy.name)"])
    let error = try #require(
      await transport.failure(Self.request("https://models.example/v1/completions")))
    #expect(error.fate == .notSent)
    #expect(error.cause == .proxyRefused(status: status) && error.proxy == proxy.name)
    #expect(error.message.contains(proxy.name) && error.message.contains("(HTTP \(status))"))
    #expect(!error.message.contains(Self.word) && !error.message.contains("auditor"))
    #expect(proxy.heads.count == 1)
    #expect(proxy.heads.allSatisfy { !$0.contains(Certificates.key) })
  }

  @Test func `a proxy that is not there is named, and nothing was sent`() async throws {
    let name = "127.0.0.1:\(try closedPort())"
    let transport = try Self.transport(["HTTPS_PROXY": "http://a:\(Self.word)@\(name)"])
    let error = try #require(await transport.failure(Self.request("https://models.example/v1")))
    #expect(error.fate == .notSent && error.proxy == name)
    #expect(error.message.contains(name) && !error.message.contains(Self.word))
  }

  @Test func `a certificate for another host is refused through a proxy, too`() async throws {
    let certificates = try TestCertificates()
    let server = try TLSServer(try certificates.issued(for: "DNS:proxy.example"))
    let proxy = try ConnectProxy(to: server.port)
    let transport = try Self.transport(
      ["https_proxy": proxy.name], trusting: certificates.authority)
    let error = await transport.failure(Self.request("https://models.example/v1"))
    #expect(error?.cause == .certificate(.wrongHost))
    #expect(server.requests.isEmpty)
  }

  @Test(arguments: [
    "gopher://proxy:1", "http://", "http://user:\(word)@", "http://pro xy", "http://\(word)é",
  ])
  func `a proxy that cannot be used is a wrong configuration, and its value is not shown`(
    _ value: String
  ) throws {
    do {
      _ = try Self.transport(["HTTPS_PROXY": value])
      Issue.record("taken: \(value)")
    } catch let error as CoalmineError {
      #expect(error.code == "bad-proxy" && error.exit == .badConfiguration)
      #expect(error.message.contains("HTTPS_PROXY"))
      #expect(!error.description.contains(Self.word))
    }
  }
}

/// Which proxy the environment names, without a connection.
@Suite struct `Proxy rules` {
  static func name(_ url: String, _ variables: [String: String]) throws -> String? {
    try ProxyRules { variables[$0] }.proxy(for: url)?.name
  }

  @Test func `small letters come first, and what is for https before what is for all`() throws {
    let all = [
      "https_proxy": "a:1", "HTTPS_PROXY": "b:2", "all_proxy": "c:3", "ALL_PROXY": "d:4",
    ]
    var left = all
    for (variable, expected) in [
      ("https_proxy", "a:1"), ("HTTPS_PROXY", "b:2"), ("all_proxy", "c:3"), ("ALL_PROXY", "d:4"),
    ] {
      #expect(try Self.name("https://models.example", left) == expected)
      left[variable] = ""
    }
    #expect(try Self.name("https://models.example", left) == nil)
    #expect(try Self.name("https://models.example", ["http_proxy": "e:5"]) == nil)
  }

  @Test(arguments: [
    ("proxy", "proxy:1080"), ("http://proxy", "proxy:1080"), ("https://proxy/", "proxy:443"),
    ("http://u:p%40@proxy:8080/path", "proxy:8080"), ("http://[::2]:3128", "[::2]:3128"),
    ("socks5h://proxy:9050", "proxy:9050"), ("HTTP://Proxy:1", "proxy:1"),
  ])
  func `a proxy is named by host and port alone`(_ value: String, _ expected: String) throws {
    #expect(try Self.name("https://models.example", ["https_proxy": value]) == expected)
  }

  @Test(arguments: [
    ("example", true), (".example", true), ("*.example", true), ("models.example", true),
    ("MODELS.EXAMPLE", true), ("models.example.", true), ("models.example:8443", true),
    ("models.example:443", false), ("els.example", false), ("a.models.example", false),
    ("other.example", false), ("", false), (",", false), (".", false), ("x,,models.example", true),
  ])
  func `names of NO_PROXY hold for all names below them`(_ entry: String, _ direct: Bool) throws {
    let name = try Self.name(
      "https://models.example:8443/v1", ["https_proxy": "p:1", "no_proxy": entry])
    #expect((name == nil) == direct)
  }

  @Test(arguments: [
    ("10.1.2.3", "10.0.0.0/8", true), ("11.1.2.3", "10.0.0.0/8", false),
    ("10.1.2.3", "10.1.2.3", true), ("10.1.2.3", "10.1.2.2/31", true),
    ("10.1.2.4", "10.1.2.2/31", false), ("[fd00::1]", "fd00::/8", true),
    ("[fe00::1]", "fd00::/8", false), ("[fd00::1]", "fd00::1", true),
    ("[fd00::1]", "[fd00::1]:443", true), ("[fd00::1]", "[fd00::1]:444", false),
    ("10.1.2.3", "0.0.0.0/0", true), ("10.1.2.3", "2.3", false), ("10.1.2.3", "::/0", false),
  ])
  func `addresses of NO_PROXY are ranges`(_ host: String, _ entry: String, _ direct: Bool) throws {
    let name = try Self.name("https://\(host)/v1", ["https_proxy": "p:1", "no_proxy": entry])
    #expect((name == nil) == direct)
  }

  @Test(arguments: [
    "https://127.0.0.1", "https://127.9.9.9:1", "https://localhost", "https://[::1]:8443/v1",
    "https://a.localhost", "https://LOCALHOST.", "https://[::ffff:127.0.0.1]",
    "http://models.example", "http://127.0.0.1",
  ])
  func `this machine and plain http have none`(_ url: String) throws {
    #expect(try Self.name(url, ["https_proxy": "p:1", "http_proxy": "p:1"]) == nil)
  }
}
