// SPDX-License-Identifier: Apache-2.0

/// The scores that an endpoint gives a group of texts, where it gives many of them one: a score that was
/// drawn falls into a level.
///
/// A level holds the upper tail of a normal law that its texts have among all. What would be above the best
/// score that was seen counts as tied with it: an endpoint that cuts its numbers off cannot show more. With 64,
/// 128 and 64 texts a score of 0 is in the middle level.
struct ScoreLevels: Sendable {
  /// The smallest standard normal number of each level; the last has none.
  private let floors: [Double]
  /// Twice the mid-rank of a text of each level among `texts` of them, and how many texts it holds.
  private let places: [(doubledRank: Int, count: Int)]
  /// How many texts have a score.
  private let texts: Int

  /// - Parameter counts: of texts by score, the best first; above 0, at least one.
  init(_ counts: [Int]) {
    let texts = counts.reduce(0, +)
    self.texts = texts
    var before = 0
    var (floors, places) = ([Double](), [(doubledRank: Int, count: Int)]())
    for count in counts {
      places.append((2 * before + count + 1, count))
      before += count
      if before < texts { floors.append(Normal.quantile(Double(texts - before) / Double(texts))) }
    }
    self.floors = floors
    self.places = places
  }

  /// Whether all texts have one score: then a score says nothing.
  var isOne: Bool { places.count == 1 }

  /// The level of a score in standard deviations, 0 for the best.
  ///
  /// - Complexity: O(log levels).
  func level(of score: Double) -> Int {
    var (low, high) = (0, floors.count)
    while low < high {
      let middle = low + (high - low) / 2
      if score >= floors[middle] { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// g of a secret of a level among `total` texts, of which `gaps` have no score and count as better.
  func steps(_ level: Int, gaps: Int, of total: Int) -> Int {
    // Texts without a score in the study itself are spread over its levels.
    let doubled = (places[level].doubledRank * (total - gaps) + texts - 1) / texts
    return RankedSecret.steps(doubledRank: min(2 * total, doubled + 2 * gaps), of: total)
  }

  /// The g that each of `total` texts would have had.
  func null(of total: Int) -> EquallyLikely {
    EquallyLikely(
      counted: places.indices.map { (steps($0, gaps: 0, of: total), places[$0].count) })
  }
}
