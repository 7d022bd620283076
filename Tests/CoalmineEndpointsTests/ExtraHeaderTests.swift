// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import Testing

@Suite struct `Headers of the user's own` {
  static func parsed(_ text: String) throws(CoalmineError) -> [[String]] {
    try ExtraHeaders(Array(text.utf8), from: "FILE").list.map { [$0.name, $0.value.reveal()] }
  }

  @Test func `lines are names and values, in any case and with any blanks around`() throws {
    let text = "X-Team: red\n\r\n  \nCookie:a=b; c=d:e  \r\nopenai-organization:   org-1"
    #expect(
      try Self.parsed(text) == [
        ["x-team", "red"], ["cookie", "a=b; c=d:e"], ["openai-organization", "org-1"],
      ])
    #expect(try Self.parsed("").isEmpty)
  }

  @Test(arguments: [
    "Host: x-secret", "content-length: 12345", "Transfer-Encoding: chunked", "Connection: close",
    "Expect: 100-continue", "TE: trailers", "Upgrade: h2c", "Content-Type: text/plain",
    "Accept-Encoding: br-secret", "proxy-authorization: Basic secret",
  ])
  func `headers of the connection and of the body are refused`(_ line: String) {
    do throws(CoalmineError) {
      _ = try Self.parsed("x-a: 1\n" + line)
      Issue.record("taken")
    } catch {
      #expect(error.code == "bad-header" && error.message.contains("line 2 of FILE"))
    }
  }

  @Test(arguments: [
    "x-a\u{0}: secret-1", "x-a: secret-1\rx-b: 2", "x-a: secret\t1", "x-a: secret-é", "secret-1",
    ": secret-1", "x a: secret-1", "x-a:", "x-a:   ", "x-a : secret-1", "x-é: secret-1",
    "x-a: 1\nX-A: secret-1", "x-a: \u{7F}secret-1", " x-a: secret-1",
  ])
  func `a line that is no header is refused, and its value is not shown`(_ text: String) {
    do throws(CoalmineError) {
      _ = try Self.parsed(text)
      Issue.record("taken")
    } catch {
      #expect(error.code == "bad-header" && error.exit == .badConfiguration)
      #expect(!error.description.contains("secret") && !(error.help ?? "").contains("secret"))
    }
  }

  static func sent(key: String?, header: String? = nil, _ own: String = "") throws -> [String] {
    var extras = Endpoint.Extras()
    extras.keyHeader = header
    extras.headers = try ExtraHeaders(Array(own.utf8), from: "FILE")
    let endpoint = try Endpoint(
      url: "https://a.example", model: "m", key: key.map { Secret($0) }, extras: extras)
    let request = HTTPRequest(
      try dialect().encode([.describe], to: endpoint, seed: 0), to: endpoint)
    #expect(!"\(request) \(endpoint)".contains(key ?? "no key"))
    return request.headers.map { "\($0.name): \($0.value.reveal())" }
  }

  @Test func `the key is a bearer token, or stands alone in a header of another name`() throws {
    #expect(try Self.sent(key: "k-1") == ["authorization: Bearer k-1"])
    #expect(try Self.sent(key: "k-1", header: "Api-Key") == ["api-key: k-1"])
    #expect(try Self.sent(key: "k-1", header: "authorization") == ["authorization: k-1"])
    #expect(try Self.sent(key: nil, header: "api-key") == [])
    #expect(
      try Self.sent(key: "k-1", header: "api-key", "authorization: Basic eA==")
        == ["api-key: k-1", "authorization: Basic eA=="])
  }

  @Test(
    arguments: [
      ("authorization: Basic k-2", nil, Optional("k-1")), ("Api-Key: k-2", "api-key", "k-1"),
      ("", "host", nil), ("", "api key", nil), ("", "", nil), ("", "x:y", nil),
    ] as [(String, String?, String?)])
  func `two headers for a key, and names that are none, are refused`(
    _ own: String, _ header: String?, _ key: String?
  ) {
    do {
      _ = try Self.sent(key: key, header: header, own)
      Issue.record("taken")
    } catch let error as CoalmineError {
      #expect(error.code == "bad-header" && !error.description.contains("k-2"))
    } catch {
      Issue.record("\(error)")
    }
  }

  @Test func `words of a server that repeat a header's value are not shown`() throws {
    var extras = Endpoint.Extras()
    extras.headers = try ExtraHeaders(Array("x-gate: marked-value-1".utf8), from: "FILE")
    let endpoint = try Endpoint(
      url: "https://a.example", model: "m", key: nil, extras: extras)
    for (words, isShown) in [("who is marked-value-1?", false), ("who are you?", true)] {
      let reply = Reply(status: 401, headers: [], body: Array(words.utf8))
      guard case .stop(let error) = dialect().decode(reply, [], at: endpoint) else {
        Issue.record("no stop")
        continue
      }
      #expect(error.details.contains { $0.contains("who") } == isShown)
      #expect(error.help?.contains("--header-file") == true)
    }
  }
}
