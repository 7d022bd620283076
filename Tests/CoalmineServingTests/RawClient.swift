// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import Glibc

/// What a socket did that a test did not want.
struct SocketFailure: Error {
  let what: String
}

/// One answer as it stood on the wire.
struct RawResponse: Sendable {
  let status: Int
  /// Names in lower case.
  let headers: [(name: String, value: String)]
  let body: [UInt8]

  func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

  var text: String { String(decoding: body, as: UTF8.self) }

  func json() throws -> JSONNode { try JSONDocument(parsing: body).root }

  /// OpenAI's `error.code`.
  var code: String? { (try? json())?["error"]?["code"]?.string }

  var message: String? { (try? json())?["error"]?["message"]?.string }

  var parameter: String? { (try? json())?["error"]?["param"]?.string }
}

/// A TCP connection that sends exactly the bytes it is given. It blocks: use it in ``blocking(_:)``.
final class RawClient {
  private let descriptor: Int32
  private var buffer: [UInt8] = []

  /// - Parameter receiveBuffer: the size of the system's buffer, for a client that does not read.
  init(port: Int, receiveBuffer: Int32? = nil) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw SocketFailure(what: "socket") }
    if var size = receiveBuffer {
      setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    }
    // Only so that a broken server fails a test and does not hang it.
    var patience = timeval(tv_sec: 30, tv_usec: 0)
    let length = socklen_t(MemoryLayout<timeval>.size)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, length)
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, length)
    var one: Int32 = 1
    setsockopt(
      descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port).bigEndian)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard connected == 0 else { throw SocketFailure(what: "connect: \(errno)") }
  }

  deinit { close(descriptor) }

  func send(_ bytes: [UInt8]) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw SocketFailure(what: "send: \(errno)") }
      rest = rest.dropFirst(count)
    }
  }

  func send(_ text: String) throws { try send(Array(text.utf8)) }

  /// Says that nothing more will be sent.
  func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// Reads once; `false` at the end of the stream.
  private func fill() throws -> Bool {
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    let count = recv(descriptor, &chunk, chunk.count, 0)
    guard count >= 0 else { throw SocketFailure(what: "recv: \(errno)") }
    buffer += chunk.prefix(count)
    return count > 0
  }

  private func line() throws -> String {
    while true {
      if let end = buffer.firstIndex(of: 0x0A) {
        defer { buffer.removeFirst(end + 1) }
        guard end > 0, buffer[end - 1] == 0x0D else { throw SocketFailure(what: "a bare LF") }
        return String(decoding: buffer[..<(end - 1)], as: UTF8.self)
      }
      guard try fill() else { throw SocketFailure(what: "the stream ended in a head") }
    }
  }

  /// The next answer, whole. Its length must be given by `Content-Length`.
  func response(toHead: Bool = false) throws -> RawResponse {
    let first = try line().split(separator: " ", maxSplits: 2)
    guard first.count >= 2, first[0] == "HTTP/1.1", let status = Int(first[1]) else {
      throw SocketFailure(what: "no status line")
    }
    var headers: [(name: String, value: String)] = []
    while case let text = try line(), !text.isEmpty {
      let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
      guard parts.count == 2 else { throw SocketFailure(what: "no header: \(text)") }
      headers.append((parts[0].lowercased(), String(parts[1].drop { $0 == " " })))
    }
    let length = headers.first { $0.name == "content-length" }.flatMap { Int($0.value) }
    if status == 100 || toHead { return RawResponse(status: status, headers: headers, body: []) }
    guard let length else { throw SocketFailure(what: "no length") }
    while buffer.count < length {
      guard try fill() else { throw SocketFailure(what: "the stream ended in a body") }
    }
    defer { buffer.removeFirst(length) }
    return RawResponse(status: status, headers: headers, body: Array(buffer.prefix(length)))
  }

  /// Whether something can be read, or the stream has ended; waits at most so long.
  private func isReadable(_ milliseconds: Int32) -> Bool {
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&entry, 1, milliseconds) > 0
  }

  /// Whether bytes have arrived that nobody has read.
  var hasBytes: Bool { !buffer.isEmpty || isReadable(0) }

  /// Whether the server has answered or ended the connection within that time.
  func hasEnded(waiting milliseconds: Int32) -> Bool { isReadable(milliseconds) }

  /// What comes before the server ends the stream; a reset counts as an end.
  func remainder() -> [UInt8] {
    while (try? fill()) == true {}
    defer { buffer = [] }
    return buffer
  }
}
