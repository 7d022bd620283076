// SPDX-License-Identifier: Apache-2.0

/// What deduplication leaves of the copies of canaries that have equally many.
///
/// ```
/// canaries with 64 copies: 1 stays after exact-duplicates, 1 after near-duplicates-70
/// ```
public struct RepetitionsLeft: Sendable, Equatable {
  /// Copies that each of these canaries has in the file, 1 or more.
  public let copies: Int
  /// How many canaries have that many.
  public let canaries: Int
  /// The mean number of copies that stay, by the name of the rule, in the order of the rules.
  public let left: [Left]

  /// What one rule leaves.
  public struct Left: Sendable, Equatable {
    public let rule: String
    /// Copies per canary, 0…``RepetitionsLeft/copies``.
    public let mean: Double
  }

  /// One entry per number of copies, rising.
  ///
  /// - Parameter dropped: for each rule, whether it drops the copy.
  /// - Complexity: O(copies · rules).
  static func all(
    _ copies: [PreflightSample.Copy], _ dropped: [(rule: String, dropped: [Bool])]
  ) -> [RepetitionsLeft] {
    let perCanary = copies.reduce(into: [String: Int]()) { $0[$1.canary, default: 0] += 1 }
    let canaries = perCanary.values.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
    let stay = dropped.map { rule, dropped in
      zip(copies, dropped).reduce(into: [Int: Int]()) { counts, copy in
        if !copy.1 { counts[perCanary[copy.0.canary] ?? 0, default: 0] += 1 }
      }
    }
    return canaries.sorted { $0.key < $1.key }.map { level, count in
      RepetitionsLeft(
        copies: level, canaries: count,
        left: zip(dropped, stay).map { rule, stay in
          Left(rule: rule.rule, mean: Double(stay[level] ?? 0) / Double(count))
        })
    }
  }
}
