// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import Glibc

/// Which certificate authorities are trusted, and through which proxy requests go.
///
/// Nothing of it comes from the environment unless the caller asks for that with
/// ``environment(for:caFile:variable:)``.
public struct TransportSettings: Sendable {
  public var authorities = Authorities()
  public var proxies = ProxyRules()

  /// The system's authorities and no proxy.
  public init() {}

  /// What the command line and the environment say for one endpoint.
  ///
  /// Authorities: `caFile`, else `SSL_CERT_FILE` with `SSL_CERT_DIR`, else the system's list; the
  /// first that is there counts alone. Proxies: ``ProxyRules/init(variable:)``.
  ///
  /// - Parameter variable: the value of an environment variable.
  /// - Throws: ``CoalmineError``: `ca-file-missing`, `bad-proxy`.
  public static func environment(
    for endpoint: Endpoint, caFile: String?, variable: (String) -> String?
  ) throws(CoalmineError) -> TransportSettings {
    var settings = TransportSettings()
    if let caFile {
      settings.authorities.file = try Authorities.checked(caFile, from: "--ca-file")
    }
    // What only TLS needs must not stop a run without it.
    guard endpoint.url.hasPrefix("https://") else { return settings }
    if caFile == nil {
      if let file = variable("SSL_CERT_FILE"), !file.isEmpty {
        settings.authorities.file = try Authorities.checked(file, from: "SSL_CERT_FILE")
      }
      if let folder = variable("SSL_CERT_DIR"), !folder.isEmpty {
        settings.authorities.folder = folder
      }
    }
    if ProxyRules.mayUseProxy(endpoint.base) {
      settings.proxies = try ProxyRules(variable: variable)
    }
    return settings
  }
}

/// Which certificate authorities are trusted: the system's, where nothing is named.
public struct Authorities: Sendable, Equatable {
  /// A file of certificates (PEM).
  public var file: String?
  /// Folders of certificates under their hashed names, `:` between them.
  public var folder: String?

  public init() {}

  var isSystem: Bool { file == nil && folder == nil }

  /// The path, where it names a file that can be opened and read.
  static func checked(_ path: String, from source: String) throws(CoalmineError) -> String {
    func refuse(_ number: Int32) -> CoalmineError {
      CoalmineError(
        code: "ca-file-missing",
        "cannot read the authorities in '\(terminalSafe(path))': "
          + String(cString: strerror(number)),
        help: "\(source) must name a file of certificates in PEM form", exit: .inputMissing)
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw refuse(errno) }
    defer { close(descriptor) }
    var byte: UInt8 = 0
    // Opening a folder succeeds; reading it does not.
    guard read(descriptor, &byte, 1) >= 0 else { throw refuse(errno) }
    return path
  }
}
