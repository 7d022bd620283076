// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// The errors for replies that no repetition mends.
struct ReplyFaults {
  let status: Int
  let endpoint: Endpoint
  /// The whole URL that was asked, where it is known.
  let url: String
  /// The endpoint's own words, where they may be shown.
  let details: [String]
  /// Whether the reply looks like a web page.
  let isPage: Bool

  /// A command's status is its own word.
  private var statusWords: String { "\(endpoint.isCommand ? "status" : "HTTP") \(status)" }

  var notJSON: CoalmineError {
    CoalmineError(
      code: "not-json",
      isPage
        ? "\(endpoint.url) answered with a web page, not with JSON"
        : "\(endpoint.url) answered with something that is not JSON",
      help: isPage
        ? "this is a proxy, a log-in page or the wrong URL; give the API's own base URL" : nil,
      exit: .endpointUnavailable)
  }

  var keyRefused: CoalmineError {
    CoalmineError(
      code: "key-refused",
      "\(endpoint.url) refused \(status == 403 ? "access" : "the key") (\(statusWords))"
        + (isPage ? ", with a web page" : ""),
      details: details, help: accessAdvice, exit: .credentialsRefused)
  }

  func signatureRefused(_ fault: SignatureFault) -> CoalmineError {
    switch fault {
    case .clock:
      CoalmineError(
        code: "clock-differs",
        "\(endpoint.url) refused the signature (\(statusWords)): this clock is not right",
        details: details,
        help:
          "a signature holds the time and is good for five minutes: set the clock, such as by NTP, "
          + "then run the same command again", exit: .credentialsRefused)
    case .mismatch:
      CoalmineError(
        code: "signature-refused",
        "\(endpoint.url) computes another signature of the request (\(statusWords))",
        details: details,
        help: "check that \(AWSSigner.secretVariable) belongs to \(AWSSigner.idVariable), that the "
          + "region is that of the host, and that no proxy changes host, path or body",
        exit: .credentialsRefused)
    }
  }

  /// A status of 403 has other causes than the key.
  private var accessAdvice: String {
    guard status == 403 else { return endpoint.keyAdvice }
    if isPage {
      return "a proxy, a firewall or a rule about regions may stand before the API; else "
        + endpoint.keyAdvice
    }
    return endpoint.keyAdvice
      + "; a valid key may lack the right to use the model '\(terminalSafe(endpoint.model))'"
  }

  var noCredit: CoalmineError {
    CoalmineError(
      code: "no-credit",
      status == 402
        ? "\(endpoint.url) wants to be paid (\(statusWords))"
        : "\(endpoint.url) says that the quota or the credit is used up (\(statusWords))",
      details: details, help: "run the same command again when credit is there",
      exit: .incomplete)
  }

  var notFound: CoalmineError {
    CoalmineError(
      code: "not-found",
      "\(url) knows no such route or no model '\(terminalSafe(endpoint.model))' (\(statusWords))",
      details: details,
      help: endpoint.routeAdvice,
      exit: .endpointUnavailable)
  }

  var redirected: CoalmineError {
    CoalmineError(
      code: "redirected", "\(endpoint.url) redirects (HTTP \(status))",
      help: "redirects are never followed with a key; give the final URL",
      exit: .endpointUnavailable)
  }

  var filtered: CoalmineError {
    CoalmineError(
      code: "text-filtered",
      "a content filter of \(endpoint.url) held a text back (\(statusWords))",
      details: details, exit: .endpointUnavailable)
  }

  var refused: CoalmineError {
    CoalmineError(
      code: "request-refused",
      "\(endpoint.url) refused the request (\(statusWords))", details: details,
      help: isPage ? "the answer is a web page: is this the API's base URL?" : nil,
      exit: .endpointUnavailable)
  }
}
