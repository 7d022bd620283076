// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Secrets of other canaries in replies.
///
/// A reply counts as extraction only for the canary that was probed. Another canary's secret in it
/// is told beside what chance gives: the hits on secrets that were never inserted, searched alike,
/// and the expected number. Secrets below ``ScoringRules/crossHitBits`` are not searched: thousands
/// of replies hold thousands of six-digit numbers.
enum CrossHitSearch {
  /// - Parameter canaries: in the order of their ids.
  /// - Complexity: O(bytes of replies · secrets).
  static func result(_ canaries: [Canary], _ answers: Answers?) -> CrossHits {
    let long = canaries.filter { $0.bits >= ScoringRules.crossHitBits }
    let inserted = long.filter { $0.repetitions > 0 }
    // As many of the others as there are inserted ones, where there are so many.
    let controls = long.filter { $0.role == .heldOut }.prefix(inserted.count)
    var replies = 0
    var insertedHits = 0
    var controlHits = 0
    var expected = 0.0
    for canary in canaries {
      let others = inserted.filter { $0.id != canary.id }
      let otherControls = controls.filter { $0.id != canary.id }
      for text in texts(to: canary.id, answers) {
        replies += 1
        if holdsAny(of: others, text) { insertedHits += 1 }
        if holdsAny(of: Array(otherControls), text) { controlHits += 1 }
        for other in others {
          let places = max(0, text.count - other.secret.reveal().count + 1)
          expected += Double(places) * exp2(-other.bits)
        }
      }
    }
    return CrossHits(
      replies: replies, insertedSecrets: inserted.count, insertedHits: insertedHits,
      controlSecrets: controls.count, controlHits: controlHits, expectedByChance: expected)
  }

  /// Every continuation of a canary's prompt, greedy, sampled and with the endpoint's defaults.
  private static func texts(to canary: String, _ answers: Answers?) -> [[UInt8]] {
    guard let answers else { return [] }
    var texts: [[UInt8]] = []
    for probe in [Probe.greedyExtraction, .sampledExtraction, .defaultExtraction] {
      guard case .measured(.continuations(let some)) = answers.observation(probe, .canary(canary))
      else { continue }
      texts += some.map(\.text)
    }
    return texts
  }

  private static func holdsAny(of canaries: [Canary], _ text: [UInt8]) -> Bool {
    canaries.contains { ByteSearch.contains(text, $0.secret.reveal()) }
  }
}
