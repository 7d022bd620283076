// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting
import Foundation
import Synchronization

/// A proxy on loopback that opens every tunnel to one port of this machine, or refuses it, and keeps
/// what clients said to it.
final class ConnectProxy: Sendable {
  private let server: FaultServer
  private let heard: Heard

  private final class Heard: Sendable {
    let heads = Mutex<[String]>([])
  }

  /// - Parameters:
  ///   - target: where tunnels end.
  ///   - refusal: a status line to answer instead.
  init(to target: UInt16, refusal: String? = nil) throws {
    let heard = Heard()
    self.heard = heard
    server = try FaultServer { wire in
      guard let head = wire.readHead() else { return }
      heard.heads.withLock { $0.append(head) }
      if let refusal {
        wire.send(wireReply(status: refusal, headers: ["Connection: close"], "refused"))
      } else {
        wire.send("HTTP/1.1 200 Connection established\r\n\r\n")
        wire.relay(to: target)
      }
    }
  }

  /// Host and port.
  var name: String { "127.0.0.1:\(server.port)" }

  /// Request lines and headers, one per connection.
  var heads: [String] { heard.heads.withLock { $0 } }
}
