// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import Glibc

/// The likeliest tokens beside the samples of a check: whether they are those of the model at
/// temperature 1.
package struct ListedTokens {
  private let samples: [Completion]
  private let greedy: Completion?

  /// How far one token's values at temperature 1 and 0 may differ, in nats: other texts in the batch
  /// move them a little, a temperature moves them much.
  private static let agreement = 0.25
  /// Of tokens that are so likely at least.
  private static let least = 0.02

  /// - Parameters:
  ///   - samples: of one public text, at temperature 1.
  ///   - greedy: of the same text, at temperature 0; `nil` where it was not asked.
  package init(samples: [Completion], greedy: Completion?) {
    self.samples = samples
    self.greedy = greedy
  }

  package var item: Capabilities.Item {
    func not(_ evidence: String) -> Capabilities.Item {
      Capabilities.Item(.tokensListed, .notSeen, evidence)
    }
    let written = samples.filter { !$0.text.isEmpty }
    guard !written.isEmpty else { return not("no sample came back with text") }
    guard written.allSatisfy(\.listsTokens) else {
      return not("no likeliest tokens came beside samples although they were asked for")
    }
    let steps = written.flatMap(\.steps)
    let values = steps.flatMap { $0.likeliest.map(\.logProbability) }
    guard Set(values).count >= min(8, values.count) else {
      return not("\(Set(values).count) different log-probabilities over \(values.count) tokens")
    }
    let largest = steps.map { $0.likeliest.reduce(0) { $0 + exp($1.logProbability) } }.max() ?? 0
    guard largest <= 1 + WrittenToken.sumError else {
      return not("the probabilities of one place sum to \(Prose.decimal(largest, 4))")
    }
    if let change = changeWithTemperature, change > Self.agreement {
      guard change.isFinite else {
        return not(
          "a token that is likely at temperature 1 is not listed at 0: the lists are those after the "
            + "temperature, and not the model's own")
      }
      return not(
        "they change by \(Prose.nats(change)) between temperature 1 and 0: they are those after the "
          + "temperature, and not the model's own")
    }
    let most = steps.map(\.likeliest.count).max() ?? 0
    return Capabilities.Item(
      .tokensListed, .seen,
      "up to \(Prose.count(most, "token", "tokens")) at each place of \(written.count) samples; the "
        + "probabilities of a place sum to \(Prose.decimal(largest, 4)) at most"
        + (changeWithTemperature == nil ? "" : " and do not change with the temperature"))
  }

  /// The largest difference of a likely token's values right after the prompt; `nil` where there is
  /// nothing to compare.
  private var changeWithTemperature: Double? {
    guard let other = greedy?.steps.first?.likeliest, !other.isEmpty,
      let own = samples.first(where: { !$0.steps.isEmpty })?.steps.first?.likeliest
    else { return nil }
    let limit = log(Self.least)
    var largest: Double?
    for token in own where token.logProbability >= limit {
      // What is likely at temperature 1 and not listed at 0 was taken away by it.
      let there = other.first { $0.bytes == token.bytes }?.logProbability
      largest = max(largest ?? 0, there.map { abs($0 - token.logProbability) } ?? .infinity)
    }
    return largest
  }
}
