// SPDX-License-Identifier: Apache-2.0

import Glibc

/// BLEU with n-grams up to four: how much of a candidate stands in a reference.
///
///     BLEU = min(1, e^(1 − r/c)) · exp(¼ Σ log p_n)
///
/// p_n is the share of the candidate's n-grams that the reference has, repeats counted as often
/// as both have them; r and c are the lengths. An empty reference or candidate scores 0.
///
/// - Returns: 0…1. A candidate below four symbols scores 0 unless the order is effective.
/// - Complexity: O(symbols).
/// Source: Papineni et al. 2002; Lin and Och 2004 for the exponential smoothing; Post 2018.
/// Differs from it in: one reference, one sentence, 0…1 and not percent.
public func bleu<Symbol: Hashable>(
  reference: [Symbol], candidate: [Symbol], smoothing: BleuSmoothing
) -> Double {
  let overlaps = NGramOverlap.upTo(4, reference: reference, candidate: candidate)
  guard overlaps[0].matches > 0 else { return 0 }
  let orders = smoothing == .exponentialEffectiveOrder ? min(4, candidate.count) : 4
  var logSum = 0.0
  var halvings = 0.0
  for overlap in overlaps.prefix(orders) {
    guard overlap.candidate > 0 else { return 0 }
    if overlap.matches > 0 {
      logSum += log(Double(overlap.matches) / Double(overlap.candidate))
    } else {
      guard smoothing != .none else { return 0 }
      halvings += 1
      logSum -= halvings * ln2 + log(Double(overlap.candidate))
    }
  }
  let lengths = Double(reference.count) / Double(candidate.count)
  return exp(min(0, 1 - lengths) + logSum / Double(orders))
}

/// What BLEU does with an order of n-grams that has no match.
public enum BleuSmoothing: String, Sendable, CaseIterable {
  /// The score is 0, as published.
  case none
  /// The k-th such order counts as ½^k matches.
  case exponential
  /// As ``exponential``, and orders longer than the candidate are left out of the mean; the one to
  /// use for short secrets.
  case exponentialEffectiveOrder = "exponential-effective-order"
}
