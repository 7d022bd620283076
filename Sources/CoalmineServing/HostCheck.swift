// SPDX-License-Identifier: Apache-2.0

/// Which `Host` a service on loopback answers.
///
/// A web page can point a name of its own at 127.0.0.1 and then ask the service as if it were the
/// page's own server (DNS rebinding). The browser still sends the page's name as `Host`.
enum HostCheck {
  /// Whether an address to bind is loopback; only there is the check possible.
  static func isLoopback(_ address: String) -> Bool {
    address == "::1" || names.contains(address.lowercased())
  }

  /// `127.0.0.1`, `localhost` or `[::1]`, with any port or none.
  static func allows(_ host: String) -> Bool {
    let host = host.lowercased()
    return names.contains { name in
      guard host.hasPrefix(name) else { return false }
      let rest = host.utf8.dropFirst(name.utf8.count)
      guard let colon = rest.first else { return true }
      let port = rest.dropFirst()
      return colon == UInt8(ascii: ":") && !port.isEmpty && port.count <= 5
        && port.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
  }

  private static let names = ["127.0.0.1", "localhost", "[::1]"]
}
