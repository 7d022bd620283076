// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes

/// A whole reply, as it came: the same for transport, ledger and dialect.
public struct Reply: Sendable, Equatable {
  /// The HTTP status.
  public let status: Int
  /// In the order received, names in lower case; nothing of the request.
  public let headers: [(name: String, value: String)]
  public let body: [UInt8]
  /// From the start of the transfer to its end.
  public let elapsedMilliseconds: Double

  public init(
    status: Int, headers: [(name: String, value: String)], body: [UInt8],
    elapsedMilliseconds: Double = 0
  ) {
    self.status = status
    self.headers = headers
    self.body = body
    self.elapsedMilliseconds = elapsedMilliseconds
  }

  /// The first header of that name.
  public func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

  /// The reply with every copy of a key or a secret header overwritten by as many asterisks as the key
  /// has bytes: some servers repeat the key that they refuse, and a ledger holds none. A copy is found as it
  /// is, and as JSON and URLs escape it.
  package func hiding(_ secrets: [[UInt8]]) -> Reply {
    var body = body
    var headers = headers
    // Shorter ones stand in other words by chance.
    for secret in secrets where secret.count >= 8 {
      let key = EscapedKey(secret)
      body = key.hidden(in: body)
      headers = headers.map {
        ($0.name, String(decoding: key.hidden(in: Array($0.value.utf8)), as: UTF8.self))
      }
    }
    return Reply(
      status: status, headers: headers, body: body, elapsedMilliseconds: elapsedMilliseconds)
  }

  /// Elapsed times are not compared.
  public static func == (left: Reply, right: Reply) -> Bool {
    left.status == right.status && left.body == right.body
      && left.headers.elementsEqual(right.headers) { $0 == $1 }
  }
}
