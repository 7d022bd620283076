// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// How one kind of API is spoken: a pure pair, queries to a request and a reply to observations.
///
/// One file a dialect and a line in ``DialectRegistry``.
public protocol Dialect: Sendable {
  /// The name on the command line, `openai-completions`.
  static var slug: String { get }
  /// One line for people.
  static var summary: String { get }
  /// Where the wire format is written down.
  static var source: String { get }
  /// The tier that the dialect claims; what the endpoint does is seen in the replies.
  static var tier: ScoreTier { get }
  /// The routes that it asks.
  static var routes: APIRoutes { get }
  /// How many queries of one probe fit into a request.
  static var packLimit: Int { get }
  /// How many prompts may share a request that asks for samples.
  ///
  /// One, unless every prompt draws on its own: servers give the prompts of a request one seed, so
  /// that the samples of two canaries would rise and fall together.
  static var sampledPackLimit: Int { get }

  /// The request that asks `queries`, all of one probe.
  ///
  /// - Parameter seed: makes sampling repeatable where the endpoint allows it.
  static func request(_ queries: [Query], to endpoint: Endpoint, seed: UInt64)
    throws(CoalmineError) -> DialectRequest

  /// What a reply says, one outcome a query in order, or why it says nothing.
  static func read(_ reply: DialectReply, for queries: [Query], at endpoint: Endpoint)
    -> Reading

  /// The request for the server's own settings; `nil` where the API has none.
  static func settingsRequest(to endpoint: Endpoint) -> DialectRequest?

  /// What a reply says about the server's settings; `nil` where it says nothing that is known.
  static func readSettings(_ reply: DialectReply, at endpoint: Endpoint) -> EndpointSettings?
}

extension Dialect {
  public static var sampledPackLimit: Int { 1 }

  public static func settingsRequest(to endpoint: Endpoint) -> DialectRequest? { nil }

  public static func readSettings(_ reply: DialectReply, at endpoint: Endpoint)
    -> EndpointSettings?
  { nil }
}

/// A request before it is sent.
public struct DialectRequest: Sendable {
  /// Between the endpoint's base and its query.
  public let path: String
  /// A JSON document to post; `nil` for a GET.
  public let body: [UInt8]?
  /// How large the reply may be where it must be large, in bytes.
  public var replyLimit: Int?

  /// A GET.
  static func get(_ path: String) -> DialectRequest { DialectRequest(path: path, body: nil) }

  /// A POST of a JSON object.
  ///
  /// - Throws: ``CoalmineError`` with code `request-not-written`.
  static func post(
    _ path: String, _ fields: (inout JSONWriter.Object) throws -> Void
  ) throws(CoalmineError) -> DialectRequest {
    var writer = JSONWriter()
    do {
      try writer.object(fields)
    } catch {
      throw CoalmineError(
        code: "request-not-written", "a request could not be written as JSON",
        exit: .internalError)
    }
    return DialectRequest(path: path, body: writer.bytes)
  }
}

extension HTTPRequest {
  /// A dialect's request with the endpoint's key and headers.
  public init(_ request: DialectRequest, to endpoint: Endpoint) {
    self.init(
      url: endpoint.address(request.path), headers: endpoint.allHeaders,
      body: request.body.map { Secret($0) }, replyLimit: request.replyLimit)
  }
}

/// A reply as a dialect reads it.
public struct DialectReply: Sendable {
  public let status: Int
  /// Names in lower case.
  public let headers: [(name: String, value: String)]
  public let body: [UInt8]
  /// What it answers: called only where the reply holds no answer, for the words of the error.
  public var request: (@Sendable () -> AnsweredRequest)?

  public init(status: Int, headers: [(name: String, value: String)], body: [UInt8]) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// The first header of that name.
  public func header(_ name: String) -> String? {
    headers.first { $0.name == name }?.value
  }
}

/// The request that a reply answers.
public struct AnsweredRequest: Sendable {
  /// The whole URL, with the API's route.
  public let url: String
  /// The texts that it held, as questions: an endpoint's words that repeat something of them are
  /// not shown. `nil` where a dialect is told them otherwise, or nobody knows them.
  public let queries: [Query]?
  /// The texts that it held as token numbers.
  public let prefixes: [[Int]]

  public init(url: String, queries: [Query]?, prefixes: [[Int]] = []) {
    self.url = url
    self.queries = queries
    self.prefixes = prefixes
  }
}

/// What a dialect makes of a reply.
public enum Reading: Sendable {
  /// One outcome a query.
  case answers([Outcome<Observation>])
  /// The endpoint is busy or stumbled: the same request may succeed later.
  case retry(Reason)
  /// Nothing that is asked of this endpoint will ever be answered: the run stops.
  case stop(CoalmineError)
}

/// Every dialect by name.
public enum DialectRegistry {
  /// In the order of `list`.
  public static let all: [any Dialect.Type] = [
    OpenAICompletions.self, VLLM.self, LlamaServer.self, LlamaServerCompletions.self,
  ]

  /// The dialect of that name.
  ///
  /// - Throws: ``CoalmineError`` with code `unknown-dialect`.
  public static func dialect(_ slug: String) throws(CoalmineError) -> any Dialect.Type {
    guard let found = all.first(where: { $0.slug == slug }) else {
      throw CoalmineError(
        code: "unknown-dialect", "there is no dialect '\(slug)'",
        help: "one of: \(all.map { $0.slug }.joined(separator: ", "))",
        exit: .badConfiguration)
    }
    return found
  }
}
