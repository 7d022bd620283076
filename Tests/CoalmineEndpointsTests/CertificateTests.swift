// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import Foundation
import Testing

/// A real TLS server, OpenSSL's own, with a certificate that nobody vouches for.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl")))
struct `Certificates` {
  /// Runs a command to its end; its output is dropped.
  static func run(_ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
    process.arguments = arguments
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }

  @Test func `a certificate of its own making is refused before the key leaves`() async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "coalmine-tls-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let key = folder.appendingPathComponent("key.pem").path
    let certificate = folder.appendingPathComponent("certificate.pem").path
    try Self.run([
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
      "-keyout", key, "-out", certificate, "-days", "1", "-subj", "/CN=localhost",
      "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
    ])
    let server = Process()
    server.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
    server.arguments = [
      "s_server", "-accept", "127.0.0.1:0", "-key", key, "-cert", certificate, "-naccept", "1",
    ]
    let output = Pipe()
    let input = Pipe()
    server.standardOutput = output
    server.standardError = FileHandle.nullDevice
    server.standardInput = input
    try server.run()
    // It says "ACCEPT 127.0.0.1:PORT" once it listens, and then whatever a client sends.
    var said = ""
    while !said.contains("ACCEPT"), case let data = output.fileHandleForReading.availableData,
      !data.isEmpty
    {
      said += String(decoding: data, as: UTF8.self)
    }
    let port = try #require(
      said.split(separator: "\n").first { $0.hasPrefix("ACCEPT") }?.split(separator: ":").last)
    let request = HTTPRequest(
      url: "https://127.0.0.1:\(port)/v1",
      headers: [(name: "authorization", value: Secret("Bearer marked-key-31415926"))],
      body: Secret(Array(#"{"prompt":"the hidden canary"}"#.utf8)))
    let error = await Transport(limits: .with { $0.totalSeconds = 30 }).failure(request)
    #expect(error?.fate == .untrusted)
    server.terminate()
    let rest = output.fileHandleForReading.readDataToEndOfFile()
    server.waitUntilExit()
    said += String(decoding: rest, as: UTF8.self)
    #expect(!said.contains("marked-key") && !said.contains("hidden canary"))
  }
}
