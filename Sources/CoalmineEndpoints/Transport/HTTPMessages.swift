// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// A POST to an endpoint, or a GET. It prints as its URL: header values and body never.
public struct HTTPRequest: Sendable, CustomStringConvertible {
  /// Absolute, without user or fragment; a query holds no secret.
  public let url: String
  /// Beside the `content-type` of a body.
  public let headers: [(name: String, value: Secret<String>)]
  /// What is posted; without a body the request is a GET.
  public let body: Secret<[UInt8]>?
  /// How large the reply may be, in bytes, where that is more than ``TransportLimits/body``.
  public let replyLimit: Int?
  /// What the body is.
  public var contentType = "application/json"
  /// Signs the request when it leaves.
  public var signer: AWSSigner?
  /// Whether no kept connection is used: the one that failed before may be among them.
  public var needsFreshConnection = false

  public init(
    url: String, headers: [(name: String, value: Secret<String>)], body: Secret<[UInt8]>?,
    replyLimit: Int? = nil
  ) {
    self.replyLimit = replyLimit
    self.url = url
    self.headers = headers
    self.body = body
  }

  /// The headers as they are sent at a time: those of the request, and those of its signature.
  ///
  /// - Parameter seconds: since 1970.
  package func allHeaders(at seconds: Int) -> [(name: String, value: Secret<String>)] {
    headers + (signer?.headers(for: self, at: seconds) ?? [])
  }

  public var description: String { "\(body == nil ? "GET" : "POST") \(url)" }
}

/// A request without a whole reply.
public struct TransportError: Error, Sendable, Equatable {
  /// What is known of the request's fate.
  public enum Fate: String, Sendable {
    /// No byte of the body left: asking again costs nothing.
    case notSent = "not-sent"
    /// The body left and no whole reply came: it may have been billed.
    case ambiguous
    /// The certificate, or TLS itself, was refused.
    case untrusted
    /// The reply went over a limit of ours.
    case overLimit = "over-limit"
    /// The caller gave up.
    case cancelled
  }

  /// What a person can do something about.
  public enum Cause: Sendable, Equatable {
    /// The endpoint's certificate.
    case certificate(CertificateFault)
    /// The certificate of a proxy that is spoken to by TLS.
    case proxyCertificate(CertificateFault)
    /// The proxy answered `CONNECT` with another status than 2xx.
    case proxyRefused(status: Int)
    /// A local program in place of a server.
    case command(CommandFault)
  }

  public let fate: Fate
  /// libcurl's code; 0 where libcurl was not the one to end it.
  public let code: Int
  /// What happened, without header or body.
  public let message: String
  public let cause: Cause?
  /// Host and port of the proxy through which the request went.
  public let proxy: String?

  public init(
    fate: Fate, code: Int, message: String, cause: Cause? = nil, proxy: String? = nil
  ) {
    self.fate = fate
    self.code = code
    self.message = message
    self.cause = cause
    self.proxy = proxy
  }
}

/// The bounds within which a request lives.
public struct TransportLimits: Sendable {
  /// The largest body that is accepted, after decompression, in bytes.
  public var body = 16 << 20
  /// The largest header block, in bytes.
  public var headers = 64 << 10
  public var connectSeconds = 10
  /// Without a byte for so long, a transfer ends; also while the first byte is waited for.
  public var silentSeconds = 120
  public var totalSeconds = 600

  public init() {}
}
