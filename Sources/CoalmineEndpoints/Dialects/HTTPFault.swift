// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Replies without an answer, classified the same way for every dialect.
package struct HTTPFault {
  /// What was asked.
  let asks: [Ask]
  let endpoint: Endpoint
  /// The whole URL that was asked; called for the words of an error alone.
  let url: () -> String

  package init(asks: [Ask], endpoint: Endpoint, url: @escaping () -> String) {
    self.asks = asks
    self.endpoint = endpoint
    self.url = url
  }

  /// The JSON document of a successful reply, or why it holds no answer.
  package func document(of reply: Reply) -> Reading<JSONDocument> {
    let parsed = try? JSONDocument(parsing: reply.body, repairing: true)
    if reply.status == 200, let parsed, parsed.root["error"].map(\.isNull) ?? true {
      return .value(parsed)
    }
    return classify(reply, parsed)
  }

  /// The error for a reply of another shape than the dialect's.
  package static func shape(_ what: String, _ endpoint: Endpoint, _ help: String) -> CoalmineError {
    CoalmineError(
      code: "unexpected-reply", "\(endpoint.url): \(what)", help: help,
      exit: .endpointUnavailable)
  }

  private func classify(_ reply: Reply, _ parsed: JSONDocument?) -> Reading<JSONDocument> {
    let words = ServerWords(asks: asks, secrets: endpoint.secrets)
    let said = words.shown(of: reply, parsed)
    let faults = ReplyFaults(
      status: reply.status, endpoint: endpoint, url: url(),
      details: said.map { ["the endpoint says: \($0)"] } ?? [], isPage: reply.looksLikeHTML,
      isEmpty: reply.body.allSatisfy { $0 <= 0x20 },
      location: reply.header("location").flatMap { words.place($0, from: endpoint.base) })
    if let fault = SignatureFault(reply, parsed) {
      return .stop(faults.signatureRefused(fault))
    }
    let code = ErrorCode(parsed)
    switch (reply.status, code) {
    case (200, _) where parsed == nil: return .stop(faults.notJSON)
    // A quota that is used up comes with the status of a busy endpoint.
    case (200, .quota), (400..<500, .quota), (402, _): return .stop(faults.noCredit)
    case (200, .key), (400, .key), (401, _), (403, _): return .stop(faults.keyRefused)
    case (200, .filtered), (400..<500, .filtered): return .unanswerable(faults.filtered)
    case (200, .unknownModel), (404, _): return .stop(faults.notFound)
    case (200, .refused), (400, _), (413, _), (422, _): return .unanswerable(faults.refused)
    case (200, .busy):
      return .retry(Reason("http-\(429)", said ?? "the reply says: too many requests"))
    case (200, nil): return .retry(Reason("error-in-reply", said ?? "the reply holds an error"))
    // What a server does not do, it will not do later.
    case (501, _): return .stop(faults.refused)
    case (408, _), (409, _), (424, _), (425, _), (429, _), (500...599, _):
      return .retry(
        Reason(
          "http-\(reply.status)",
          "\(endpoint.isCommand ? "status" : "HTTP") \(reply.status)"
            + (said.map { ": \($0)" } ?? "")))
    case (300...399, _): return .stop(faults.redirected)
    default: return .stop(faults.refused)
    }
  }
}

extension CoalmineError {
  /// Whether a filter held a text back.
  package var isFilter: Bool { code == "text-filtered" }
}
