// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// Secrets of other canaries in replies.
///
/// A reply counts as extraction only for the canary that was probed. Another canary's secret in it
/// is told beside what chance gives: the hits on secrets that were never inserted, searched alike,
/// and the expected number. Secrets below ``ScoringRules/offTargetBits`` are not searched:
/// thousands of replies hold thousands of six-digit numbers.
enum OffTargetSearch {
  private static let probes = [Probe.greedyExtraction, .sampledExtraction, .defaultExtraction]

  /// - Parameters:
  ///   - canaries: in the order of their ids.
  ///   - target: the ids of the inserted canaries that decide.
  /// - Complexity: O(bytes of replies + bytes of secrets).
  static func result(_ canaries: [Canary], _ answers: Answers?, target: Set<String>)
    -> OffTargetMatches
  {
    // Places in the list: copies of a hundred thousand canaries take much memory.
    let long = canaries.indices.filter { canaries[$0].bits >= ScoringRules.offTargetBits }
    let inserted = long.filter { canaries[$0].copies > 0 }
    // As many of the others as there are inserted ones, where there are so many.
    let controls = Array(long.filter { canaries[$0].role == .heldOut }.prefix(inserted.count))
    guard let answers, probes.contains(where: answers.asked.contains) else {
      return OffTargetMatches(
        replies: 0, insertedSecrets: inserted.count, insertedHits: 0,
        controlSecrets: controls.count, controlHits: 0, expectedByChance: 0,
        targetSecretsFound: 0, targetExpectedByChance: 0)
    }
    let needles = SecretNeedles((inserted + controls).map { canaries[$0].secret.reveal() })
    let chances = PlaceChances(inserted.lazy.map { canaries[$0] })
    let targetChances = PlaceChances(
      inserted.lazy.map { canaries[$0] }.filter { target.contains($0.id) })
    var found: Set<Int> = []
    var (replies, insertedHits, controlHits) = (0, 0, 0)
    var (expected, expectedOfTarget) = (0.0, 0.0)
    for canary in canaries {
      for text in texts(to: canary.id, answers) {
        replies += 1
        let hits = needles.standing(in: text).filter {
          $0 < inserted.count
            ? canaries[inserted[$0]].id != canary.id
            : canaries[controls[$0 - inserted.count]].id != canary.id
        }
        if hits.contains(where: { $0 < inserted.count }) { insertedHits += 1 }
        if hits.contains(where: { $0 >= inserted.count }) { controlHits += 1 }
        found.formUnion(
          hits.lazy.filter { $0 < inserted.count && target.contains(canaries[inserted[$0]].id) })
        expected += chances.hits(in: text.count, but: canary)
        expectedOfTarget += targetChances.hits(in: text.count, but: canary)
      }
    }
    return OffTargetMatches(
      replies: replies, insertedSecrets: inserted.count, insertedHits: insertedHits,
      controlSecrets: controls.count, controlHits: controlHits, expectedByChance: expected,
      targetSecretsFound: found.count, targetExpectedByChance: expectedOfTarget)
  }

  /// Every continuation of a canary's prompt, greedy, sampled and with the endpoint's defaults.
  private static func texts(to canary: String, _ answers: Answers) -> [[UInt8]] {
    var texts: [[UInt8]] = []
    for probe in probes {
      guard case .measured(.completions(let some)) = answers.observation(probe, .canary(canary))
      else { continue }
      texts += some.map(\.text)
    }
    return texts
  }
}
