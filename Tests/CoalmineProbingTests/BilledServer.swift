// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
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

  private let listener: Int32
  private let port: UInt16
  private let bill = Bill()
  private let transport: Transport

  init(
    limits: TransportLimits = TransportLimits(),
    _ script: @escaping @Sendable (Asked) -> Answer? = { _ in nil }
  ) throws {
    transport = Transport(limits: limits)
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = listener
    let isBound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(listener, address, size) == 0 && listen(listener, 64) == 0
          && getsockname(listener, address, &size) == 0
      }
    }
    guard isBound else { throw TransportError(fate: .notSent, code: 0, message: "no port") }
    port = UInt16(bigEndian: address.sin_port)
    let bill = bill
    Thread.detachNewThread {
      var connection = 0
      while case let descriptor = accept(listener, nil, nil), descriptor >= 0 {
        let number = connection
        connection += 1
        Thread.detachNewThread {
          while let (head, body) = Self.read(descriptor) {
            guard Self.answer(head, body, number, descriptor, bill, script) else { break }
          }
          close(descriptor)
        }
      }
    }
  }

  deinit { die() }

  /// No connection is taken any more.
  func die() { shutdown(listener, Int32(SHUT_RDWR)) }

  var requests: [Asked] { bill.asked.withLock { $0 } }

  /// Sends a request of a ``ProbedStudy`` to this server.
  func send(_ request: HTTPRequest) async throws(TransportError) -> Reply {
    var moved = HTTPRequest(
      url: request.url.replacingOccurrences(
        of: ProbedStudy.endpoint.url, with: "http://127.0.0.1:\(port)"),
      headers: request.headers, body: request.body, replyLimit: request.replyLimit)
    moved.needsFreshConnection = request.needsFreshConnection
    moved.contentType = request.contentType
    return try await transport.send(moved)
  }

  private static func answer(
    _ head: String, _ body: [UInt8], _ connection: Int, _ descriptor: Int32, _ bill: Bill,
    _ script: (Asked) -> Answer?
  ) -> Bool {
    let object = (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] ?? [:]
    let asked = bill.asked.withLock { bill in
      let asked = Asked(
        number: bill.count, connection: connection, prompts: object["prompt"] as? [String] ?? [],
        head: head, body: body)
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
    let head =
      ["HTTP/1.1 \(reply.status) x", "content-length: \(reply.body.count)"]
      + reply.headers.map { "\($0.name): \($0.value)" }
    let bytes = Array((head.joined(separator: "\r\n") + "\r\n\r\n").utf8) + reply.body
    return Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
  }

  /// Head and body of the next request; `nil` where the client is gone.
  private static func read(_ descriptor: Int32) -> (String, [UInt8])? {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      if let end = Data(bytes).range(of: Data("\r\n\r\n".utf8)) {
        let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
        let length =
          head.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
          .flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) } ?? 0
        if bytes.count >= end.upperBound + length {
          return (head, Array(bytes[end.upperBound...]))
        }
      }
      let count = recv(descriptor, &chunk, chunk.count, 0)
      guard count > 0 else { return nil }
      bytes += chunk.prefix(count)
    }
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
}
