// SPDX-License-Identifier: Apache-2.0

import Foundation

/// One connection of a ``FaultServer``, from the server's side; it blocks its own thread only.
public final class FaultConnection {
  /// Counts connections from 0.
  public let number: Int
  private var descriptor: Int32
  private let log: FaultServer.Log
  private var pending: [UInt8] = []

  init(_ descriptor: Int32, number: Int, log: FaultServer.Log) {
    self.descriptor = descriptor
    self.number = number
    self.log = log
    // A fault must leave as the script wrote it, one segment a call.
    var on: Int32 = 1
    setsockopt(
      descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
  }

  /// Reads one request with its body; `nil` where the client is gone.
  public func readRequest() -> ReceivedRequest? {
    guard let head = readHead() else { return nil }
    let length =
      head.lowercased().split(separator: "\r\n").compactMap { line in
        line.hasPrefix("content-length:")
          ? Int(line.dropFirst(15).trimmingCharacters(in: .whitespaces)) : nil
      }.first ?? 0
    while pending.count < length { guard fill() else { return nil } }
    let request = ReceivedRequest(
      connection: number, head: head, body: Array(pending.prefix(length)))
    pending.removeFirst(length)
    log.requests.withLock { $0.append(request) }
    return request
  }

  /// Reads to the blank line that ends the headers.
  public func readHead() -> String? {
    let end = Array("\r\n\r\n".utf8)
    while true {
      if let found = pending.indices.first(where: { pending[$0...].starts(with: end) }) {
        let head = String(decoding: pending[..<found], as: UTF8.self)
        pending.removeFirst(found + end.count)
        return head
      }
      guard fill() else { return nil }
    }
  }

  /// Waits until something of the body is here, and leaves it unread.
  public func waitForBody() {
    guard pending.isEmpty else { return }
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    poll(&entry, 1, 10_000)
  }

  /// Waits until the client closes, reading and dropping what it sends.
  public func waitForClose() {
    while fill() { pending = [] }
  }

  /// Whether the client closed within `milliseconds`.
  public func isClosed(within milliseconds: Int32) -> Bool {
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&entry, 1, milliseconds) > 0 && !fill()
  }

  /// Sends bytes; false where the client no longer takes them.
  @discardableResult
  public func send(_ bytes: [UInt8]) -> Bool {
    var start = 0
    while start < bytes.count {
      let written = bytes[start...].withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard written > 0 else { return false }
      start += written
    }
    return true
  }

  @discardableResult
  public func send(_ text: String) -> Bool { send(Array(text.utf8)) }

  /// Carries bytes between the client and a port of this machine until one of them closes.
  public func relay(to port: UInt16) {
    let other = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { Glibc.close(other) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let code = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(other, $0, size) }
    }
    guard code == 0 else { return }
    var entries = [descriptor, other].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    while poll(&entries, 2, 30_000) > 0 {
      for place in 0...1 where entries[place].revents != 0 {
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(entries[place].fd, &chunk, chunk.count, 0)
        guard count > 0,
          Glibc.send(entries[1 - place].fd, chunk, count, Int32(MSG_NOSIGNAL)) == count
        else { return }
      }
    }
  }

  /// Ends the connection in order.
  public func close() {
    guard descriptor >= 0 else { return }
    Glibc.close(descriptor)
    descriptor = -1
  }

  /// Ends the connection with a reset.
  public func reset() {
    var now = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
    close()
  }

  private func fill() -> Bool {
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    let count = recv(descriptor, &chunk, chunk.count, 0)
    guard count > 0 else { return false }
    pending += chunk.prefix(count)
    return true
  }
}
