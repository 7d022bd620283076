// SPDX-License-Identifier: Apache-2.0

/// What teacher-forced greedy decoding gives of a text, token by token.
public struct TeacherForcedMatch: Sendable, Equatable {
  /// 1 − k*/T: the share of the text that greedy decoding completes.
  ///
  /// k* is the smallest k such that every token from k on matches; none gives k* = T, so 0.
  /// Source: Dorna et al. 2025, after Carlini et al. 2021.
  /// Differs from it in: 0 and not 1/T where the last token does not match.
  public let extractionStrength: Double
  /// The share of tokens that match.
  ///
  /// Source: Tirumala et al. 2022.
  public let exactMemorization: Double
  /// Tokens that match from the start on.
  public let matchingPrefix: Int
  /// Tokens that match up to the end.
  public let matchingSuffix: Int

  /// - Parameter matches: for every token, whether it is the most likely one after its true prefix.
  /// - Throws: `empty_input`.
  /// - Complexity: O(tokens).
  public init(_ matches: [Bool]) throws(StatisticsError) {
    guard !matches.isEmpty else { throw .empty }
    matchingPrefix = matches.prefix { $0 }.count
    matchingSuffix = matches.reversed().prefix { $0 }.count
    let start = matches.count - matchingSuffix
    extractionStrength = 1 - Double(start) / Double(matches.count)
    exactMemorization = Double(matches.count { $0 }) / Double(matches.count)
  }
}
