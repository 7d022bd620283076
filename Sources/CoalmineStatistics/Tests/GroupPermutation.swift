// SPDX-License-Identifier: Apache-2.0

/// The one-sided permutation test that an AUC exceeds ½, where whole groups were in or out together.
///
/// Labels are permuted over groups: records of one group keep one label, and as many groups are in
/// as were. With groups of unequal sizes the numbers of records in and out vary, and each AUC is of
/// its own numbers. With groups of one it is the permutation form of the Mann-Whitney test.
///
///     p = (1 + #{AUC* ≥ AUC}) / (B + 1)
///
/// - Parameters:
///   - scores: one per record, higher is more a member; ±∞ orders.
///   - isMember: by record; alike for all records of one group.
///   - groups: by record, any numbers.
///   - permutations: B, at least 99.
/// - Returns: the AUC, 0…1, and p in 1/(B + 1)…1.
/// - Throws: `empty_input` without members or without nonmembers; `nan`; `invalid_parameter` for
///   lists of unequal lengths, a group with both labels, or too few permutations.
/// - Complexity: O(N log N + B · N).
/// Source: Phipson and Smyth 2010.
public func groupPermutation(
  scores: [Double], isMember: [Bool], groups: [Int], permutations: Int,
  using generator: inout some RandomNumberGenerator
) throws(StatisticsError) -> (auc: Double, pValue: Double) {
  guard scores.count == isMember.count, scores.count == groups.count else {
    throw .parameter("scores, labels and groups have different lengths")
  }
  guard permutations >= 99 else { throw .parameter("at least 99 permutations") }
  guard isMember.contains(true), isMember.contains(false) else { throw .empty }
  try StatisticsError.refuseNaN(scores)
  // Twice the mid-ranks: whole numbers, so that equal AUCs of equal numbers compare equal.
  let ranks = midRanks(scores).map { Int(2 * $0) }
  let units = Dictionary(grouping: scores.indices) { groups[$0] }.sorted { $0.key < $1.key }
    .map(\.value)
  var marks = units.map { isMember[$0[0]] }
  guard zip(units, marks).allSatisfy({ unit, mark in unit.allSatisfy { isMember[$0] == mark } })
  else { throw .parameter("a group has members and nonmembers") }
  let sums = units.map { $0.reduce(0) { $0 + ranks[$1] } }
  let sizes = units.map(\.count)
  func auc(_ marks: [Bool]) -> Double {
    var (sum, own) = (0, 0)
    for (unit, mark) in marks.enumerated() where mark {
      sum += sums[unit]
      own += sizes[unit]
    }
    return Double(sum - own * (own + 1)) / (2 * Double(own) * Double(scores.count - own))
  }
  let observed = auc(marks)
  var random = ChaCha8Rand(seededBy: &generator)
  var atLeast = 0
  for _ in 0..<permutations {
    random.shuffle(&marks)
    // AUCs of other numbers round otherwise; near-ties count against the finding.
    if auc(marks) >= observed - 1e-12 { atLeast += 1 }
  }
  return (observed, Double(atLeast + 1) / Double(permutations + 1))
}
