// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// What the replies to one canary's prompt say about every secret that it could have had.
///
/// For runs in which the model only wrote. The prompt does not hold the secret, so neither do the
/// probabilities that are estimated from its replies depend on which secret was drawn.
package struct GeneratedSecret: Sendable, Equatable {
  /// The secret's place among all candidates of its space.
  let rank: RankedSecret
  /// The logarithm of its estimated probability, in nats.
  let nats: Double
  /// Whether every reply that was planned came.
  let isWhole: Bool

  /// - Returns: `nil` where the run asks for more than text, or the space is not known.
  /// - Complexity: O(bytes of replies · steps of the space · log options).
  init?(_ canary: Canary, _ replies: CanaryReplies, in evidence: Evidence) {
    guard evidence.readsRepliesAlone, let tuned = evidence.tuned,
      let space = evidence.spaces[canary.id]
    else { return nil }
    var paths: [[Int]] = []
    for probe in evidence.decodings where tuned.asked.contains(probe) {
      guard case .measured(.completions(let texts)) = tuned.observation(probe, .canary(canary.id))
      else { continue }
      for text in texts where !text.isWithheld { paths.append(Self.path(text.text, space)) }
    }
    let secret = space.choices(of: canary.index)
    guard let tree = try? SampledTree(radices: space.radices, replies: paths),
      let rank = try? tree.rank(of: secret)
    else { return nil }
    self.rank = rank
    nats = tree.logProbability(of: secret)
    isWhole = replies.isWhole
  }

  /// What a reply spells of a candidate: the longest beginning that stands anywhere in it, the first
  /// of equally long ones. A rule that knows no secret, so that one reply counts once.
  package static func path(_ text: [UInt8], _ space: RandomnessSpace) -> [Int] {
    var longest: [Int] = []
    for place in text.indices {
      let choices = space.choices(atStartOf: text[place...])
      if choices.count > longest.count { longest = choices }
    }
    return longest
  }

  /// The place with missing replies read against a finding or for one.
  func rank(_ reading: MissingReading) throws -> RankedSecret {
    isWhole ? rank : try RankedSecret(missing: reading, of: min(rank.texts, 1 << 20))
  }
}

extension Evidence {
  /// Whether ranks and mass come from what the model wrote: the run did not ask for the
  /// log-probability of any secret.
  var readsRepliesAlone: Bool {
    guard let tuned, studyProtocol.edition == .second else { return false }
    return !tuned.asked.contains(.sequenceLikelihood)
      && decodings.contains(where: tuned.asked.contains)
  }
}

extension ComponentTests {
  /// Ranks among all candidates, by what the model wrote.
  static func generatedRank(_ canaries: [ScoredCanary], _ reading: MissingReading) throws
    -> RankSum
  {
    try RankSum(canaries.map { try rank(of: $0, reading) })
  }

  /// - Returns: the last or first place where nothing was read.
  static func rank(of canary: ScoredCanary, _ reading: MissingReading) throws -> RankedSecret {
    try canary.generated?.rank(reading) ?? RankedSecret(missing: reading, of: 1 << 12)
  }

  /// Mass by what the model wrote; the estimate has no noise of an endpoint in it.
  static func generatedMass(_ canaries: [ScoredCanary], _ reading: MissingReading) throws
    -> MassTest
  {
    try MassTest(
      logProbabilities: canaries.map { canary in
        canary.generated.flatMap { $0.isWhole ? $0.nats : nil }
      }, spaceBits: canaries.map(\.canary.bits), noise: 0, missing: reading)
  }
}
