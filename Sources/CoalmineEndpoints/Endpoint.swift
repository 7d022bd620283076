// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// Where a model answers, and with which key.
public struct Endpoint: Sendable {
  /// The base URL without a trailing slash, query or credentials.
  public let url: String
  /// The model's name there.
  public let model: String
  /// Sent as a bearer token.
  public let key: Secret<String>?

  /// - Throws: ``CoalmineError`` with code `bad-endpoint` for anything but an absolute http or
  ///   https URL without user, query or fragment; plain http only to the loopback interface. Code
  ///   `bad-key` for a key that a header cannot carry as one word.
  public init(
    url: String, model: String, key: Secret<String>?, allowPlainHTTP: Bool = false
  ) throws(CoalmineError) {
    func refuse(_ why: String, _ help: String? = nil) -> CoalmineError {
      CoalmineError(
        code: "bad-endpoint", "the endpoint cannot be used: \(why)", help: help,
        exit: .badConfiguration)
    }
    let scheme: String
    if url.hasPrefix("https://") {
      scheme = "https"
    } else if url.hasPrefix("http://") {
      scheme = "http"
    } else {
      throw refuse("it is not an http or https URL", "write it as 'http://127.0.0.1:8080'")
    }
    let rest = url.dropFirst(scheme.count + 3)
    guard !rest.isEmpty else { throw refuse("it names no host") }
    guard rest.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw refuse("it holds a space or a character outside ASCII")
    }
    guard !rest.contains("@"), !rest.contains("?"), !rest.contains("#") else {
      throw refuse(
        "it holds a user, a query or a fragment",
        "keys come from an environment variable or a file, never from the URL")
    }
    let authority = rest.prefix { $0 != "/" }
    guard !authority.isEmpty, !authority.hasPrefix(":") else { throw refuse("it names no host") }
    guard scheme == "https" || allowPlainHTTP || Self.isLoopback(String(authority)) else {
      throw refuse(
        "plain http to '\(authority)' would send secrets and keys in clear",
        "use https, or '--allow-plain-http' in a network you trust")
    }
    guard !model.isEmpty else {
      throw refuse("the model's name is empty", "name it with '--model'")
    }
    if let key {
      // A line break in a key would end the header and begin another one.
      let word = key.reveal().utf8
      guard !word.isEmpty, word.allSatisfy({ (0x21...0x7E).contains($0) }) else {
        throw CoalmineError(
          code: "bad-key", "the API key is empty or holds a space or a character outside ASCII",
          help: "give the key alone, without quotes or a line break", exit: .badConfiguration)
      }
    }
    var base = url
    while base.hasSuffix("/") { base.removeLast() }
    self.url = base
    self.model = model
    self.key = key
  }

  /// Whether `authority` (host and port) is this machine.
  static func isLoopback(_ authority: String) -> Bool {
    let host: Substring
    let port: Substring
    if authority.hasPrefix("[::1]") {
      host = "localhost"
      port = authority.dropFirst(5)
    } else {
      host = authority.prefix { $0 != ":" }
      port = authority.dropFirst(host.count)
    }
    guard port.isEmpty || port.first == ":", port.dropFirst().utf8.allSatisfy(isDigit) else {
      return false
    }
    if host == "localhost" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    // Digits alone: a sign would be a number to Swift and a name to the resolver.
    return parts.count == 4 && parts[0] == "127"
      && parts.allSatisfy { $0.utf8.allSatisfy(isDigit) && UInt8($0) != nil }
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
