// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineTesting
import Foundation
import Testing

/// A request about jobs as a stand-in of a provider sees it.
struct JobRequest {
  /// The folders of its path.
  let path: [String]
  let query: String
  let contentType: String
  let body: [UInt8]

  var object: [String: Any] { (try? jsonObject(body)) ?? [:] }
}

/// In which words a ``BatchProvider`` takes jobs: one case per kind of jobs that coalmine speaks.
enum JobWords: String, CaseIterable, CustomTestStringConvertible {
  case openAI = "openai-completions"
  case mistral = "mistral-chat"
  case anthropic = "anthropic-messages"
  case gemini

  var testDescription: String { rawValue }

  /// Questions of the legacy completions, which ``ScriptedModel`` answers, in jobs of these words.
  var dialect: any Dialect { CompletionsInJobs(jobs: CoalmineProbingTests.dialect(rawValue).jobs) }

  /// Why a request was not asked, where its job expired before it.
  var expiredWords: String {
    switch self {
    case .openAI: "the provider did not ask the model: batch_expired"
    case .anthropic: "the provider did not ask the model: expired"
    case .mistral, .gemini: "its batch job expired"
    }
  }

  /// The reply to a request; `nil` for a route that is not there.
  func answer(_ request: JobRequest, _ provider: BatchProvider) -> Reply? {
    switch self {
    case .openAI: Self.openAI(request, provider)
    case .mistral: Self.mistral(request, provider)
    case .anthropic: Self.anthropic(request, provider)
    case .gemini: Self.gemini(request, provider)
    }
  }

  /// Whether a line says that its request was not asked before the job's end.
  static func isExpired(_ line: [String: Any]) -> Bool {
    (line["error"] as? [String: Any])?["code"] as? String == "batch_expired"
  }

  /// The parts of a form behind their own headers; `nil` where it is none.
  static func parts(_ request: JobRequest) -> [String]? {
    let text = String(decoding: request.body, as: UTF8.self)
    guard let boundary = request.contentType.components(separatedBy: "boundary=").last,
      text.hasPrefix("--\(boundary)\r\n"), text.hasSuffix("\r\n--\(boundary)--\r\n")
    else { return nil }
    let parts = text.components(separatedBy: "--\(boundary)").dropFirst().dropLast()
    return parts.compactMap { part in
      part.range(of: "\r\n\r\n").map { String(part[$0.upperBound...].dropLast()) }
    }
  }

  /// The lines of a file, each with its name and its request.
  static func lines(_ file: String, name: String, body: String) -> [BatchProvider.Line] {
    file.utf8.split(separator: 0x0A).compactMap { line in
      guard let object = try? jsonObject(Data(line)), let name = object[name] as? String,
        let body = object[body] as? [String: Any]
      else { return nil }
      return Self.line(name, body)
    }
  }

  static func line(_ name: String, _ body: [String: Any]) -> BatchProvider.Line {
    BatchProvider.Line(
      name: name,
      body: (try? JSONSerialization.data(withJSONObject: body, options: .sortedKeys)) ?? Data())
  }

  static func refusal(_ message: String, _ status: Int = 400) -> Reply {
    ScriptedModel.reply(["error": ["message": message]], status: status)
  }
}

/// Questions of the legacy completions in the jobs of another dialect.
private struct CompletionsInJobs: Dialect {
  private let inner = dialect()
  let jobs: (any BatchJobs)?

  init(jobs: (any BatchJobs)?) { self.jobs = jobs }

  var name: String { inner.name }
  var abilities: Abilities { inner.abilities }
  var presentation: Presentation.Form { inner.presentation }
  var limits: RequestLimits { inner.limits }
  var routes: APIRoutes { inner.routes }

  func encode(_ asks: [Ask], to endpoint: Endpoint, seed: UInt64) throws(CoalmineError)
    -> DialectRequest
  { try inner.encode(asks, to: endpoint, seed: seed) }

  func decode(_ reply: Reply, _ asks: [Ask], at endpoint: Endpoint) -> Reading<RequestAnswers> {
    inner.decode(reply, asks, at: endpoint)
  }
}
