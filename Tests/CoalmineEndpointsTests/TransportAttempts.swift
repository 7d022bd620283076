// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineTesting

extension FaultServer {
  /// A POST to this server.
  func request(_ body: String = #"{"prompt":"x"}"#, path: String = "/v1/completions")
    -> HTTPRequest
  {
    HTTPRequest(url: url + path, headers: [], body: Secret(Array(body.utf8)))
  }
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
