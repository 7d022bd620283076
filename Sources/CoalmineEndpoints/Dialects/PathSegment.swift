// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes

/// A name that stands between two slashes of a URL.
enum PathSegment {
  /// Letters, digits and '-', '.', '_', '~' of RFC 3986 stay; every other byte is `%XX`.
  static func escaped(_ name: String) -> String {
    name.utf8.map { byte in
      EndpointQuery.isUnreserved(byte)
        ? String(UnicodeScalar(byte))
        : "%" + String(byte >> 4, radix: 16, uppercase: true)
          + String(byte & 15, radix: 16, uppercase: true)
    }.joined()
  }
}
