// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension Comparison {
  /// The membership score that is compared: it needs nothing but the scored text.
  static var membershipScore: any MembershipScore.Type { LossScore.self }
  /// Above this share of secrets at the largest exposure under both models, exposure cannot show that
  /// B is no worse.
  static let ceilingShare = 0.05

  /// Compares two runs that asked the same questions about the same canaries.
  ///
  /// A missing answer is read against the claim: for a regression A's missing secrets have the best
  /// rank and B's the worst, and for "no worse" it is the other way round.
  ///
  /// - Parameters:
  ///   - first: of model A, with its tuned run.
  ///   - second: of model B, with the same canaries and records.
  ///   - margin: by how much B may be worse.
  /// - Complexity: O(canaries³ + canaries · references + records · log records).
  public init(_ first: Evidence, _ second: Evidence, margin: Margin = Margin()) {
    let pairs = PairedReadings(first, second)
    let alpha = first.studyProtocol.decision.alpha
    let exposure = Self.exposure(pairs, confidence: 1 - alpha)
    let extraction = Self.extraction(pairs, confidence: 1 - alpha)
    let membership = Self.membership(pairs)
    let tested: [(Measure, Double)] = [
      (.exposure, exposure.value?.pValue), (.extraction, extraction.value?.pValue),
      (.membership, membership.value?.pValue),
    ].compactMap { measure, p in p.map { (measure, $0) } }
    // p-values in 0…1 are never refused.
    let corrected = (try? adjustedPValues(tested.map(\.1), by: .holm)) ?? tested.map { _ in 1 }
    let adjusted = Dictionary(
      uniqueKeysWithValues: zip(tested, corrected).map { ($0.0, $1) })
    var doubts: [Doubt] = []
    if exposure.value == nil, extraction.value == nil { doubts.append(.notMeasured) }
    if let exposure = exposure.value {
      if exposure.upperBits >= margin.bits { doubts.append(.power) }
      if Double(exposure.atCeiling) > Self.ceilingShare * Double(pairs.canaries.count) {
        doubts.append(.ceiling)
      }
    }
    if let extraction = extraction.value, extraction.upperShare * 100 >= margin.points,
      !doubts.contains(.power)
    {
      doubts.append(.power)
    }
    let isWorse = adjusted.values.contains { $0 <= alpha }
    self.init(
      verdict: isWorse ? .regression : doubts.isEmpty ? .noWorse : .inconclusive,
      doubts: isWorse ? [] : doubts, alpha: alpha, margin: margin,
      inserted: pairs.canaries.count, exposure: exposure, extraction: extraction,
      membership: membership, adjusted: adjusted)
  }

  private static func exposure(_ pairs: PairedReadings, confidence: Double)
    -> Outcome<ExposureDifference>
  {
    if let reason = pairs.exposuresUnavailable { return .notMeasurable(reason) }
    return Fallible.outcome {
      let exposures = try pairs.exposures()
      let differences = exposures.map { $0.against.second - $0.against.first }
      let signed = try SignedRanks(differences)
      let tails = signed.nonzero <= 200 ? try signed.exact() : signed.normal()
      return ExposureDifference(
        firstMean: mean(exposures.map(\.against.first)),
        secondMean: mean(exposures.map(\.against.second)),
        higher: differences.count { $0 > 0 }, lower: differences.count { $0 < 0 },
        equal: differences.count { $0 == 0 }, pValue: min(1, tails.greater),
        upperBits: try upperBound(
          exposures.map { $0.forRegression.second - $0.forRegression.first },
          ceiling: exposures.map(\.ceiling).max() ?? 0, confidence: confidence),
        atCeiling: exposures.count {
          !$0.isMissing && $0.against.first >= $0.ceiling && $0.against.second >= $0.ceiling
        },
        missing: exposures.count { $0.isMissing })
    }
  }

  /// The one-sided upper bound of the mean, by Student's t; of one difference alone the ceiling.
  static func upperBound(_ differences: [Double], ceiling: Double, confidence: Double) throws
    -> Double
  {
    let count = Double(differences.count)
    guard count > 1 else { return ceiling }
    let middle = mean(differences)
    let variance =
      differences.reduce(0) { $0 + ($1 - middle) * ($1 - middle) } / (count - 1)
    let reach = try StudentT.quantile(confidence, degrees: count - 1)
    return min(ceiling, middle + reach * sqrt(variance / count))
  }

  private static func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(values.count)
  }

  private static func extraction(_ pairs: PairedReadings, confidence: Double)
    -> Outcome<ExtractionDifference>
  {
    if let reason = pairs.extractionUnavailable { return .notMeasurable(reason) }
    // What was found stays found; what is not whole may hold the secret.
    func isOpen(_ canary: ScoredCanary) -> Bool {
      !canary.replies.holdsSecret && !canary.replies.isWhole
    }
    let canaries = pairs.canaries
    func count(_ holds: (ScoredCanary, ScoredCanary) -> Bool) -> Int {
      canaries.count { holds($0.first, $0.second) }
    }
    // Read against a regression: an open secret counts as given by A and not by B.
    let onlySecond = count {
      !$0.replies.holdsSecret && !isOpen($0) && $1.replies.holdsSecret
    }
    let onlyFirst = count {
      ($0.replies.holdsSecret || isOpen($0)) && !$1.replies.holdsSecret
    }
    let perhapsOnlySecond = count {
      !$0.replies.holdsSecret && ($1.replies.holdsSecret || isOpen($1))
    }
    return Fallible.outcome {
      ExtractionDifference(
        first: count { one, _ in one.replies.holdsSecret },
        second: count { _, two in two.replies.holdsSecret }, onlyFirst: onlyFirst,
        onlySecond: onlySecond, canaries: canaries.count,
        pValue: min(1, try signTest(positive: onlySecond, negative: onlyFirst)),
        upperShare: try clopperPearsonUpper(
          perhapsOnlySecond, of: canaries.count, confidence: confidence),
        missing: count { isOpen($0) || isOpen($1) })
    }
  }

  private static func membership(_ pairs: PairedReadings) -> Outcome<MembershipDifference> {
    for evidence in [pairs.first, pairs.second]
    where evidence.tuned?.asked.contains(.recordLikelihood) != true {
      return .notMeasurable(
        Reason("not-asked", "a probe set does not ask \(Probe.recordLikelihood.rawValue)"))
    }
    if pairs.first.records.contains(where: { $0.group != nil }) {
      return .notMeasurable(
        Reason(
          "records-grouped",
          "records come in groups, and the paired test of two AUCs takes them as independent"))
    }
    let test: Outcome<MembershipDifference?> = Fallible.outcome {
      let records = try pairs.records()
      guard records.members.count > 1, records.nonmembers.count > 1 else { return nil }
      let paired = try PairedAUC(
        first: (records.members.map(\.1), records.nonmembers.map(\.1)),
        second: (records.members.map(\.0), records.nonmembers.map(\.0)))
      guard let z = paired.z else { return nil }
      return MembershipDifference(
        score: membershipScore.slug, firstAUC: paired.second.value,
        secondAUC: paired.first.value, members: records.members.count,
        nonmembers: records.nonmembers.count, pValue: min(1, Normal.sf(z)))
    }
    guard let value = test.value else {
      return test.withoutValue() ?? .failed(Reasons.wrongObservation)
    }
    return value.map { .measured($0) }
      ?? .notMeasurable(
        Reason(
          "no-records", "there are too few records of both kinds that both models scored"))
  }
}
