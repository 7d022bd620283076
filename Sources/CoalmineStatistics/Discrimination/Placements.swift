// SPDX-License-Identifier: Apache-2.0

/// How each score is placed in the other group: DeLong's structural components.
///
/// Both lists have the AUC as their mean.
struct Placements: Sendable {
  /// By member: the share of nonmembers below it, ties half.
  let members: [Double]
  /// By nonmember: the share of members above it, ties half.
  let nonmembers: [Double]

  /// - Throws: `empty_input`, `nan`.
  /// - Complexity: O((m + n) log (m + n)), one sort.
  init(members: [Double], nonmembers: [Double]) throws(StatisticsError) {
    guard !members.isEmpty, !nonmembers.isEmpty else { throw .empty }
    try StatisticsError.refuseNaN(members)
    try StatisticsError.refuseNaN(nonmembers)
    let (m, n) = (members.count, nonmembers.count)
    let all = members + nonmembers
    let order = ascendingOrder(all)
    var placed = [Double](repeating: 0, count: m + n)
    var (own, other, start) = (0, 0, 0)
    while start < order.count {
      // One group of equal scores.
      var end = start
      var level = 0
      while end < order.count, all[order[end]] == all[order[start]] {
        if order[end] < m { level += 1 }
        end += 1
      }
      let rest = end - start - level
      let memberPlace = Double(2 * other + rest) / (2 * Double(n))
      let nonmemberPlace = 1 - Double(2 * own + level) / (2 * Double(m))
      for place in start..<end {
        placed[order[place]] = order[place] < m ? memberPlace : nonmemberPlace
      }
      own += level
      other += rest
      start = end
    }
    self.members = Array(placed[..<m])
    self.nonmembers = Array(placed[m...])
  }

  /// The mean of the members' placements.
  var auc: Double { members.reduce(0, +) / Double(members.count) }

  /// The covariance of the AUCs of two scores of the same subjects, in the same order; `nil` with
  /// fewer than two in a group. With itself, DeLong's variance.
  func covariance(with other: Placements) -> Double? {
    guard members.count > 1, nonmembers.count > 1 else { return nil }
    return sampleCovariance(members, other.members) / Double(members.count)
      + sampleCovariance(nonmembers, other.nonmembers) / Double(nonmembers.count)
  }

  /// The AUC without the one or the other subject, members first.
  ///
  /// - Precondition: at least two in each group.
  var leaveOneOut: [Double] {
    let value = auc
    func left(_ own: [Double]) -> [Double] {
      let count = Double(own.count)
      return own.map { (count * value - $0) / (count - 1) }
    }
    return left(members) + left(nonmembers)
  }
}

/// Σ(x − x̄)² / (n − 1), for at least two numbers.
///
/// - Complexity: O(numbers).
///
///     sampleVariance([1, 2, 3])  // 1
package func sampleVariance(_ numbers: [Double]) -> Double {
  let mean = numbers.reduce(0, +) / Double(numbers.count)
  let sum = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
  return sum / Double(numbers.count - 1)
}

/// Σ(x − x̄)(y − ȳ) / (n − 1), for at least two pairs.
func sampleCovariance(_ first: [Double], _ second: [Double]) -> Double {
  let count = Double(first.count)
  let means = (first.reduce(0, +) / count, second.reduce(0, +) / count)
  let sum = zip(first, second).reduce(0) { $0 + ($1.0 - means.0) * ($1.1 - means.1) }
  return sum / (count - 1)
}
