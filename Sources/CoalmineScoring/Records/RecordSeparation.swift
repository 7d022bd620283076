// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// How well one number per record tells members from non-members.
struct RecordSeparation: Sendable {
  /// One record.
  struct Entry: Sendable {
    let value: Double
    let isMember: Bool
    let group: String
  }

  /// A p-value before any correction.
  struct Test: Sendable {
    let pValue: Double
    let method: MembershipResult.Test
  }

  /// Resamples of the cluster bootstrap.
  static let resamples = 2_000
  /// Relabellings of the permutation test.
  static let permutations = 9_999
  /// The most records of which every labelling is counted: the time grows with the fourth power.
  static let exactRecords = 100

  private let entries: [Entry]
  private let isGrouped: Bool

  /// - Parameters:
  ///   - entries: at least one member and one non-member, in a fixed order.
  ///   - isGrouped: whether some records of the study name a group.
  init(_ entries: [Entry], isGrouped: Bool) {
    self.entries = entries
    self.isGrouped = isGrouped
  }

  private func values(_ isMember: Bool) -> [Double] {
    entries.filter { $0.isMember == isMember }.map(\.value)
  }

  // MARK: - The AUC

  func auc(using generator: inout ChaCha8Rand) -> Outcome<MembershipResult.Value> {
    isGrouped
      ? Fallible.outcome { try clustered(using: &generator) }
      : Fallible.outcome { try independent() }
  }

  /// DeLong's interval on the logit scale; where its variance is 0 because the groups separate, the
  /// one-sided bound of perfect separation.
  private func independent() throws -> MembershipResult.Value {
    let auc = try AUC(members: values(true), nonmembers: values(false))
    if let interval = auc.logitInterval(confidence: ScoringRules.confidence) {
      return MembershipResult.Value(auc: auc.value, interval: interval, method: .delongLogit)
    }
    if let interval = auc.separationInterval(confidence: ScoringRules.confidence) {
      return MembershipResult.Value(
        auc: auc.value, interval: interval, method: .perfectSeparation)
    }
    return MembershipResult.Value(auc: auc.value, interval: nil, method: .none)
  }

  private func clustered(using generator: inout ChaCha8Rand) throws -> MembershipResult.Value {
    func grouped(_ isMember: Bool) -> [(value: Double, group: String)] {
      entries.filter { $0.isMember == isMember }.map { ($0.value, $0.group) }
    }
    let groups = try GroupedAUC(members: grouped(true), nonmembers: grouped(false))
    if let interval = groups.separationInterval(confidence: ScoringRules.confidence) {
      return MembershipResult.Value(
        auc: groups.value, interval: interval, method: .perfectSeparation)
    }
    let interval = groups.bootstrapInterval(
      resamples: Self.resamples, confidence: ScoringRules.confidence, using: &generator)
    return MembershipResult.Value(
      auc: groups.value, interval: interval,
      method: interval == nil ? .none : .clusterBootstrap)
  }

  // MARK: - The curve

  /// The members above the threshold that at most 1 % of the non-members exceed.
  func found() -> Outcome<MembershipResult.FoundMembers> {
    let rate = MembershipResult.falsePositiveRate
    do {
      let curve = try ROCCurve(members: values(true), nonmembers: values(false))
      let point: OperatingPoint = try curve.operatingPoint(
        at: rate, confidence: ScoringRules.confidence)
      guard point.isResolved else {
        return .notMeasurable(
          Reason(
            "too-few-nonmembers",
            "\(Prose.decimal(rate * 100, 0))% of \(curve.nonmembers) non-members is less than one record"
          ))
      }
      return .measured(
        MembershipResult.FoundMembers(
          truePositives: point.truePositives, members: curve.members,
          allowedFalsePositives: point.allowedFalsePositives,
          // Records of one group are alike, so that counting them would claim too much.
          interval: isGrouped ? nil : point.interval))
    } catch {
      return Fallible.outcome { throw error }
    }
  }

  /// At most ``MembershipResult/curvePoints`` points; none where the curve cannot be drawn.
  func curve() -> [MembershipResult.CurvePoint] {
    guard let curve = try? ROCCurve(members: values(true), nonmembers: values(false)),
      let points = try? curve.thinned(to: MembershipResult.curvePoints)
    else { return [] }
    return points.map {
      MembershipResult.CurvePoint(
        falsePositiveRate: Double($0.falsePositives) / Double(curve.nonmembers),
        truePositiveRate: Double($0.truePositives) / Double(curve.members))
    }
  }

  // MARK: - The test

  /// The one-sided p against an AUC of one half, labels permuted as they were drawn: by group
  /// where every group is in or out as a whole, else by record.
  func test(using generator: inout ChaCha8Rand) -> Outcome<Test> {
    if !isGrouped, entries.count <= Self.exactRecords {
      return Fallible.outcome {
        Test(
          pValue: min(1, try mannWhitneyExact(values(true), values(false)).pGreater),
          method: .mannWhitneyExact)
      }
    }
    return Fallible.outcome {
      let test = try groupPermutation(
        scores: entries.map(\.value), isMember: entries.map(\.isMember), groups: units,
        permutations: Self.permutations, using: &generator)
      return Test(pValue: test.pValue, method: .labelPermutation)
    }
  }

  /// What one label was drawn for, as numbers.
  private var units: [Int] {
    let labels = Dictionary(grouping: entries, by: \.group)
    let isWhole = labels.values.allSatisfy { group in
      group.allSatisfy { $0.isMember == group[0].isMember }
    }
    guard isWhole else { return Array(entries.indices) }
    let numbers = Dictionary(
      uniqueKeysWithValues: labels.keys.sorted().enumerated().map { ($0.element, $0.offset) })
    return entries.map { numbers[$0.group] ?? 0 }
  }
}
