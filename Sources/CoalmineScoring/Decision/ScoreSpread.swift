// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// How the scores of the texts of the deciding canaries differ. It looks at all texts of a canary alike,
/// and at all canaries of a kind, whichever was inserted.
struct ScoreSpread {
  /// The standard deviation of the scores of one canary's texts, in nats: the square root of the mean
  /// variance over canaries; 1 where none differ, since noise then has no unit to be compared in.
  let deviation: Double
  /// By canary, how many of its texts have each score, the best first: where more than
  /// ``ScoringRules/tiedPairs`` of their pairs have one score.
  let ties: [String: [Int]]
  /// The same of the secrets of a kind.
  let tiedSecrets: [String: [Int]]

  /// - Complexity: O(texts · log texts of a canary).
  init(_ canaries: [ScoredCanary], _ choice: ScoreChoice) {
    var ties: [String: [Int]] = [:]
    var (sum, measured) = (0.0, 0)
    for canary in canaries {
      let values = Self.values(canary.scores, differences: choice.rankUsesDifferences)
      let counts = Self.counts(values)
      if !counts.isEmpty { ties[canary.canary.id] = counts }
      guard values.count > 2 else { continue }
      sum += sampleVariance(values)
      measured += 1
    }
    let variance = measured > 0 ? sum / Double(measured) : 0
    deviation = variance > 0 ? variance.squareRoot() : 1
    self.ties = ties
    var secrets: [String: [Double]] = [:]
    for canary in canaries {
      let score = canary.scores.compared(asDifferences: choice.coinUsesDifferences).value
      guard let score, score.isFinite else { continue }
      secrets[canary.canary.kind, default: []].append(score)
    }
    tiedSecrets = secrets.mapValues(Self.counts).filter { !$0.value.isEmpty }
  }

  /// The scores of a canary's texts that are known, the secret's among them.
  private static func values(_ scores: SecretScores, differences: Bool) -> [Double] {
    let tuned = [scores.tuned] + scores.tunedReferences
    let base = [scores.base] + scores.baseReferences
    return tuned.indices.compactMap { place in
      guard let score = tuned[place].value, score.nats.isFinite, !score.isUpperBound else {
        return nil
      }
      guard differences else { return score.nats }
      guard place < base.count, let before = base[place].value, before.nats.isFinite else {
        return nil
      }
      return score.nats - before.nats
    }
  }

  /// How many numbers are equal, for each number from the largest; empty where few are.
  private static func counts(_ values: [Double]) -> [Int] {
    var counts: [Int] = []
    var last: Double?
    for value in values.sorted(by: >) {
      if value == last { counts[counts.count - 1] += 1 } else { counts.append(1) }
      last = value
    }
    let tied = counts.reduce(0) { $0 + $1 * ($1 - 1) }
    let pairs = values.count * (values.count - 1)
    return Double(tied) > ScoringRules.tiedPairs * Double(pairs) ? counts : []
  }
}
