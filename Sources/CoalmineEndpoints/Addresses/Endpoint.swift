// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Where a model answers, and with which key.
public struct Endpoint: Sendable {
  /// What identifies it in a ledger and for people: ``base`` and ``query``, without key or headers.
  public var url: String { base + query.suffix }
  /// The URL without query and without a slash at its end.
  public let base: String
  public let query: EndpointQuery
  /// The model's name there.
  public let model: String
  /// Sent as a bearer token, or alone in ``keyHeader``.
  public let key: Secret<String>?
  /// The header that carries the key alone; `nil` for `authorization: Bearer KEY`.
  public let keyHeader: String?
  public let headers: ExtraHeaders
  /// Signs requests in place of a key; `nil` where they are not signed.
  public let signer: AWSSigner?
  private let keyVariable: String?
  /// The local program that answers in place of a server; `nil` for a URL.
  public let command: LocalCommand?
  /// Values of variables that the program may see.
  private let passed: [Secret<String>]
  /// Whether a path in the URL stands for a version of the API; see ``APIRoutes``.
  private let isVersion: Bool

  /// What a service wants beside URL, model and key.
  public struct Extras: Sendable {
    public var query = EndpointQuery()
    public var headers = ExtraHeaders()
    /// The header that carries the key alone; `nil` for `authorization: Bearer KEY`.
    public var keyHeader: String?
    /// Signs requests in place of a key.
    public var signer: AWSSigner?
    /// The provider's own variable that the key comes from; `nil` for any other source.
    public var keyVariable: String?

    public init() {}
  }

