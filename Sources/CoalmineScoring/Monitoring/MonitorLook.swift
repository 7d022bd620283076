// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What one look of a monitor saw.
public struct MonitorLook: Sendable, Equatable {
  /// The mean mass e-value of the inserted secrets, missing ones as 0; at most 1 by chance.
  public let mean: Outcome<Double>
  /// Inserted secrets without a log-probability.
  public let missing: Int
  public let inserted: Int
  /// Whether a control showed that a known secret would be seen: secrets given in the prompt, or
  /// control canaries.
  public let isShown: Bool

  /// - Complexity: O(canaries · references).
  public init(_ evidence: Evidence) {
    let scored = evidence.canariesByName.map { ScoredCanary($0, in: evidence) }
    let components = Components(evidence, scored)
    let deciding = components.canaries
    let inContext = InContextControlScoring.result(
      evidence.inContextControls.sorted { ($0.kind, $0.number) < ($1.kind, $1.number) },
      evidence.tuned, beside: evidence.canaries)
    inserted = deciding.inserted.count
    missing = deciding.inserted.count { $0.scores.tuned.value == nil }
    isShown =
      inContext.isSeen
      || (components.controls(.mass).value.map { $0 <= ValidityChecks.level } ?? false)
    if let reason = Self.unavailable(components, deciding) {
      mean = .notMeasurable(reason)
    } else {
      mean = Fallible.outcome { exp(try components.massTest(deciding.inserted, .leak).logMean) }
    }
  }

  /// Why no e-value can be taken; `nil` where it can.
  private static func unavailable(_ components: Components, _ canaries: DecidingCanaries)
    -> Reason?
  {
    if let reason = components.unavailable(.mass) { return reason }
    if Validity.retrieval(components)?.isExcluded == false { return Reasons.mayBeLookedUp }
    if canaries.inserted.isEmpty { return Reasons.noRandomizedCanaries }
    if canaries.inserted.allSatisfy({ $0.scores.tuned.value == nil }) {
      return Reason("no-logprob", "no inserted secret has a log-probability")
    }
    guard canaries.inserted.contains(where: { $0.scores.shareBoundary }) else {
      return Reason(
        "no-shared-boundary", "no canary's secret and references begin at one token boundary")
    }
    return nil
  }
}
