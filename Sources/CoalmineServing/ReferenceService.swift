// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineReference
import CoalmineStatistics
import Synchronization

/// The reference model behind an OpenAI-compatible API.
///
/// | route | what |
/// |---|---|
/// | `GET /health` | `{"status":"ok"}` |
/// | `GET /v1/models` | the one model |
/// | `POST /v1/completions` | text, lists, token ids; echo, logprobs, n, seed, temperature, top_p |
/// | `POST /v1/chat/completions` | chat turns through ``ChatTemplate`` |
/// | `POST /tokenize`, `POST /detokenize` | bytes are tokens |
///
/// Log-probabilities are the model's own, before temperature. With a `seed`, the same request gets
/// the same answer.
public struct ReferenceService: Sendable {
  let model: ReferenceModel
  let name: String
  let key: String?
  private let served = RouteCounts()

  /// - Parameters:
  ///   - name: what the API calls the model; another name in a request is a 404.
  ///   - key: the bearer token that requests must carry; `nil` asks for none.
  public init(model: ReferenceModel, name: String = "reference", key: String? = nil) {
    self.model = model
    self.name = name
    self.key = key
  }

  /// Listens on `host`; port 0 takes a free one.
  public func start(host: String = "127.0.0.1", port: Int) async throws -> HTTPService {
    try await HTTPService(host: host, port: port) { request in await respond(to: request) }
  }

  /// How many requests each path was answered, for tests and for the log of `serve`.
  public var requestsServed: [String: Int] { served.counts }

  /// The answer to one request; pure but for system randomness where no seed is given.
  public func respond(to request: ServedRequest) async -> ServedResponse {
    served.count(request.path)
    if let key, request.path != "/health" {
      guard request.header("authorization") == "Bearer \(key)" else {
        return ServiceError(
          status: 401, type: "authentication_error", code: "invalid_api_key",
          message: "the API key is missing or wrong"
        ).response
      }
    }
    do {
      switch (request.method, request.path) {
      case ("GET", "/health"), ("HEAD", "/health"):
        return ServedResponse(status: 200, body: Array(#"{"status":"ok"}"#.utf8))
      case ("GET", "/v1/models"): return try models()
      case ("POST", "/v1/completions"):
        return try CompletionsRoute(service: self).respond(try body(request))
      case ("POST", "/v1/chat/completions"):
        return try ChatRoute(service: self).respond(try body(request))
      case ("POST", "/tokenize"): return try TokenRoutes.tokenize(try body(request).root)
      case ("POST", "/detokenize"): return try TokenRoutes.detokenize(try body(request).root)
      case (_, "/health"), (_, "/v1/models"), (_, "/v1/completions"), (_, "/v1/chat/completions"),
        (_, "/tokenize"), (_, "/detokenize"):
        throw ServiceError(
          status: 405, code: "method_not_allowed",
          message: "this route does not take \(request.method)")
      default:
        throw ServiceError(status: 404, code: "not_found", message: "there is no such route")
      }
    } catch let error as ServiceError {
      return error.response
    } catch {
      return ServiceError(
        status: 500, type: "server_error", code: "internal", message: "the answer was not written"
      ).response
    }
  }

  private func body(_ request: ServedRequest) throws -> JSONDocument {
    if let type = request.header("content-type"), !type.lowercased().hasPrefix("application/json") {
      throw ServiceError(
        status: 415, code: "unsupported_media_type", message: "the body must be application/json")
    }
    guard let document = try? JSONDocument(parsing: request.body) else {
      throw ServiceError(code: "invalid_json", message: "the body is not JSON")
    }
    guard document.root.members != nil else {
      throw ServiceError(code: "invalid_json", message: "the body is not a JSON object")
    }
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
