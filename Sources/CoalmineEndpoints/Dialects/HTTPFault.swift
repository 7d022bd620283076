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

  /// The document of one step's reply. Without `queries` to compare them with, the endpoint's own
  /// words are not repeated: they could hold a secret.
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
    let said = queries.flatMap { queries in
      parsed.flatMap { message($0, queries: queries, endpoint: endpoint) }
    }
    let details = said.map { ["the endpoint says: \($0)"] } ?? []
    switch reply.status {
    case 200 where parsed == nil:
      let html = looksLikeHTML(reply)
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
          help: endpoint.key == nil
            ? "no key was sent: set COALMINE_API_KEY or use '--key-file FILE'"
            : "check the key in COALMINE_API_KEY or '--key-file'",
          exit: .credentialsRefused))
    case 402:
      return .stop(
        CoalmineError(
          code: "no-credit", "\(endpoint.url) wants to be paid (HTTP 402)", details: details,
          help: "what was answered is stored; run the same command again when credit is there",
          exit: .incomplete))
    case 404:
      return .stop(
        CoalmineError(
          code: "not-found",
          "\(endpoint.url) knows no such route or no model '\(terminalSafe(endpoint.model))'",
          details: details, help: "check '--endpoint' and '--model'", exit: .endpointUnavailable))
    case 408, 409, 425, 429, 500...599:
      return .retry(Reason("http-\(reply.status)", said ?? "HTTP \(reply.status)"))
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
          help: looksLikeHTML(reply)
            ? "the answer is a web page: is this the API's base URL?" : nil,
          exit: .endpointUnavailable))
    }
  }

  private static func looksLikeHTML(_ reply: DialectReply) -> Bool {
    if reply.header("content-type")?.contains("html") == true { return true }
    return reply.body.first { $0 > 0x20 } == UInt8(ascii: "<")
  }

  /// How many bytes of an endpoint's words are shown.
  private static let shownLength = 300

  /// The endpoint's own words, cut short, unless they repeat something of a question or of the
  /// key: an error message must not carry a secret to a terminal or a log.
  private static func message(_ document: JSONDocument, queries: [Query], endpoint: Endpoint)
    -> String?
  {
    let error = document.root["error"] ?? document.root
    let words =
      error["message"]?.stringBytes ?? error.stringBytes
      ?? document.root["message"]?.stringBytes ?? document.root["detail"]?.stringBytes
    guard let words, !words.isEmpty else { return nil }
    let shown = Array(words.prefix(shownLength))
    if let key = endpoint.key.map({ Array($0.reveal().utf8) }), repeats(words, key, run: 8) {
      return nil
    }
    for query in queries {
      let target = Array(query.target.drop { $0 == 0x20 })
      // Beyond what is shown, too: the cut may fall inside the secret.
      if target.count >= 4,
        ByteSearch.contains(Array(words.prefix(shownLength + target.count)), target)
      {
        return nil
      }
      // Servers cut, quote and escape what they repeat; a run of it is enough.
      if repeats(shown, query.prompt + query.target, run: 12) { return nil }
    }
    return terminalSafe(String(decoding: shown, as: UTF8.self))
  }

  /// Whether `words` hold `run` bytes in a row of `text`; the whole of a shorter text of at least
  /// four bytes.
  private static func repeats(_ words: [UInt8], _ text: [UInt8], run: Int) -> Bool {
    let length = min(run, text.count)
    guard length >= 4, words.count >= length else { return false }
    return (0...(text.count - length)).contains {
      ByteSearch.contains(words, Array(text[$0..<($0 + length)]))
    }
  }
}
