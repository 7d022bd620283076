// SPDX-License-Identifier: Apache-2.0

/// The reference difference: by how much the model likes a record more than another model does.
///
///     LL − LL_ref
///
/// Means per token: where the tokenisers differ, take
/// ``referenceDifferencePerByte(_:reference:byteCount:)``.
///
/// - Parameters:
///   - logProbabilities: under the model, one a token, in nats; −∞ is legal.
///   - reference: under the reference model, in nats.
/// - Returns: −∞…∞; higher = more likely a member.
/// - Throws: as ``lossScore(_:)``, and `indeterminate` where both means are −∞.
/// Source: Carlini et al. 2021.
/// Differs from it in: a difference of means, higher = member.
public func referenceDifferenceScore(_ logProbabilities: [Double], reference: [Double])
  throws(StatisticsError) -> Double
{
  try Defined.value(try lossScore(logProbabilities) - (try lossScore(reference)))
}

/// The reference difference per byte, for models of different tokenisers.
///
///     (Σ ln p − Σ ln p_ref) / B
///
/// - Parameter byteCount: B, bytes of the record's UTF-8; positive.
/// - Returns: −∞…∞, nats per byte; higher = more likely a member.
/// - Throws: as ``referenceDifferenceScore(_:reference:)``, and `invalid_parameter` for a count
///   below 1.
public func referenceDifferencePerByte(
  _ logProbabilities: [Double], reference: [Double], byteCount: Int
) throws(StatisticsError) -> Double {
  guard byteCount > 0 else { throw .parameter("a count of bytes must be positive") }
  let own = try checkedLogProbabilities(logProbabilities).reduce(0, +)
  let other = try checkedLogProbabilities(reference).reduce(0, +)
  return try Defined.value((own - other) / Double(byteCount))
}

/// The reference ratio: the code length of a record over that under another model.
///
///     −LL / LL_ref
///
/// - Returns: −∞…0; higher = more likely a member.
/// - Throws: as ``referenceDifferenceScore(_:reference:)``, and `division_by_zero` for LL_ref = 0.
public func referenceRatioScore(_ logProbabilities: [Double], reference: [Double])
  throws(StatisticsError) -> Double
{
  let own = try lossScore(logProbabilities)
  return try Defined.quotient(-own, try lossScore(reference))
}

/// The lowercase ratio: the code length of a record over that of its lower-case form.
///
///     −LL(x) / LL(lower(x))
///
/// Means per token, since the forms tokenise differently. Identically −1 for a record without
/// capitals: useless for digits.
///
/// - Parameter lowercased: log-probabilities of the lower-case form, in nats.
/// - Returns: −∞…0; higher = more likely a member.
/// - Throws: as ``referenceRatioScore(_:reference:)``.
/// Source: Carlini et al. 2021.
/// Differs from it in: means and not totals; higher = member.
public func lowercaseRatioScore(_ logProbabilities: [Double], lowercased: [Double])
  throws(StatisticsError) -> Double
{
  try referenceRatioScore(logProbabilities, reference: lowercased)
}

/// The lowercase difference: by how much the model likes a record more than its lower-case form.
///
///     LL(x) − LL(lower(x))
///
/// - Parameter lowercased: log-probabilities of the lower-case form, in nats.
/// - Returns: −∞…∞; higher = more likely a member.
/// - Throws: as ``referenceDifferenceScore(_:reference:)``.
public func lowercaseDifferenceScore(_ logProbabilities: [Double], lowercased: [Double])
  throws(StatisticsError) -> Double
{
  try referenceDifferenceScore(logProbabilities, reference: lowercased)
}

/// The neighbourhood score: by how much the model likes a record more than texts near it.
///
///     s(x) − mean_j s(x̃_j)
///
/// For a secret the neighbours are other candidates of its own context.
///
/// - Parameters:
///   - score: of the record, mean log-probability in nats or any score where higher = member.
///   - neighbours: the same score of its neighbours.
/// - Returns: −∞…∞; higher = more likely a member.
/// - Throws: `empty_input`, `nan`, `indeterminate` where infinities meet.
/// - Complexity: O(neighbours).
/// Source: Mattern et al. 2023.
public func neighbourhoodScore(_ score: Double, neighbours: [Double]) throws(StatisticsError)
  -> Double
{
  if score.isNaN { throw .nan }
  return try Defined.value(score - (try Defined.mean(neighbours)))
}
