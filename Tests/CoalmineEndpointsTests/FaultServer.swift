// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import Foundation
import Synchronization

/// A server on the loopback interface that misbehaves byte by byte, as its script says.
///
/// Each connection has a thread of its own that runs the script once. The server ends with the
/// last reference to it; a connection ends with its script.
final class FaultServer: Sendable {
  let port: UInt16
  private let listener: Int32
  private let log = Log()

  /// What arrived, across all connections.
  final class Log: Sendable {
    let requests = Mutex<[ReceivedRequest]>([])
  }

  struct Unavailable: Error {
    let number: Int32
  }

  init(_ script: @escaping @Sendable (FaultConnection) -> Void) throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard listener >= 0 else { throw Unavailable(number: errno) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let code = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(listener, address, size) == 0 && listen(listener, 512) == 0
          && getsockname(listener, address, &size) == 0
      }
    }
    guard code else { throw Unavailable(number: errno) }
    self.listener = listener
    port = UInt16(bigEndian: address.sin_port)
    let log = self.log
    Thread.detachNewThread {
      var number = 0
      while true {
        let descriptor = accept(listener, nil, nil)
        guard descriptor >= 0 else { break }
        let connection = number
        number += 1
        Thread.detachNewThread {
          let wire = FaultConnection(descriptor, number: connection, log: log)
          script(wire)
          wire.close()
        }
      }
      close(listener)
    }
  }

  deinit { shutdown(listener, Int32(SHUT_RDWR)) }

  var url: String { "http://127.0.0.1:\(port)" }

  /// Every request that was read whole, in the order of arrival.
  var requests: [ReceivedRequest] { log.requests.withLock { $0 } }

  /// A POST to this server.
  func request(_ body: String = #"{"prompt":"x"}"#, path: String = "/v1/completions")
    -> HTTPRequest
  {
    HTTPRequest(url: url + path, headers: [], body: Secret(Array(body.utf8)))
  }

  /// Answers every request on every connection with `reply`.
  static func answering(_ reply: [UInt8]) throws -> FaultServer {
    try FaultServer { wire in while wire.readRequest() != nil { wire.send(reply) } }
  }
}

/// A request that the server read to its end.
struct ReceivedRequest: Sendable {
  /// Counts connections from 0.
  let connection: Int
  /// Request line and headers, as received.
  let head: String
  let body: [UInt8]

  var bodyText: String { String(decoding: body, as: UTF8.self) }
}

/// A loopback port on which nobody listens.
func closedPort() throws -> UInt16 {
  let server = try FaultServer { _ in }
  return server.port
}
