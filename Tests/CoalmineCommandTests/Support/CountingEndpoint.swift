// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineDemoModel
import CoalmineServing
import Foundation
import Synchronization

/// The reference service on loopback, with a bill of what it was asked.
final class CountingEndpoint: Sendable {
  /// How often each request body was asked on a completions route, by SHA-256.
  private let bill = Mutex<[Data: Int]>([:])
  /// Called with the number of requests so far, before each is answered.
  private let onRequest: Mutex<(@Sendable (Int) -> Void)?> = Mutex(nil)
  private let answer: @Sendable (ServedRequest) async -> ServedResponse
  private let service = Mutex<HTTPService?>(nil)
  let model: String

  init(
    model: String = "tuned", answer: @escaping @Sendable (ServedRequest) async -> ServedResponse
  ) async throws {
    self.model = model
    self.answer = answer
    let service = try await HTTPService(port: 0) { [weak self] request in
      guard let self else { return ServedResponse(status: 503, body: []) }
      return await self.respond(to: request)
    }
    self.service.withLock { $0 = service }
  }

  /// Serves the demo model trained on `files`.
  static func reference(
    trainedOn files: [URL], memorisation: Double, key: String? = nil, model: String = "tuned"
  ) async throws -> CountingEndpoint {
    let documents = try files.flatMap { TrainingFile.documents(Array(try Data(contentsOf: $0))) }
    let reference = DemoModelService(
      model: DemoModel(documents: documents, memorisation: memorisation)!, name: model,
      key: key)
    return try await CountingEndpoint(model: model) { await reference.respond(to: $0) }
  }

  /// One fixed answer to everything.
  static func fixed(status: Int, type: String = "application/json", _ body: String) async throws
    -> CountingEndpoint
  {
    try await CountingEndpoint { _ in
      ServedResponse(status: status, contentType: type, body: Array(body.utf8))
    }
  }

  var url: String { "http://127.0.0.1:\(service.withLock { $0?.port ?? 0 })" }

  /// How many requests came.
  var requests: Int { bill.withLock { $0.values.reduce(0, +) } }
  /// The bodies that came and how often.
  var bodies: [Data: Int] { bill.withLock { $0 } }

  func callOnRequest(_ body: (@Sendable (Int) -> Void)?) { onRequest.withLock { $0 = body } }

  func stop() async throws {
    let service = service.withLock { service in
      defer { service = nil }
      return service
    }
    try await service?.stop()
  }

  private func respond(to request: ServedRequest) async -> ServedResponse {
    if request.method == "POST" {
      let digest = Data(sha256(request.body))
      let count = bill.withLock { bill in
        bill[digest, default: 0] += 1
        return bill.values.reduce(0, +)
      }
      onRequest.withLock { $0 }?(count)
    }
    return await answer(request)
  }
}
