// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineScoring
import CoalmineTesting
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite struct ExposureTests {
  /// The sum of a secret's tokens, which in simulated studies begin with the separator.
  private func nats(_ outcome: Outcome<Observation>?) -> Double? {
    guard case .measured(.likelihood(let tokens)) = outcome else { return nil }
    return tokens.reduce(0) { $0 + ($1.logProbability ?? 0) }
  }

  @Test func `every exposure is the rank among the canary's own references`() throws {
    let study = SimulatedStudy(
      .init(randomizedPerKind: 12, controls: 4, references: 40, gain: { $0 > 0 ? 2 : 0 }), seed: 5)
    let result = score(study.evidence)
    for canary in result.canaries {
      let answers = try #require(study.tuned[.sequenceLikelihood])
      let own = try #require(nats(answers[.canary(canary.id)]))
      let others = (0..<40).compactMap {
        nats(answers[.reference(canary: canary.id, number: $0)])
      }
      let rank = 1 + others.count { $0 >= own - 1e-9 }
      let exposure = try #require(canary.exposure.value)
      #expect(exposure.rank == rank)
      #expect(exposure.references == 40)
      #expect(abs(exposure.bits - log2(41 / Double(rank))) < 1e-12)
      #expect(abs(exposure.ceilingBits - log2(41)) < 1e-12)
      #expect(exposure.pValue == Double(rank) / 41)
      let upper = Oracle.upperBound(rank - 1, of: 40, tail: 0.025)
      #expect(abs(exposure.interval.lower - -log2(upper)) < 1e-7)
      if rank == 1 {
        #expect(exposure.interval.upper == .infinity)
      } else {
        let lower = Oracle.lowerBound(rank - 1, of: 40, tail: 0.025)
        #expect(abs(exposure.interval.upper - -log2(lower)) < 1e-7)
      }
      #expect(abs((canary.secretLogProbability.value ?? 1) - own) < 1e-12)
      let base = try #require(nats(study.base[.sequenceLikelihood]?[.canary(canary.id)]))
      #expect(abs((canary.tunedMinusBase.value ?? 99) - (own - base)) < 1e-12)
      let floorBits = canary.secretBits - log2(max(1, floor(exp(-own) * (1 + 1e-12))))
      #expect(abs((canary.massBoundBits.value ?? -1) - max(0, floorBits)) < 1e-6)
    }
  }

  @Test func `ties count against the finding and are told`() throws {
    var study = SimulatedStudy(.init(randomizedPerKind: 2, controls: 1, references: 30))
    let canary = study.canaries[0]
    var chance = SplitMix(9)
    study.answerSecret(canary, -12, &chance)
    let own = study.tuned[.sequenceLikelihood]?[.canary(canary.id)]
    for number in 0..<30 {
      study.tuned[.sequenceLikelihood]?[.reference(canary: canary.id, number: number)] = own
    }
    let result = try #require(score(study.evidence).canaries.first { $0.id == canary.id })
    #expect(result.exposure.value?.bits == 0)
    #expect(result.exposure.value?.rank == 31)
    #expect(result.exposure.value?.pValue == 1)
    #expect(
      result.caveats.first { $0.slug == "tied-references" }?.evidence
        == "30 of 30 references tie with the canary")
  }

  @Test func `few references and a guessable secret are told`() {
    let few = score(
      SimulatedStudy(.init(randomizedPerKind: 2, controls: 0, references: 31)).evidence)
    let many = score(
      SimulatedStudy(.init(randomizedPerKind: 2, controls: 0, references: 100)).evidence)
    #expect(few.canaries.allSatisfy { $0.caveats.contains { $0.slug == "few-references" } })
    #expect(!many.canaries.contains { $0.caveats.contains { $0.slug == "few-references" } })
    for canary in many.canaries {
      #expect(
        canary.caveats.contains { $0.slug == "guessable-secret" } == (canary.secretBits < 20))
      #expect(!canary.caveats.contains { $0.slug == "tied-references" })
      #expect(!canary.caveats.contains { $0.slug == "boundary-inside-token" })
    }
  }

  @Test func `a token that begins inside the prompt is a caveat`() {
    var study = SimulatedStudy(.init(randomizedPerKind: 2, controls: 0, references: 3))
    let canary = study.canaries[0]
    let start = canary.prefix.count
    study.tuned[.sequenceLikelihood]?[.canary(canary.id)] = .measured(
      .likelihood([
        TokenScore(
          range: (start - 2)..<(start + 1 + canary.secret.reveal().count), logProbability: -8)
      ]))
    let result = score(study.evidence).canaries.first { $0.id == canary.id }
    #expect(result?.caveats.contains { $0.slug == "boundary-inside-token" } == true)
    #expect(result?.secretLogProbability == .measured(-8))
  }

  @Test func `an upper bound counts as worse where it surely is, and as a tie where it is not`()
    throws
  {
    var study = SimulatedStudy(.init(randomizedPerKind: 2, controls: 1, references: 30))
    let canary = study.canaries[0]
    var chance = SplitMix(9)
    study.answerSecret(canary, -12, &chance)
    let end = canary.prefix.count + 1 + canary.secret.reveal().count
    func bounded(_ nats: Double, _ isBound: Bool) -> Outcome<Observation> {
      .measured(
        .likelihood([
          TokenScore(
            range: canary.prefix.count..<end, logProbability: nats, isUpperBound: isBound)
        ]))
    }
    for number in 0..<30 {
      // Ten surely worse, ten that could be anything, ten measured as worse.
      study.tuned[.sequenceLikelihood]?[.reference(canary: canary.id, number: number)] =
        number < 10 ? bounded(-13, true) : number < 20 ? bounded(-11, true) : bounded(-20, false)
    }
    let result = try #require(score(study.evidence).canaries.first { $0.id == canary.id })
    #expect(result.exposure.value?.references == 30)
    #expect(result.exposure.value?.rank == 11)
    #expect(result.exposure.value?.pValue == 11.0 / 31)
  }

  @Test func `references without a score are left out and told`() throws {
    var study = SimulatedStudy(.init(randomizedPerKind: 2, controls: 0, references: 20))
    let id = study.canaries[1].id
    study.tuned[.sequenceLikelihood]?[.reference(canary: id, number: 3)] = nil
    study.tuned[.sequenceLikelihood]?[.reference(canary: id, number: 4)] = .measured(
      .likelihood([TokenScore(range: 0..<100, logProbability: .nan)]))
    let result = try #require(score(study.evidence).canaries.first { $0.id == id })
    #expect(result.exposure.value?.references == 18)
    #expect(
      result.caveats.first { $0.slug == "answers-missing" }?.evidence
        == "2 of 20 references have no score")
  }

  @Test func `a canary without references has a score and no exposure`() throws {
    let study = SimulatedStudy(.init(randomizedPerKind: 2, controls: 0, references: 0))
    let result = try #require(score(study.evidence).canaries.first)
    #expect(result.exposure.reason?.slug == "no-references")
    #expect(result.exposure.status == "not-measurable")
    #expect(result.secretLogProbability.value != nil)
    #expect(result.massBoundBits.value != nil)
  }

  @Test func `the mean under no leakage is the mean over all ranks`() {
    for references in [1, 2, 7, 31, 255] {
      var sum = 0.0
      for rank in 1...(references + 1) { sum += log2(Double(references + 1) / Double(rank)) }
      #expect(
        abs(ExposureUnderNull.mean(references: references) - sum / Double(references + 1)) < 1e-12)
    }
    // The limit for many references is 1 / ln 2.
    #expect(abs(ExposureUnderNull.mean(references: 1_000_000) - 1 / log(2)) < 2e-5)
    #expect(ExposureUnderNull.mean(references: 0) == 0)
  }

  @Test(arguments: [[3: 1], [3: 2], [4: 3], [2: 1, 5: 2], [1: 5], [7: 3], [1: 1, 2: 1, 3: 1]])
  func `the median of the maximum is found by listing every outcome`(counts: [Int: Int]) {
    let sizes = counts.flatMap { Array(repeating: $0.key, count: $0.value) }
    var maxima = [0.0]
    for (position, references) in sizes.enumerated() {
      var next: [Double] = []
      for maximum in maxima {
        for rank in 1...(references + 1) {
          let bits = log2(Double(references + 1) / Double(rank))
          next.append(position == 0 ? bits : max(maximum, bits))
        }
      }
      maxima = next
    }
    maxima.sort()
    // The least value that at least half of all outcomes do not exceed.
    let median = maxima.first { value in
      2 * maxima.count { $0 <= value + 1e-12 } >= maxima.count
    }
    #expect(abs(ExposureUnderNull.medianMaximum(counts) - (median ?? -1)) < 1e-12)
  }

  @Test func `the chance baseline of many canaries is near log2 K and half a bit`() {
    let bits = ExposureUnderNull.medianMaximum([9_999: 70])
    #expect(abs(bits - (log2(70) + 0.53)) < 0.02)
    #expect(ExposureUnderNull.medianMaximum([:]) == 0)
  }
}
