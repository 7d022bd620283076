// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Which of the secrets inserted at the target repetitions stand out by themselves.
enum NamedSecretScoring {
  /// - Returns: in the order of the canaries' ids; those of which nothing was measured are left out.
  static func results(_ components: Components) -> [NamedSecret] {
    let uniform = components.evidence.draw.secretsAreUniform
    guard uniform else { return [] }
    let sums = components.unavailable(.mass) == nil
    let found: [(canary: String, rank: Double?, mass: Double?, verbatim: Double?)] =
      components.canaries.inserted.map { canary in
        // Where the model only wrote: by the same place and bound as in the tests.
        let generated = sums ? canary.generated.flatMap { $0.isWhole ? $0 : nil } : nil
        let nats =
          generated?.nats
          ?? (sums && canary.scores.shareBoundary ? canary.scores.tuned.value?.nats : nil)
        let mass = nats.flatMap { nats in
          (try? massEValue(logProbability: nats, spaceBits: canary.canary.bits)).map {
            min(1, 1 / $0)
          }
        }
        let replies = canary.replies
        return (
          canary.canary.id,
          generated.flatMap { try? RankSum([$0.rank]).pValue }
            ?? canary.result.exposure.value?.pValue, mass,
          replies.holdsSecret
            ? min(1, Double(replies.candidatesSeen) * exp2(-canary.canary.bits))
            : replies.isWhole ? 1 : nil
        )
      }
    let measured = found.compactMap { one in
      let values = [one.rank, one.mass, one.verbatim].compactMap(\.self)
      return values.min().map { (one: one, p: min(1, $0 * Double(values.count))) }
    }
    guard let adjusted = try? adjustedPValues(measured.map(\.p), by: .holm) else { return [] }
    return zip(measured, adjusted).map { entry, adjusted in
      NamedSecret(
        canary: entry.one.canary, rankP: entry.one.rank, massP: entry.one.mass,
        verbatimP: entry.one.verbatim, pValue: entry.p, adjustedP: adjusted)
    }
  }
}
