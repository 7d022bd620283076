// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The answers of two runs about the same canaries and records, side by side.
struct PairedReadings {
  let first: Evidence
  let second: Evidence
  /// Inserted at the target repetitions, in the order of their ids.
  let canaries: [(first: ScoredCanary, second: ScoredCanary)]

  init(_ first: Evidence, _ second: Evidence) {
    self.first = first
    self.second = second
    func inserted(_ evidence: Evidence) -> [ScoredCanary] {
      let scored = evidence.canariesByName.map { ScoredCanary($0, in: evidence) }
      return DecidingCanaries(scored, evidence).inserted
    }
    let others = Dictionary(
      inserted(second).map { ($0.canary.id, $0) }, uniquingKeysWith: { one, _ in one })
    canaries = inserted(first).compactMap { one in
      others[one.canary.id].map { (one, $0) }
    }
  }

  /// Exposures of one secret under both models.
  struct Exposures {
    /// In bits, missing answers read against a regression: best under A, worst under B.
    let against: (first: Double, second: Double)
    /// The other way round.
    let forRegression: (first: Double, second: Double)
    let isMissing: Bool
    /// The largest exposure that can be shown, in bits.
    let ceiling: Double
  }

  /// - Throws: what the ranks refuse.
  func exposures() throws -> [Exposures] {
    try canaries.map { pair in
      let (one, two) = (
        try rank(pair.first, first), try rank(pair.second, second)
      )
      return Exposures(
        against: (one.best, two.worst), forRegression: (one.worst, two.best),
        isMissing: one.isMissing || two.isMissing, ceiling: min(one.ceiling, two.ceiling))
    }
  }

  /// The exposure with missing answers read for a leak, and against one.
  private func rank(_ canary: ScoredCanary, _ evidence: Evidence) throws
    -> (best: Double, worst: Double, isMissing: Bool, ceiling: Double)
  {
    func read(_ reading: MissingReading) throws -> RankedSecret {
      evidence.readsRepliesAlone
        ? try ComponentTests.rank(of: canary, reading)
        : try ComponentTests.ranked(canary.scores, differences: false, reading)
    }
    let isMissing =
      evidence.readsRepliesAlone
      ? !(canary.generated?.isWhole ?? false)
      : ([canary.scores.tuned] + canary.scores.tunedReferences).contains { $0.value == nil }
    let (best, worst) = (try read(.pass), try read(.leak))
    // The best place of all, rounded as the places are.
    let first = try RankedSecret(rank: 1, of: min(best.texts, 1 << 20))
    return (Self.bits(best), Self.bits(worst), isMissing, Self.bits(first))
  }

  private static func bits(_ rank: RankedSecret) -> Double {
    log2(Double(RankedSecret.grid)) - log2(Double(rank.steps))
  }

  /// Why exposures cannot be compared; `nil` where they can.
  var exposuresUnavailable: Reason? {
    for evidence in [first, second] {
      guard let tuned = evidence.tuned else { return Reasons.noTunedRun }
      if evidence.readsRepliesAlone {
        if evidence.repliesCanRepeat { return Reasons.secretsShown }
      } else if !tuned.asked.contains(.sequenceLikelihood) {
        return Reason(
          "not-asked",
          "the probe set '\(tuned.run.probeSet.name)' does not ask "
            + Probe.sequenceLikelihood.rawValue)
      } else if evidence.studyProtocol.references == 0 {
        return Reasons.noReferences
      }
    }
    return canaries.isEmpty ? Reasons.noRandomizedCanaries : nil
  }

  /// Why extraction cannot be compared; `nil` where it can.
  var extractionUnavailable: Reason? {
    guard let pair = canaries.first else { return Reasons.noRandomizedCanaries }
    return pair.first.replies.notAsked ?? pair.second.replies.notAsked
  }

  /// Records that were scored under both models, by the score that is compared.
  func records() throws -> (members: [(Double, Double)], nonmembers: [(Double, Double)]) {
    func read(_ evidence: Evidence) -> [String: Double] {
      let reading = LabelledRecord.read(evidence.records, evidence.tuned, base: nil)
      return Dictionary(
        reading.records.compactMap { record in
          Comparison.membershipScore.score(record.tokens).value.map { (record.record.id, $0) }
        }, uniquingKeysWith: { one, _ in one })
    }
    let (one, two) = (read(first), read(second))
    func paired(_ membership: CorpusRecord.Membership) -> [(Double, Double)] {
      first.records.filter { $0.membership == membership }.sorted { $0.id < $1.id }.compactMap {
        record in
        guard let a = one[record.id], let b = two[record.id] else { return nil }
        return (a, b)
      }
    }
    return (paired(.member), paired(.nonmember))
  }
}
