// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// A private authority and the certificates that it issues, made by `openssl` in a folder of their
/// own.
final class TestCertificates: Sendable {
  static let isPossible = FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl")

  private let folder: URL

  /// The authority's own certificate.
  var authority: String { path("authority.pem") }

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "coalmine-tls-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Self.openssl([
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
      "-keyout", path("authority.key"), "-out", authority, "-days", "2", "-subj",
      "/CN=A private authority",
    ])
    try write(
      """
      [ca]
      default_ca = ours
      [ours]
      database = \(path("index"))
      serial = \(path("serial"))
      new_certs_dir = \(folder.path)
      default_md = sha256
      policy = names
      copy_extensions = copy
      unique_subject = no
      [names]
      commonName = supplied
      """, to: "ca.conf")
    try write("", to: "index")
    try write("01\n", to: "serial")
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  /// Writes a file of the folder.
  func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: folder.appendingPathComponent(name))
  }

  /// Certificate and key of a server.
  struct Pair: Sendable {
    let certificate: String
    let key: String
  }

  /// A certificate that the authority issued.
  ///
  /// - Parameters:
  ///   - names: as in `subjectAltName`.
  ///   - from: when its time begins, and when it ends, in whole days from now.
  func issued(for names: String, from: Int = -1, until: Int = 1) throws -> Pair {
    let name = UUID().uuidString
    let pair = Pair(certificate: path(name + ".pem"), key: path(name + ".key"))
    try Self.openssl([
      "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
      "-keyout", pair.key, "-out", path(name + ".request"), "-subj", "/CN=server", "-addext",
      "subjectAltName=\(names)",
    ])
    try Self.openssl([
      "ca", "-batch", "-notext", "-config", path("ca.conf"), "-cert", authority, "-keyfile",
      path("authority.key"), "-in", path(name + ".request"), "-out", pair.certificate,
      "-startdate", Self.day(from), "-enddate", Self.day(until),
    ])
    return pair
  }

  /// A certificate that vouches for itself.
  func selfSigned(for names: String) throws -> Pair {
    let pair = Pair(certificate: path("alone.pem"), key: path("alone.key"))
    try Self.openssl([
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
      "-keyout", pair.key, "-out", pair.certificate, "-days", "1", "-subj", "/CN=localhost",
      "-addext", "subjectAltName=\(names)",
    ])
    return pair
  }

  private static func day(_ offset: Int) -> String {
    var now = time(nil) + offset * 86_400
    var parts = tm()
    gmtime_r(&now, &parts)
    func two(_ value: Int32) -> String { (value < 10 ? "0" : "") + String(value) }
    return String(parts.tm_year + 1_900) + two(parts.tm_mon + 1) + two(parts.tm_mday) + "000000Z"
  }

  /// Runs a command to its end; its output is dropped.
  private static func openssl(_ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
    process.arguments = arguments
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "openssl \(arguments)")
  }
}
