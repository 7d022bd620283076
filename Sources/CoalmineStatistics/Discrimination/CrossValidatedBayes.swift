// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Multinomial naive Bayes with add-½, tested on folds that it was not trained on, for many
/// labellings of the same texts.
struct CrossValidatedBayes: Sendable {
  private let features: BlindFeatures
  /// By text.
  private let folds: [Int]
  private let foldCount: Int
  /// By fold and feature: how often it is in the texts of the other folds.
  private let training: [Int32]
  /// By fold: all features in the texts of the other folds.
  private let trainingLengths: [Int]
  /// ln(c + ½) by whole count c.
  private let logs: [Double]

  init(_ features: BlindFeatures, folds: [Int], foldCount: Int) {
    self.features = features
    self.folds = folds
    self.foldCount = foldCount
    let everyText = [Bool](repeating: true, count: folds.count)
    (training, trainingLengths) = Self.trained(features, folds, foldCount, where: everyText)
    logs = (0...Int(training.max() ?? 0)).map { log(Double($0) + 0.5) }
  }

  /// Each text's log-odds of being a member, from the texts of the other folds.
  ///
  ///     Σ_f count_f · [ln((c₁f + ½) / (T₁ + V/2)) − ln((c₀f + ½) / (T₀ + V/2))]
  ///
  /// Without the prior, which would differ between folds and not between texts of one.
  ///
  /// - Complexity: O(folds · V + features of all texts).
  func logOdds(_ isMember: [Bool]) -> [Double] {
    let (members, lengths) = Self.trained(features, folds, foldCount, where: isMember)
    // Without any feature there is still one that could have been.
    let smoothing = Double(max(1, features.vocabulary)) / 2
    return features.entries.indices.map { text in
      let fold = folds[text]
      let own = Double(lengths[fold]) + smoothing
      let other = Double(trainingLengths[fold] - lengths[fold]) + smoothing
      let first = fold * features.shared
      var odds = Double(features.lengths[text]) * log(other / own)
      for entry in features.entries[text] {
        let place = first + Int(entry.feature)
        let found = members[place]
        let ratio = logs[Int(found)] - logs[Int(training[place] - found)]
        odds += Double(entry.count) * ratio
      }
      return odds
    }
  }

  /// The counts of the marked texts outside each fold.
  private static func trained(
    _ features: BlindFeatures, _ folds: [Int], _ foldCount: Int, where marked: [Bool]
  ) -> (counts: [Int32], lengths: [Int]) {
    let width = features.shared
    var counts = [Int32](repeating: 0, count: foldCount * width)
    var lengths = [Int](repeating: 0, count: foldCount)
    for text in folds.indices where marked[text] {
      let first = folds[text] * width
      for entry in features.entries[text] { counts[first + Int(entry.feature)] += entry.count }
      lengths[folds[text]] += features.lengths[text]
    }
    // All folds less the own one.
    for feature in 0..<width {
      var sum: Int32 = 0
      for fold in 0..<foldCount { sum += counts[fold * width + feature] }
      for fold in 0..<foldCount {
        counts[fold * width + feature] = sum - counts[fold * width + feature]
      }
    }
    let all = lengths.reduce(0, +)
    return (counts, lengths.map { all - $0 })
  }
}
