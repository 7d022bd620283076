// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Extraction rates beside each other: inserted against held-out canaries at each decoding, and two
/// decodings of the same canaries. Beside them, the canaries with replies that the provider says repeat a
/// text that it knows.
package enum RateComparisonScoring {
  package static func results(_ canaries: [CanaryResult], targetRepetitions: Int)
    -> [RateComparison]
  {
    func isSampled(_ outcome: Outcome<SampledExtraction>) -> Outcome<Bool> {
      outcome.map { $0.hits > 0 }
    }
    let inserted = canaries.filter { $0.role == .inserted }
    let target = inserted.filter { $0.repetitions == targetRepetitions }
    let heldOut = canaries.filter { $0.role == .heldOut }
    let decodings: [(RateComparison.Name, (CanaryResult) -> Outcome<Bool>)] = [
      (.greedyInserted, { $0.greedy }), (.sampledInserted, { isSampled($0.sampled) }),
      (.defaultsInserted, { isSampled($0.defaults) }),
    ]
    return decodings.map { name, decoding in
      RateComparison(name: name, outcome: fisher(target.map(decoding), heldOut.map(decoding)))
    } + [
      RateComparison(name: .recitedInserted, outcome: recited(canaries, target, heldOut)),
      RateComparison(
        name: .greedySampled,
        outcome: mcNemar(inserted.map { ($0.greedy, isSampled($0.sampled)) })),
    ]
  }

  /// Without any such reply there is nothing to compare: most services never say it.
  private static func recited(
    _ canaries: [CanaryResult], _ target: [CanaryResult], _ heldOut: [CanaryResult]
  ) -> Outcome<RateComparison.Value> {
    guard canaries.contains(where: { ($0.recited?.count ?? 0) > 0 }) else {
      return .notMeasurable(
        Reason(
          "not-recited", "of no reply did the provider say that it repeats a text that it knows"))
    }
    func isRecited(_ canary: CanaryResult) -> Outcome<Bool> {
      canary.recited.map { .measured($0.count > 0) }
        ?? .notMeasurable(Reason("no-continuation", "the canary has no continuation"))
    }
    return fisher(target.map(isRecited), heldOut.map(isRecited))
  }

  private static func fisher(_ first: [Outcome<Bool>], _ second: [Outcome<Bool>])
    -> Outcome<RateComparison.Value>
  {
    let rates = (Rates.rate(first), Rates.rate(second))
    guard case (.measured(let one), .measured(let other)) = rates else {
      return rates.0.withoutValue() ?? rates.1.withoutValue()
        ?? .failed(Reasons.wrongObservation)
    }
    return Fallible.outcome {
      let test = try FisherExact(
        yes: one.hits, of: one.trials, against: other.hits, of: other.trials)
      return RateComparison.Value(
        test: .fisherExact, first: one, second: other, discordant: nil,
        pValue: min(1, test.oneSided.greater))
    }
  }

  /// Canaries with both answers only.
  private static func mcNemar(_ pairs: [(Outcome<Bool>, Outcome<Bool>)])
    -> Outcome<RateComparison.Value>
  {
    let both = pairs.filter { $0.0.value != nil && $0.1.value != nil }
    guard !both.isEmpty else {
      let missing = pairs.first
      return missing?.0.withoutValue() ?? missing?.1.withoutValue()
        ?? .notMeasurable(Reason("no-canaries", "the study has no such canary"))
    }
    let rates = (Rates.rate(both.map(\.0)), Rates.rate(both.map(\.1)))
    guard case (.measured(let one), .measured(let other)) = rates else {
      return rates.0.withoutValue() ?? rates.1.withoutValue()
        ?? .failed(Reasons.wrongObservation)
    }
    let onlyFirst = both.count { $0.0.value == true && $0.1.value == false }
    let onlySecond = both.count { $0.0.value == false && $0.1.value == true }
    return Fallible.outcome {
      let logP = try McNemar(onlyFirst: onlyFirst, onlySecond: onlySecond).logExact()
      return RateComparison.Value(
        test: .mcNemarExact, first: one, second: other,
        discordant: .init(onlyFirst: onlyFirst, onlySecond: onlySecond),
        pValue: min(1, exp(logP)))
    }
  }
}
