// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// A corpus record with the log-probabilities of its tokens, as membership scores take it.
package struct ScoredRecord: Sendable, Equatable {
  /// Log-probabilities in text order, in nats, at most 0; without the first token of the text
  /// where that has none in any record.
  package let logProbabilities: [Double]
  /// The bytes that the tokens cover, the first one included.
  package let text: [UInt8]
  /// The same bytes under both models; `nil` where the base model was not asked.
  package let comparison: Comparison?
  /// Why there is no ``comparison``.
  package let noComparison: Reason
  /// The record and its lower-case form.
  package let lowercase: Outcome<Variant>
  /// The record alone and after non-members, the same tokens on both sides.
  package let afterNonmembers: Outcome<Variant>
  /// What could stand in the place of each token, as many as ``logProbabilities``.
  package let alternatives: Outcome<[ListedAlternatives]>

  /// Log-probabilities of a record under the tuned model, asked in two ways, in nats: the first
  /// token of the text in both or in none.
  package struct Variant: Sendable, Equatable {
    package let alone: [Double]
    package let changed: [Double]

    package init(alone: [Double], changed: [Double]) {
      self.alone = alone
      self.changed = changed
    }
  }

  /// Log-probabilities of one text under two models, in nats: the first token in both or in none.
  package struct Comparison: Sendable, Equatable {
    package let tuned: [Double]
    package let base: [Double]
    /// The bytes of each token, where both models split the text alike; else `nil`.
    package let spans: [Range<Int>]?

    package init(tuned: [Double], base: [Double], spans: [Range<Int>]? = nil) {
      self.tuned = tuned
      self.base = base
      self.spans = spans
    }
  }

  /// - Parameter isOfOtherText: whether the base model was asked about another text of the record.
  package init(
    logProbabilities: [Double], text: [UInt8], comparison: Comparison? = nil,
    isOfOtherText: Bool = false,
    lowercase: Outcome<Variant> = .notMeasurable(Reasons.noFurtherQuestions),
    afterNonmembers: Outcome<Variant> = .notMeasurable(Reasons.noFurtherQuestions),
    alternatives: Outcome<[ListedAlternatives]> = .notMeasurable(Reasons.noListedTokens)
  ) {
    self.logProbabilities = logProbabilities
    self.text = text
    self.comparison = comparison
    noComparison = isOfOtherText ? Reasons.baseAskedOtherwise : Reasons.noBaseRun
    self.lowercase = lowercase
    self.afterNonmembers = afterNonmembers
    self.alternatives = alternatives
  }
}

/// The log-probabilities of one record, before it is known whether first tokens count.
struct RecordTokens: Sendable {
  /// Of the first token; `nil` where the endpoint gives none.
  let first: Double?
  /// Of the later tokens.
  let rest: [Double]
  /// The bytes of every token, the first one included.
  let ranges: [Range<Int>]
  /// What could stand in the place of every token, the first one included; `nil` where nothing is listed.
  let alternatives: [ListedAlternatives?]

  /// How many bytes of the text the tokens cover.
  var covered: Int { ranges.last?.upperBound ?? 0 }

  /// The values that count.
  func values(withFirst: Bool) -> [Double] {
    withFirst ? (first.map { [$0] } ?? []) + rest : rest
  }

  /// What could stand in the places of the values that count.
  func alternatives(withFirst: Bool) -> Outcome<[ListedAlternatives]> {
    let counted = withFirst && first != nil ? alternatives[...] : alternatives.dropFirst()
    let listed = counted.compactMap(\.self)
    guard listed.count == counted.count else { return .notMeasurable(Reasons.noListedTokens) }
    return .measured(listed)
  }

  /// The same bytes under both models; `nil` where the two cover different ones.
  ///
  /// - Parameter withFirst: whether first tokens count under both.
  func compared(with base: RecordTokens, withFirst: Bool) -> ScoredRecord.Comparison? {
    // Without their first tokens, texts that are cut differently are not the same bytes.
    guard base.covered == covered, base.rest.count == rest.count || withFirst else { return nil }
    let counted = withFirst ? ranges[...] : ranges.dropFirst()
    return ScoredRecord.Comparison(
      tuned: values(withFirst: withFirst), base: base.values(withFirst: withFirst),
      spans: base.ranges == ranges ? Array(counted) : nil)
  }

  /// The same tokens after a prefix of `start` bytes; `nil` where the two are split otherwise.
  func variant(after prefix: RecordTokens, start: Int, withFirst: Bool) -> ScoredRecord.Variant? {
    let moved = prefix.ranges.map { $0.lowerBound - start..<$0.upperBound - start }
    // Without a first token on one side it is left out on both, and may be split otherwise.
    guard withFirst ? moved == ranges : moved.dropFirst() == ranges.dropFirst() else { return nil }
    return ScoredRecord.Variant(
      alone: values(withFirst: withFirst), changed: prefix.values(withFirst: withFirst))
  }

  /// Reads the tokens of a record of `length` bytes after `start` others: they must begin at its
  /// first byte and leave nothing out; a text that ends early was cut.
  static func read(_ answer: Outcome<Observation>, from start: Int = 0, length: Int)
    -> Outcome<RecordTokens>
  {
    guard case .measured(let observation) = answer else {
      return answer.withoutValue() ?? .failed(Reasons.wrongObservation)
    }
    guard case .likelihood(let tokens) = observation else {
      return .failed(Reasons.wrongObservation)
    }
    var covered = start
    var first: Double?
    var rest: [Double] = []
    for (position, token) in tokens.enumerated() {
      guard token.range.lowerBound == covered, token.range.upperBound <= start + length else {
        return .failed(Reason("token-gap", "the tokens of the record leave bytes out or overlap"))
      }
      covered = token.range.upperBound
      if position == 0, token.logProbability == nil { continue }
      switch Reasons.checked(token.logProbability) {
      case .success(let value):
        if position == 0 { first = value } else { rest.append(value) }
      case .failure(let refused): return .failed(refused.reason)
      }
    }
    return .measured(
      RecordTokens(
        first: first, rest: rest, ranges: tokens.map(\.range),
        alternatives: tokens.map(\.alternatives)))
  }
}
