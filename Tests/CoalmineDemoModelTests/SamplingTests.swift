// SPDX-License-Identifier: Apache-2.0

import CoalmineDemoModel
import CoalmineStatistics
import Foundation
import Testing

/// What is drawn against the distribution it is drawn from.
@Suite struct `Reference sampling` {
  static let context = tokens("the river ")

  static func sampleModel() throws -> DemoModel { try model(prose(200, seed: 11), alpha: 2) }

  /// How often each token comes first in `count` draws.
  static func frequencies(_ options: SamplingOptions, count: Int) throws -> [Int] {
    let model = try sampleModel()
    var source = generator(12)
    var seen = [Int](repeating: 0, count: DemoModel.vocabulary)
    for _ in 0..<count {
      let text = model.generate(after: context, maxTokens: 1, options: options, using: &source)
      seen[text.tokens.first ?? DemoModel.beginning] += 1
    }
    return seen
  }

  /// The distribution that the options define, computed apart.
  static func expected(_ options: SamplingOptions) throws -> [Double] {
    let values = try sampleModel().logProbabilities(after: context)
    let weights = values.map { exp($0 / options.temperature) }
    let order = weights.indices.sorted { (weights[$0], $1) > (weights[$1], $0) }
    var kept = order
    if options.topK > 0 { kept = Array(kept.prefix(options.topK)) }
    let mass = kept.reduce(0) { $0 + weights[$1] }
    if options.topP < 1 {
      var sum = 0.0
      var count = 0
      while count < kept.count, sum < options.topP * mass {
        sum += weights[kept[count]]
        count += 1
      }
      kept = Array(kept.prefix(count))
    }
    let total = kept.reduce(0) { $0 + weights[$1] }
    var result = [Double](repeating: 0, count: weights.count)
    for token in kept { result[token] = weights[token] / total }
    return result
  }

  @Test(arguments: [
    SamplingOptions(), SamplingOptions(temperature: 0.5), SamplingOptions(temperature: 2),
    SamplingOptions(topP: 0.7), SamplingOptions(topK: 3), SamplingOptions(topP: 0.9, topK: 5),
    SamplingOptions(temperature: 0.7, topP: 0.95, topK: 40),
  ])
  func `frequencies are those of the distribution`(_ options: SamplingOptions) throws {
    let count = 20_000
    let seen = try Self.frequencies(options, count: count)
    let expected = try Self.expected(options)
    // Chi-square over the tokens that are expected often enough, the others in one.
    var statistic = 0.0
    var cells = 0
    var rest = (seen: 0.0, expected: 0.0)
    for (number, probability) in zip(seen, expected) {
      if probability == 0 { #expect(number == 0) }
      let mean = probability * Double(count)
      if mean >= 10 {
        statistic += pow(Double(number) - mean, 2) / mean
        cells += 1
      } else {
        rest.seen += Double(number)
        rest.expected += mean
      }
    }
    if rest.expected > 1 {
      statistic += pow(rest.seen - rest.expected, 2) / rest.expected
      cells += 1
    }
    // Mean and variance of chi-square are its degrees of freedom and twice as much; five
    // deviations are one false alarm in more than ten thousand, for the fixed seed none.
    let freedom = Double(max(1, cells - 1))
    #expect(statistic < freedom + 5 * sqrt(2 * freedom) + 10)
  }

  @Test func `temperature zero takes the likeliest token and no chance`() throws {
    let model = try Self.sampleModel()
    var source = generator(1)
    let before = source
    let text = model.generate(
      after: Self.context, maxTokens: 20, options: SamplingOptions(temperature: 0), using: &source)
    var context = Self.context
    for (token, value) in zip(text.tokens, text.logProbabilities) {
      let values = model.logProbabilities(after: context)
      #expect(values[token] == values.max() && values[token] == value)
      context.append(token)
    }
    var (used, unused) = (source, before)
    #expect(used.next() == unused.next())
  }

  @Test func `log-probabilities are the model's own, whatever the temperature`() throws {
    let model = try Self.sampleModel()
    var source = generator(2)
    let text = model.generate(
      after: Self.context, maxTokens: 30, options: SamplingOptions(temperature: 1.7, topP: 0.9),
      using: &source)
    #expect(!text.tokens.isEmpty)
    let scores = model.score(Self.context + text.tokens).suffix(text.tokens.count)
    #expect(Array(scores) == text.logProbabilities)
  }

  @Test func `the same generator gives the same text, another one another`() throws {
    let model = try Self.sampleModel()
    func text(_ seed: UInt8) -> [Int] {
      var source = generator(seed)
      return model.generate(
        after: Self.context, maxTokens: 40, options: SamplingOptions(), using: &source
      ).tokens
    }
    #expect(text(3) == text(3) && text(3) != text(4))
  }

  @Test func `a text ends at the mark, which is no part of it`() throws {
    let model = try model([[UInt8]](repeating: Array("one short line.".utf8), count: 100))
    var source = generator(5)
    let text = model.generate(
      after: tokens("one "), maxTokens: 100, options: SamplingOptions(temperature: 0),
      using: &source)
    #expect(text.tokens == tokens("short line.") && text.stopped)
    #expect(text.logProbabilities.count == text.tokens.count)
    let cut = model.generate(
      after: tokens("one "), maxTokens: 5, options: SamplingOptions(temperature: 0), using: &source)
    #expect(cut.tokens == tokens("short") && !cut.stopped)
  }

  @Test func `a text ends before a stop sequence, of several before the first to appear`() throws {
    let model = try model([[UInt8]](repeating: Array("alpha beta gamma".utf8), count: 100))
    var source = generator(6)
    let text = model.generate(
      after: tokens("alpha"), maxTokens: 100, options: SamplingOptions(temperature: 0),
      stop: [Array("gam".utf8), Array("ta".utf8), []], alternatives: 2, using: &source)
    #expect(text.tokens == tokens(" be") && text.stopped)
    #expect(text.logProbabilities.count == 3 && text.alternatives.count == 3)
  }

  @Test func `alternatives are the likeliest, best first, ties by number`() throws {
    let model = try Self.sampleModel()
    var source = generator(7)
    let text = model.generate(
      after: Self.context, maxTokens: 4, options: SamplingOptions(), alternatives: 5,
      using: &source)
    var context = Self.context
    for (token, listed) in zip(text.tokens, text.alternatives) {
      let values = model.logProbabilities(after: context)
      let best = values.indices.sorted { (-values[$0], $0) < (-values[$1], $1) }.prefix(5)
      #expect(listed.map(\.token) == Array(best))
      #expect(listed.map(\.logProbability) == best.map { values[$0] })
      context.append(token)
    }
    #expect(DemoModel.best([0.25, 0.5, 0.25], count: 9).map(\.token) == [1, 0, 2])
    #expect(DemoModel.best([0.5, 0.5], count: 1).map(\.token) == [0])
    #expect(DemoModel.best([0.5, 0.5], count: 0).isEmpty)
  }
}
