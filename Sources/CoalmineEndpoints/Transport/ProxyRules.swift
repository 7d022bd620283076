// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Through which proxy a request goes: none, unless it is https to another machine.
///
/// For https the proxy opens a tunnel (`CONNECT`) and sees no more than the host's name: TLS is
/// between coalmine and the endpoint. Plain http through a proxy would show it keys and secrets,
/// so plain http never goes through one.
public struct ProxyRules: Sendable {
  /// A proxy as the environment names it.
  public struct Proxy: Sendable {
    /// With user and password, where it has them.
    let url: Secret<String>
    /// Host and port, for people.
    public let name: String
    /// Whether TLS is spoken to the proxy itself.
    let speaksTLS: Bool
  }

  let proxy: Proxy?
  private let exceptions: [ProxyException]

  /// No proxy.
  public init() {
    proxy = nil
    exceptions = []
  }

  /// The proxy that `https_proxy`, `HTTPS_PROXY`, `all_proxy` or `ALL_PROXY` names, the first that
  /// is not empty, and the hosts of `no_proxy` or `NO_PROXY` that are asked directly.
  ///
  /// - Throws: ``CoalmineError`` with code `bad-proxy`.
  ///
  /// Source: libcurl, https://everything.curl.dev/usingcurl/proxies/env.html
  public init(variable: (String) -> String?) throws(CoalmineError) {
    func first(_ names: [String]) -> (name: String, value: String)? {
      for name in names {
        if let value = variable(name), !value.isEmpty { return (name, value) }
      }
      return nil
    }
    proxy =
      if let found = first(["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]) {
        try Self.parse(found.value, from: found.name)
      } else {
        nil
      }
    exceptions = (first(["no_proxy", "NO_PROXY"])?.value ?? "")
      .split { $0 == "," || $0.isWhitespace }.map { ProxyException(String($0)) }
  }

  /// The proxy for a request to `url`; `nil` where it goes there directly.
  package func proxy(for url: String) -> Proxy? {
    guard let proxy, Self.mayUseProxy(url) else { return nil }
    let place = Self.place(url)
    return exceptions.contains { $0.holds(place) } ? nil : proxy
  }

  /// Whether a proxy is ever used for `url`: https to another machine.
  static func mayUseProxy(_ url: String) -> Bool {
    url.hasPrefix("https://") && !place(url).isLoopback
  }

  private static func place(_ url: String) -> HostAndPort {
    HostAndPort(
      authority: String(url.dropFirst("https://".count).prefix { $0 != "/" }), defaultPort: 443)
  }

  private static func parse(_ text: String, from variable: String) throws(CoalmineError) -> Proxy {
    // Its value may hold a password: no message repeats it.
    func refuse(_ why: String) -> CoalmineError {
      CoalmineError(
        code: "bad-proxy", "the proxy in \(variable) cannot be used: \(why)",
        help: "write it as 'http://HOST:PORT', or unset \(variable) to use none",
        exit: .badConfiguration)
    }
    guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw refuse("it holds a space or a character outside ASCII")
    }
    var scheme = "http"
    var rest = text[...]
    if let mark = text.firstRange(of: "://") {
      scheme = text[..<mark.lowerBound].lowercased()
      rest = text[mark.upperBound...]
    }
    guard ["http", "https", "socks4", "socks4a", "socks5", "socks5h"].contains(scheme) else {
      throw refuse("it begins with no kind of proxy that is known: http, https, socks4, socks5")
    }
    let authority = rest.prefix { $0 != "/" }
    let host = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] }
    let place = HostAndPort(
      authority: String(host ?? authority), defaultPort: scheme == "https" ? 443 : 1080)
    guard !place.host.isEmpty else { throw refuse("it names no host") }
    return Proxy(
      url: Secret("\(scheme)://\(authority)"), name: terminalSafe(place.description),
      speaksTLS: scheme == "https")
  }
}
