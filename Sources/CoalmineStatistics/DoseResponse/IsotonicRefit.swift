// SPDX-License-Identifier: Apache-2.0

/// ``IsotonicFit`` of the same distinct doses again and again: under another order of the doses,
/// or with other responses.
///
/// The result is that of ``IsotonicFit`` to the last bit, for responses of equal weight: the sums
/// run in the same order. Nothing is sorted or allocated per fit.
///
/// - Complexity: O(n) per fit.
struct IsotonicRefit {
  private let responses: [Double]
  /// The squares about the mean of all responses.
  private let about: Double
  private var means: [Double]
  private var weights: [Double]
  /// The first level of each pooled block, its mean and its weight, and the fit of each level.
  private var first: [Int]
  private var mean: [Double]
  private var weight: [Double]
  private(set) var fitted: [Double]

  /// - Parameters:
  ///   - responses: finite, at least one.
  ///   - levels: the number of distinct doses.
  init(_ responses: [Double], levels: Int) {
    self.responses = responses
    let total = Double(responses.count)
    let center = responses.reduce(0) { $0 + $1 * (1 / total) }
    about = responses.reduce(0) { $0 + ($1 - center) * ($1 - center) }
    means = [Double](repeating: 0, count: levels)
    weights = means
    first = [Int](repeating: 0, count: levels)
    mean = means
    weight = means
    fitted = means
  }

  /// R² of the responses that it was made for.
  ///
  /// - Parameter levels: the place of each response's dose among the distinct doses, from 0; each
  ///   occurs.
  mutating func rSquared(levels: [Int]) -> Double {
    fit(responses, levels: levels)
    var left = 0.0
    for (index, level) in levels.enumerated() {
      let rest = responses[index] - fitted[level]
      left += rest * rest
    }
    return about > 0 && about.isFinite ? max(0, 1 - left / about) : 0
  }

  /// Fits responses, as many as there are `levels`, and leaves the result in ``fitted``.
  mutating func fit(_ responses: [Double], levels: [Int]) {
    for level in weights.indices { weights[level] = 0 }
    for (index, level) in levels.enumerated() {
      let total = weights[level] + 1
      means[level] =
        weights[level] == 0
        ? responses[index]
        : means[level] + (responses[index] - means[level]) * (1 / total)
      weights[level] = total
    }
    pool()
  }

  /// Neighbours that fall are pooled to their weighted mean until none falls.
  private mutating func pool() {
    var blocks = 0
    for level in means.indices {
      first[blocks] = level
      mean[blocks] = means[level]
      weight[blocks] = weights[level]
      blocks += 1
      while blocks > 1, mean[blocks - 2] >= mean[blocks - 1] {
        let total = weight[blocks - 2] + weight[blocks - 1]
        mean[blocks - 2] += (mean[blocks - 1] - mean[blocks - 2]) * (weight[blocks - 1] / total)
        weight[blocks - 2] = total
        blocks -= 1
      }
    }
    for block in 0..<blocks {
      let end = block + 1 < blocks ? first[block + 1] : means.count
      for level in first[block]..<end { fitted[level] = mean[block] }
    }
  }
}
