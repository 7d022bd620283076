// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineScoring
import CoalmineStatistics
import CoalmineTesting
import Testing

/// Forced choices: the exact rank of a secret among the texts that were shown.
@Suite struct `Forced choices` {
  static let texts = 8

  /// A drawn study with a run of forced choices.
  ///
  /// - Parameter weight: of the inserted secrets against any other text, 1 where nothing leaked.
  private static func result(
    seed: UInt64, weight: Double = 1, likesPlaces: Bool = false, rounds: Bool = false,
    missing: Int = 0, burning: [Int] = []
  ) throws -> StudyResult {
    var study = DrawnStudy()
    study.kinds = 2
    study.perKind = 12
    study.controls = 4
    study.references = 7
    let evidence = try study.evidence(seed: seed)
    var chance = SplitMix(seed &+ 77)
    var left = missing
    var answers: [Subject: Outcome<Observation>] = [:]
    for canary in evidence.canaries {
      if canary.role == .inserted, left > 0 {
        left -= 1
        answers[.canary(canary.id)] = .censored(Reason("choice-refused", "no"))
        continue
      }
      let place = Int.random(in: 0..<texts, using: &chance)
      var weights = (0..<texts).map { number in
        (rounds ? Double(Int.random(in: 1...3, using: &chance)) : 0.01 + chance.unit())
          * (likesPlaces && number == 0 ? 50 : 1)
      }
      if canary.role != .heldOut { weights[place] *= weight }
      let sum = weights.reduce(0, +)
      answers[.canary(canary.id)] = .measured(
        .choice(ForcedChoice(place: place, probabilities: weights.map { $0 / sum })!))
    }
    var plan = evidence.studyProtocol
    plan.forcedChoice = texts
    let run = RunRecord(
      number: 3, role: .tuned, model: "tuned", endpoint: "http://127.0.0.1", dialect: "decisions",
      presentation: .plain,
      probeSet: ProbeSet(name: "forced-choice", summary: "", probes: [.forcedChoice]),
      openedAt: "", closedAt: "")
    return score(
      Evidence(
        studyProtocol: plan, facts: evidence.facts, canaries: evidence.canaries,
        spaces: evidence.spaces, inContextControls: [], records: [], shape: nil,
        predictableSeed: false, scoringSeed: evidence.scoringSeed, tuned: evidence.tuned,
        base: nil,
        forcedChoices: Answers(
          run: run, asked: [.forcedChoice], observations: [.forcedChoice: answers]),
        burningRuns: burning), simulatesPower: false)
  }

  private static func group(_ role: Role, _ result: StudyResult) throws -> ForcedChoiceResult.Group
  {
    try #require(result.forcedChoice?.groups.first { $0.role == role })
  }

  /// The chance that a sum of independent uniform ranks is at most the one seen, counted one by one.
  private static func naive(sum: Int, canaries: Int) -> Double {
    var chances = [0: 1.0]
    for _ in 0..<canaries {
      var next: [Int: Double] = [:]
      for (total, chance) in chances {
        for rank in 1...texts { next[total + rank, default: 0] += chance / Double(texts) }
      }
      chances = next
    }
    return chances.filter { $0.key <= sum }.values.reduce(0, +)
  }

  @Test func `p is that of the sum of ranks, counted one by one`() throws {
    for seed in 1...4 as ClosedRange<UInt64> {
      let result = try Self.result(seed: seed)
      let group = try Self.group(.inserted, result)
      // The same chance as the study's, to know the ranks.
      let p = try #require(group.pValue.value)
      let sums = (group.canaries...group.canaries * Self.texts)
      let possible = sums.map { Self.naive(sum: $0, canaries: group.canaries) }
      #expect(possible.contains { abs($0 - p) < 1e-9 })
      #expect(group.firstByChance == Double(group.canaries) / Double(Self.texts))
    }
  }

  /// 300 studies in which nothing leaked: p is below a level no more often than the level says, however
  /// much the model likes one place or ties.
  @Test(arguments: [(false, false), (true, false), (false, true), (true, true)])
  func `a model that knows nothing is found as often as the level says`(
    _ likesPlaces: Bool, _ rounds: Bool
  ) throws {
    var found = 0
    for seed in 1...300 as ClosedRange<UInt64> {
      let result = try Self.result(seed: seed, likesPlaces: likesPlaces, rounds: rounds)
      if try #require(Self.group(.inserted, result).pValue.value) <= 0.1 { found += 1 }
    }
    // 30 of 300 on average at most; 54 or more have a chance of 2 in 100,000.
    #expect(found < 54, "\(found)")
    if !rounds { #expect(found > 10, "\(found)") }
  }

  @Test func `a model that knows the secrets is found, and held-out ones stay quiet`() throws {
    let result = try Self.result(seed: 5, weight: 1e4)
    let inserted = try Self.group(.inserted, result)
    #expect(inserted.first.value?.hits == inserted.canaries)
    let p = try #require(inserted.pValue.value)
    var exact = 1.0
    for _ in 0..<inserted.canaries { exact /= Double(Self.texts) }
    #expect(abs(p / exact - 1) < 1e-9)
    #expect(try #require(Self.group(.heldOut, result).pValue.value) > 0.001)
    #expect(try #require(Self.group(.control, result).pValue.value) < 0.001)
  }

  @Test func `nothing of it decides`() throws {
    let (known, unknown) = (try Self.result(seed: 6, weight: 1e4), try Self.result(seed: 6))
    #expect(known.verdict == unknown.verdict && known.findings == unknown.findings)
    #expect(known.decision == unknown.decision)
    #expect(!known.notMeasured.contains(.notAsked(.forcedChoice, leftOut: nil)))
  }

  @Test func `a choice that is missing counts as the last rank`() throws {
    let all = try Self.group(.inserted, try Self.result(seed: 7, weight: 1e4))
    let some = try Self.group(.inserted, try Self.result(seed: 7, weight: 1e4, missing: 3))
    #expect(some.answered == all.answered - 3 && some.canaries == all.canaries)
    let sum = some.answered + 3 * Self.texts
    let p = try #require(some.pValue.value)
    #expect(abs(p - Self.naive(sum: sum, canaries: some.canaries)) < 1e-9)
  }

  @Test func `a run that was asked afterwards has a caveat`() throws {
    #expect(try Self.result(seed: 8).caveats.allSatisfy { $0.slug != "canaries-burned" })
    let burned = try Self.result(seed: 8, burning: [3]).caveats.first {
      $0.slug == "canaries-burned"
    }
    #expect(burned?.evidence.contains("run 3") == true)
  }
}
