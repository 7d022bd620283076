// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger
import CoalmineProbing
import CoalmineTesting
import Foundation
import Synchronization
import Testing

/// Every fault of a server in the shape of every family of APIs: one request of a run meets it, the others do
/// not. What the run does is stated per cell. In each, nothing that was answered is asked again or lost, and
/// what is stored in the end is what a run without faults stores.
@Suite struct `Every fault in every family` {
  typealias Stored = [Subject: Outcome<Observation>]

  /// The request of the run that meets the fault, from 0.
  private static let hit = 1
  private static let canaries = 4

  @Test(arguments: WireFault.all)
  func `a run asks again, ends or goes on as it must, and loses nothing`(_ fault: WireFault)
    async throws
  {
    try await withThrowingDiscardingTaskGroup { group in
      for family in FaultFamily.all {
        group.addTask { try await Self.hold(fault, family) }
      }
    }
  }

  private static func hold(_ fault: WireFault, _ family: FaultFamily) async throws {
    let cell = "\(family.dialect), \(fault.name)"
    let expected = try await undisturbed(family)
    let whole = try FaultServer { wire in
      while let request = wire.readRequest() {
        wire.send(wireReply(family.answer(to: request.body)))
      }
    }
    let study = try study(family)
    let run = try await run(study, whole, fault, family)
    let stored = try stored(study)
    let outcome = fault.outcome(family)
    switch outcome {
    case .answered, .noForm:
      #expect(run.isComplete && run.sent == canaries, "\(cell): \(run.words)")
      #expect(stored == expected, "\(cell)")
    case .askedAgain:
      #expect(run.isComplete && run.sent == canaries + 1, "\(cell): \(run.words)")
      #expect(stored == expected, "\(cell)")
      let waited = study.waited.withLock { $0 }
      // Pauses of the run and of the request are slept beside each other; without one there is jitter.
      #expect(
        waited >= fault.wait ?? 0 && waited <= 3 * (fault.wait ?? 0) + 2, "\(cell): \(waited) s")
    case .reason(let slug):
      #expect(run.isComplete && run.sent == canaries, "\(cell): \(run.words)")
      let other = stored.filter { $0.value != expected[$0.key] }
      #expect(other.count == 1 && other.values.first?.reason?.slug == slug, "\(cell): \(other)")
      #expect(stored.count == canaries, "\(cell)")
    case .ends(let code):
      // The next request may have left when the reply is read: what is under way is waited for.
      #expect(run.error?.code == code && run.sent <= hit + 2, "\(cell): \(run.words)")
      #expect(stored.count == run.sent - 1, "\(cell)")
      #expect(stored.allSatisfy { expected[$0.key] == $0.value }, "\(cell)")
    case .open:
      #expect(run.error == nil && run.tally?.given == 1, "\(cell): \(run.words)")
      #expect(stored.count == canaries - 1, "\(cell)")
    }
    let models = try study.ledger.served(run: study.run.number).map { $0.model.name }
    let named = fault.name == WireFault.anotherModel ? ["tiny", "another"] : ["tiny"]
    #expect(models == (family.namesModel ? named : []), "\(cell): \(models)")
    // The same command again, at a server that is well: what has an answer is not asked.
    let before = whole.requests.count
    let rest = try await driver(study) { _ in whole.url }
      .run(study.questions(try study.plan(samples: 0, defaultSamples: 0).direct))
    let asked = whole.requests.count - before
    #expect(rest.isComplete && asked == canaries - stored.count, "\(cell): \(asked) asked again")
    if case .reason = outcome {
    } else {
      #expect(try self.stored(study) == expected, "\(cell), in the end")
    }
    let bodies = whole.requests.map(\.body)
    #expect(Set(bodies).count == bodies.count, "\(cell): a request was answered twice")
  }
}

extension `Every fault in every family` {
  private struct Run {
    var tally: Driver.Tally?
    var error: CoalmineError?
    /// Requests that left.
    var sent = 0

    var isComplete: Bool { error == nil && tally?.isComplete == true }
    var words: String {
      "\(sent) sent, \(error?.description ?? "no error"), \(tally?.lastFailure?.words ?? "no failure")"
    }
  }

  private static let wholes = MadeOnce<String, Stored>()

  /// What a run without faults stores.
  private static func undisturbed(_ family: FaultFamily) async throws -> Stored {
    try await wholes.value(family.dialect) {
      let study = try study(family)
      let driver = try study.driver(concurrency: 1, promptsPerRequest: 1) {
        request async throws(TransportError) in
        Reply(
          status: 200, headers: [],
          body: Array(family.answer(to: request.body?.reveal() ?? []).utf8))
      }
      let tally = try await driver.run(
        study.questions(try study.plan(samples: 0, defaultSamples: 0).direct))
      let stored = try stored(study)
      #expect(tally.isComplete && tally.sent == canaries && stored.count == canaries)
      #expect(stored.values.allSatisfy { $0.value != nil }, "\(family.dialect): \(stored)")
      return stored
    }
  }

  private static func study(_ family: FaultFamily) throws -> ProbedStudy {
    try ProbedStudy(
      canaries: canaries, probes: [.greedyExtraction], dialect: dialect(family.dialect))
  }

  private static func stored(_ study: ProbedStudy) throws -> Stored {
    try study.ledger.observations(run: study.run.number)[.greedyExtraction] ?? [:]
  }

  /// A driver that asks one question at a time, where `place` says.
  private static func driver(
    _ study: ProbedStudy, silentSeconds: Int = 20,
    at place: @escaping @Sendable (Int) -> String
  ) throws -> Driver {
    var limits = TransportLimits()
    (limits.silentSeconds, limits.body) = (silentSeconds, 1 << 20)
    let transport = Transport(limits: limits)
    let count = Mutex(0)
    return try study.driver(concurrency: 1, promptsPerRequest: 1, drains: true) {
      request async throws(TransportError) in
      let number = count.withLock { count in
        defer { count += 1 }
        return count
      }
      let url = place(number)
      var moved = HTTPRequest(
        url: request.url.replacingOccurrences(of: ProbedStudy.endpoint.url, with: url),
        headers: request.headers, body: request.body, replyLimit: request.replyLimit)
      moved.needsFreshConnection = request.needsFreshConnection
      return try await transport.send(moved)
    }
  }

  /// Runs once with the fault.
  private static func run(
    _ study: ProbedStudy, _ whole: FaultServer, _ fault: WireFault, _ family: FaultFamily
  ) async throws -> Run {
    let broken = try FaultServer { wire in fault.script(wire, family) }
    let url =
      switch fault.place {
      case .server: broken.url
      case .closedPort: "http://127.0.0.1:\(try closedPort())"
      case .tls: broken.url.replacingOccurrences(of: "http:", with: "https:")
      }
    let sent = Mutex(0)
    let driver = try driver(study, silentSeconds: fault.silentSeconds) { number in
      sent.withLock { $0 += 1 }
      return number == hit ? url : whole.url
    }
    var run = Run()
    do {
      run.tally = try await driver.run(
        study.questions(try study.plan(samples: 0, defaultSamples: 0).direct))
    } catch let error as CoalmineError {
      run.error = error
    }
    run.sent = sent.withLock { $0 }
    return run
  }
}
