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

  /// The reply with every copy of a key or a secret header overwritten by asterisks of the same
  /// length: some servers repeat the key that they refuse, and a ledger holds none.
  package func hiding(_ secrets: [[UInt8]]) -> Reply {
    var body = body
    var headers = headers
    // Shorter ones stand in other words by chance.
    for secret in secrets where secret.count >= 8 {
      let stars = String(repeating: "*", count: secret.count)
      while let place = ByteSearch.firstRange(of: secret, in: body) {
        body.replaceSubrange(place, with: Array(stars.utf8))
      }
      let text = String(decoding: secret, as: UTF8.self)
      headers = headers.map { ($0.name, $0.value.replacing(text, with: stars)) }
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
