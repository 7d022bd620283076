// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineEndpoints

/// Looks at what an endpoint does, without a study: nothing is kept.
///
/// With a study, ``ProbeVerb/checkOnly`` does the same in a run and keeps it there.
public struct CheckVerb: Sendable {
  public var endpoint: Endpoint
  public var dialect: String

  public init(endpoint: Endpoint, dialect: String) {
    self.endpoint = endpoint
    self.dialect = dialect
  }

  /// What a check saw, and what it took.
  public struct Summary: Sendable, Equatable {
    public let capabilities: Capabilities
    public let requests: Int
    /// The dialect that was checked: another one than was given where the endpoint does not take that.
    public let dialect: String
    /// What the endpoint does not take, one sentence each.
    public let refusals: [String]
  }

  /// - Throws: ``CoalmineError`` where the endpoint is of no use at all; cancellation.
  public func run(_ surroundings: ProbeVerb.Surroundings) async throws -> Summary {
    try await endpoint.delivering(surroundings.limits, surroundings.settings) {
      try await run(surroundings, by: $0)
    }
  }

  /// Asks without what the endpoint refuses, one field after the other.
  private func run(_ surroundings: ProbeVerb.Surroundings, by delivery: any Delivery) async throws
    -> Summary
  {
    var name = dialect
    var tried: Set<String> = []
    var refusals: [String] = []
    let sent = Counter()
    while true {
      let before = sent.count
      do {
        let (capabilities, requests) = try await run(
          try DialectRegistry.dialect(name), surroundings, by: delivery, sent)
        return Summary(
          capabilities: capabilities, requests: before + requests, dialect: name,
          refusals: refusals)
      } catch let error as CoalmineError where error.code == "field-refused" {
        guard let other = error.otherDialect, tried.insert(other).inserted else { throw error }
        refusals.append(error.message)
        name = other
      }
    }
  }

  private func run(
    _ dialect: any Dialect, _ surroundings: ProbeVerb.Surroundings, by delivery: any Delivery,
    _ sent: Counter
  ) async throws -> (Capabilities, requests: Int) {
    var driver = Driver(
      journal: MemoryJournal(), dialect: dialect, endpoint: endpoint,
      send: { request async throws(TransportError) in
        _ = sent.next()
        return try await delivery.send(request)
      },
      policy: surroundings.policy, concurrency: 1,
      progress: { answered, _ in surroundings.progress(answered, 0) }, now: surroundings.now,
      sleep: surroundings.sleep, clock: surroundings.clock, stopping: surroundings.stopping)
    var rendered: Capabilities.Item?
    var tally = Driver.Tally()
    if dialect.rendersTurns {
      (driver, rendered, tally) = try await driver.learningTemplate(
        TemplateCheck.sequences(of: []))
    }
    let check = EndpointCheck(
      dialect, model: endpoint.model, for: [], scoring: dialect.abilities.meets(.scores))
    do {
      tally = try await driver.run(check, after: tally)
    } catch let error as CoalmineError where error.code == "endpoint-unusable" {
      throw incomplete(error.details, error.help)
    }
    guard let capabilities = check.capabilities else {
      if surroundings.stopping() { throw CancellationError() }
      throw incomplete(
        tally.lastFailure.map { [terminalSafe($0.words)] } ?? [], tally.lastFailure?.advice)
    }
    return (rendered.map { capabilities.adding($0) } ?? capabilities, tally.sent)
  }

  private func incomplete(_ details: [String], _ help: String?) -> CoalmineError {
    CoalmineError(
      code: "check-incomplete", "\(endpoint.url) left a question of the check without an answer",
      details: details, help: help, exit: .incomplete)
  }
}
