// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A private authority and the certificates that it issues, made by `openssl` in a folder of their
/// own.
public final class TestCertificates: Sendable {
  public static let isPossible = FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl")

  private let folder: TemporaryFolder

  /// The authority's own certificate.
  public var authority: String { path("authority.pem") }

  public init() throws {
    folder = try TemporaryFolder()
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

  public func path(_ name: String) -> String { folder.file(name) }

  /// Writes a file of the folder.
  public func write(_ text: String, to name: String) throws {
    try folder.write(text, to: name)
  }

  /// Certificate and key of a server.
  public struct Pair: Sendable {
    public let certificate: String
    public let key: String
  }

  /// A certificate that the authority issued.
  ///
  /// - Parameters:
  ///   - names: as in `subjectAltName`.
  ///   - from: when its time begins, and when it ends, in whole days from now.
  public func issued(for names: String, from: Int = -1, until: Int = 1) throws -> Pair {
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
  public func selfSigned(for names: String) throws -> Pair {
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
    guard process.terminationStatus == 0 else {
      throw Failed(description: "openssl \(arguments) ended with \(process.terminationStatus)")
    }
  }

  public struct Failed: Error, CustomStringConvertible { public let description: String }
}
