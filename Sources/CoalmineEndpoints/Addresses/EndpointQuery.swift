// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// What stands behind the `?` of every URL that is asked, as some services want it:
/// `api-version=2024-10-21`.
///
/// It is part of an endpoint's identity: it is stored and shown. So nothing that looks like a key
/// gets in.
public struct EndpointQuery: Sendable, Equatable {
  /// With all but unreserved characters percent-encoded; empty where there is none.
  public let text: String

  /// None.
  public init() { text = "" }

  /// - Parameter parts: each `NAME=VALUE`, spelled plainly, in their order.
  /// - Throws: ``CoalmineError`` with code `bad-endpoint` for a part of another form, and for one
  ///   that looks like a key. It never repeats a value.
  public init(_ parts: [String]) throws(CoalmineError) {
    var pieces: [String] = []
    for part in parts {
      guard let mark = part.firstIndex(of: "="), mark > part.startIndex else {
        throw CoalmineError(
          code: "bad-endpoint", "a part of the query has no name or no '='",
          help: "write it as '--query NAME=VALUE'", exit: .badConfiguration)
      }
      let (name, value) = (String(part[..<mark]), String(part[part.index(after: mark)...]))
      guard !Self.looksLikeKey(name, value) else { throw Self.refusal(name) }
      pieces.append(Self.encoded(name) + "=" + Self.encoded(value))
    }
    text = pieces.joined(separator: "&")
  }

  /// As it was stored.
  init(stored: String) { text = stored }

  /// With its `?`.
  var suffix: String { text.isEmpty ? "" : "?" + text }

  static func refusal(_ name: String) -> CoalmineError {
    CoalmineError(
      code: "bad-endpoint",
      "the part '\(terminalSafe(name))' of the query looks like a key: URLs are stored and shown",
      help: "give it as a header, by '--header-file FILE' or COALMINE_HEADERS; or as the key, by "
        + "COALMINE_API_KEY or '--key-file FILE', with '--key-header NAME' where the service wants "
        + "another header", exit: .badConfiguration)
  }

  /// Words of names that hold keys.
  private static let keyWords: Set<String> = [
    "key", "keys", "apikey", "accesskey", "subscriptionkey", "token", "accesstoken", "authtoken",
    "idtoken", "sig", "signature", "code", "secret", "clientsecret", "password", "passwd", "pwd",
    "pass", "auth", "authorization", "bearer", "credential", "credentials", "jwt", "sas", "session",
    "sessionid",
  ]

  static func looksLikeKey(_ name: String, _ value: String) -> Bool {
    let name = name.lowercased()
    let words = name.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }.map(String.init)
    return words.contains { keyWords.contains($0) } || keyWords.contains(words.joined())
      || KeyLooks.isKey(value)
  }

  /// RFC 3986: unreserved characters stay, every other byte of the UTF-8 is `%XX`.
  private static func encoded(_ text: String) -> String {
    var result = ""
    for byte in text.utf8 {
      if isUnreserved(byte) {
        result.unicodeScalars.append(UnicodeScalar(byte))
      } else {
        let digits = String(byte, radix: 16, uppercase: true)
        result += (byte < 16 ? "%0" : "%") + digits
      }
    }
    return result
  }

  static func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: "_"), UInt8(ascii: "~"):
      true
    default: false
    }
  }
}
