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
  }

  /// - Throws: ``CoalmineError`` where the endpoint is of no use at all; cancellation.
  public func run(_ surroundings: ProbeVerb.Surroundings) async throws -> Summary {
    try await endpoint.delivering(surroundings.limits, surroundings.settings) {
      try await run(surroundings, by: $0)
    }
  }

  private func run(_ surroundings: ProbeVerb.Surroundings, by delivery: any Delivery) async throws
    -> Summary
  {
    let dialect = try DialectRegistry.dialect(dialect)
    var driver = Driver(
      journal: MemoryJournal(), dialect: dialect, endpoint: endpoint,
      send: { request async throws(TransportError) in try await delivery.send(request) },
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
    return Summary(
      capabilities: rendered.map { capabilities.adding($0) } ?? capabilities, requests: tally.sent)
  }

  private func incomplete(_ details: [String], _ help: String?) -> CoalmineError {
    CoalmineError(
      code: "check-incomplete", "\(endpoint.url) left a question of the check without an answer",
      details: details, help: help, exit: .incomplete)
  }
}
