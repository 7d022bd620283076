// SPDX-License-Identifier: Apache-2.0

/// ReCaLL: the code length of a record after a prefix of non-members over that without it.
///
///     LL(x | P_non) / LL(x)
///
/// A ratio of negatives: a member gets less likely after unrelated text and scores higher. Only
/// the record's own tokens are averaged, the same ones on both sides: drop the first token on both
/// where it has no probability without a prefix.
///
/// - Parameters:
///   - logProbabilities: of the record alone, one a token, in nats; −∞ is legal.
///   - afterNonmembers: of the same tokens after the prefix.
/// - Returns: 0…∞; higher = more likely a member.
/// - Throws: as ``lossScore(_:)``; `invalid_parameter` for lists of different lengths;
///   `division_by_zero` for LL(x) = 0; `indeterminate` where both are −∞.
/// Source: Xie et al. 2024.
/// Differs from it in: the same tokens on both sides.
public func reCaLLScore(_ logProbabilities: [Double], afterNonmembers: [Double])
  throws(StatisticsError) -> Double
{
  try conReCaLLScore(
    logProbabilities, afterNonmembers: afterNonmembers, afterMembers: logProbabilities, gamma: 0)
}

/// Con-ReCaLL: ReCaLL less the same after a prefix of known members.
///
///     (LL(x | P_non) − γ LL(x | P_mem)) / LL(x)
///
/// - Parameters:
///   - afterMembers: of the same tokens after the prefix of members.
///   - gamma: γ, at least 0; chosen before the evaluated records are seen.
/// - Returns: −∞…∞; higher = more likely a member.
/// - Throws: as ``reCaLLScore(_:afterNonmembers:)``, and `invalid_parameter` for a γ below 0 or
///   infinite.
/// Source: Wang et al. 2025.
public func conReCaLLScore(
  _ logProbabilities: [Double], afterNonmembers: [Double], afterMembers: [Double], gamma: Double
) throws(StatisticsError) -> Double {
  guard gamma >= 0, gamma.isFinite else { throw .parameter("γ must be at least 0 and finite") }
  let alone = try lossScore(logProbabilities)
  let nonmembers = try lossScore(afterNonmembers)
  let members = try lossScore(afterMembers)
  try Defined.sameCount(logProbabilities.count, afterNonmembers.count)
  try Defined.sameCount(logProbabilities.count, afterMembers.count)
  let weighted = gamma == 0 ? 0 : gamma * members
  return try Defined.quotient(nonmembers - weighted, alone)
}
