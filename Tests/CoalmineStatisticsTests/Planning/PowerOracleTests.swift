// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation
import Testing

/// Simulated power against closed forms and against studies of which every score is drawn.
@Suite struct `Simulated power, checked` {
  /// Whether the shares of two simulations could be one: four standard errors of their difference.
  private func agree(_ a: Double, _ n: Int, _ b: Double, _ m: Int) -> Bool {
    let p = (a * Double(n) + b * Double(m)) / Double(n + m)
    return abs(a - b) <= 4 * (p * (1 - p) * (1 / Double(n) + 1 / Double(m))).squareRoot() + 1e-12
  }

  private func one(
    _ component: EvidenceComponent, references: Int = 0, bits: Double = 20, alpha: Double = 0.05,
    noise: Double = 0, missing: Double = 0, deviation: Double = 1
  ) throws -> PowerSimulation {
    try PowerSimulation(
      PowerDesign(
        PlannedCanary.group(
          kind: "a", inserted: 1, heldOut: 1, references: references, spaceBits: bits),
        weights: ComponentWeights([component: 1]), alpha: alpha, scoreDeviation: deviation,
        noise: noise, missingShare: missing))
  }

  /// ∫ φ(z) f(z) dz.
  private func mean(_ f: (Double) throws -> Double) rethrows -> Double {
    try stride(from: -9.0, through: 9, by: 0.01).reduce(0) {
      $0 + 0.01 * exp(-$1 * $1 / 2) / (2 * Double.pi).squareRoot() * (try f($1))
    }
  }

  @Test func `one canary's rank is a mixture of binomial numbers`() throws {
    for (references, alpha, auc, noise) in [
      (19, 0.1, 0.8, 0.0), (255, 0.05, 0.9, 0.5), (2000, 0.02, 0.75, 0), (99, 0.05, 0.5, 2),
      (1300, 0.9, 0.5, 0), (40, 0.6, 0.55, 0),
    ] {
      let result = try one(.rank, references: references, alpha: alpha, noise: noise)
        .run(.dense(auc: auc))
      // The most better references with which ⌈4096 r / (m + 1)⌉ is seldom enough.
      let texts = references + 1
      let steps = (1...texts).map { (4096 * $0 + texts - 1) / texts }
      let best = steps.last { step in
        Double(steps.count { $0 <= step }) <= alpha * Double(texts) * (1 + 1e-12)
      }
      let most = steps.count { $0 <= best ?? 0 } - 1
      let spread = (1 + noise * noise).squareRoot()
      let gain = PlannedLeak.gain(auc: auc, deviation: 1)
      let expected = try mean { z in
        exp(try Binomial.logAtMost(most, of: references, p: Normal.sf(z + gain / spread)))
      }
      #expect(agree(result.power, result.studies, expected, 1 << 40), "\(result.power) \(expected)")
    }
  }

  @Test func `one canary's mass exceeds its limit with a normal tail`() throws {
    for (deviation, noise, auc) in [(1.0, 0.0, 0.95), (2, 0.5, 0.75), (3, 0, 0.5)] {
      let result = try one(
        .mass, bits: 60, alpha: 0.25, noise: noise, deviation: deviation
      ).run(.dense(auc: auc))
      let gain = PlannedLeak.gain(auc: auc, deviation: deviation)
      let spread = (deviation * deviation + noise * noise).squareRoot()
      let limit = log(4) + spread * spread / 2 - gain
      #expect(agree(result.power, result.studies, Normal.sf(limit / spread), 1 << 40))
    }
  }

  @Test func `one pair is ordered as often as the AUC says`() throws {
    for auc in [0.5, 0.6, 0.9] {
      let result = try one(.coin, alpha: 0.5).run(.dense(auc: auc))
      #expect(agree(result.power, result.studies, auc, 1 << 40))
    }
  }

