// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Coalmine
import CoalmineCore
import Glibc

/// Where a model answers, how it is spoken to, and with which key.
struct EndpointOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The API's base URL, or the name of an endpoint in coalmine.yaml; a URL without a path gets "
        + "'/v1' where the dialect wants it.", valueName: "url"))
  var endpoint: String?

  @Option(
    help: ArgumentHelp(
      "A part of every URL's query, such as api-version=2024-10-21; may be given more than once. "
        + "Never a key.", valueName: "name=value"))
  var query: [String] = []

  @Option(
    name: .customLong("dialect"),
    help: ArgumentHelp(
      "How the API is spoken, with its options, such as openai-chat,n=1 (see 'coalmine list "
        + "dialects'). Default: \(DialectRegistry.standard), or command with '--command'.",
      valueName: "dialect"))
  var givenDialect: String?

  @Option(help: "The model's name at the endpoint; needed unless coalmine.yaml names it.")
  var model: String?

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

  @OptionGroup var named: NamedEndpointOptions

  @OptionGroup var local: LocalCommandOptions

  /// - Throws: `ValidationError` where not exactly one of URL and command is named, and for options
  ///   that have no meaning beside them.
  func validate() throws {
    let speaksLines =
      (givenDialect ?? (local.isGiven ? DialectRegistry.command : "")).prefix { $0 != "," }
      == DialectRegistry.command
    guard local.isGiven else {
      if endpoint == nil {
        throw ValidationError(
          "name where the model answers: '--endpoint URL' or '--command PROGRAM'")
      }
      guard !speaksLines else {
        throw ValidationError("the dialect 'command' is for '--command PROGRAM', not for a URL")
      }
      return
    }
    guard model != nil else { throw Self.noModel }
    guard endpoint == nil else {
      throw ValidationError("'--endpoint' and '--command' exclude each other")
    }
    guard speaksLines else {
      throw ValidationError("a program of '--command' is asked by the dialect 'command' alone")
    }
    let others: [(String, Bool)] = [
      ("--query", !query.isEmpty), ("--key-file", keyFile != nil),
      ("--key-header", keyHeader != nil), ("--header-file", headerFile != nil),
      ("--ca-file", caFile != nil), ("--allow-plain-http", allowPlainHTTP),
      ("--config", named.config != nil),
    ]
    if let name = others.first(where: \.1)?.0 {
      throw ValidationError(
        "'\(name)' is for '--endpoint': the program of '--command' connects itself")
    }
  }

  private static let noModel = ValidationError("name the model that is asked: '--model NAME'")

  /// The endpoint that is asked, and the dialect that is spoken, with its options.
  ///
  /// - Throws: `CoalmineError` for a URL, a query, a key or a header that cannot be used, for a
  ///   dialect that is not there, and for a file of endpoints; `ValidationError` without a model.
  func target() throws -> (endpoint: Endpoint, dialect: String) {
    guard let given = endpoint else {
      return (try local.target(model: model ?? ""), givenDialect ?? DialectRegistry.command)
    }
    let found = try named.endpoint(given)
    let dialect = givenDialect ?? found?.dialect ?? DialectRegistry.standard
    guard let model = model ?? found?.model else { throw Self.noModel }
    var extras = Endpoint.Extras()
    extras.query = try EndpointQuery(query.isEmpty ? found?.query ?? [] : query)
    extras.headers = try headers(found)
    extras.keyHeader = keyHeader ?? found?.keyHeader
    var key: Secret<String>?
    if keyFile == nil, let found, let variable = found.keyVariable {
      key = try Self.key(try NamedEndpointOptions.value(of: variable, for: found), from: variable)
      extras.keyVariable = variable
    } else {
      key = try self.key()
    }
    let isKeyUsed = keyFile == nil && key != nil
    let url = found?.url ?? given
    // Who sends headers of their own may have the key among them.
    if key == nil, extras.headers.list.isEmpty,
      let own = ProviderKeys.key(for: url, in: EnvironmentVariable.value)
    {
      key = try Self.key(own.value, from: own.variable)
      extras.keyVariable = own.variable
      Console.note("note: the key is that of the environment variable \(own.variable)")
    }
    let speaker = try DialectRegistry.dialect(dialect)
    if key == nil, let rule = speaker.signing {
      extras.signer = try AWSSigner.find(
        for: url, rule, beside: extras.headers, in: EnvironmentVariable.value)
      if let signer = extras.signer {
        Console.note(
          "note: requests are signed with the AWS keys of the environment, for \(signer.region)")
      }
    }
    let target = try Endpoint(
      url: url, model: model, key: key, allowPlainHTTP: allowPlainHTTP, dialect: speaker,
      extras: extras)
    var whole = url[...]
    while whole.hasSuffix("/") { whole.removeLast() }
    if whole != target.base {
      Console.note("note: the API's base URL is \(target.base): what stands behind it is left out")
    }
    // Only now: a URL with a key in it was refused, and its text is not repeated.
    if let found { named.tell(found, dialect: dialect, model: model, isKeyUsed: isKeyUsed) }
    return (target, dialect)
  }

  /// Whom requests to it trust and which proxy they use, as options and environment say.
  ///
  /// - Throws: `CoalmineError` for a file or a proxy that cannot be used.
  func settings(for target: Endpoint) throws -> TransportSettings {
    try .environment(for: target, caFile: caFile, variable: EnvironmentVariable.value)
  }

  private func headers(_ found: NamedEndpoint?) throws -> ExtraHeaders {
    if let headerFile {
      return try ExtraHeaders(
        try KeyFile.read(headerFile, allowOpen: allowOpenKeyFile, called: "header file"),
        from: "the header file '\(terminalSafe(headerFile))'")
    }
    if let found, !found.headers.isEmpty {
      let lines = try found.headers.map {
        "\($0.name): \(try NamedEndpointOptions.value(of: $0.variable, for: found))\n"
      }
      return try ExtraHeaders(
        Array(lines.joined().utf8), from: "the headers of the endpoint '\(found.name)'")
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
