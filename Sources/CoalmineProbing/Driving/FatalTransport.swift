// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger

extension CoalmineError {
  /// An endpoint that never answered, or that cannot be trusted, ends the run with a clear error.
  ///
  /// It says nothing of stored answers: whether there are any, the caller knows.
  init?(fatal error: TransportError, at endpoint: Endpoint, trusted: Bool, attempts: Int) {
    switch (error.fate, error.cause) {
    // A handshake that is cut off, as by a server that starts anew, passes.
    case (_, .certificate(.noTLS)?) where trusted, (_, .proxyCertificate(.noTLS)?) where trusted:
      return nil
    case (_, .certificate(let fault)?):
      self.init(fault, of: endpoint.url, error)
    case (_, .command(let fault)?):
      self.init(fault, of: endpoint.url)
    case (_, .proxyCertificate(let fault)?):
      self.init(fault, of: "the proxy \(error.proxy ?? "")", error)
    // A proxy whose own line is down, or that is busy, may open the tunnel later.
    case (_, .proxyRefused(let status)?) where (300..<500).contains(status) && status != 429:
      self.init(
        code: "proxy-refused",
        "the proxy \(error.proxy ?? "") refused to open a tunnel to \(endpoint.url) (HTTP \(status))",
        help: status == 407
          ? "it wants a user and a password: write the proxy as 'http://USER:PASSWORD@HOST:PORT'"
          : "the proxy must allow this host; or name the host in NO_PROXY to ask it directly",
        exit: .endpointUnavailable)
    case (.overLimit, _) where !trusted:
      self.init(
        code: "reply-too-large", terminalSafe(error.message),
        help: "is this a completions API?", exit: .endpointUnavailable)
    case (.notSent, _) where !trusted && attempts >= 2,
      (.ambiguous, _) where !trusted && attempts >= 2:
      self.init(
        code: "endpoint-down", "no answer from \(endpoint.url)",
        details: [terminalSafe(error.message)],
        help: error.proxy.map {
          "is the proxy \($0) right, and the server behind it running? a host in NO_PROXY is asked "
            + "directly"
        } ?? "is the server running and the URL right?", exit: .endpointUnavailable)
    default: return nil
    }
  }

  /// - Parameter place: the URL, or the proxy.
  private init(_ fault: CertificateFault, of place: String, _ error: TransportError) {
    let certificate = "the certificate of \(place) was refused: "
    let message: String
    let help: String?
    switch fault {
    case .expired:
      message = certificate + "it has expired"
      help = "the server's operator must renew it; is the clock of this machine right?"
    case .notYetValid:
      message = certificate + "it is not valid yet"
      help = "is the clock of this machine right? if so, the server's operator must replace it"
    case .wrongHost:
      message = certificate + "it is for another host name"
      help = "ask the server by a name that its certificate holds"
    case .selfSigned:
      message = certificate + "it is self-signed"
      help = "if it is the right one, '--ca-file FILE' names a file that holds it (PEM)"
    case .unknownAuthority:
      message = certificate + "no authority that is trusted here issued it"
      help = "'--ca-file FILE' names a file that holds the authority's certificate (PEM)"
    case .unreadableAuthorities:
      message = "the file of trusted authorities holds no certificate that can be read"
      help = "'--ca-file' and SSL_CERT_FILE must name certificates in PEM form"
    case .noTLS:
      message = "no TLS connection to \(place) could be made"
      help = "is this a port where the server speaks https?"
    case .other:
      message = certificate.dropLast(2).description
      help = nil
    }
    self.init(
      code: "tls-refused", message, details: [terminalSafe(error.message)], help: help,
      exit: fault == .unreadableAuthorities ? .badData : .endpointUnavailable)
  }

  /// The error as it is true in a run.
  ///
  /// What was answered is not lost, and a base run has no use for a probe set without
  /// log-probabilities, which a dialect cannot know.
  ///
  /// - Parameter replies: how many requests of the run are answered and stored.
  func noting(stored replies: Int, in run: RunRecord) -> CoalmineError {
    let isUseless = run.role == .base && help?.contains("--probe-set text-only") == true
    guard replies > 0 || isUseless else { return self }
    let fact =
      "\(Prose.count(replies, "reply", "replies")) of run \(run.number) "
      + "\(replies == 1 ? "is" : "are") stored"
    return CoalmineError(
      code: code, message, details: details + (replies > 0 ? [fact] : []),
      help: isUseless ? Self.baseHelp : help, exit: exit, otherDialect: otherDialect)
  }

  /// What to do where the base model's endpoint gives no log-probabilities.
  static let baseHelp =
    "a base model is compared by log-probabilities: use an endpoint that gives them, or leave the "
    + "base run out"
}
