// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineTesting
import Foundation
import Synchronization

/// A real server on the loopback interface that counts what it is asked and answers by a script.
///
/// Each connection has a thread of its own. What the script does not answer, ``ScriptedModel``
/// answers.
final class BilledServer: Sendable {
  /// A request that was read to its end.
  struct Asked: Sendable {
    /// Counts requests from 0.
    let number: Int
    /// Counts connections from 0.
    let connection: Int
    let prompts: [String]
    /// The request line and the other header lines.
    var head = ""
    var body: [UInt8] = []
  }

  enum Answer: Sendable {
    case reply(Reply)
    /// The connection ends without a reply.
    case hangUp
    /// The model's answer, after so many seconds.
    case late(Double)
  }

  private final class Bill: Sendable {
    let asked = Mutex<[Asked]>([])
  }

  private let server: FaultServer
  private let bill = Bill()
  private let transport: Transport

  init(
    limits: TransportLimits = TransportLimits(),
    _ script: @escaping @Sendable (Asked) -> Answer? = { _ in nil }
  ) throws {
    transport = Transport(limits: limits)
    let bill = bill
    server = try FaultServer { wire in
      while let request = wire.readRequest(), Self.answer(request, wire, bill, script) {}
    }
  }

  /// No connection is taken any more.
  func die() { server.stop() }

  var requests: [Asked] { bill.asked.withLock { $0 } }

  /// Sends a request of a ``ProbedStudy`` to this server.
  func send(_ request: HTTPRequest) async throws(TransportError) -> Reply {
    var moved = HTTPRequest(
      url: request.url.replacingOccurrences(
        of: ProbedStudy.endpoint.url, with: server.url),
      headers: request.headers, body: request.body, replyLimit: request.replyLimit)
    moved.needsFreshConnection = request.needsFreshConnection
    moved.contentType = request.contentType
    return try await transport.send(moved)
  }

  private static func answer(
    _ request: ReceivedRequest, _ wire: FaultConnection, _ bill: Bill,
    _ script: (Asked) -> Answer?
  ) -> Bool {
    let object = (try? jsonObject(request.body)) ?? [:]
    let asked = bill.asked.withLock { bill in
      let asked = Asked(
        number: bill.count, connection: request.connection,
        prompts: object["prompt"] as? [String] ?? [], head: request.head, body: request.body)
      bill.append(asked)
      return asked
    }
    let reply: Reply
    switch script(asked) {
    case .hangUp?: return false
    case .reply(let found)?: reply = found
    case .late(let seconds)?:
      Thread.sleep(forTimeInterval: seconds)
      reply = ScriptedModel.completions(object)
    case nil: reply = ScriptedModel.completions(object)
    }
    return wire.send(
      wireReply(
        status: "\(reply.status) x", headers: reply.headers.map { "\($0.name): \($0.value)" },
        body: reply.body))
  }
}

extension Reply {
  /// A reply without an answer.
  static func refusal(
    _ status: Int, _ body: String = "{}", _ headers: [(name: String, value: String)] = []
  ) -> Reply {
    Reply(
      status: status, headers: [(name: "content-type", value: "application/json")] + headers,
      body: Array(body.utf8), elapsedMilliseconds: 0)
  }

  /// The reply with another name of the model in it.
  func named(_ name: String) -> Reply {
    var document =
      (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] ?? [:]
    document["model"] = name
    let body = (try? JSONSerialization.data(withJSONObject: document)).map(Array.init) ?? body
    return Reply(status: status, headers: headers, body: body)
  }
}
