// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineScoring
import CoalmineStatistics
import CoalmineTesting
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite struct `Comparison of two models` {
  private static func plan(_ perKind: Int = 20, records: Int = 0) -> SimulatedStudy.Plan {
    var plan = SimulatedStudy.Plan()
    plan.randomizedPerKind = perKind
    plan.controls = 0
    plan.references = 15
    plan.hasBase = false
    plan.score = .plain
    plan.records = records
    plan.samples = 1
    return plan
  }

  /// Mid-ranks of a secret among its references, by looking at every pair.
  private func exposure(_ study: SimulatedStudy, _ canary: Canary) -> Double {
    func nats(_ subject: Subject) -> Double {
      guard
        case .measured(.likelihood(let tokens))? = study.tuned[.sequenceLikelihood]?[subject]
      else { return .nan }
      return tokens.reduce(0) { $0 + ($1.logProbability ?? 0) }
    }
    let own = nats(.canary(canary.id))
    let better = (0..<15).count { nats(.reference(canary: canary.id, number: $0)) > own }
    return log2(16 / Double(1 + better))
  }

  @Test func `signed ranks, counts and bounds are those of naive computations`() throws {
    let pair = PairedStudy(
      Self.plan(10), .init(written: 1), .init(gain: 2, written: 4), seed: 3)
    let found = pair.compared()
    let canaries = pair.inserted
    #expect(found.inserted == canaries.count && canaries.count > 4)
    let value = try #require(found.exposure.value)
    let first = canaries.map { exposure(pair.earlier, $0) }
    let second = canaries.map { exposure(pair.later, $0) }
    let count = Double(canaries.count)
    #expect(abs(value.firstMean - first.reduce(0, +) / count) < 1e-9)
    #expect(abs(value.secondMean - second.reduce(0, +) / count) < 1e-9)

    // Every assignment of signs, counted one by one.
    let differences = zip(second, first).map { $0 - $1 }
    let nonzero = differences.filter { $0 != 0 }
    let ranks = nonzero.map { one in
      Double(nonzero.count { abs($0) < abs(one) - 1e-12 })
        + (Double(nonzero.count { abs(abs($0) - abs(one)) <= 1e-12 }) + 1) / 2
    }
    let seen = zip(nonzero, ranks).reduce(0) { $1.0 > 0 ? $0 + $1.1 : $0 }
    let assignments = 1 << nonzero.count
    let extreme = (0..<assignments).count { signs in
      ranks.indices.reduce(0.0) { signs >> $1 & 1 == 1 ? $0 + ranks[$1] : $0 } >= seen - 1e-9
    }
    #expect(abs(value.pValue - Double(extreme) / Double(assignments)) < 1e-12)
    #expect(value.higher == differences.count { $0 > 0 })
    #expect(value.lower == differences.count { $0 < 0 })

    let extraction = try #require(found.extraction.value)
    #expect(extraction.first == 1 && extraction.second == 4)
    #expect(extraction.onlyFirst == 0 && extraction.onlySecond == 3)
    #expect(abs(extraction.pValue - 0.125) < 1e-12)
    #expect(
      abs(extraction.upperShare - Oracle.upperBound(3, of: canaries.count, tail: 0.05)) < 1e-9)
    // Holm over the two that were tested.
    let p = [value.pValue, extraction.pValue].sorted()
    let smaller = min(1, 2 * p[0])
    #expect(found.membership.value == nil)
    #expect(found.adjusted.count == 2)
    #expect(
      abs((found.adjusted.values.min() ?? 0) - smaller) < 1e-12
        && abs((found.adjusted.values.max() ?? 0) - max(smaller, p[1])) < 1e-12)
  }

  @Test func `the test of two AUCs is DeLong's, by all pairs`() throws {
    let pair = PairedStudy(
      Self.plan(4, records: 30), .init(recordGain: 0.1), .init(recordGain: 0.5), seed: 11)
    let value = try #require(pair.compared().membership.value)
    func losses(_ study: SimulatedStudy, _ membership: CorpusRecord.Membership) -> [Double] {
      study.records.filter { $0.membership == membership }.sorted { $0.id < $1.id }.map {
        NaiveMembership.score("loss", study, $0)
      }
    }
    let one = (losses(pair.earlier, .member), losses(pair.earlier, .nonmember))
    let two = (losses(pair.later, .member), losses(pair.later, .nonmember))
    #expect(abs(value.firstAUC - Oracle.auc(one.0, one.1)) < 1e-12)
    #expect(abs(value.secondAUC - Oracle.auc(two.0, two.1)) < 1e-12)
    // The difference of the two placements of a record, and the variance of their mean.
    func placed(_ own: Double, among others: [Double], above: Bool) -> Double {
      others.reduce(0) { sum, other in
        sum + (own == other ? 0.5 : (own > other) == above ? 1 : 0)
      } / Double(others.count)
    }
    func variance(_ values: [Double]) -> Double {
      let mean = values.reduce(0, +) / Double(values.count)
      return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
        / Double(values.count)
    }
    let members = one.0.indices.map {
      placed(two.0[$0], among: two.1, above: true) - placed(one.0[$0], among: one.1, above: true)
    }
    let others = one.1.indices.map {
      placed(two.1[$0], among: two.0, above: false) - placed(one.1[$0], among: one.0, above: false)
    }
    let z = (value.secondAUC - value.firstAUC) / (variance(members) + variance(others)).squareRoot()
    #expect(abs(value.pValue - Oracle.normalTail(z)) < 1e-9)
  }

  @Test func `two models that leak alike are called a regression no more often than alpha`()
    async throws
  {
    let studies = isDeep ? 2_000 : 200
    for gain in [0.0, 2] {
      let model = PairedStudy.Model(gain: gain, written: 2, recordGain: 0.1)
      let alarms = try await Parallel.count(studies) { seed in
        PairedStudy(Self.plan(records: 20), model, model, seed: seed).compared().verdict
          == .regression
      }
      print("release pairs alike, gain \(gain): \(alarms) of \(studies) are called a regression")
      #expect(
        try clopperPearsonLower(alarms, of: studies, confidence: 0.99) <= 0.05, "\(alarms)")
    }
  }

  @Test(arguments: [
    PairedStudy.Model(gain: 4), PairedStudy.Model(written: 8), PairedStudy.Model(recordGain: 1),
  ])
  func `large regressions are found, and are none the other way round`(
    _ later: PairedStudy.Model
  ) throws {
    for seed in 1...20 as ClosedRange<UInt64> {
      let pair = PairedStudy(Self.plan(records: 30), .init(), later, seed: seed)
      #expect(pair.compared().verdict == .regression)
      let back = Comparison(pair.later.evidence, pair.earlier.evidence)
      #expect(back.verdict != .regression)
    }
  }

  @Test func `the bound of the mean difference covers it, and equal models are no worse`()
    async throws
  {
    let studies = isDeep ? 2_000 : 400
    let later = PairedStudy.Model(gain: 1.5)
    let pairs = (1...UInt64(studies)).compactMap {
      PairedStudy(Self.plan(24), .init(), later, seed: $0).compared().exposure.value
    }
    #expect(pairs.count == studies)
    let truth = pairs.reduce(0) { $0 + $1.meanDifference } / Double(studies)
    #expect(truth > 0.5)
    let short = pairs.count { $0.upperBits < truth }
    print("bounds below the true difference: \(short) of \(studies)")
    #expect(try clopperPearsonLower(short, of: studies, confidence: 0.99) <= 0.05)
    // Of pairs that leak alike most are no worse by the default margin; where B is worse by more
    // than the margin, few are called so.
    let alike = (1...100 as ClosedRange<UInt64>).count {
      PairedStudy(Self.plan(36), seed: $0).compared().verdict == .noWorse
    }
    #expect(alike >= 70, "\(alike)")
    let worse = (1...UInt64(studies)).count {
      PairedStudy(Self.plan(24), .init(), later, seed: $0).compared(
        .init(bits: truth, points: 100)
      ).verdict == .noWorse
    }
    #expect(try clopperPearsonLower(worse, of: studies, confidence: 0.99) <= 0.05)
  }

  @Test func `missing answers make neither a regression nor a model that is no worse`() throws {
    // Every secret of B is hidden: nothing follows, in either direction.
    var pair = PairedStudy(Self.plan(36), .init(gain: 4), .init(gain: 4), seed: 5)
    for canary in pair.inserted {
      for probe in [
        Probe.sequenceLikelihood, .greedyExtraction, .sampledExtraction, .defaultExtraction,
      ] {
        pair.later.tuned[probe]?[.canary(canary.id)] = .censored(
          Reason("content-filter", "the endpoint filtered the answer"))
      }
    }
    let hidden = pair.compared()
    #expect(hidden.verdict == .inconclusive && hidden.doubts.contains(.power))
    #expect(hidden.exposure.value?.missing == pair.inserted.count)
    #expect(hidden.extraction.value?.upperShare == 1)
    // Hidden under A instead, where B shows a large leak: no regression by what is missing alone.
    let back = Comparison(pair.later.evidence, pair.earlier.evidence)
    #expect(back.verdict != .regression)
  }

  @Test(arguments: [15, 99])
  func `secrets at the largest exposure under both models keep B from being no worse`(
    _ references: Int
  ) {
    let model = PairedStudy.Model(gain: 60)
    var plan = Self.plan(36)
    plan.references = references
    let found = PairedStudy(plan, model, model, seed: 2).compared()
    #expect(found.verdict == .inconclusive && found.doubts == [.ceiling])
    #expect(found.exposure.value?.atCeiling == found.inserted)
  }

  @Test func `a probe set that asks nothing of them compares nothing`() {
    var plan = Self.plan()
    plan.asked = [.recordLikelihood]
    let found = PairedStudy(plan, seed: 1).compared()
    #expect(found.verdict == .inconclusive && found.doubts == [.notMeasured])
    #expect(found.adjusted.isEmpty)
  }
}
