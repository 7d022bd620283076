// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics

/// The AUC of records that belong to groups, such as the messages of one customer.
///
/// Records of one group are alike, so an interval over records would be too narrow: the group is
/// the unit that is drawn again.
package struct GroupedAUC: Sendable {
  /// P(member > nonmember) + ½ P(equal) over records, 0…1.
  package let value: Double
  /// `wins[g][h]`: pairs of member group g and nonmember group h that the member wins, ties half.
  private let wins: [[Double]]
  private let memberSizes: [Int]
  private let nonmemberSizes: [Int]

  /// - Throws: `empty_input`, `nan`.
  /// - Complexity: O(m · n).
  package init(
    members: [(value: Double, group: String)], nonmembers: [(value: Double, group: String)]
  ) throws(StatisticsError) {
    value = try AUC(members: members.map(\.value), nonmembers: nonmembers.map(\.value)).value
    func grouped(_ records: [(value: Double, group: String)]) -> [[Double]] {
      Dictionary(grouping: records, by: \.group).sorted { $0.key < $1.key }
        .map { $0.value.map(\.value) }
    }
    let ones = grouped(members)
    let others = grouped(nonmembers)
    wins = ones.map { one in
      others.map { other in
        one.reduce(0.0) { sum, value in
          other.reduce(sum) { $0 + (value > $1 ? 1 : value == $1 ? 0.5 : 0) }
        }
      }
    }
    memberSizes = ones.map(\.count)
    nonmemberSizes = others.map(\.count)
  }

  /// The percentile interval over groups drawn again with replacement, members and nonmembers
  /// apart; `nil` with fewer than two groups on a side.
  ///
  /// - Parameter resamples: B; the ends are the ⌊B·α/2⌋-th smallest and largest, counted from 0.
  /// - Complexity: O(B · member groups · nonmember groups).
  /// Source: Field and Welsh 2007, section 2.
  package func bootstrapInterval(
    resamples: Int, confidence: Double, using generator: inout some RandomNumberGenerator
  ) -> Interval? {
    guard memberSizes.count > 1, nonmemberSizes.count > 1, resamples > 0 else { return nil }
    var values: [Double] = []
    values.reserveCapacity(resamples)
    for _ in 0..<resamples {
      let ones = Self.drawn(memberSizes.count, using: &generator)
      let others = Self.drawn(nonmemberSizes.count, using: &generator)
      var sum = 0.0
      for (row, times) in zip(wins, ones) where times > 0 {
        var part = 0.0
        for (pairs, count) in zip(row, others) { part += pairs * Double(count) }
        sum += part * Double(times)
      }
      let members = zip(memberSizes, ones).reduce(0) { $0 + $1.0 * $1.1 }
      let nonmembers = zip(nonmemberSizes, others).reduce(0) { $0 + $1.0 * $1.1 }
      values.append(sum / (Double(members) * Double(nonmembers)))
    }
    values.sort()
    let cut = min((resamples - 1) / 2, Int(Double(resamples) * (1 - confidence) / 2))
    return Interval(
      lower: values[cut], upper: values[resamples - 1 - cut], level: confidence)
  }

  /// The bound where the groups separate perfectly and every resample is alike: one record of each
  /// group makes `min(groups, groups)` disjoint independent pairs. `nil` for an AUC between 0 and 1.
  package func separationInterval(confidence: Double) -> Interval? {
    guard value == 0 || value == 1 else { return nil }
    return try? AUC(
      members: memberSizes.map { _ in value }, nonmembers: nonmemberSizes.map { _ in 1 - value }
    ).separationInterval(confidence: confidence)
  }

  /// How often each of `count` groups is drawn in `count` draws.
  private static func drawn(_ count: Int, using generator: inout some RandomNumberGenerator)
    -> [Int]
  {
    var times = [Int](repeating: 0, count: count)
    for _ in 0..<count { times[Int(generator.uniform(below: UInt64(count)))] += 1 }
    return times
  }
}
