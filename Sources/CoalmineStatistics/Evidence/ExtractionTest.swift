// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The test that more inserted secrets stand in their own replies than chance allows.
///
/// The replies for canary i hold d_i distinct members of its space R_i. Where the model does not
/// depend on the secret that was drawn, the secret is any of them with a chance of at most
/// d_i / |R_i|, so the number T of secrets found has
///
///     p = P(PoissonBinomial(d_i / |R_i|) ≥ T)
///
/// Needs text alone. Finds secrets that are given verbatim.
///
///     let test = try ExtractionTest(
///       found: [true, false, nil], candidatesSeen: [3, 12, 0], spaceBits: [19.9, 19.9, 33.2])
///     print(test.hits, test.pValue)  // 1, 1.5e-5
///
/// Source: ``logPoissonBinomialAtLeast(_:of:)``, Chen and Liu 1997.
public struct ExtractionTest: Sendable, Equatable {
  /// T: the secrets found, and for ``MissingReading/pass`` those that are missing.
  public let hits: Int
  /// The number of canaries.
  public let canaries: Int
  /// How many of them have no replies.
  public let missing: Int
  /// Σ d_i / |R_i|: the secrets that chance finds on average, at most.
  public let expected: Double
  /// ln of the p-value, at most 0; −∞ where chance finds none.
  public let logPValue: Double
  /// P(PoissonBinomial ≥ T), 0…1.
  public var pValue: Double { exp(logPValue) }
  /// The base-10 logarithm of ``pValue``.
  public var log10PValue: Double { logPValue / 2.302585092994046 }

  /// - Parameters:
  ///   - found: whether the replies of each inserted canary hold its secret; `nil` where they are
  ///     missing.
  ///   - candidatesSeen: d_i, the distinct members of its space in its replies, the secret included;
  ///     at least 1 where it was found.
  ///   - spaceBits: log2|R_i|, at least 0.
  ///   - reading: a missing canary is no hit for ``MissingReading/leak``, and a hit for
  ///     ``MissingReading/pass``.
  /// - Throws: `length_mismatch`, `empty_input`, `nan`, `invalid_parameter`.
  /// - Complexity: O(canaries · hits).
  public init(
    found: [Bool?], candidatesSeen: [Int], spaceBits: [Double],
    missing reading: MissingReading = .leak
  ) throws(StatisticsError) {
    guard found.count == candidatesSeen.count, found.count == spaceBits.count else {
      throw .unequalLengths
    }
    guard !found.isEmpty else { throw .empty }
    try StatisticsError.refuseNaN(spaceBits)
    guard spaceBits.allSatisfy({ $0 >= 0 && $0.isFinite }),
      zip(found, candidatesSeen).allSatisfy({ $1 >= ($0 == true ? 1 : 0) })
    else { throw .parameter("bits or numbers of candidates are out of range") }
    let chances = zip(candidatesSeen, spaceBits).map { min(1, Double($0) * exp2(-$1)) }
    canaries = found.count
    missing = found.count { $0 == nil }
    hits = found.count { $0 ?? (reading == .pass) }
    expected = chances.reduce(0, +)
    logPValue = try logPoissonBinomialAtLeast(hits, of: chances)
  }
}
