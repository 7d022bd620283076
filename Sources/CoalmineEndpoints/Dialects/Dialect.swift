// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// How one family of APIs is spoken: a pure pair, asks to a request and a reply to answers.
///
/// A dialect is a value: variants of one API are options of one type. One file per dialect, a line
/// in ``DialectRegistry``, and recorded cases.
///
/// ```swift
/// let dialect = try DialectRegistry.dialect("openai-completions")
/// let request = try dialect.encode([.score(passage)], to: endpoint, seed: 0)
/// ```
public protocol Dialect: Sendable {
  /// The name on the command line, with its options: `openai-completions`.
  var name: String { get }
  /// What the dialect claims; what the endpoint does is seen in the replies.
  var abilities: Abilities { get }
  /// In which form it puts a passage to the model.
  var presentation: Presentation.Form { get }
  /// How much fits into a request.
  var limits: RequestLimits { get }
  /// The routes that it asks.
  var routes: APIRoutes { get }
  /// The provider's batch jobs; `nil` where every request is asked by itself.
  var jobs: (any BatchJobs)? { get }
  /// The header that carries the key alone, in lower case; `nil` for `authorization: Bearer KEY`.
  var keyHeader: String? { get }
  /// How requests are signed with keys of Amazon Web Services; `nil` where they never are.
  var signing: SigningRule? { get }
  /// What a person can change where the endpoint refuses a field of the requests.
  var cures: [FieldCure] { get }
  /// Whether it is not known beforehand that a given text is scored, so that a run that gets no scores goes
  /// on with texts alone.
  var scoresOnTrial: Bool { get }
  /// Whether conversations are sent as the text that the server's chat template makes of them, so that
  /// the template must be known before anything is asked of one.
  var rendersTurns: Bool { get }

  /// The same dialect with the template by which it renders conversations.
  func rendering(_ template: ChatTemplate) -> any Dialect
  /// What a person can change where the endpoint refuses a field, and where the run may go on
  /// without an answer to it.
  var advices: [FieldCure] { get }

  /// The request that asks `asks`, all of one kind.
  ///
  /// - Parameter seed: makes sampling repeatable where the endpoint allows it.
  /// - Throws: ``CoalmineError`` with code `request-not-written`, or `cannot-be-asked` where the
  ///   dialect does not claim the ability.
  func encode(_ asks: [Ask], to endpoint: Endpoint, seed: UInt64) throws(CoalmineError)
    -> DialectRequest

  /// What a reply says, one outcome per ask in order, or why it says nothing.
  func decode(_ reply: Reply, _ asks: [Ask], at endpoint: Endpoint) -> Reading<RequestAnswers>

  /// How many asks of a kind fit into a request, beside those that ``limits`` bound.
  func limit(of kind: Ask.Kind) -> Int
}

/// How much fits into one request.
public struct RequestLimits: Sendable, Equatable {
  /// Passages or prefixes.
  public var prompts: Int
  /// Samples, over all passages of the request.
  public var samples: Int
  /// Passages that may share a request of samples.
  ///
  /// One, unless every prompt draws on its own: servers give the prompts of a request one seed, so
  /// that the samples of two canaries would rise and fall together.
  public var sampledPassages: Int

  public init(prompts: Int, samples: Int, sampledPassages: Int) {
    self.prompts = prompts
    self.samples = samples
    self.sampledPassages = sampledPassages
  }
}

extension Dialect {
  public var jobs: (any BatchJobs)? { nil }
  public var keyHeader: String? { nil }
  public var signing: SigningRule? { nil }
  public var cures: [FieldCure] { [] }
  public var scoresOnTrial: Bool { false }
  public var rendersTurns: Bool { false }

  public func rendering(_ template: ChatTemplate) -> any Dialect { self }
  public var advices: [FieldCure] { [] }

  public func limit(of kind: Ask.Kind) -> Int {
    switch kind {
    case .tokenize, .force, .choose, .describe, .render, .countTokens: 1
    case .complete(.neutral), .complete(.endpointDefault): limits.samples
    case .score, .next, .complete(.greedy): limits.prompts
    // Lists are long.
    case .scoreListing: max(1, limits.prompts / 8)
    }
  }
}

/// A request before it is sent.
public struct DialectRequest: Sendable {
  /// Between the endpoint's base and its query.
  public let path: String
  /// What stands before the version of the API in the URL, for services of Google that move files:
  /// `/upload`.
  public var service = ""
  /// What is posted, a JSON document unless ``contentType`` says otherwise; `nil` for a GET.
  public let body: [UInt8]?
  /// What the body is.
  public var contentType = "application/json"
  /// How large the reply may be where it must be large, in bytes.
  public var replyLimit: Int?
  /// Headers that the API wants beside the key, in lower case; no secrets.
  public var headers: [(name: String, value: String)] = []

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
    let own = endpoint.allHeaders
    // The user's own word stands before the dialect's.
    let fixed = request.headers.filter { header in !own.contains { $0.name == header.name } }
    self.init(
      url: endpoint.address(request.path, of: request.service),
      headers: own + fixed.map { (name: $0.name, value: Secret($0.value)) },
      body: request.body.map { Secret($0) }, replyLimit: request.replyLimit)
    contentType = request.contentType
    signer = endpoint.signer
  }
}

extension Dialect {
  /// The error for asks that the dialect does not claim to be able to ask.
  func cannotAsk(_ asks: [Ask]) -> CoalmineError {
    CoalmineError(
      code: "cannot-be-asked",
      "the dialect '\(name)' has no request for \(asks.isEmpty ? "nothing" : "this question")",
      exit: .internalError)
  }

  /// The document of a reply that holds answers, or why it holds none.
  func document(of reply: Reply, _ asks: [Ask], at endpoint: Endpoint) -> Reading<JSONDocument> {
    let reading = HTTPFault(asks: asks, endpoint: endpoint) {
      (try? self.encode(asks, to: endpoint, seed: 0).path).map { endpoint.address($0) }
        ?? endpoint.url
    }.document(of: reply)
    guard case .unanswerable(let error) = reading else { return reading }
    if let cured = cures.lazy.compactMap({ $0.error(for: reply, error, at: endpoint) }).first {
      return .stop(cured)
    }
    guard !error.isFilter, let advice = advices.first(where: { $0.isNamed(by: reply) }) else {
      return reading
    }
    return .unanswerable(
      CoalmineError(
        code: error.code, error.message, details: error.details, help: advice.help,
        exit: error.exit))
  }
}
