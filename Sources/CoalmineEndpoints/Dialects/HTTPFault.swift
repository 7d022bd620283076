// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// A reply that holds no answer, classified the same way for every dialect.
package struct HTTPFault: Error {
  package let reading: Reading

  /// The JSON document of a successful reply, or the fault.
  package static func document(
    of reply: DialectReply, queries: [Query]?, endpoint: Endpoint
  ) -> Result<JSONDocument, HTTPFault> {
    let parsed = try? JSONDocument(parsing: reply.body, repairing: true)
    if reply.status == 200, let parsed, parsed.root["error"].map(\.isNull) ?? true {
      return .success(parsed)
    }
    return .failure(
      HTTPFault(reading: classify(reply, parsed, queries: queries, endpoint: endpoint)))
  }

  /// The document of one step's reply. Where neither `queries` nor the reply's own
  /// ``DialectReply/request`` say what was asked, the endpoint's words are not repeated: they could
  /// hold a secret.
  package static func step(
    of reply: DialectReply, queries: [Query]? = nil, endpoint: Endpoint
  ) -> StepReading<JSONDocument> {
    switch document(of: reply, queries: queries, endpoint: endpoint) {
    case .success(let document): return .value(document)
    case .failure(let fault):
      switch fault.reading {
      case .retry(let reason): return .retry(reason)
      case .stop(let error): return .stop(error)
      case .answers: return .retry(Reason("no-answer", "the reply holds no answer"))
      }
    }
  }

  /// The error for a reply of another shape than the dialect's.
  package static func shape(_ what: String, _ endpoint: Endpoint, _ help: String) -> CoalmineError {
    CoalmineError(
      code: "unexpected-reply", "\(endpoint.url): \(what)", help: help,
      exit: .endpointUnavailable)
  }

  private static func classify(
    _ reply: DialectReply, _ parsed: JSONDocument?, queries: [Query]?, endpoint: Endpoint
  ) -> Reading {
    let asked = reply.request?()
    let said = ServerWords(
      queries: asked?.queries ?? queries, prefixes: asked?.prefixes ?? [],
      secrets: endpoint.secrets
    ).shown(of: reply, parsed)
    let details = said.map { ["the endpoint says: \($0)"] } ?? []
    switch reply.status {
    case 200 where parsed == nil:
      let html = reply.looksLikeHTML
      return .stop(
        CoalmineError(
          code: "not-json",
          html
            ? "\(endpoint.url) answered with a web page, not with JSON"
            : "\(endpoint.url) answered with something that is not JSON",
          help: html
            ? "this is a proxy, a log-in page or the wrong URL; give the API's own base URL" : nil,
          exit: .endpointUnavailable))
    case 200:
      return .retry(Reason("error-in-reply", said ?? "the reply holds an error"))
    case 401, 403:
      return .stop(
        CoalmineError(
          code: "key-refused",
          "\(endpoint.url) refused the key (HTTP \(reply.status))",
          details: details,
          help: endpoint.keyAdvice,
          exit: .credentialsRefused))
    case 402:
      return .stop(
        CoalmineError(
          code: "no-credit", "\(endpoint.url) wants to be paid (HTTP 402)", details: details,
          help: "run the same command again when credit is there",
          exit: .incomplete))
    case 404:
      return .stop(
        CoalmineError(
          code: "not-found",
          "\(asked?.url ?? endpoint.url) knows no such route or no model "
            + "'\(terminalSafe(endpoint.model))' (HTTP 404)",
          details: details,
          help: endpoint.routeAdvice,
          exit: .endpointUnavailable))
    case 408, 409, 425, 429, 500...599:
      return .retry(
        Reason("http-\(reply.status)", "HTTP \(reply.status)" + (said.map { ": \($0)" } ?? "")))
    case 300...399:
      return .stop(
        CoalmineError(
          code: "redirected", "\(endpoint.url) redirects (HTTP \(reply.status))",
          help: "redirects are never followed with a key; give the final URL",
          exit: .endpointUnavailable))
    default:
      return .stop(
        CoalmineError(
          code: "request-refused",
          "\(endpoint.url) refused the request (HTTP \(reply.status))", details: details,
          help: reply.looksLikeHTML
            ? "the answer is a web page: is this the API's base URL?" : nil,
          exit: .endpointUnavailable))
    }
  }
}
