// SPDX-License-Identifier: Apache-2.0

import NIOHTTP1

/// Why a request is refused before any route sees it. Each ends its connection.
enum RequestFault {
  static func bodyTooLarge(_ limit: Int) -> ServiceError {
    ServiceError(
      status: 413, code: "request_too_large", message: "the body is larger than \(limit) bytes")
  }

  static let bodyTooSlow = ServiceError(
    status: 408, code: "request_timeout", message: "the body did not arrive in time")

  static let stopping = ServiceError(
    status: 503, type: "server_error", code: "stopping", message: "the server is about to end")

  /// What the parser refused.
  static func broken(_ error: HTTPParserError, _ limits: HTTPLimits) -> ServiceError {
    guard error != .headerOverflow else {
      return ServiceError(
        status: 431, code: "head_too_large",
        message:
          "the head has more than \(limits.headBytes) bytes or \(limits.headFields) fields")
    }
    return ServiceError(code: "bad_http", message: "the request is not HTTP/1.1")
  }

  /// What a whole head says against answering its request.
  static func inHead(_ head: HTTPRequestHead, _ limits: HTTPLimits, onLoopback: Bool)
    -> ServiceError?
  {
    let hosts = head.headers["host"]
    guard hosts.count <= 1, !hosts.isEmpty || head.version != .http1_1 else {
      return ServiceError(code: "bad_host", message: "the request must name one Host")
    }
    if onLoopback, let host = hosts.first, !HostCheck.allows(host) {
      return ServiceError(
        status: 403, code: "host_not_allowed",
        message: "this server answers only to 127.0.0.1, localhost and [::1]")
    }
    // `GET http://elsewhere/`: its host would count instead of the header.
    guard head.uri.hasPrefix("/") else {
      return ServiceError(code: "bad_target", message: "the request target must be a path")
    }
    let expected = head.headers["expect"]
    guard expected.allSatisfy({ $0.lowercased() == "100-continue" }) else {
      return ServiceError(
        status: 417, code: "expectation_failed",
        message: "the only expectation that is met is 100-continue")
    }
    if let announced = head.headers["content-length"].first.flatMap({ Int($0) }),
      announced > limits.bodyBytes
    {
      return bodyTooLarge(limits.bodyBytes)
    }
    return nil
  }
}
