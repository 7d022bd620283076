// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// A server on the loopback interface that misbehaves byte by byte, as its script says.
///
/// Each connection has a thread of its own that runs the script once. The server ends with the
/// last reference to it; a connection ends with its script.
public final class FaultServer: Sendable {
  public let port: UInt16
  private let listener: Int32
  private let log = Log()

  /// What arrived, across all connections.
  final class Log: Sendable {
    let requests = Mutex<[ReceivedRequest]>([])
  }

  /// The error number of the system where there is no port to listen on.
  public struct Unavailable: Error {
    public let number: Int32
  }

  public init(_ script: @escaping @Sendable (FaultConnection) -> Void) throws {
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

  deinit { stop() }

  /// No connection is taken any more.
  public func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

  public var url: String { "http://127.0.0.1:\(port)" }

  /// Every request that was read whole, in the order of arrival.
  public var requests: [ReceivedRequest] { log.requests.withLock { $0 } }

  /// Answers every request on every connection with `reply`.
  public static func answering(_ reply: [UInt8]) throws -> FaultServer {
    try FaultServer { wire in while wire.readRequest() != nil { wire.send(reply) } }
  }
}

/// A request that the server read to its end.
public struct ReceivedRequest: Sendable {
  /// Counts connections from 0.
  public let connection: Int
  /// Request line and headers, as received.
  public let head: String
  public let body: [UInt8]

  public var bodyText: String { body.text }

  /// The first line.
  public var line: String { lines[0] }

  /// The lines after it.
  public var headers: [String] { Array(lines.dropFirst()) }

  private var lines: [String] { head.components(separatedBy: "\r\n") }
}

/// A loopback port on which nobody listens.
public func closedPort() throws -> UInt16 {
  let server = try FaultServer { _ in }
  return server.port
}
