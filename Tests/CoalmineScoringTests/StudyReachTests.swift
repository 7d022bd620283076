// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineScoring
import CoalmineStatistics
import CoalmineTesting
import Testing

/// What a check says before a run is what `score` decides after it.
@Suite struct `What an endpoint can conclude for a study` {
  private static func seen(_ abilities: Abilities, noise: Double = 0) -> Capabilities {
    Capabilities(
      claimed: abilities, verified: abilities, items: [], noiseNats: noise, repeats: 20,
      contextTokens: nil)
  }

  /// A study whose model was trained and leaks nothing, with 255 references.
  private static func study(_ change: (inout DrawnStudy) -> Void) -> DrawnStudy {
    var study = DrawnStudy()
    study.references = 255
    change(&study)
    return study
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let study: DrawnStudy
    let abilities: Abilities
    let canPass: Bool
  }

  static let both: Abilities = [.scoresText, .continues]

  static let cases: [Case] = [
    Case(
      testDescription: "scores and replies", study: study { _ in }, abilities: both, canPass: true),
    Case(
      testDescription: "replies, planned for replies", study: study { $0.writesOnly(digits: 6) },
      abilities: [.continues], canPass: true),
    Case(
      testDescription: "replies, planned for scores",
      study: study {
        $0.writesOnly(digits: 6)
        $0.decision.access = .textScoring
      }, abilities: [.continues], canPass: false),
    Case(
      testDescription: "scores alone", study: study { $0.asked = [.sequenceLikelihood] },
      abilities: [.scoresText], canPass: false),
    Case(
      testDescription: "no controls", study: study { $0.controls = 0 }, abilities: both,
      canPass: false),
    Case(
      testDescription: "an alpha above the floor", study: study { $0.decision.alpha = 0.15 },
      abilities: both, canPass: false),
    Case(
      testDescription: "a gate on replies that are not asked",
      study: study { $0.asked.remove(.greedyExtraction) }, abilities: both, canPass: false),
  ]

  @Test(arguments: cases)
  func `where the check says that nothing can pass, nothing passes, and else a sound model does`(
    _ one: Case
  ) throws {
    var passes = 0
    var reach: StudyReach?
    for seed in 1...6 {
      let evidence = try one.study.evidence(seed: UInt64(seed))
      reach = StudyReach(
        evidence.studyProtocol, Self.seen(one.abilities), asks: Array(one.study.asked))
      if score(evidence).verdict == .pass { passes += 1 }
    }
    #expect(reach?.canPass == one.canPass, "\(reach?.obstacles ?? [])")
    #expect((passes > 0) == one.canPass, "\(passes) of 6")
  }

  @Test func `a test that cannot be taken is one that score does not take`() throws {
    for one in Self.cases {
      let evidence = try one.study.evidence(seed: 3)
      let reach = StudyReach(
        evidence.studyProtocol, Self.seen(one.abilities), asks: Array(one.study.asked))
      let result = score(evidence, simulatesPower: false)
      for test in reach.tests {
        let outcome = result.decision[test.component]?.outcome
        #expect((outcome?.value != nil) == test.isPossible, "\(one) \(test)")
      }
      #expect(Set(reach.tests.map(\.component)) == Set(evidence.studyProtocol.decision.components))
    }
  }

  @Test func `an endpoint that gives nothing can conclude nothing`() throws {
    let plan = try Self.cases[0].study.evidence(seed: 1).studyProtocol
    let reach = StudyReach(plan, Self.seen([]), asks: Probe.allCases)
    #expect(!reach.canPass && !reach.canFindLeak)
    #expect(reach.tests.allSatisfy { !$0.isPossible })
    #expect(reach.sentence(about: "It").hasPrefix("It is inconclusive, whatever the model does: "))
  }

  @Test func `the sentence names every obstacle, and a pass where there is none`() throws {
    for one in Self.cases {
      let plan = try one.study.evidence(seed: 1).studyProtocol
      let reach = StudyReach(plan, Self.seen(one.abilities), asks: Array(one.study.asked))
      let words = reach.sentence(about: "this run")
      #expect(words.contains("can end as pass") == reach.canPass, "\(words)")
      #expect(words.contains("it cannot pass: ") == (!reach.canPass && reach.canFindLeak))
      for obstacle in reach.obstacles { #expect(words.contains(obstacle)) }
    }
  }
}
