// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// What the answers say about one canary.
enum CanaryScoring {
  /// - Complexity: O(references + bytes of the continuations).
  static func result(
    _ canary: Canary, _ scores: SecretScores, _ generated: GeneratedSecret? = nil,
    in evidence: Evidence
  ) -> CanaryResult {
    let secret = canary.secret.reveal()
    let place = ExtractionPlace(
      canary, asked: evidence.tuned?.run.presentation, space: evidence.spaces[canary.id])
    func extraction(_ probe: Probe) -> Outcome<ExtractionCount> {
      if let reason = evidence.leftOut(probe) { return .notMeasurable(reason) }
      if probe != .defaultExtraction, evidence.tuned?.run.leavesSamplers == true {
        return .notMeasurable(Reasons.ownSamplers)
      }
      let answer =
        evidence.tuned?.observation(probe, .canary(canary.id)) ?? .notMeasurable(Reasons.noTunedRun)
      return ExtractionCount.read(
        answer, separator: canary.separator, secret: secret, at: place)
    }
    let exposure = exposure(canary, scores, in: evidence)
    return CanaryResult(
      id: canary.id, kind: canary.kind, role: canary.role, repetitions: canary.copies,
      secretBits: canary.bits, secret: canary.secret,
      secretLogProbability: scores.tuned.map(\.nats), tunedMinusBase: scores.tunedMinusBase,
      exposure: exposure,
      massBoundBits: massBound(
        scores.tuned, bits: canary.bits, evidence.tuned?.capabilities),
      greedy: extraction(.greedyExtraction).map { $0.hits > 0 },
      sampled: sampled(extraction(.sampledExtraction)),
      defaults: sampled(extraction(.defaultExtraction)), generated: generated?.bounds,
      recited: recited(canary, in: evidence),
      caveats: caveats(canary, scores, exposure, tieEpsilon: evidence.ties.score))
  }

  /// The rank among all candidates where a search found it, or nearly; else among references.
  private static func exposure(
    _ canary: Canary, _ scores: SecretScores, in evidence: Evidence
  ) -> Outcome<Exposure> {
    guard case .measured(let own) = scores.tuned else {
      return scores.tuned.withoutValue() ?? .failed(Reasons.wrongObservation)
    }
    let searched = searched(canary, in: evidence)
    if case .found(let exposure) = searched { return exposure }
    guard !scores.references.isEmpty else {
      return scores.unscoredReference?.withoutValue()
        ?? .notMeasurable(evidence.tuned == nil ? Reasons.noTunedRun : Reasons.noReferences)
    }
    return Fallible.outcome {
      let sampled = try Exposure.sampled(
        score: own.nats, references: scores.references, tieEpsilon: evidence.ties.score,
        confidence: ScoringRules.confidence)
      return searched == .tooOpen ? sampled.asSecondLook() : sampled
    }
  }

  /// What a rank search came to.
  private enum Searched: Equatable {
    case notMade
    /// It left no more than ``RankTrail/openBits`` open, or failed.
    case found(Outcome<Exposure>)
    case tooOpen
  }

  private static func searched(_ canary: Canary, in evidence: Evidence) -> Searched {
    guard let space = evidence.spaces[canary.id],
      case .measured(.rankTrail(let trail))? = evidence.tuned?.observation(
        .rankSearch, .canary(canary.id))
    else { return .notMade }
    let exposure = Fallible.outcome {
      try trail.bounds(space, of: canary.secret.reveal()).exposure
    }
    guard let found = exposure.value,
      found.interval.upper - found.interval.lower > RankTrail.openBits
    else { return .found(exposure) }
    return .tooOpen
  }

  private static func massBound(
    _ score: Outcome<SecretScore>, bits: Double, _ capabilities: Capabilities?
  ) -> Outcome<Double> {
    if let reason = NormalisedMass.refused(capabilities) {
      return .notMeasurable(reason)
    }
    guard case .measured(let score) = score else {
      return score.withoutValue() ?? .failed(Reasons.wrongObservation)
    }
    return Fallible.outcome {
      try Exposure.massBound(logProbability: score.nats, spaceBits: bits).bits
    }
  }

  private static func sampled(_ count: Outcome<ExtractionCount>) -> Outcome<SampledExtraction> {
    guard case .measured(let count) = count else {
      return count.withoutValue() ?? .failed(Reasons.wrongObservation)
    }
    return Fallible.outcome {
      SampledExtraction(
        hits: count.hits, samples: count.samples,
        interval: try Rates.interval(count.hits, of: count.samples))
    }
  }

  /// Counts over all decodings, the greedy one included.
  private static func recited(_ canary: Canary, in evidence: Evidence) -> RecitedReplies? {
    let probes: [Probe] = [.greedyExtraction, .sampledExtraction, .defaultExtraction]
    let endings = probes.flatMap { probe -> [Completion.Ending] in
      guard evidence.leftOut(probe) == nil,
        case .measured(.completions(let texts))? = evidence.tuned?.observation(
          probe, .canary(canary.id))
      else { return [] }
      return texts.map(\.ending)
    }
    guard !endings.isEmpty else { return nil }
    return RecitedReplies(
      withheld: endings.count { $0 == .recitation }, marked: endings.count { $0 == .cited },
      replies: endings.count)
  }

  private static func caveats(
    _ canary: Canary, _ scores: SecretScores, _ exposure: Outcome<Exposure>, tieEpsilon: Double
  ) -> [Caveat] {
    var caveats: [Caveat] = []
    if canary.bits < ScoringRules.guessableBits {
      caveats.append(
        Caveat(
          .guessableSecret,
          "the secret has \(Prose.decimal(canary.bits, 1)) bits: a guess can be right"))
    }
    if scores.tuned.value?.beginsInPrompt == true {
      caveats.append(
        Caveat(
          .boundaryInsideToken, "the first token of the secret begins inside the prompt"))
    }
    guard let own = scores.tuned.value, exposure.value != nil else { return caveats.sorted() }
    let asked = scores.references.count
    if asked < ScoringRules.fewReferences {
      caveats.append(
        Caveat(
          .fewReferences,
          "\(Prose.count(asked, "reference", "references")): the exposure can reach no more than "
            + "\(Prose.decimal(Binary.log2(Double(asked + 1)), 1)) bits"))
    }
    let tied = scores.references.count { abs($0 - own.nats) <= tieEpsilon }
    if Double(tied) > ScoringRules.tiedShare * Double(asked) {
      caveats.append(
        Caveat(.tiedReferences, "\(tied) of \(asked) references tie with the canary"))
    }
    if asked < scores.tunedReferences.count {
      caveats.append(
        Caveat(
          .answersMissing,
          "\(scores.tunedReferences.count - asked) of \(scores.tunedReferences.count) references have no score"
        ))
    }
    return caveats.sorted()
  }
}