  /// - Parameter dialect: a URL that ends with one of its routes is cut; `nil` takes every path as
  ///   it is.
  /// - Throws: ``CoalmineError`` with code `bad-endpoint` for anything but an absolute http or
  ///   https URL without user, query or fragment; plain http only to the loopback interface. Code
  ///   `bad-key` for a key that a header cannot carry as one word, `bad-header` for a header of the
  ///   key that cannot be one.
  public init(
    url: String, model: String, key: Secret<String>?, allowPlainHTTP: Bool = false,
    dialect: (any Dialect)? = nil, extras: Extras = Extras()
  ) throws(CoalmineError) {
    let base = try Self.checked(url, allowPlainHTTP: allowPlainHTTP)
    guard !model.isEmpty else {
      throw Self.refusal("the model's name is empty", "name it with '--model'")
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
    self.keyHeader = try Self.checked(extras, hasKey: key != nil, dialect?.keyHeader)
    try Self.checkSigned(extras, hasKey: key != nil)
    if let dialect {
      self.base = try dialect.routes.base(
        of: base, query: extras.query.suffix, dialect: dialect.name)
    } else {
      self.base = base
    }
    isVersion = dialect?.routes.base == .version
    self.query = extras.query
    self.headers = extras.headers
    signer = extras.signer
    keyVariable = extras.keyVariable
    self.model = model
    self.key = key
    command = nil
    passed = []
  }

  /// A local program that answers in place of a server, or one that a stored run asked.
  init(commandURL: String, model: String, _ command: LocalCommand?, passed: [Secret<String>]) {
    base = commandURL
    query = EndpointQuery()
    self.model = model
    key = nil
    keyHeader = nil
    headers = ExtraHeaders()
    signer = nil
    keyVariable = nil
    isVersion = false
    self.command = command
    self.passed = passed
  }

  /// The endpoint of a stored run, without key and headers: ``url`` is what was stored.
  ///
  /// - Throws: ``CoalmineError`` with code `bad-endpoint`.
  public init(stored url: String, model: String) throws(CoalmineError) {
    if url.hasPrefix(LocalCommand.scheme) {
      self.init(commandURL: url, model: model, nil, passed: [])
      return
    }
    let mark = url.firstIndex(of: "?")
    var extras = Extras()
    extras.query = EndpointQuery(stored: mark.map { String(url[url.index(after: $0)...]) } ?? "")
    try self.init(
      url: String(url[..<(mark ?? url.endIndex)]), model: model, key: nil, allowPlainHTTP: true,
      extras: extras)
  }

  /// The URL that is asked by a path of a dialect.
  ///
  /// - Parameter service: stands before the version of the API, which is the last folder of the base,
  ///   or where the base has none the first of the path: `https://host/upload/v1beta/files`.
  public func address(_ path: String, of service: String = "") -> String {
    guard !isCommand else { return base }
    let suffix = query.suffix
    let version =
      service.isEmpty || APIRoutes.path(of: base).isEmpty
      ? base.endIndex : base.lastIndex(of: "/") ?? base.endIndex
    return base[..<version] + service + base[version...] + path
      + (path.contains("?") && !suffix.isEmpty ? "&" + suffix.dropFirst() : suffix)
  }

  /// The header with the key, and the user's own.
  var allHeaders: [(name: String, value: Secret<String>)] {
    let own = key.map { key in
      (
        name: keyHeader ?? "authorization",
        value: keyHeader == nil ? Secret("Bearer \(key.reveal())") : key
      )
    }
    return (own.map { [$0] } ?? []) + headers.list
  }

  /// What no message may repeat.
  package var secrets: [[UInt8]] {
    ((key.map { [$0] } ?? []) + headers.list.map(\.value) + passed + (signer?.secrets ?? [])).map {
      Array($0.reveal().utf8)
    }
  }

  private static func refusal(_ why: String, _ help: String? = nil) -> CoalmineError {
    CoalmineError(
      code: "bad-endpoint", "the endpoint cannot be used: \(why)", help: help,
      exit: .badConfiguration)
  }

  /// The URL without slashes at its end.
  private static func checked(_ url: String, allowPlainHTTP: Bool) throws(CoalmineError) -> String {
    let scheme: String
    if url.hasPrefix("https://") {
      scheme = "https"
    } else if url.hasPrefix("http://") {
      scheme = "http"
    } else {
      throw refusal("it is not an http or https URL", "write it as '\(asURL(url))'")
    }
    let rest = url.dropFirst(scheme.count + 3)
    guard !rest.isEmpty else { throw refusal("it names no host") }
    guard rest.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw refusal("it holds a space or a character outside ASCII")
    }
    guard !rest.contains("@"), !rest.contains("#") else {
      throw refusal(
        "it holds a user or a fragment",
        "keys come from an environment variable or a file, never from the URL")
    }
    let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let authority = parts[0].prefix { $0 != "/" }
    guard !authority.isEmpty, !authority.hasPrefix(":") else { throw refusal("it names no host") }
    if parts.count == 2 { throw pastedQuery(parts[1]) }
    guard scheme == "https" || allowPlainHTTP || isLoopback(String(authority)) else {
      throw refusal(
        "plain http to '\(authority)' would send secrets and keys in clear",
        "use https, or '--allow-plain-http' in a network you trust")
    }
    // libcurl would resolve them, and ask another URL than the one that is shown.
    guard !rest.split(separator: "/").contains(where: { $0 == "." || $0 == ".." }) else {
      throw refusal("it holds '.' or '..' as a folder", "give the path without them")
    }
    var base = url
    while base.hasSuffix("/") { base.removeLast() }
    return base
  }

  /// A host with a port or a path as the URL that it may mean; an example for anything else, which
  /// may hold a key and is not repeated.
  private static func asURL(_ text: String) -> String {
    let authority = text.prefix { $0 != "/" }
    let isPlain = text.utf8.allSatisfy {
      (0x30...0x3A).contains($0) || (0x61...0x7A).contains($0 | 0x20) || "./-_[]".utf8.contains($0)
    }
    let isHost =
      authority.contains(".") || authority.contains(":")
      || authority.prefix { $0 != ":" } == "localhost"
    guard isPlain, isHost, !text.contains("//"), !authority.isEmpty,
      !text.split(separator: "/").contains(where: { KeyLooks.isKey(String($0)) })
    else { return "http://127.0.0.1:8080" }
    return (isLoopback(String(authority)) ? "http://" : "https://") + text
  }

