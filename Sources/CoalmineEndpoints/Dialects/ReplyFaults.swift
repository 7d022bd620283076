// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// The errors for replies that no repetition mends.
struct ReplyFaults {
  let status: Int
  let endpoint: Endpoint
  /// The whole URL that was asked, where it is known; the endpoint's own where not.
  let url: String
  /// The endpoint's own words, where they may be shown.
  let details: [String]
  /// Whether the reply looks like a web page.
  let isPage: Bool
  /// Whether the reply has no body.
  let isEmpty: Bool
  /// Where a redirect leads, as far as it may be shown.
  let location: String?

  /// A command's status is its own word.
  private var statusWords: String { "\(endpoint.isCommand ? "status" : "HTTP") \(status)" }

  var notJSON: CoalmineError {
    CoalmineError(
      code: "not-json",
      isPage
        ? "\(url) answered with a web page, not with JSON"
        : isEmpty
          ? "\(url) answered with nothing: HTTP \(status) and an empty body"
          : "\(url) answered with something that is not JSON",
      help: isPage
        ? "this is a proxy, a log-in page or the wrong URL; give the API's own base URL"
        : endpoint.isCommand
          ? "the program of '--command' must answer with JSON"
          : "is '--endpoint' the API's base URL, and '--dialect' the one that it speaks? a proxy "
            + "before the API may answer so, too",
      exit: .endpointUnavailable)
  }

  var keyRefused: CoalmineError {
    CoalmineError(
      code: "key-refused",
      "\(url) \(status == 403 ? "refused access" : endpoint.sendsKey ? "refused the key" : "wants a key")"
        + " (\(statusWords))"
        + (isPage ? ", with a web page" : ""),
      details: details, help: accessAdvice, exit: .credentialsRefused)
  }

  func signatureRefused(_ fault: SignatureFault) -> CoalmineError {
    switch fault {
    case .clock:
      CoalmineError(
        code: "clock-differs",
        "\(url) refused the signature (\(statusWords)): this clock is not right",
        details: details,
        help:
          "a signature holds the time and is good for five minutes: set the clock, such as by NTP, "
          + "then run the same command again", exit: .credentialsRefused)
    case .mismatch:
      CoalmineError(
        code: "signature-refused",
        "\(url) computes another signature of the request (\(statusWords))",
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
        ? "\(url) wants to be paid (\(statusWords))"
        : "\(url) says that the quota or the credit is used up (\(statusWords))",
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
    let route = asked.dropFirst(endpoint.base.count)
    let base =
      location.flatMap { place in
        !route.isEmpty && place.hasSuffix(route) ? String(place.dropLast(route.count)) : nil
      }
    return CoalmineError(
      code: "redirected",
      "\(url) redirects\(location.map { " to '\($0)'" } ?? "") (HTTP \(status))",
      help: "redirects are never followed with a key; "
        + (base.map { "give '--endpoint \($0)' if you trust that place" }
          ?? "give the API's own base URL"),
      exit: .endpointUnavailable)
  }

  /// ``url`` without its query.
  private var asked: Substring { url.prefix { $0 != "?" } }

  var filtered: CoalmineError {
    CoalmineError(
      code: "text-filtered",
      "a content filter of \(endpoint.url) held a text back (\(statusWords))",
      details: details, exit: .endpointUnavailable)
  }

  /// Its message may be stored as the reason of a missing answer, and is read again: the route stands
  /// in the help.
  var refused: CoalmineError {
    CoalmineError(
      code: "request-refused",
      "\(endpoint.url) refused the request (\(statusWords))", details: details,
      help: endpoint.isCommand
        ? "look at what the program of '--command' takes" : "\(url) was asked: \(refusalAdvice)",
      exit: .endpointUnavailable)
  }

  private var refusalAdvice: String {
    if isPage { return "the answer is a web page; is this the API's base URL?" }
    switch status {
    case 405: return "the route is there for other requests; is '--endpoint' the API's base URL?"
    case 413:
      return
        "a large request is divided down to one text, and 'coalmine probe --prompts-per-request 1' "
        + "sends no larger ones; a limit below that is the server's, or that of a proxy before it"
    default:
      return (details.isEmpty ? "the server's log may say why; " : "")
        + "is '--dialect' the one that it speaks? 'coalmine list dialects' lists all with their options"
    }
  }
}
