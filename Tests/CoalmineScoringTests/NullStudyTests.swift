// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineScoring
import CoalmineStatistics
import CoalmineTesting
import Testing

/// Studies of models that learned nothing: what they find is a false alarm, whatever the scores, the
/// endpoint or the base model look like.
@Suite struct `Null studies in process` {
  /// The worst case for a false alarm: the controls are seen, so that every rejection is a leak.
  private static let scenarios: [(name: String, study: DrawnStudy)] = {
    var scenarios: [(String, DrawnStudy)] = DrawnStudy.Law.allCases.map { law in
      (law.rawValue, with { $0.law = law })
    }
    scenarios += [
      ("noise of 0.05 nats", with { $0.noise = 0.05 }),
      ("noise of 0.5 nats", with { $0.noise = 0.5 }),
      (
        "one shift of all texts, with a base run",
        with {
          $0.hasBase = true
          $0.commonShift = 3
        }
      ),
      (
        "one shift, and a base run that asks references",
        with {
          $0.hasBase = true
          $0.baseReferences = true
          $0.commonShift = 3
        }
      ),
      (
        "a single kind",
        with {
          $0.kinds = 1
          $0.perKind = 72
        }
      ),
      (
        "13 kinds",
        with {
          $0.kinds = 13
          $0.perKind = 6
        }
      ),
      ("a tenth missing at random", with { $0.withheld = .atRandom(0.1) }),
      ("the highest missing", with { $0.withheld = .above(1) }),
      (
        "a kind of one digit",
        with {
          $0.digits = 1
          $0.references = 9
        }
      ),
      (
        "contexts of records that were learned, and no secret",
        with {
          $0.contexts = .grafted
          $0.contextLoss = 1.5
          $0.decision.weights = $0.contexts.weights(heldOut: .absent)
        }
      ),
      ("replies alone", with { $0.writesOnly(digits: 6) }),
      ("replies alone, about secrets that can be guessed", with { $0.writesOnly(digits: 2) }),
    ]
    return scenarios
  }()

  private static func with(_ change: (inout DrawnStudy) -> Void) -> DrawnStudy {
    var study = DrawnStudy()
    study.references = 15
    study.replies = 5
    change(&study)
    return study
  }

  @Test(arguments: chosenPlaces(of: scenarios.indices))
  func `a model that learned nothing is called a leak no more often than is printed`(
    _ place: Int
  ) async throws {
    let (name, study) = Self.scenarios[place]
    let studies = isDeep ? 10_000 : 1_000
    // Alpha and the gate on verbatim secrets.
    let total = study.decision.alpha + 0.001
    let leaks = try await Parallel.count(studies) { seed in
      try verdict(study.evidence(seed: seed), simulatesPower: false) == .leak
    }
    print("null studies, \(name): \(leaks) of \(studies) are called a leak")
    #expect(
      try clopperPearsonLower(leaks, of: studies, confidence: 0.99) <= total,
      "\(name): \(leaks) of \(studies)")
  }

  @Test(arguments: scenarios.indices)
  func `the verdict alone is that of the whole score`(_ place: Int) throws {
    for seed in 1...4 as ClosedRange<UInt64> {
      let evidence = try Self.scenarios[place].study.evidence(seed: seed)
      let whole = score(evidence, simulatesPower: false)
      #expect(verdict(evidence, simulatesPower: false) == whole.verdict)
    }
  }

  @Test func `of models that were never trained on the file none passes`() async throws {
    var study = DrawnStudy()
    study.controlGain = 0
    study.controlsAreWritten = false
    let untrained = study
    let passes = try await Parallel.count(isDeep ? 10_000 : 1_000) { seed in
      let evidence = try untrained.evidence(seed: seed)
      let quick = score(evidence, simulatesPower: false)
      guard quick.checks.training.isSeen else {
        return !quick.findings.contains(.trainingControl(.notSeen))
      }
      // By chance, in one of a thousand: then everything else is looked at.
      return score(evidence).verdict == .pass
    }
    #expect(passes == 0)
  }

  /// The training control is a rank sum whose null is computed by counting, so its size is too.
  @Test(arguments: [(2, 255), (8, 31), (8, 255), (5, 9)])
  func `the size of the training control is at most 0.001`(controls: Int, references: Int) throws {
    let secrets = try (0..<controls).map { _ in
      try RankedSecret(rank: 1, of: references + 1)
    }
    // The largest p that the control accepts is that of some rank sum: at most the level itself.
    var largest = 0.0
    for rank in 1...(references + 1) {
      let ranks = try (0..<controls).map { _ in try RankedSecret(rank: rank, of: references + 1) }
      let p = try RankSum(ranks).pValue
      if p <= ValidityChecks.level { largest = max(largest, p) }
    }
    #expect(largest <= 0.001)
    #expect(try RankSum(secrets).pValue <= 0.001)
  }
}
