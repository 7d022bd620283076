// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A host and a port, as a URL names them.
struct HostAndPort: CustomStringConvertible {
  /// In lower case, without brackets and without the dot of an absolute name.
  let host: String
  let port: Int

  init(authority: String, defaultPort: Int) {
    var name = authority[...]
    var digits = ""[...]
    if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
      name = authority[authority.index(after: authority.startIndex)..<end]
      digits = authority[end...].dropFirst(2)
    } else if let colon = authority.lastIndex(of: ":") {
      name = authority[..<colon]
      digits = authority[authority.index(after: colon)...]
    }
    if name.hasSuffix(".") { name = name.dropLast() }
    host = name.lowercased()
    port = Int(digits) ?? defaultPort
  }

  /// Whether it is this machine, by any of its loopback names.
  var isLoopback: Bool {
    host == "localhost" || host.hasSuffix(".localhost")
      || ["127.0.0.0/8", "::1", "::ffff:127.0.0.0/104"].contains {
        ProxyException($0).holds(self)
      }
  }

  var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// One entry of `NO_PROXY`: a name with all names below it, an address, a range of addresses, or
/// `*` for everything. With a port it holds for that port alone.
///
/// ```
/// example.org  .example.org   a.example.org:8443   10.0.0.0/8   fd00::/8   [::2]:443   *
/// ```
struct ProxyException {
  private enum Hosts {
    case all
    case named(String)
    /// The first `bits` of an address.
    case addresses([UInt8], bits: Int)
  }

  private let hosts: Hosts
  private let port: Int?

  init(_ entry: String) {
    let parts = entry.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    let whole = String(parts.first ?? "")
    // More colons than one are an IPv6 address without brackets.
    let isBare = !whole.hasPrefix("[") && whole.count(where: { $0 == ":" }) > 1
    let place =
      isBare
      ? HostAndPort(authority: "[\(whole)]", defaultPort: 0)
      : HostAndPort(authority: whole, defaultPort: 0)
    port = place.port == 0 ? nil : place.port
    if place.host == "*" {
      hosts = .all
    } else if let address = Self.address(place.host) {
      let all = address.count * 8
      let bits = parts.count == 2 ? Int(parts[1]) ?? all : all
      hosts = .addresses(address, bits: min(max(bits, 0), all))
    } else {
      let name = place.host.hasPrefix("*.") ? place.host.dropFirst() : place.host[...]
      hosts = .named(String(name.drop { $0 == "." }))
    }
  }

  /// Whether requests to that place use no proxy.
  func holds(_ place: HostAndPort) -> Bool {
    if let port, port != place.port { return false }
    switch hosts {
    case .all: return true
    case .named(let name):
      return !name.isEmpty && Self.address(place.host) == nil
        && (place.host == name || place.host.hasSuffix("." + name))
    case .addresses(let first, let bits):
      guard let address = Self.address(place.host), address.count == first.count else {
        return false
      }
      return (0..<bits).allSatisfy { bit in
        let mask = UInt8(0x80) >> UInt8(bit % 8)
        return address[bit / 8] & mask == first[bit / 8] & mask
      }
    }
  }

  /// The 4 or 16 bytes of an address; `nil` for a name.
  private static func address(_ text: String) -> [UInt8]? {
    for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
      var bytes = [UInt8](repeating: 0, count: count)
      if inet_pton(family, text, &bytes) == 1 { return bytes }
    }
    return nil
  }
}
