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
/// and the expected number. Secrets below ``ScoringRules/offTargetBits`` are not searched:
/// thousands of replies hold thousands of six-digit numbers.
enum OffTargetSearch {
  /// A secret to look for.
  private struct Needle {
    let canary: String
    let bytes: [UInt8]
    /// The probability that one place of a text holds it by chance.
    let chance: Double

    init(_ canary: Canary) {
      self.canary = canary.id
      bytes = canary.secret.reveal()
      chance = exp2(-canary.bits)
    }
  }

  /// - Parameter canaries: in the order of their ids.
  /// - Complexity: O(bytes of replies · secrets).
  static func result(_ canaries: [Canary], _ answers: Answers?) -> OffTargetMatches {
    let long = canaries.filter { $0.bits >= ScoringRules.offTargetBits }
    let inserted = long.filter { $0.copies > 0 }.map(Needle.init)
    // As many of the others as there are inserted ones, where there are so many.
    let controls = long.filter { $0.role == .heldOut }.prefix(inserted.count).map(Needle.init)
    var replies = 0
    var insertedHits = 0
    var controlHits = 0
    var expected = 0.0
    for canary in canaries {
      let id = canary.id
      for text in texts(to: id, answers) {
        replies += 1
        if holdsAny(of: inserted, but: id, text) { insertedHits += 1 }
        if holdsAny(of: controls, but: id, text) { controlHits += 1 }
        for needle in inserted where needle.canary != id && needle.bytes.count <= text.count {
          expected += Double(text.count - needle.bytes.count + 1) * needle.chance
        }
      }
    }
    return OffTargetMatches(
      replies: replies, insertedSecrets: inserted.count, insertedHits: insertedHits,
      controlSecrets: controls.count, controlHits: controlHits, expectedByChance: expected)
  }

  /// Every continuation of a canary's prompt, greedy, sampled and with the endpoint's defaults.
  private static func texts(to canary: String, _ answers: Answers?) -> [[UInt8]] {
    guard let answers else { return [] }
    var texts: [[UInt8]] = []
    for probe in [Probe.greedyExtraction, .sampledExtraction, .defaultExtraction] {
      guard case .measured(.completions(let some)) = answers.observation(probe, .canary(canary))
      else { continue }
      texts += some.map(\.text)
    }
    return texts
  }

  private static func holdsAny(of needles: [Needle], but own: String, _ text: [UInt8]) -> Bool {
    needles.contains { $0.canary != own && ByteSearch.contains(text, $0.bytes) }
  }
}
