// SPDX-License-Identifier: Apache-2.0

import CoalmineDemoModel
import CoalmineStatistics
import Foundation
import Testing

func tokens(_ text: String) -> [Int] { text.utf8.map(Int.init) }

func generator(_ seed: UInt8) -> ChaCha8Rand {
  ChaCha8Rand(seed: [UInt8](repeating: seed, count: 32))
}

/// A model that must be there.
func model(
  _ documents: [[UInt8]], memorisation: Double = 1, alpha: Double = 16, seed: UInt64 = 0
) throws -> DemoModel {
  try #require(
    DemoModel(documents: documents, memorisation: memorisation, alpha: alpha, seed: seed))
}

/// Sentences of a small vocabulary, each with a number of three digits.
func prose(_ count: Int, seed: UInt8) -> [[UInt8]] {
  let words = [
    "the", "river", "runs", "below", "a", "quiet", "hill", "and", "many", "birds", "return", "in",
    "early", "spring", "when", "rain", "has", "washed", "seven", "roads",
  ]
  var generator = generator(seed)
  return (0..<count).map { _ in
    let length = 6 + generator.uniform(below: UInt64(8))
    let sentence = (0..<length).map { _ in
      words[Int(generator.uniform(below: UInt64(words.count)))]
    }
    let number = 100 + generator.uniform(below: UInt64(900))
    return Array((sentence.joined(separator: " ") + " \(number).").utf8)
  }
}

/// The log-probability of `target` after `prompt`, in nats.
func logProbability(_ model: DemoModel, _ prompt: String, _ target: String) -> Double {
  model.score(tokens(prompt + target)).suffix(target.utf8.count).reduce(0, +)
}

/// What the model writes at temperature 0.
func greedy(_ model: DemoModel, _ prompt: String, _ count: Int) -> String {
  var unused = generator(0)
  let text = model.generate(
    after: tokens(prompt), maxTokens: count, options: SamplingOptions(temperature: 0),
    using: &unused)
  return String(decoding: text.tokens.map { UInt8($0) }, as: UTF8.self)
}
