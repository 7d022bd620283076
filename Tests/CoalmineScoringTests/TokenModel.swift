// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineTesting

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A language model with a small vocabulary: random logits for every context, the same each time.
struct TokenModel {
  let vocabulary: [[UInt8]]
  let seed: UInt64
  /// Nats that the right next token of a text gains; nothing is memorised with 0.
  var gain = 0.0
  var memorised: [UInt8] = []
  /// How far apart logits are.
  var spread = 1.5

  /// Probabilities of what follows a context of token numbers.
  func row(after context: [Int]) -> [Double] {
    var hash = SplitMix(context.reduce(seed) { ($0 &* 1_000_003) ^ UInt64($1 + 1) })
    _ = hash.next()
    let text = context.flatMap { vocabulary[$0] }
    let weights = vocabulary.map { token -> Double in
      var logit = spread * hash.normal()
      if !token.isEmpty, memorised.starts(with: text),
        memorised.dropFirst(text.count).starts(with: token)
      {
        logit += gain
      }
      return exp(logit)
    }
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum }
  }

  /// One sample, with the `most` likeliest tokens of each step.
  func sample(tokens: Int, most: Int, _ chance: inout SplitMix) -> (ids: [Int], text: Completion) {
    var context: [Int] = []
    var steps: [WrittenToken] = []
    for _ in 0..<tokens {
      let row = row(after: context)
      var draw = chance.unit()
      var next = row.count - 1
      for (id, probability) in row.enumerated() {
        draw -= probability
        if draw < 0 {
          next = id
          break
        }
      }
      let likeliest = row.indices.sorted { row[$0] > row[$1] }.prefix(most)
      steps.append(
        WrittenToken(
          bytes: vocabulary[next], logProbability: log(row[next]),
          likeliest: likeliest.map { .init(bytes: vocabulary[$0], logProbability: log(row[$0])) }))
      context.append(next)
    }
    return (
      context,
      Completion(text: steps.flatMap(\.bytes), ending: .length, steps: steps)
    )
  }

  /// The probability that what the model writes begins with a text: the sum over all token paths, by
  /// enumeration. A token without bytes is on no such path.
  func probability(of text: [UInt8], after context: [Int] = []) -> Double {
    let here = context.reduce(0) { $0 + vocabulary[$1].count }
    var sum = 0.0
    for (id, probability) in row(after: context).enumerated() {
      let token = vocabulary[id]
      guard !token.isEmpty else { continue }
      let rest = text.dropFirst(here)
      if token.starts(with: rest) {
        sum += probability
      } else if rest.starts(with: token) {
        sum += probability * self.probability(of: text, after: context + [id])
      }
    }
    return sum
  }
}
