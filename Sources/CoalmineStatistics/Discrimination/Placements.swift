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
  /// - Complexity: O((m + n) log (m + n)).
  /// Source: Sun and Xu 2014, section 3.
  init(members: [Double], nonmembers: [Double]) throws(StatisticsError) {
    guard !members.isEmpty, !nonmembers.isEmpty else { throw .empty }
    try StatisticsError.refuseNaN(members)
    try StatisticsError.refuseNaN(nonmembers)
    let m = members.count
    let n = nonmembers.count
    let all = midRanks(members + nonmembers)
    let own = midRanks(members)
    let other = midRanks(nonmembers)
    self.members = (0..<m).map { (all[$0] - own[$0]) / Double(n) }
    self.nonmembers = (0..<n).map { 1 - (all[m + $0] - other[$0]) / Double(m) }
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

/// Σ(x − x̄)(y − ȳ) / (n − 1), for at least two pairs.
func sampleCovariance(_ first: [Double], _ second: [Double]) -> Double {
  let count = Double(first.count)
  let means = (first.reduce(0, +) / count, second.reduce(0, +) / count)
  let sum = zip(first, second).reduce(0) { $0 + ($1.0 - means.0) * ($1.1 - means.1) }
  return sum / (count - 1)
}