  @Test func `one memorised canary is found unless its answer is missing`() throws {
    for component in [EvidenceComponent.mass, .extraction, .rank] {
      let result = try one(component, references: 99, missing: 0.2).run(.sparse(memorised: 1))
      // With 99 references of which some are missing, the best rank is lost too.
      let expected = component == .rank ? 0 : 0.8
      if component == .rank {
        #expect(result.power < 0.001)
      } else {
        #expect(agree(result.power, result.studies, expected, 1 << 40))
      }
    }
    #expect(try one(.rank, references: 19).run(.sparse(memorised: 1)).power == 1)
    #expect(try one(.rank, references: 18).run(.sparse(memorised: 1)).power == 0)
    // E = 0.9 · 2^bits must reach 20.
    #expect(try one(.mass, bits: log2(23)).run(.sparse(memorised: 1)).power == 1)
    #expect(try one(.mass, bits: log2(22)).run(.sparse(memorised: 1)).power == 0)
  }

  @Test func `chance hits are as frequent as their tail says`() throws {
    let canaries = PlannedCanary.group(
      kind: "a", inserted: 30, heldOut: 0, references: 0, spaceBits: 10)
    let design = try PowerDesign(canaries, access: .textOnly, candidatesSeen: 20)
    let result = try PowerSimulation(design, studies: 100_000).run(.sparse(memorised: 0))
    let chances = [Double](repeating: 20.0 / 1024, count: 30)
    // Ranks and mass of replies have three quarters of alpha.
    let level = 0.05 * 0.25
    let critical = try #require(
      (0...30).first { exp((try? logPoissonBinomialAtLeast($0, of: chances)) ?? 0) <= level })
    let expected = exp(try logPoissonBinomialAtLeast(critical, of: chances))
    #expect(agree(result.power, result.studies, expected, 1 << 40))
    let more = try PowerSimulation(design).run(.sparse(memorised: critical))
    #expect(more.power == 1)
  }

  /// A study of which every score is drawn, by the functions that decide a real one.
  private func drawn(_ design: PowerDesign, _ leak: PlannedLeak, _ random: inout ChaCha8Rand)
    throws -> Set<EvidenceComponent>
  {
    var gain = 0.0
    var memorised: Set<Int> = []
    let inserted = design.canaries.indices.filter { design.canaries[$0].isInserted }
    switch leak {
    case .dense(let auc): gain = 2.0.squareRoot() * Normal.quantile(auc)
    case .sparse(let count):
      memorised = Set(random.sample(count, below: inserted.count).map { inserted[$0] })
    }
    func answer(_ value: Double) -> Double? {
      random.unitInterval() < design.missingShare ? nil : value
    }
    var ranked: [RankedSecret] = []
    var logs: [Double?] = []
    var bits: [Double] = []
    var hits = 0
    var chances: [Double] = []
    var members: [(kind: String, first: Bool, score: Double)] = []
    for (place, canary) in design.canaries.enumerated() {
      func score() -> Double { random.normal() + design.noise * random.normal() }
      guard canary.isInserted else {
        members.append((canary.kind, false, answer(score()) ?? 1e9 + Double(place)))
        continue
      }
      let own = memorised.contains(place) ? 1e6 + Double(place) : score() + gain
      let known = answer(own)
      ranked.append(
        try RankedSecret(
          scores: [known] + (0..<canary.references).map { _ in answer(score()) }, secret: 0,
          missing: .leak))
      let space = canary.spaceBits * log(2)
      let verbatim = log(0.9) + design.noise * random.normal()
      logs.append(known.map { min(0, $0 >= 1e6 ? verbatim : $0 - 0.5 - space) })
      bits.append(canary.spaceBits)
      members.append((canary.kind, true, known ?? -1e9 - Double(place)))
      let chance = Double(design.candidatesSeen) * exp2(-canary.spaceBits)
      chances.append(chance)
      let hit = memorised.contains(place) || random.unitInterval() < chance
      if hit, answer(0) != nil { hits += 1 }
    }
    let kinds = Dictionary(grouping: members, by: \.kind).sorted { $0.key < $1.key }.map(\.value)
    let pValues: [EvidenceComponent: Double] = [
      .rank: try RankSum(ranked).pValue,
      .mass: try MassTest(logProbabilities: logs, spaceBits: bits, noise: design.noise).pValue,
      .extraction: exp(try logPoissonBinomialAtLeast(hits, of: chances)),
      .coin: try stratifiedPermutation(
        scores: kinds.map { kind in kind.map { own in Double(kind.count { $0.score < own.score }) }
        },
        labels: kinds.map { $0.map(\.first) }, permutations: 99, using: &random
      ).pValue,
    ]
    return Set(
      pValues.filter { $0.value <= design.weights[$0.key] * design.alpha * (1 + 1e-9) }.keys)
  }

  @Test func `power is that of studies of which every score is drawn`() throws {
    // 4,410 relabellings: the coin test counts them all.
    let canaries =
      PlannedCanary.group(kind: "a", inserted: 5, heldOut: 4, references: 15, spaceBits: 8)
      + PlannedCanary.group(kind: "b", inserted: 3, heldOut: 4, references: 31, spaceBits: 5)
    let design = try PowerDesign(
      canaries, alpha: 0.2, noise: 0.4, missingShare: 0.02, candidatesSeen: 2)
    let simulation = try PowerSimulation(design)
    let studies = EvaluationTrials.closed
    for (place, leak) in [
      PlannedLeak.dense(auc: 0.5), .dense(auc: 0.75), .dense(auc: 0.9), .sparse(memorised: 1),
      .sparse(memorised: 3),
    ].enumerated() {
      var random = EvaluationTrials.generator(UInt8(140 + place))
      var found = 0
      var foundBy: [EvidenceComponent: Int] = [:]
      for _ in 0..<studies {
        let rejected = try drawn(design, leak, &random)
        if !rejected.isEmpty { found += 1 }
        for component in rejected { foundBy[component, default: 0] += 1 }
      }
      let result = try simulation.run(leak)
      let share = Double(found) / Double(studies)
      print("measured: \(leak): \(result.power), every score drawn \(share)")
      #expect(agree(result.power, result.studies, share, studies), "\(leak)")
      for component in EvidenceComponent.allCases {
        let share = Double(foundBy[component] ?? 0) / Double(studies)
        #expect(
          agree(result.power(of: component), result.studies, share, studies),
          "\(leak), \(component): \(result.power(of: component)) \(share)")
      }
    }
  }

  @Test func `the quantile of an assignment is that of the sums of Pascal's triangle`() throws {
    for randomized in [0, 1, 2, 7, 18, 40, 60] {
      for level in [0.01, 0.05, 0.5] {
        var (row, sum, first) = ([1.0], 0.0, randomized)
        for _ in 0..<randomized {
          row = zip(row + [0], [0] + row).map { ($0 + $1) / 2 }
        }
        for (count, share) in row.enumerated() {
          sum += share
          if sum >= level * (1 - 1e-12) {
            first = count
            break
          }
        }
        #expect(try assignmentQuantile(randomized: randomized, level: level) == first)
      }
    }
    #expect(try assignmentQuantile(randomized: 72) == 29 && assignmentQuantile(randomized: 18) == 6)
    // Four kinds at their own quantiles together are far rarer than one study in twenty.
    #expect(abs(exp(try Binomial.logAtMost(24, of: 72, p: 0.5)) - 0.003) < 0.001)
    #expect(refusal { try assignmentQuantile(randomized: -1) } == "invalid_parameter")
    #expect(refusal { try assignmentQuantile(randomized: 9, level: .nan) } == "nan")
    #expect(refusal { try assignmentQuantile(randomized: 9, level: 1) } == "invalid_parameter")
  }
}
