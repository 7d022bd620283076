// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger
import CoalmineScoring
import CoalmineStatistics
import CoalmineStudy
import CoalmineTesting
import Foundation
import Testing

/// A real model's answers, stored once for each access; then secrets and coins are drawn anew, 200 times, and
/// nothing is asked again.
///
/// The model favours what its training text favours, and knows digits from letters. It knows none of the secrets
/// that are drawn then, so that a leak is a false alarm.
@Suite(.serialized, .enabled(if: isDeep, "COALMINE_DEEP is not 1"))
struct `Studies that are drawn anew against a real model` {
  static let studies = 200
  private static let references = 15

  /// A dialect with a probe set, and the access that they give.
  struct Case: Sendable, CustomTestStringConvertible {
    let dialect: String
    let options: [String]
    let access: PlannedAccess
    var testDescription: String { access.rawValue }
  }

  @Test(arguments: [
    Case(
      dialect: "llama-server",
      options: ["--probe-set", "full", "--rank-budget", "0"], access: .textScoring),
    Case(
      dialect: "llama-server,logprobs=20", options: ["--probe-set", "text-only"],
      access: .topTokens),
    Case(dialect: "llama-server", options: ["--probe-set", "text-only"], access: .textOnly),
  ])
  func `they find no more than is printed`(_ tier: Case) async throws {
    let server = try await LlamaCpp()
    // Secrets of one length: the score of each can be that of any other.
    let study = try await TinyModel.Study(
      canaries: { !$0.hasPrefix("email") && !$0.hasPrefix("words2") },
      references: Self.references, samples: 8, defaults: 0)
    try await study.probe(server, dialect: tier.dialect, more: tier.options)
    let ledger = try Ledger.open(at: study.path)
    defer { try? ledger.close() }
    let evidence = try EvidenceReader(ledger).evidence(run: 1)
    let references = try ledger.study().references
    let total = evidence.studyProtocol.decision.alpha + 0.001
    var leaks = 0
    for seed in 1...UInt64(Self.studies) {
      let redrawn = try Self.redrawn(evidence, references, seed: seed)
      let result = score(redrawn, simulatesPower: false)
      #expect(result.decision.access == tier.access)
      // Else nothing would be called a leak.
      #expect(result.checks.training.isSeen)
      leaks += result.verdict == .leak ? 1 : 0
    }
    print("drawn anew, \(tier.access) at llama.cpp: \(leaks) of \(Self.studies) are called a leak")
    #expect(try clopperPearsonLower(leaks, of: Self.studies, confidence: 0.99) <= total)
  }

  /// The same answers to another study: what was memorised are the controls, and each other canary's coin
  /// is tossed again, with another secret: one of the references whose scores are stored, or any of its
  /// space where none are.
  private static func redrawn(
    _ evidence: Evidence, _ references: [String: [UInt128]], seed: UInt64
  ) throws -> Evidence {
    var chance = SplitMix(seed)
    let tuned = try #require(evidence.tuned)
    var answers = tuned.observations
    let canaries = try evidence.canaries.map { canary -> Canary in
      guard canary.repetitions < 32 else { return canary.with(role: .control) }
      let space = try #require(evidence.spaces[canary.id])
      let role = chance.next() % 2 == 0 ? Role.inserted : .heldOut
      guard var scores = answers[.sequenceLikelihood] else {
        return canary.with(role: role, index: UInt128(chance.next()) % space.count, of: space)
      }
      // The secret that was trained is no draw of the space: one of the references takes its place, and
      // the last of them that one's.
      let drawn = try #require(references[canary.id])
      let place = Int(chance.next() % UInt64(drawn.count))
      let last = Subject.reference(canary: canary.id, number: drawn.count - 1)
      let chosen = Subject.reference(canary: canary.id, number: place)
      scores[.canary(canary.id)] = scores[chosen]
      scores[chosen] = scores[last]
      scores[last] = nil
      answers[.sequenceLikelihood] = scores
      return canary.with(role: role, index: drawn[place], of: space)
    }
    var plan = evidence.studyProtocol
    if answers[.sequenceLikelihood] != nil { plan.references -= 1 }
    return Evidence(
      studyProtocol: plan, facts: evidence.facts, canaries: canaries,
      spaces: evidence.spaces, inContextControls: evidence.inContextControls,
      records: evidence.records, shape: evidence.shape,
      predictableSeed: evidence.predictableSeed, scoringSeed: evidence.scoringSeed,
      tuned: Answers(
        run: tuned.run, asked: tuned.asked, observations: answers,
        capabilities: tuned.capabilities, served: tuned.served),
      base: nil, looks: evidence.looks, draw: evidence.draw)
  }
}

extension Canary {
  /// The canary in a role of the tests that decide, with a secret of its space.
  fileprivate func with(role: Role, index: UInt128? = nil, of space: RandomnessSpace? = nil)
    -> Canary
  {
    let drawn = index.flatMap { index in space.map { Secret($0.candidate(at: index)) } }
    return Canary(
      id: id, kind: kind, templateText: templateText, context: context,
      index: index ?? self.index, bits: bits, role: role,
      repetitions: role == .control ? repetitions : 1, randomized: role != .control,
      prefix: prefix, separator: separator, secret: drawn ?? secret, suffix: suffix, turns: turns)
  }
}
