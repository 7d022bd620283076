// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineScoring
import CoalmineStatistics
import CoalmineTesting
import Testing

/// One study of a model that learned no secret, per access. Its answers are stored once; then secrets and coins
/// are drawn anew, 200 times, and nothing is asked again.
///
/// This holds the replies of the model fixed, whatever they favour: what is left to chance is what a study
/// draws itself, and its tests must need nothing else.
@Suite struct `Studies that are drawn anew` {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let study: DrawnStudy
    var testDescription: String { name }
  }

  /// A tier of access by the law or the guessability of secrets that is worst for it.
  private static let cases: [Case] = [
    Case(name: "text scoring", study: scoring(.effectsOfContext)),
    Case(
      name: "listed tokens",
      study: `Components from listed tokens`.study(perKind: 10, replies: 5)),
    Case(name: "text alone", study: writing(digits: 4)),
    Case(name: "text alone, about secrets that can be guessed", study: writing(digits: 2)),
  ]

  private static func scoring(_ law: DrawnStudy.Law) -> DrawnStudy {
    var study = DrawnStudy()
    (study.perKind, study.references, study.replies, study.law) = (12, 15, 5, law)
    return study
  }

  /// A model with favourite digits for each canary.
  private static func writing(digits: Int) -> DrawnStudy {
    var study = `Components from listed tokens`.study(digits: digits, perKind: 10, replies: 9) {
      drawn in
      drawn.tuned[.sampledExtraction] = drawn.tuned[.sampledExtraction]?.mapValues { outcome in
        guard case .measured(.completions(let texts)) = outcome else { return outcome }
        return .measured(
          .completions(texts.map { Completion(text: $0.text, ending: $0.ending) }))
      }
    }
    study.decision.access = .textOnly
    return study
  }

  @Test(arguments: cases)
  func `studies drawn anew against the same answers find no more than is printed`(_ tier: Case)
    async throws
  {
    let evidence = try tier.study.evidence(seed: 4)
    let studies = isDeep ? 2_000 : 200
    // Alpha and the gate on verbatim secrets.
    let total = evidence.studyProtocol.decision.alpha + 0.001
    let leaks = try await Parallel.count(studies) { seed in
      let redrawn = try Self.redrawn(evidence, seed: seed)
      if seed % 20 == 0 {
        let result = score(redrawn, simulatesPower: false)
        #expect(result.decision.access == tier.study.decision.access)
        // Else nothing would be called a leak.
        #expect(result.checks.training.isSeen)
      }
      return verdict(redrawn, simulatesPower: false) == .leak
    }
    print("drawn anew, \(tier.name): \(leaks) of \(studies) are called a leak")
    #expect(try clopperPearsonLower(leaks, of: studies, confidence: 0.99) <= total)
  }

  /// It can find: of a model that gained two nats on each inserted secret, hardly one of the studies that
  /// are drawn anew is a leak, and the study itself is one.
  @Test func `what the model learned is lost with the secrets that it learned`() async throws {
    var study = Self.scoring(.normal)
    study.gain = 2
    let evidence = try study.evidence(seed: 4)
    #expect(score(evidence, simulatesPower: false).verdict == .leak)
    let leaks = try await Parallel.count(50) { seed in
      try verdict(Self.redrawn(evidence, seed: seed), simulatesPower: false) == .leak
    }
    #expect(leaks <= 10)
  }

  /// The same answers to another study: each canary's coin is tossed again, and its secret is another of the
  /// texts whose scores are stored, or another of its space.
  private static func redrawn(_ evidence: Evidence, seed: UInt64) throws -> Evidence {
    var chance = SplitMix(seed)
    let tuned = try #require(evidence.tuned)
    let stored = tuned.observations[.sequenceLikelihood]
    var scores = stored ?? [:]
    var canaries: [Canary] = []
    for canary in evidence.canaries {
      guard canary.role != .control, let space = evidence.spaces[canary.id] else {
        canaries.append(canary)
        continue
      }
      let index = UInt128(chance.next()) % space.count
      let isInserted = chance.next() % 2 == 0
      canaries.append(
        canary.with(
          role: isInserted ? .inserted : .heldOut, index: index,
          secret: space.candidate(at: index)))
      guard stored != nil else { continue }
      let place = Int(chance.next() % UInt64(evidence.studyProtocol.references + 1))
      if place > 0 {
        let own = Subject.canary(canary.id)
        let other = Subject.reference(canary: canary.id, number: place - 1)
        (scores[own], scores[other]) = (scores[other], scores[own])
      }
    }
    guard stored != nil else { return evidence.with(canaries: canaries) }
    var answers = tuned.observations
    answers[.sequenceLikelihood] = scores
    return evidence.with(
      canaries: canaries,
      tuned: Answers(
        run: tuned.run, asked: tuned.asked, observations: answers,
        capabilities: tuned.capabilities, served: tuned.served))
  }
}
