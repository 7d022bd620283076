// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import Testing

@Suite struct `Endpoint addresses` {
  static func refusal(_ url: String, model: String = "m", key: String? = nil, plain: Bool = false)
    -> CoalmineError?
  {
    do throws(CoalmineError) {
      _ = try Endpoint(
        url: url, model: model, key: key.map { Secret($0) }, allowPlainHTTP: plain)
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: [
    "http://127.0.0.1:8080", "http://127.255.0.3", "http://localhost:1", "http://[::1]:8080/v1",
    "https://api.example", "https://api.example:8443/base/v1", "http://localhost", "http://[::1]",
  ])
  func `an absolute URL to this machine or over TLS is taken`(_ url: String) throws {
    #expect(Self.refusal(url) == nil)
  }

  @Test(arguments: [
    "", "api.example", "ftp://api.example", "file:///etc/passwd", "HTTP//x", "https://",
    "https:///v1", "https://:443", "https://a b", "https://é.example", "https://user@api.example",
    "https://user:word@api.example", "https://api.example?key=1", "https://api.example#x",
    "https://api.example/\r\nx: y",
  ])
  func `anything else is refused`(_ url: String) {
    #expect(Self.refusal(url, plain: true)?.code == "bad-endpoint")
  }

  @Test(arguments: ["https://", "http://", "https:///v1", "https://:443"])
  func `a URL without a host is called that`(_ url: String) {
    #expect(Self.refusal(url, plain: true)?.message.hasSuffix("it names no host") == true)
  }

  @Test(arguments: [
    "http://api.example", "http://10.0.0.1", "http://127.0.0.1.evil.example", "http://128.0.0.1",
    "http://localhost.evil.example", "http://127.1", "http://127.0.0.256", "http://[::1].evil",
    "http://[::2]", "http://127.+1.0.1", "http://localhost:80x", "http://0127.0.0.1",
    "http://2130706433", "http://[::ffff:127.0.0.1]",
  ])
  func `plain http leaves this machine only when it is asked for`(_ url: String) {
    let error = Self.refusal(url)
    #expect(error?.code == "bad-endpoint" && error?.exit == .badConfiguration)
    #expect(error?.help?.contains("--allow-plain-http") == true)
    #expect(Self.refusal(url, plain: true) == nil)
  }

  @Test func `slashes at the end go away, so that a route can be joined`() throws {
    #expect(
      try Endpoint(url: "https://a.example/v1//", model: "m", key: nil).url
        == "https://a.example/v1")
  }

  @Test func `a model has a name`() {
    #expect(Self.refusal("https://a.example", model: "")?.code == "bad-endpoint")
  }

  @Test(arguments: ["", "sk 1", "sk-1\n", "sk-1\r\nx-evil: 1", "sk-é", "sk\u{0}1", "\u{7F}"])
  func `a key that would break its header is refused and not shown`(_ key: String) throws {
    let error = try #require(Self.refusal("https://a.example", key: key))
    #expect(error.code == "bad-key" && error.exit == .badConfiguration)
    #expect(key.isEmpty || !error.description.contains(key))
  }

  @Test func `a key of any visible ASCII is taken`() {
    let key = String(String.UnicodeScalarView((0x21...0x7E).compactMap(UnicodeScalar.init)))
    #expect(Self.refusal("https://a.example", key: key) == nil)
  }
}
