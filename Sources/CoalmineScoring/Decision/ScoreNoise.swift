// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The standard deviation of one log-probability when it is asked again, in nats.
///
/// A check asks one public text again: an endpoint that keeps its replies gives the same number. The
/// prompts of the study are free of that: each is scored with the secret and with every reference, and its
/// own tokens would have one sum without noise. The larger of both counts. Neither looks at the score of a
/// secret.
enum ScoreNoise {
  /// Of the endpoint of the tuned model.
  static func tuned(_ evidence: Evidence, _ canaries: [ScoredCanary]) -> Double {
    max(evidence.tuned?.capabilities?.noiseNats ?? 0, ofPrompts(canaries, \.noiseVariance) ?? 0)
  }

  /// Of the endpoint of the base model.
  static func base(_ evidence: Evidence, _ canaries: [ScoredCanary]) -> Double {
    max(
      evidence.base?.capabilities?.noiseNats ?? 0, ofPrompts(canaries, \.baseNoiseVariance) ?? 0)
  }

  /// As the prompts show it: the square root of the mean variance; `nil` where no prompt is scored.
  static func ofPrompts(
    _ canaries: [ScoredCanary], _ variance: (SecretScores) -> Double?
  ) -> Double? {
    let known = canaries.compactMap { variance($0.scores) }
    return known.isEmpty ? nil : (known.reduce(0, +) / Double(known.count)).squareRoot()
  }
}
