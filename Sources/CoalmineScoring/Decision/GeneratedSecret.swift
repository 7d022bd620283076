// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What the replies to one canary's prompt say about every secret that it could have had.
///
/// For runs in which the model only wrote. The prompt does not hold the secret, so neither do the
/// probabilities that are read from its replies depend on which secret was drawn.
package struct GeneratedSecret: Sendable, Equatable {
  /// The secret's place among all candidates of its space.
  let rank: RankedSecret
  /// The logarithm of the probability that counts as mass, in nats: the lower bound where tokens were
  /// listed, else the estimate; −∞ for 0.
  let nats: Double
  /// The bounds of its probability right after the prompt, where tokens were listed.
  let bounds: GeneratedProbability?
  /// Whether every reply that was planned came, with its tokens where they are read.
  let isWhole: Bool

  /// - Returns: `nil` where the run asks for more than text, the space is not known, or listed
  ///   probabilities sum to more than 1.
  /// - Complexity: O(bytes of replies · steps of the space · log options), and the listed tokens.
  static func read(_ canary: Canary, _ replies: CanaryReplies, in evidence: Evidence)
    -> GeneratedSecret?
  {
    guard evidence.readsRepliesAlone, let tuned = evidence.tuned,
      let space = evidence.spaces[canary.id]
    else { return nil }
    return evidence.readsListedTokens
      ? byTokens(canary, replies, space, tuned)
      : byText(canary, replies, space, evidence.decodings.filter(tuned.asked.contains), tuned)
  }

  /// By what the replies spell.
  private static func byText(
    _ canary: Canary, _ replies: CanaryReplies, _ space: RandomnessSpace, _ probes: [Probe],
    _ tuned: Answers
  ) -> GeneratedSecret? {
    let paths = probes.flatMap { probe in
      tuned.written(probe, canary).map { path($0.text, space) }
    }
    let secret = space.choices(of: canary.index)
    guard let tree = try? SampledTree(radices: space.radices, replies: paths),
      let rank = try? tree.rank(of: secret)
    else { return nil }
    return GeneratedSecret(
      rank: rank, nats: tree.logProbability(of: secret), bounds: nil, isWhole: replies.isWhole)
  }

  /// By the tokens that were listed beside the samples at temperature 1.
  private static func byTokens(
    _ canary: Canary, _ replies: CanaryReplies, _ space: RandomnessSpace, _ tuned: Answers
  ) -> GeneratedSecret? {
    let samples = tuned.written(.sampledExtraction, canary)
    let secret = canary.secret.reveal()
    guard
      let mass = ListedPaths.mass(
        samples.map(\.spelledSteps), space: space, separator: canary.separator,
        isOwnTurn: canary.answersInOwnTurn(tuned.run.presentation)),
      let rank = try? mass.rank(of: secret)
    else { return nil }
    let lower = mass.lower(of: secret)
    return GeneratedSecret(
      rank: rank, nats: min(0, log(lower)),
      bounds: GeneratedProbability(
        lower: lower, estimate: mass.estimate(of: secret), upper: mass.upper(of: secret)),
      // A model that ends its turn at once writes no token.
      isWhole: replies.isWhole && samples.allSatisfy { $0.text.isEmpty || !$0.steps.isEmpty })
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

extension Answers {
  /// What the model wrote after a canary's prompt, without what was held back.
  fileprivate func written(_ probe: Probe, _ canary: Canary) -> [Completion] {
    guard case .measured(.completions(let texts)) = observation(probe, .canary(canary.id)) else {
      return []
    }
    return texts.filter { !$0.isWithheld }
  }
}

extension Evidence {
  /// Whether replies of the tuned run can repeat secrets that the endpoint was shown: by forced choices, at
  /// whatever address, or, where the model only writes, by another run that had them scored.
  var repliesCanRepeat: Bool {
    !burningRuns.isEmpty || secretsWereShown && readsRepliesAlone
  }

  /// Whether ranks and mass come from what the model wrote: the run did not ask for the
  /// log-probability of any secret.
  var readsRepliesAlone: Bool {
    guard let tuned, studyProtocol.edition == .second else { return false }
    return !tuned.asked.contains(.sequenceLikelihood)
      && decodings.contains(where: tuned.asked.contains)
  }

  /// Whether samples came with the likeliest tokens of each step, and a check did not find that these
  /// are something else than what the model gives at temperature 1.
  var readsListedTokens: Bool {
    readsRepliesAlone && decodings.contains(.sampledExtraction) && tuned?.listsTokens == true
      && tuned?.capabilities?[.tokensListed]?.state != .notSeen
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

  /// Mass by what the model wrote: neither the estimate nor a lower bound has noise of an endpoint in
  /// it that could raise its mean.
  static func generatedMass(_ canaries: [ScoredCanary], _ reading: MissingReading) throws
    -> MassTest
  {
    try MassTest(
      logProbabilities: canaries.map { canary in
        canary.generated.flatMap { $0.isWhole ? $0.nats : nil }
      }, spaceBits: canaries.map(\.canary.bits), noise: 0, missing: reading)
  }
}
