// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// The routes that a dialect asks, and how they follow the URL that a person gives.
///
/// Every dialect names its routes here, so that one place knows which URL is asked.
public struct APIRoutes: Sendable {
  /// What the given URL stands for.
  enum Base: Sendable {
    /// A version of the API, `https://host/v1`: a URL without a path gets `/v1`, and any other
    /// path is taken as it is, as OpenAI's own clients do.
    case version
    /// The server, whose routes begin at its root or behind a prefix: `/v1` at its end goes.
    case server
  }

  let base: Base
  /// The route that asks questions; a message shows it.
  package let main: String
  /// The other routes that the dialect asks.
  package let others: [String]
  /// What a URL without a path gets, where it stands for a version.
  var version = "/v1"

  /// Chat completions as OpenAI and the many APIs like it have them.
  static let chatCompletions = APIRoutes(
    base: .version, main: "/chat/completions", others: ["/models"])

  /// The path of a route after the base of `endpoint`.
  package func path(_ route: String, at endpoint: Endpoint) -> String {
    path(route, after: Self.path(of: endpoint.base))
  }

  /// Whole routes that people paste, the longest of those that end alike first. One that a dialect
  /// does not ask is refused: its own route behind it leads nowhere.
  private static let pasted = [
    "/chat/completions", "/v1/completions", "/completions", "/completion", "/detokenize",
    "/tokenize", "/v1/models", "/embeddings", "/responses", "/messages", "/api/generate",
    "/generate", "/api/chat", "/infill", "/props", "/health",
  ]

  /// The base that a given URL means: one that ends with a route of this dialect is cut.
  ///
  /// - Parameters:
  ///   - url: checked, without query and without slashes at its end.
  ///   - query: what follows the route, with its `?`; for messages.
  /// - Throws: ``CoalmineError`` with code `bad-endpoint` for a URL that ends with a route that the
  ///   dialect does not ask; it says which URL would be asked.
  func base(of url: String, query: String, dialect: String) throws(CoalmineError) -> String {
    let path = Self.path(of: url)
    let root = String(url.dropLast(path.count))
    func asked(_ path: String) -> String { root + path + self.path(main, after: path) + query }
    func fault(_ why: String, _ instead: String) -> CoalmineError {
      CoalmineError(
        code: "bad-endpoint",
        "the endpoint cannot be used: \(why) '\(asked(path))' would be asked",
        help: "'--endpoint \(root + instead)' asks '\(asked(instead))'; the dialect is "
          + "'\(dialect)', and 'coalmine list dialects' lists all", exit: .badConfiguration)
    }
    switch base {
    case .version:
      if path.hasSuffix("/v1/models") { return root + path.dropLast("/models".count) }
      guard path.hasSuffix(main), !path.hasSuffix("/chat" + main) else { break }
      let before = String(path.dropLast(main.count))
      guard !before.isEmpty else {
        throw CoalmineError(
          code: "bad-endpoint",
          "the endpoint cannot be used: '\(url)' has no folder of a version before '\(main)'",
          help: "'--endpoint \(root)' asks '\(asked(""))'", exit: .badConfiguration)
      }
      return root + before
    case .server:
      for route in [main] + others where path.hasSuffix(route) {
        return root + path.dropLast(route.count)
      }
      if path.hasSuffix("/v1") { return root + path.dropLast("/v1".count) }
    }
    if let route = Self.pasted.first(where: { path.hasSuffix($0) }) {
      var instead = String(path.dropLast(route.count))
      if base == .version, route.hasPrefix("/v1/") { instead += "/v1" }
      if base == .server, instead.hasSuffix("/v1") { instead.removeLast(3) }
      throw fault(
        "it ends with the route '\(route)', which the dialect does not use, so that", instead)
    }
    return url
  }

  private func path(_ route: String, after path: String) -> String {
    base == .version && path.isEmpty ? version + route : route
  }

  /// What follows host and port; empty, or it begins with a slash.
  static func path(of url: String) -> String {
    let start = url.firstRange(of: "://")?.upperBound ?? url.startIndex
    return url[start...].firstIndex(of: "/").map { String(url[$0...]) } ?? ""
  }
}
