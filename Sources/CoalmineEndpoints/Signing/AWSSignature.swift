// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import Glibc

/// What a request is signed with: Signature Version 4 of Amazon Web Services, with the secret key.
///
/// ```
/// canonical request   method, path, query, headers, names of headers, SHA-256 of the body
/// string to sign      algorithm, time, scope, SHA-256 of the canonical request
/// signing key         HMAC of HMAC of HMAC of HMAC: date, region, service, "aws4_request"
/// signature           HMAC of the string to sign, in hexadecimal digits
/// ```
///
/// libcurl's `CURLOPT_AWS_SIGV4` is not used: version 7.88 escapes no path a second time and sorts no
/// query, so that its signatures of paths with `%3A`, which every model's name of Bedrock has, are
/// refused.
///
/// The path is escaped once more than it is sent, as every service but S3 wants it.
///
/// - Complexity: O(body).
/// - Source: AWS, "Create a signed AWS API request",
///   https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html.
package struct AWSSignature {
  package let canonicalRequest: String
  package let stringToSign: String
  /// Names of the signed headers, sorted, with `;` between them.
  package let names: String
  /// Date, region, service and end: what the key is good for.
  package let scope: String
  /// 64 hexadecimal digits.
  package let hexadecimalDigits: String

  /// - Parameters:
  ///   - url: absolute, as it is sent.
  ///   - headers: those that are signed, `host` and `x-amz-date` among them; names in lower case,
  ///     each once.
  ///   - stamp: the value of `x-amz-date`, see ``stamp(_:)``.
  package init(
    method: String, url: String, headers: [(name: String, value: String)], body: [UInt8],
    stamp: String, secretKey: String, region: String, service: String
  ) {
    let sorted = headers.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    names = sorted.map(\.name).joined(separator: ";")
    let (path, query) = Self.target(of: url)
    canonicalRequest = [
      method, Self.canonicalPath(path), Self.canonicalQuery(query),
      sorted.map { "\($0.name):\(Self.trimmed($0.value))\n" }.joined(), names,
      hexadecimal(sha256(body)),
    ].joined(separator: "\n")
    let parts = [String(stamp.prefix(8)), region, service, "aws4_request"]
    scope = parts.joined(separator: "/")
    stringToSign = [
      "AWS4-HMAC-SHA256", stamp, scope, hexadecimal(sha256(Array(canonicalRequest.utf8))),
    ].joined(separator: "\n")
    let key = parts.reduce(Array("AWS4\(secretKey)".utf8)) { key, part in
      HMACSHA256(key: key).code(for: Array(part.utf8))
    }
    hexadecimalDigits = hexadecimal(HMACSHA256(key: key).code(for: Array(stringToSign.utf8)))
  }

  /// A time as `x-amz-date` has it: `20261126T095811Z`.
  ///
  /// - Parameter seconds: since 1970.
  package static func stamp(_ seconds: Int) -> String {
    var time = time_t(seconds)
    var parts = tm()
    gmtime_r(&time, &parts)
    func digits(_ value: Int32, _ count: Int = 2) -> String {
      let text = String(value)
      return String(repeating: "0", count: max(0, count - text.count)) + text
    }
    return digits(parts.tm_year + 1_900, 4) + digits(parts.tm_mon + 1) + digits(parts.tm_mday) + "T"
      + digits(parts.tm_hour) + digits(parts.tm_min) + digits(parts.tm_sec) + "Z"
  }

  /// Host and port of a URL as the header `host` names them: without the port that the scheme has
  /// anyway.
  package static func host(of url: String) -> String {
    let rest = url.drop { $0 != ":" }.dropFirst(3)
    let authority = rest.prefix { !"/?".contains($0) }
    let usual = url.hasPrefix("https:") ? ":443" : ":80"
    return String(authority.hasSuffix(usual) ? authority.dropLast(usual.count) : authority)
  }

  /// Path and query of an absolute URL, as they are written.
  private static func target(of url: String) -> (path: Substring, query: Substring) {
    let rest = url.drop { $0 != ":" }.dropFirst(3).drop { !"/?".contains($0) }
    let path = rest.prefix { $0 != "?" }
    return (path, rest.dropFirst(path.count + 1))
  }

  /// No empty folders, and every byte but the unreserved ones escaped again.
  private static func canonicalPath(_ path: Substring) -> String {
    let folders = path.split(separator: "/").map { PathSegment.escaped(String($0)) }
    let end = path.hasSuffix("/") && !folders.isEmpty ? "/" : ""
    return "/" + folders.joined(separator: "/") + end
  }

  /// The parts in the order of their names, then of their values. They are escaped already.
  private static func canonicalQuery(_ query: Substring) -> String {
    let parts = query.split(separator: "&").map { part -> [String] in
      let name = part.prefix { $0 != "=" }
      return [String(name), String(part.dropFirst(name.count + 1))]
    }
    // ASCII alone, which Swift sorts by its codes.
    let sorted = parts.sorted { $0[0] == $1[0] ? $0[1] < $1[1] : $0[0] < $1[0] }
    return sorted.map { $0.joined(separator: "=") }.joined(separator: "&")
  }

  /// Without blanks at both ends, and with one where several stand in a row.
  private static func trimmed(_ value: String) -> String {
    value.split(separator: " ").joined(separator: " ")
  }
}
