// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// The tests that decide, each over a group of canaries.
///
/// A missing answer is never dropped: ``MissingReading/leak`` reads it against a finding,
/// ``MissingReading/pass`` for one.
enum ComponentTests {
  /// The rank of a canary's secret among its own references.
  ///
  /// Where a score is known only as an upper bound, the comparison with the secret alone is known:
  /// then ties and what is open count against the secret for `leak`, and for it for `pass`.
  static func ranked(_ scores: SecretScores, differences: Bool, _ reading: MissingReading) throws
    -> RankedSecret
  {
    if !differences, case .measured(let own) = scores.tuned, !own.isUpperBound,
      let references = scores.tunedReferences.exact
    {
      return try RankedSecret(scores: [own.nats] + references, secret: 0, missing: reading)
    }
    let texts = scores.tunedReferences.count + 1
    let tuned = [scores.tuned] + scores.tunedReferences
    let base = [scores.base] + scores.baseReferences
    // (value, whether it is only an upper bound)
    let values: [(nats: Double, isBound: Bool)?] = tuned.indices.map { place in
      guard let score = tuned[place].value else { return nil }
      guard differences else { return (score.nats, score.isUpperBound) }
      guard place < base.count, let before = base[place].value, !before.isUpperBound else {
        return nil
      }
      return (SecretScores.difference(score.nats, before.nats), score.isUpperBound)
    }
    guard values.contains(where: { $0?.isBound == true }) else {
      return try RankedSecret(scores: values.map { $0?.nats }, secret: 0, missing: reading)
    }
    guard let own = values[0], !own.isBound else {
      return try RankedSecret(missing: reading, of: texts)
    }
    let better = values.dropFirst().count { value in
      guard let value else { return reading == .leak }
      if value.isBound { return reading == .leak && value.nats >= own.nats }
      return value.nats > own.nats || (reading == .leak && value.nats == own.nats)
    }
    return try RankedSecret(rank: 1 + better, of: texts)
  }

  /// The rank among the texts whose scores are known, where some are missing: for a check that takes
  /// sides in neither direction. `nil` where the secret's own score is missing.
  static func rankedAmongKnown(_ scores: SecretScores, differences: Bool = false) throws
    -> RankedSecret?
  {
    func isKnown(_ base: Outcome<SecretScore>?) -> Bool {
      !differences || base?.value.map { !$0.isUpperBound } == true
    }
    guard scores.tuned.value != nil, isKnown(scores.base) else { return nil }
    let base = scores.baseReferences
    let known = scores.tunedReferences.indices.filter {
      scores.tunedReferences[$0].value != nil && isKnown($0 < base.count ? base[$0] : nil)
    }
    return try ranked(
      SecretScores(
        tuned: scores.tuned, base: scores.base,
        tunedReferences: ReferenceScores(known.map { scores.tunedReferences[$0] }),
        baseReferences: ReferenceScores(differences ? known.map { base[$0] } : []),
        references: []), differences: differences, .leak)
  }

  static func rank(_ canaries: [ScoredCanary], differences: Bool, _ reading: MissingReading) throws
    -> RankSum
  {
    try RankSum(canaries.map { try ranked($0.scores, differences: differences, reading) })
  }

  /// - Parameter noise: the standard deviation of a log-probability, in nats.
  static func mass(
    _ canaries: [ScoredCanary], noise: Double, _ reading: MissingReading
  ) throws -> MassTest {
    // Seen of all texts alike, whichever of them is the secret.
    let usable = canaries.filter { $0.scores.shareBoundary }
    return try MassTest(
      logProbabilities: usable.map { $0.scores.tuned.value?.nats },
      spaceBits: usable.map(\.canary.bits), noise: noise, missing: reading)
  }

  /// What was found stays found; a canary of which replies are missing is read as one of
  /// which none came.
  static func extraction(_ canaries: [ScoredCanary], _ reading: MissingReading) throws
    -> ExtractionTest
  {
    try ExtractionTest(
      found: canaries.map { canary in
        canary.replies.holdsSecret ? true : canary.replies.isWhole ? false : nil
      }, candidatesSeen: canaries.map(\.replies.candidatesSeen),
      spaceBits: canaries.map(\.canary.bits), missing: reading)
  }

  /// Inserted against held-out canaries, labels permuted within kinds.
  static func coin(
    inserted: [ScoredCanary], heldOut: [ScoredCanary], differences: Bool,
    _ reading: MissingReading, tieEpsilon: Double = 0, byConvolution: Bool = true,
    permutations: Int,
    using generator: inout ChaCha8Rand
  ) throws -> CoinTest? {
    func members(_ canaries: [ScoredCanary], first: Bool) -> [StratifiedTwoSample.Member] {
      canaries.map { canary in
        let scores = canary.scores
        return StratifiedTwoSample.Member(
          stratum: canary.canary.kind, first: first,
          score: scores.compared(asDifferences: differences).value)
      }
    }
    let groups = StratifiedTwoSample(
      members(inserted, first: true) + members(heldOut, first: false), missing: reading,
      tieEpsilon: tieEpsilon)
    guard !groups.isEmpty else { return nil }
    return try groups.test(
      permutations: permutations, byConvolution: byConvolution, using: &generator)
  }
}

/// The outcome of the coin component.
struct CoinTest: Sendable, Equatable {
  /// The share of pairs of one kind in which the inserted canary scores higher, ties half.
  let auc: Double
  /// One-sided.
  let pValue: Double
  /// Relabellings that were counted or drawn; 0 where all of them were counted by convolution.
  let relabellings: Int
  let isExact: Bool
}
