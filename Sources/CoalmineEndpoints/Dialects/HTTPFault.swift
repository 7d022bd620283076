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
    let faults = ReplyFaults(
      status: reply.status, endpoint: endpoint, url: asked?.url ?? endpoint.url,
      details: said.map { ["the endpoint says: \($0)"] } ?? [], isPage: reply.looksLikeHTML)
    let code = ErrorCode(parsed)
    switch (reply.status, code) {
    case (200, _) where parsed == nil: return .stop(faults.notJSON)
    // A quota that is used up comes with the status of a busy endpoint.
    case (200, .quota), (400..<500, .quota), (402, _): return .stop(faults.noCredit)
    case (200, .key), (400, .key), (401, _), (403, _): return .stop(faults.keyRefused)
    case (200, .filtered), (400..<500, .filtered): return .stop(faults.filtered)
    case (200, .unknownModel), (404, _): return .stop(faults.notFound)
    case (200, .refused): return .stop(faults.refused)
    case (200, .busy):
      return .retry(Reason("http-\(429)", said ?? "the reply says: too many requests"))
    case (200, nil): return .retry(Reason("error-in-reply", said ?? "the reply holds an error"))
    case (408, _), (409, _), (425, _), (429, _), (500...599, _):
      return .retry(
        Reason("http-\(reply.status)", "HTTP \(reply.status)" + (said.map { ": \($0)" } ?? "")))
    case (300...399, _): return .stop(faults.redirected)
    default: return .stop(faults.refused)
    }
  }
}

extension CoalmineError {
  /// Whether a filter held a text back.
  package var isFilter: Bool { code == "text-filtered" }

  /// Whether an endpoint may take the texts of a request one by one, or all but one of them, that
  /// it refused together.
  package func isAboutTexts(_ reply: DialectReply) -> Bool {
    isFilter || code == "request-refused" && [200, 400, 413, 422].contains(reply.status)
  }
}
