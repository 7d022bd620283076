// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// A real TLS server, OpenSSL's own, that answers every request alike. One client at a time.
public final class TLSServer: Sendable {
  public let port: UInt16
  // Process is not Sendable; it is only started here, and ended by its number.
  private let number: Int32
  private let heard: Mutex<(text: String, requests: [String])> = Mutex(("", []))

  /// - Parameters:
  ///   - chain: further certificates to send along.
  ///   - host: an address of this machine.
  public init(
    _ pair: TestCertificates.Pair, chain: String? = nil, host: String = "127.0.0.1",
    answering reply: [UInt8] = wireReply("{}")
  ) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
    process.arguments =
      ["s_server", "-accept", "\(host):0", "-key", pair.key, "-cert", pair.certificate]
      + (chain.map { ["-cert_chain", $0] } ?? [])
    let (output, input) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    process.standardInput = input
    try process.run()
    number = process.processIdentifier
    // It says "ACCEPT 127.0.0.1:PORT" once it listens, and then whatever a client sends.
    var said = ""
    while !said.contains("ACCEPT"), case let data = output.fileHandleForReading.availableData,
      !data.isEmpty
    {
      said += String(decoding: data, as: UTF8.self)
    }
    let line = said.split(separator: "\n").first { $0.hasPrefix("ACCEPT") }
    guard let port = line?.split(separator: ":").last.flatMap({ UInt16($0) }) else {
      kill(number, SIGTERM)
      throw Unavailable(description: "openssl s_server does not listen: \(said)")
    }
    self.port = port
    Thread.detachNewThread { [weak self] in
      var pending = ""
      while case let data = output.fileHandleForReading.availableData, !data.isEmpty {
        let text = String(decoding: data, as: UTF8.self)
        pending += text
        var requests: [String] = []
        while let request = Self.request(in: &pending) { requests.append(request) }
        guard let self else { break }
        let found = requests
        self.heard.withLock { heard in
          heard.text += text
          heard.requests += found
        }
        for _ in found { input.fileHandleForWriting.write(Data(reply)) }
      }
    }
  }

  deinit { kill(number, SIGTERM) }

  public struct Unavailable: Error, CustomStringConvertible { public let description: String }

  /// Every whole request, in the order of arrival.
  public var requests: [String] { heard.withLock { $0.requests } }

  /// Everything that came, and what the server says of itself.
  public var text: String { heard.withLock { $0.text } }

  /// Takes the first whole request out of a text; what stands before it is the server's own.
  private static func request(in text: inout String) -> String? {
    let start = ["POST /", "GET /"].compactMap { text.firstRange(of: $0)?.lowerBound }.min()
    guard let start, let blank = text[start...].firstRange(of: "\r\n\r\n") else { return nil }
    let head = text[start..<blank.lowerBound]
    let length =
      head.lowercased().split(separator: "\r\n").compactMap { line in
        line.hasPrefix("content-length:")
          ? Int(line.dropFirst(15).trimmingCharacters(in: .whitespaces)) : nil
      }.first ?? 0
    let rest = text[blank.upperBound...]
    guard rest.utf8.count >= length else { return nil }
    let end = rest.utf8.index(rest.startIndex, offsetBy: length)
    defer { text = String(text[end...]) }
    return String(text[start..<end])
  }
}