  /// The refusal of a URL with a query, which says how to give it. A value is repeated only where
  /// it is plain and its name is not that of a key.
  private static func pastedQuery(_ query: Substring) -> CoalmineError {
    var options: [String]? = []
    for part in query.split(separator: "&") {
      let name = String(part.prefix { $0 != "=" })
      let value = String(part.dropFirst(name.count + 1))
      if EndpointQuery.looksLikeKey(name, value) { return EndpointQuery.refusal(name) }
      let isPlain =
        !name.isEmpty && part.contains("=")
        && (name + value).utf8.allSatisfy(EndpointQuery.isUnreserved)
      options = isPlain ? options.map { $0 + ["--query \(part)"] } : nil
    }
    let given = options.map { $0.joined(separator: " ") } ?? ""
    return refusal(
      "it holds a query",
      "give the URL without it, and '\(given.isEmpty ? "--query NAME=VALUE" : given)'")
  }

  /// A signed request has one `authorization`, and the signer's own headers once.
  private static func checkSigned(_ extras: Extras, hasKey: Bool) throws(CoalmineError) {
    guard extras.signer != nil else { return }
    let taken = ["authorization", "x-amz-date", "x-amz-security-token"]
    let own = extras.headers.list.map(\.name).first(where: taken.contains)
    guard hasKey || own != nil else { return }
    throw CoalmineError(
      code: "bad-header",
      own.map { "the header '\($0)' is given twice: by the signature and by a header of your own" }
        ?? "there are a key and a signature: a request carries one of them",
      help: "leave out one of them", exit: .badConfiguration)
  }

  /// The header of the key, in lower case.
  private static func checked(
    _ extras: Extras, hasKey: Bool, _ ofDialect: String?
  ) throws(CoalmineError) -> String? {
    func fault(_ why: String, _ help: String) -> CoalmineError {
      CoalmineError(code: "bad-header", why, help: help, exit: .badConfiguration)
    }
    var header = ofDialect
    if let given = extras.keyHeader {
      guard let name = ExtraHeaders.name(given), !ExtraHeaders.isOurs(name) else {
        // What stands there may be the key itself.
        throw fault(
          "the key cannot be sent in the header "
            + (KeyLooks.isKey(given) ? "that is named" : "'\(terminalSafe(given))'"),
          "give the name alone, such as '--key-header api-key'")
      }
      header = name
    }
    let name = header ?? "authorization"
    guard !hasKey || !extras.headers.list.contains(where: { $0.name == name }) else {
      throw fault(
        "the header '\(name)' is given twice: by the key and by a header of your own",
        "leave out the key, or that line of '--header-file' or COALMINE_HEADERS")
    }
    return header
  }
}

extension Endpoint {
  /// Whether requests carry a key, a signature, or headers in which one may be.
  var sendsKey: Bool { isCommand || key != nil || signer != nil || !headers.list.isEmpty }

  /// What to do where the key was refused.
  var keyAdvice: String {
    if isCommand {
      return "the command says so: look at the key that it uses; a variable that coalmine reads "
        + "itself reaches it by '--command-variable NAME'"
    }
    if key != nil {
      return keyVariable.map { "check the key in \($0)" }
        ?? "check the key in COALMINE_API_KEY or '--key-file'"
    }
    if signer != nil {
      return
        "check \(AWSSigner.idVariable) and \(AWSSigner.secretVariable); keys that are lent end "
        + "after some hours, and need \(AWSSigner.tokenVariable)"
    }
    let own = ProviderKeys.variables(for: base).first.map { " or \($0)" } ?? ""
    return headers.list.isEmpty
      ? "no key was sent: set COALMINE_API_KEY\(own) or use '--key-file FILE'"
      : "no key was sent but your own headers: check '--header-file' or COALMINE_HEADERS"
  }

  /// What to do where a route was not found.
  var routeAdvice: String {
    if isCommand { return "check '--model', and what '--command' asks" }
    let known =
      "check '--endpoint', which is the URL without the API's routes, '--model' and '--dialect'"
    let path = APIRoutes.path(of: base)
    // Only a root gets '/v1' by itself; a folder such as 'v2' or 'v1beta' is a version already.
    return !isVersion || path.isEmpty || path.split(separator: "/").contains(where: isVersionName)
      ? known : known + "; where the routes follow '/v1', give '--endpoint \(base)/v1'"
  }

  /// Whether a folder is called as APIs call a version: `v1`, `v2`, `v1beta`.
  private func isVersionName(_ folder: Substring) -> Bool {
    folder.first == "v" && folder.dropFirst().first.map { $0.isASCII && $0.isNumber } == true
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
