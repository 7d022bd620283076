// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The test that the mean mass e-value of the inserted secrets is larger than chance allows.
///
///     E_i = |R_i| · p_i,   p = min(1, e^(σ²/2) / mean E)
///
/// Where the model does not depend on the secrets that were drawn, the mean of every E is at most 1,
/// so that of their average is too, whatever their dependence, and p is a p-value by Markov's
/// inequality. Noise of σ nats in a log-probability can raise the mean of E by e^(σ²/2); the average
/// is divided by that. Finds few secrets that are memorised. Needs no references.
///
///     let test = try MassTest(logProbabilities: [-0.1, -14.2, nil], spaceBits: [19.9, 19.9, 33.2])
///     print(test.pValue)
///
/// Source: Vovk and Wang 2021, https://doi.org/10.1214/20-AOS2020
public struct MassTest: Sendable, Equatable {
  /// The number of canaries.
  public let canaries: Int
  /// How many of them have no log-probability.
  public let missing: Int
  /// ln of the average of E, divided by e^(σ²/2); −∞ where every E is 0.
  public let logMean: Double
  /// ln of the p-value, at most 0.
  public var logPValue: Double { min(0, -logMean) }
  /// min(1, 1 / mean), in 0…1; 0 only below the smallest double.
  public var pValue: Double { exp(logPValue) }
  /// The base-10 logarithm of the mean.
  public var log10Mean: Double { logMean / 2.302585092994046 }
  /// The base-10 logarithm of ``pValue``.
  public var log10PValue: Double { logPValue / 2.302585092994046 }

  /// Averages the e-values of all inserted secrets, missing ones included.
  ///
  /// - Parameters:
  ///   - logProbabilities: of each secret after its prompt, in nats, at most 0; −∞ is legal; `nil`
  ///     where it is missing.
  ///   - spaceBits: log2|R| of each, at least 0 and finite.
  ///   - noise: σ, the standard deviation of repeated log-probabilities, in nats.
  ///   - missing: a missing secret has E = 0 for ``MissingReading/leak``, |R| for
  ///     ``MissingReading/pass``.
  /// - Throws: `length_mismatch`, `empty_input`, `nan`, `invalid_logprob` above 10⁻⁶,
  ///   `invalid_parameter` for bits or noise that are negative or infinite.
  /// - Complexity: O(canaries).
  public init(
    logProbabilities: [Double?], spaceBits: [Double], noise: Double = 0,
    missing reading: MissingReading = .leak
  ) throws(StatisticsError) {
    guard logProbabilities.count == spaceBits.count else { throw .unequalLengths }
    guard !spaceBits.isEmpty else { throw .empty }
    try StatisticsError.refuseNaN(spaceBits + [noise])
    guard spaceBits.allSatisfy({ $0 >= 0 && $0.isFinite }), noise >= 0, noise.isFinite else {
      throw .parameter("bits and noise must be finite and at least 0")
    }
    var logValues: [Double] = []
    for (logProbability, bits) in zip(logProbabilities, spaceBits) {
      if let logProbability {
        logValues.append(try Exposure.checked(logProbability) + bits * ln2)
      } else {
        logValues.append(reading == .leak ? -.infinity : bits * ln2)
      }
    }
    canaries = spaceBits.count
    missing = logProbabilities.count { $0 == nil }
    logMean = logSum(logValues[...]) - log(Double(spaceBits.count)) - noise * noise / 2
  }
}
