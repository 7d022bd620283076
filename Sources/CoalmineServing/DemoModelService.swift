// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineDemoModel
import CoalmineStatistics
import Synchronization

/// The demo model behind an OpenAI-compatible API.
///
/// | route | what |
/// |---|---|
/// | `GET /health` | `{"status":"ok"}` |
/// | `GET /v1/models` | the one model |
/// | `POST /v1/completions` | text, lists, token ids; echo, logprobs, n, seed, temperature, top_p |
/// | `POST /v1/chat/completions` | chat turns through ``ChatTemplate`` |
/// | `POST /tokenize`, `POST /detokenize` | bytes are tokens |
///
/// A prompt with what is to be written after it may have 65,536 tokens (bytes), a request 1,048,576
/// in all; more is a 400 with code `context_length_exceeded` or `request_too_large`.
///
/// Log-probabilities are the model's own, before temperature. With a `seed`, the same request gets
/// the same answer.
public struct DemoModelService: Sendable {
  let model: DemoModel
  let name: String
  let key: String?
  private let served = RouteCounts()

  /// - Parameters:
  ///   - name: what the API calls the model; another name in a request is a 404.
  ///   - key: the bearer token that requests must carry; `nil` asks for none.
  public init(model: DemoModel, name: String = "demo-model", key: String? = nil) {
    self.model = model
    self.name = name
    self.key = key
  }

  /// Listens on `host`; port 0 takes a free one.
  public func start(
    host: String = "127.0.0.1", port: Int, limits: HTTPLimits = HTTPLimits()
  ) async throws -> HTTPService {
    try await HTTPService(host: host, port: port, limits: limits) { request in
      await respond(to: request)
    }
  }

  /// How many requests each path was answered, for tests and for the log of `serve`; all unknown
  /// paths together under `other`.
  public var requestsServed: [String: Int] { served.counts }

  /// The answer to one request; pure but for system randomness where no seed is given.
  public func respond(to request: ServedRequest) async -> ServedResponse {
    let methods = Self.methods[request.path]
    served.count(methods == nil ? "other" : request.path)
    do {
      try authorise(request)
      guard let methods else {
        throw ServiceError(status: 404, code: "not_found", message: "there is no such route")
      }
      guard methods.contains(request.method) else {
        throw ServiceError(
          status: 405, code: "method_not_allowed",
          message: "this route does not take \(terminalSafe(request.method))",
          headers: [("allow", methods.joined(separator: ", "))])
      }
      switch request.path {
      case "/v1/models": return try models()
      case "/v1/completions":
        return try CompletionsRoute(service: self).respond(try body(request))
      case "/v1/chat/completions":
        return try ChatRoute(service: self).respond(try body(request))
      case "/tokenize": return try TokenRoutes.tokenize(try body(request).root)
      case "/detokenize": return try TokenRoutes.detokenize(try body(request).root)
      default: return ServedResponse(status: 200, body: Array(#"{"status":"ok"}"#.utf8))
      }
    } catch let error as ServiceError {
      return error.response
    } catch {
      return ServiceError(
        status: 500, type: "server_error", code: "internal", message: "the answer was not written"
      ).response
    }
  }

  private static let methods: [String: [String]] = [
    "/health": ["GET", "HEAD"], "/v1/models": ["GET", "HEAD"], "/v1/completions": ["POST"],
    "/v1/chat/completions": ["POST"], "/tokenize": ["POST"], "/detokenize": ["POST"],
  ]

  private func authorise(_ request: ServedRequest) throws {
    guard let key, request.path != "/health" else { return }
    let given = Array((request.header("authorization") ?? "").utf8)
    let wanted = Array("Bearer \(key)".utf8)
    // Every byte is compared, so that the time tells nothing of the key but its length.
    let difference = zip(given, wanted).reduce(UInt8(0)) { $0 | $1.0 ^ $1.1 }
    guard difference == 0, given.count == wanted.count else {
      throw ServiceError(
        status: 401, type: "authentication_error", code: "invalid_api_key",
        message: "the API key is missing or wrong", headers: [("www-authenticate", "Bearer")])
    }
  }

  private func body(_ request: ServedRequest) throws -> JSONDocument {
    if let type = request.header("content-type") {
      let media = type.prefix { $0 != ";" && $0 != " " && $0 != "\t" }
      guard media.lowercased() == "application/json" else {
        throw ServiceError(
          status: 415, code: "unsupported_media_type", message: "the body must be application/json")
      }
    }
    let document: JSONDocument
    do throws(JSONError) {
      document = try JSONDocument(parsing: request.body)
    } catch {
      let fault = JSONFault.first(in: request.body, depthLimit: JSONDocument.depthLimit)
      let place = fault.map { "line \($0.line), column \($0.column): \($0.reason)" }
      throw ServiceError(
        code: "invalid_json", message: "the body is not JSON: \(place ?? error.reason)")
    }
    guard document.root.members != nil else {
      throw ServiceError(code: "invalid_json", message: "the body is not a JSON object")
    }
    try SamplingRequest.refuseDuplicates(document.root)
    return document
  }

  private func models() throws -> ServedResponse {
    var writer = JSONWriter()
    try writer.object { list in
      try list.field("object", "list")
      try list.array("data") { data in
        try data.object { entry in
          try entry.field("id", name)
          try entry.field("object", "model")
          try entry.field("owned_by", "coalmine")
        }
      }
    }
    return ServedResponse(status: 200, body: writer.bytes)
  }
}

/// A count a path. A class, since the service is a value that is copied into the handler.
private final class RouteCounts: Sendable {
  private let values = Mutex<[String: Int]>([:])
  var counts: [String: Int] { values.withLock { $0 } }
  func count(_ path: String) { values.withLock { $0[path, default: 0] += 1 } }
}
