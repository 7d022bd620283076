// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Coalmine
import CoalmineCore
import Glibc

/// Where a model answers, how it is spoken to, and with which key.
struct EndpointOptions: ParsableArguments {
  @Option(help: "The API's base URL; a URL without a path gets '/v1' where the dialect wants it.")
  var endpoint: String

  @Option(
    help: ArgumentHelp(
      "A part of every URL's query, such as api-version=2024-10-21; may be given more than once. "
        + "Never a key.", valueName: "name=value"))
  var query: [String] = []

  @Option(
    help: """
      How the API is spoken, with its options, such as openai-chat,n=1 (see 'coalmine list dialects').
      """)
  var dialect = DialectRegistry.standard

  @Option(help: "The model's name at the endpoint.")
  var model: String

  @Option(help: "A file that holds the API key, and that nobody else can read.")
  var keyFile: String?

  @Option(
    help: ArgumentHelp(
      "The header that carries the key, alone and without 'Bearer', such as api-key. Without it the "
        + "header is that of the dialect's API, mostly 'authorization: Bearer KEY'.",
      valueName: "name"))
  var keyHeader: String?

  @Option(
    help: ArgumentHelp(
      "A file of more headers, one 'Name: value' per line, that nobody else can read; instead of "
        + "those in COALMINE_HEADERS.", valueName: "file"))
  var headerFile: String?

  @Flag(
    help: """
      Take a key file or a header file that others can read, as Kubernetes and Docker mount secrets.
      """)
  var allowOpenKeyFile = false

  @Option(
    help: ArgumentHelp(
      "The certificates of the authorities to trust, in PEM form, instead of SSL_CERT_FILE and the "
        + "system's list.", valueName: "file"))
  var caFile: String?

  @Option(
    help: ArgumentHelp(
      "The longest that one request may take; otherwise 600 seconds, and 120 without a byte.",
      valueName: "seconds"))
  var timeout: Int?

  @Flag(help: "Allow plain http to other machines.")
  var allowPlainHTTP = false

  /// - Throws: `CoalmineError` for a URL, a query, a key or a header that cannot be used, and for a
  ///   dialect that is not there.
  func target() throws -> Endpoint {
    var extras = Endpoint.Extras()
    extras.query = try EndpointQuery(query)
    extras.headers = try headers()
    extras.keyHeader = keyHeader
    var key = try key()
    // Who sends headers of their own may have the key among them.
    if key == nil, extras.headers.list.isEmpty,
      let found = ProviderKeys.key(for: endpoint, in: { getenv($0).map { String(cString: $0) } })
    {
      key = try Self.key(found.value, from: found.variable)
      extras.keyVariable = found.variable
      Console.note("note: the key is that of the environment variable \(found.variable)")
    }
    return try Endpoint(
      url: endpoint, model: model, key: key, allowPlainHTTP: allowPlainHTTP,
      dialect: try DialectRegistry.dialect(dialect), extras: extras)
  }

  /// Whom requests to it trust and which proxy they use, as options and environment say.
  ///
  /// - Throws: `CoalmineError` for a file or a proxy that cannot be used.
  func settings(for target: Endpoint) throws -> TransportSettings {
    try .environment(for: target, caFile: caFile) { name in
      getenv(name).map { String(cString: $0) }
    }
  }

  private func headers() throws -> ExtraHeaders {
    if let headerFile {
      return try ExtraHeaders(
        try KeyFile.read(headerFile, allowOpen: allowOpenKeyFile, called: "header file"),
        from: "the header file '\(terminalSafe(headerFile))'")
    }
    guard let value = getenv("COALMINE_HEADERS") else { return ExtraHeaders() }
    return try ExtraHeaders(Array(String(cString: value).utf8), from: "COALMINE_HEADERS")
  }

  /// How long a request may take.
  ///
  /// - Throws: `ValidationError` outside 1…86,400 seconds.
  func limits() throws -> TransportLimits {
    var limits = TransportLimits()
    guard let timeout else { return limits }
    guard (1...86_400).contains(timeout) else {
      throw ValidationError("--timeout is between 1 and 86400 seconds")
    }
    limits.silentSeconds = timeout
    limits.totalSeconds = timeout
    limits.connectSeconds = min(limits.connectSeconds, timeout)
    return limits
  }

  private func key() throws -> Secret<String>? {
    if let keyFile {
      let bytes = try KeyFile.read(keyFile, allowOpen: allowOpenKeyFile)
      return try Self.key(String(decoding: bytes, as: UTF8.self))
    }
    return try getenv("COALMINE_API_KEY").map { try Self.key(String(cString: $0)) }
  }

  /// The one word of a text.
  private static func key(_ text: String, from variable: String? = nil) throws -> Secret<String> {
    let key = text.split(whereSeparator: \.isWhitespace)
    guard key.count == 1, let only = key.first, only.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
    else {
      throw CoalmineError(
        code: "bad-key", "the API key is empty or holds more than one word",
        help: "put the key alone into \(variable ?? "COALMINE_API_KEY or the key file")",
        exit: .badConfiguration)
    }
    return Secret(String(only))
  }
}
