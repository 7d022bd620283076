// SPDX-License-Identifier: Apache-2.0

/// The fixed numbers of scoring: none of them is chosen on the data that it judges.
package enum ScoringRules {
  /// A log-probability above 0 by no more than this is rounding and counts as 0.
  package static let positiveLimit = 1e-6
  /// A log-probability of this or less, in nats, is minus infinity as some endpoints spell it.
  package static let zeroProbability = -9_999.0
  /// Of every two-sided interval, and of the one-sided bounds of gates.
  package static let confidence = 0.95
  /// In-context secrets are scored as known at or below this p.
  package static let inContextAlpha = 0.05
  /// Imported canaries inserted less often than this cannot stand in for control canaries.
  package static let standInRepetitions = 16
  /// Fewer references than this give the caveat `few-references`.
  package static let fewReferences = 100
  /// A larger share of references tied with the canary gives the caveat `tied-references`.
  package static let tiedShare = 0.05
  /// Where a larger share of the pairs of a canary's texts have one score, they count as coarse.
  package static let tiedPairs = 0.01
  /// Smaller secrets, in bits, give the caveat `guessable-secret`.
  package static let guessableBits = 20.0
  /// Repeats that differ by more than this, in nats, give the caveat `noisy-logprobs`.
  package static let quietNats = 1e-3
  /// The largest p at which references stand out as their secrets do, and the smallest at which the test by
  /// rank finds nothing, for the caveat `contexts-stand-out`.
  package static let contextLevel = 0.05
  /// Only secrets of at least so many bits are looked for in replies to others.
  package static let offTargetBits = 40.0
}
