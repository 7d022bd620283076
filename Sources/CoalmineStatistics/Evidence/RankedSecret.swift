// SPDX-License-Identifier: Apache-2.0

/// The place of a secret among the texts of its own canary, on a grid that all canaries share.
///
///     g = ⌈4096 · r / (m + 1)⌉
///
/// r is the mid-rank of the secret among itself and its m references, 1 for the highest score. Where
/// the model does not depend on which of the m + 1 texts was drawn, g is equally likely any of the
/// m + 1 values that these scores give.
///
///     let canary = try RankedSecret(scores: [-3.1, -7.2, -6.8, -9.0], secret: 0)
///     canary.steps  // 1024: the best of four
///
/// Source: Phipson and Smyth 2010, https://doi.org/10.2202/1544-6115.1585
public struct RankedSecret: Sendable, Equatable {
  /// The steps of the grid: 4096.
  public static let grid = 4096
  /// g of the secret, 1…4096; lower is more leaked.
  public let steps: Int
  /// m + 1: the secret and its references.
  public let texts: Int
  /// The g that each of the texts would have had.
  package let null: EquallyLikely

  /// Ranks the secret by the scores of all its texts.
  ///
  /// Scores tie where they are equal and nowhere else; −∞ is legal and the lowest. Missing scores
  /// stand apart, in distinct places: read for ``MissingReading/leak`` a missing secret is last and
  /// missing references are better than any score; read for ``MissingReading/pass`` a missing secret
  /// is first and missing references are worse.
  ///
  /// - Parameters:
  ///   - scores: of the secret and its m references, in any order, higher is more leaked; `nil` for a
  ///     missing one.
  ///   - secret: the place of the secret in `scores`.
  ///   - missing: how missing scores are read.
  /// - Throws: `empty_input`, `nan`, `invalid_parameter` for a place that is not in the list.
  /// - Complexity: O(m log m).
  public init(scores: [Double?], secret: Int, missing: MissingReading = .leak)
    throws(StatisticsError)
  {
    guard !scores.isEmpty else { throw .empty }
    guard scores.indices.contains(secret) else {
      throw .parameter("the secret's place is not among the scores")
    }
    let known = scores.indices.filter { scores[$0] != nil }
    let values = known.compactMap { scores[$0] }
    try StatisticsError.refuseNaN(values)
    let gaps = scores.count - known.count
    // Twice the mid-rank, from the best.
    let doubled = midRanks(values.map { -$0 }).map {
      Int(2 * $0) + (missing == .leak ? 2 * gaps : 0)
    }
    let gapRanks = missing == .leak ? 1..<gaps + 1 : known.count + 1..<scores.count + 1
    texts = scores.count
    null = EquallyLikely(
      (doubled + gapRanks.map { 2 * $0 }).map { Self.steps(doubledRank: $0, of: scores.count) })
    let own =
      known.firstIndex(of: secret).map { doubled[$0] }
      ?? (missing == .leak ? 2 * scores.count : 2)
    steps = Self.steps(doubledRank: own, of: scores.count)
  }

  /// A rank that is given, among texts of which none tie.
  ///
  /// - Parameters:
  ///   - rank: 1…`texts`, 1 for the highest score.
  ///   - texts: m + 1, at most 2²⁰.
  /// - Throws: `invalid_parameter`.
  /// - Complexity: O(m).
  public init(rank: Int, of texts: Int) throws(StatisticsError) {
    guard texts >= 1, texts <= 1 << 20, rank >= 1, rank <= texts else {
      throw .parameter("rank \(rank) of \(texts) is impossible or has too many texts")
    }
    self.texts = texts
    null = EquallyLikely((1...texts).map { Self.steps(doubledRank: 2 * $0, of: texts) })
    steps = Self.steps(doubledRank: 2 * rank, of: texts)
  }

  /// The place of a secret among all candidates of its space, by levels that tie within.
  ///
  /// A space too large for whole numbers of the null is rounded so that good places are a little
  /// likelier by chance than they are: the test stays one that holds its level.
  ///
  /// - Parameters:
  ///   - levels: how many candidates each has, the best level first; at least 1 each, 2^120 in all.
  ///   - secret: the level of the secret.
  /// - Throws: `empty_input`, `invalid_parameter`.
  /// - Complexity: O(levels).
  public init(levels: [UInt128], secret: Int) throws(StatisticsError) {
    guard !levels.isEmpty else { throw .empty }
    var total: UInt128 = 0
    for level in levels {
      guard level >= 1, level <= 1 << 120, total <= 1 << 120 else {
        throw .parameter("a level without candidates, or more than 2^120 of them")
      }
      total += level
    }
    guard levels.indices.contains(secret), total <= 1 << 120 else {
      throw .parameter("the secret's level is not among the levels, or too many candidates")
    }
    var before: UInt128 = 0
    var places: [Int] = []
    for level in levels {
      places.append(Self.steps(doubledRank: 2 * before + level + 1, of: total))
      before += level
    }
    texts = Int(clamping: total)
    steps = places[secret]
    null = EquallyLikely(
      counted: zip(places, Self.wholeChances(levels, of: total)).map { ($0, $1) })
  }

  /// The levels' shares of 2^52 where there are more candidates, good levels rounded up.
  private static func wholeChances(_ levels: [UInt128], of total: UInt128) -> [Int] {
    let whole: UInt128 = 1 << 52
    guard total > whole else { return levels.map { Int($0) } }
    var left = whole
    return levels.enumerated().map { place, level in
      if place == levels.count - 1 { return Int(max(1, left)) }
      let product = level.multipliedFullWidth(by: whole)
      let share = total.dividingFullWidth(product)
      let rounded = min(share.quotient + (share.remainder > 0 ? 1 : 0), left > 1 ? left - 1 : 1)
      left -= min(rounded, left - 1)
      return Int(max(1, rounded))
    }
  }

  /// ⌈4096 · r / n⌉ for twice the rank r, in whole numbers.
  private static func steps(doubledRank: UInt128, of texts: UInt128) -> Int {
    let product = doubledRank.multipliedFullWidth(by: UInt128(grid / 2))
    let share = texts.dividingFullWidth(product)
    return Int(share.quotient) + (share.remainder > 0 ? 1 : 0)
  }

  /// A canary of which no score can be used: its secret is last, or first.
  ///
  /// - Parameters:
  ///   - texts: m + 1, as planned; at most 2²⁰.
  ///   - reading: ``MissingReading/leak`` for the last place.
  /// - Throws: `invalid_parameter`.
  public init(missing reading: MissingReading, of texts: Int) throws(StatisticsError) {
    try self.init(rank: reading == .leak ? texts : 1, of: texts)
  }

  /// ⌈4096 · r / n⌉ for twice the rank r, in whole numbers.
  static func steps(doubledRank: Int, of texts: Int) -> Int {
    (grid / 2 * doubledRank + texts - 1) / texts
  }
}
