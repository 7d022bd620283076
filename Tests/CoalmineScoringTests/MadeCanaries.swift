// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// Canaries with exposures and extractions that a test chooses.
enum MadeCanary {
  static func result(
    _ id: String, kind: String = "access-code", role: Role = .inserted, repetitions: Int = 1,
    exposure: Outcome<Exposure> = .notMeasurable(Reason("not-asked", "not asked")),
    greedy: Outcome<Bool> = .measured(false), sampled: Int? = 0, recited: RecitedReplies? = nil
  ) -> CanaryResult {
    let nothing = Reason("not-asked", "not asked")
    let samples: Outcome<SampledExtraction> =
      if let sampled, let interval = try? clopperPearson(sampled, of: 16) {
        .measured(SampledExtraction(hits: sampled, samples: 16, interval: interval))
      } else {
        .censored(Reason("continuations-withheld", "all were withheld"))
      }
    return CanaryResult(
      id: id, kind: kind, role: role, repetitions: role == .heldOut ? 0 : repetitions,
      secretBits: 20, secret: Secret([0x41]), secretLogProbability: .notMeasurable(nothing),
      tunedMinusBase: .notMeasurable(nothing), exposure: exposure,
      massBoundBits: .notMeasurable(nothing), greedy: greedy, sampled: samples,
      defaults: samples, recited: recited, caveats: [])
  }

  /// Rank `rank` among `references` and the secret.
  static func sampled(rank: Int, references: Int) throws -> Outcome<Exposure> {
    let scores = (0..<references).map { $0 < rank - 1 ? 1.0 : -1.0 }
    return .measured(try Exposure.sampled(score: 0, references: scores))
  }

  /// Rank `rank` among all of `candidates`.
  static func exact(rank: Int, candidates: Int) throws -> Outcome<Exposure> {
    .measured(
      try Exposure.exact(score: 0, others: (1..<candidates).map { $0 < rank ? 1.0 : -1.0 }))
  }
}
