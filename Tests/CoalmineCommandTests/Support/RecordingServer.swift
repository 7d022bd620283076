// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// A server on loopback that keeps the head of each request, byte for byte, and answers 404.
final class RecordingServer: Sendable {
  private let heads = Mutex<[String]>([])
  private let descriptor: Int32
  let port: Int

  init() throws {
    let listening = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &place) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { place in
        let bound = bind(listening, place, size)
        return bound == 0 ? listen(listening, 16) + getsockname(listening, place, &size) : -1
      }
    }
    guard result == 0 else { throw POSIXError(.EADDRNOTAVAIL) }
    descriptor = listening
    port = Int(UInt16(bigEndian: place.sin_port))
    Thread.detachNewThread { [self] in
      while true {
        let client = accept(listening, nil, nil)
        guard client >= 0 else { return }
        answer(client)
        close(client)
      }
    }
  }

  var url: String { "http://127.0.0.1:\(port)" }

  /// The request lines in their order, each with its header lines.
  var requests: [(line: String, headers: [String])] {
    heads.withLock { $0 }.map {
      let lines = $0.components(separatedBy: "\r\n")
      return (lines[0], Array(lines.dropFirst()))
    }
  }

  func stop() {
    shutdown(descriptor, Int32(SHUT_RDWR))
    close(descriptor)
  }

  private func answer(_ client: Int32) {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let text = String(decoding: bytes, as: UTF8.self)
      if let end = text.range(of: "\r\n\r\n") {
        let head = String(text[..<end.lowerBound])
        let length =
          head.lowercased().components(separatedBy: "content-length: ").dropFirst().first
          .flatMap { Int($0.prefix { $0.isNumber }) } ?? 0
        if bytes.count >= head.utf8.count + 4 + length {
          heads.withLock { $0.append(head) }
          break
        }
      }
      let count = recv(client, &chunk, chunk.count, 0)
      guard count > 0 else { return }
      bytes += chunk.prefix(count)
    }
    let reply = "HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}"
    _ = reply.withCString { send(client, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
  }
}
