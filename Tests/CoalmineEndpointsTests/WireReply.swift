// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import Foundation

/// The bytes of an HTTP/1.1 reply with a right length.
func wireReply(status: String = "200 OK", headers: [String] = [], body: [UInt8]) -> [UInt8] {
  let lines = ["HTTP/1.1 \(status)"] + headers + ["Content-Length: \(body.count)", "", ""]
  return Array(lines.joined(separator: "\r\n").utf8) + body
}

func wireReply(status: String = "200 OK", headers: [String] = [], _ body: String) -> [UInt8] {
  wireReply(status: status, headers: headers, body: Array(body.utf8))
}

extension Transport {
  /// The reply or the error, for tests that expect either.
  func attempt(_ request: HTTPRequest) async -> Result<Reply, TransportError> {
    do throws(TransportError) { return .success(try await send(request)) } catch {
      return .failure(error)
    }
  }

  /// The error that is expected, or `nil` for a reply.
  func failure(_ request: HTTPRequest) async -> TransportError? {
    if case .failure(let error) = await attempt(request) { error } else { nil }
  }
}

extension TransportLimits {
  /// Limits with some of them changed.
  static func with(_ change: (inout TransportLimits) -> Void) -> TransportLimits {
    var limits = TransportLimits()
    change(&limits)
    return limits
  }
}

extension Reply {
  var text: String { String(decoding: body, as: UTF8.self) }

  func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

/// Whether the long variants run, by COALMINE_DEEP=1.
let isDeep = ProcessInfo.processInfo.environment["COALMINE_DEEP"] == "1"
