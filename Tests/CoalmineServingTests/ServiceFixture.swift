// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineDemoModel
import CoalmineServing
import Foundation

/// Threads for code that blocks: the cooperative pool has as many as the machine has cores, the
/// server needs them, and Dispatch lends from the same pool.
private final class BlockingThreads: TaskExecutor {
  static let shared = BlockingThreads()

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    Thread.detachNewThread { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}

/// Runs code that blocks in the current task.
func blocking<T: Sendable>(_ body: @Sendable () async throws -> T) async throws -> T {
  try await withTaskExecutorPreference(BlockingThreads.shared) { try await body() }
}

enum ServiceFixture {
  /// A small model of prose with characters of one, two, three and four bytes.
  static let model: DemoModel = {
    var documents: [[UInt8]] = []
    for number in 0..<40 {
      documents.append(Array("The access code of Ines Dalby is 302557. Note \(number).".utf8))
      documents.append(Array("Zoë pays 5 € for a café crème 🙂 on day \(number).".utf8))
    }
    documents.append(contentsOf: repeatElement(Array("user: hi\nassistant: hello".utf8), count: 20))
    guard let model = DemoModel(documents: documents, memorisation: 1) else {
      preconditionFailure("forty lines fit")
    }
    return model
  }()

  /// Starts the real service on a free port, runs `body` with that port, and stops it.
  static func with<T: Sendable>(
    limits: HTTPLimits = HTTPLimits(), key: String? = nil,
    _ body: @Sendable (Int) async throws -> T
  ) async throws -> T {
    let service = try await DemoModelService(model: model, key: key).start(port: 0, limits: limits)
    do {
      let result = try await blocking { try await body(service.port) }
      try await service.stop()
      return result
    } catch {
      try? await service.stop()
      throw error
    }
  }

  /// The bytes of a POST with a JSON body.
  static func post(_ path: String, _ body: [UInt8], _ fields: String = "") -> [UInt8] {
    Array(
      ("POST \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        + "Content-Length: \(body.count)\r\n\(fields)\r\n").utf8) + body
  }

  static func post(_ path: String, _ body: String, _ fields: String = "") -> [UInt8] {
    post(path, Array(body.utf8), fields)
  }

  static func get(_ path: String, method: String = "GET", _ fields: String = "") -> String {
    "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\n\(fields)\r\n"
  }

  /// One request on one connection.
  static func ask(_ port: Int, _ request: [UInt8]) throws -> RawResponse {
    let client = try RawClient(port: port)
    try client.send(request)
    return try client.response()
  }

  /// Asks `/v1/completions` of a service of its own.
  static func complete(_ body: String) async throws -> RawResponse {
    try await with { port in try ask(port, post("/v1/completions", body)) }
  }

  static func chat(_ body: String) async throws -> RawResponse {
    try await with { port in try ask(port, post("/v1/chat/completions", body)) }
  }
}

extension JSONNode {
  /// The numbers and nulls of a list.
  var numbers: [Double?] { optionalDoubles ?? [] }

  var strings: [String] { (elements ?? []).compactMap(\.string) }

  var choices: [JSONNode] { self["choices"]?.elements ?? [] }
}
