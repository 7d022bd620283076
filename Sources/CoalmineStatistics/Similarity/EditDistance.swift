// SPDX-License-Identifier: Apache-2.0

/// How many single-symbol edits lie between two sequences, and the similarities made from it.
///
/// Symbols are whatever is compared: for text pass `Array(text.unicodeScalars)`, which compares
/// without normalisation ("é" of one scalar differs from "é" of two); tokens and words work alike.
/// Two "ratios" are in use and differ: ``levenshteinSimilarity(_:_:)`` divides by the longer
/// length, ``indelRatio(_:_:)`` (Python's "ratio") by the sum of both.
public enum EditDistance {
  /// The Levenshtein distance: the least number of insertions, deletions and substitutions.
  ///
  /// Empty against n symbols is n.
  ///
  /// - Returns: 0…max(|a|, |b|).
  /// - Complexity: O(⌈n / 64⌉ · min(m, d)) words for a distance d, after the common beginning and
  ///   end are cut off; memory O(n + m).
  /// Source: Levenshtein 1966; Myers 1999 and Hyyrö 2003 for the bit vectors; Ukkonen 1985 for the
  /// band.
  /// Differs from it in: 128 rows at a time, so that the match masks of one block suffice for any
  /// alphabet.
  public static func levenshtein<Symbol: Hashable>(_ a: [Symbol], _ b: [Symbol]) -> Int {
    BitRows(SymbolCodes(a, b)).distance()
  }

  /// The Levenshtein similarity: the share of the longer sequence that needs no edit.
  ///
  ///     1 − d / max(|a|, |b|)
  ///
  /// - Returns: 0…1; 1 where both are empty.
  /// - Complexity: as ``levenshtein(_:_:)``.
  public static func levenshteinSimilarity<Symbol: Hashable>(_ a: [Symbol], _ b: [Symbol])
    -> Double
  {
    let longer = max(a.count, b.count)
    return longer == 0 ? 1 : 1 - Double(levenshtein(a, b)) / Double(longer)
  }

  /// The indel distance: the least number of insertions and deletions, without substitutions.
  ///
  ///     |a| + |b| − 2 · LCS
  ///
  /// - Returns: 0…|a| + |b|.
  /// - Complexity: as ``commonSubsequenceLength(_:_:)``.
  public static func indel<Symbol: Hashable>(_ a: [Symbol], _ b: [Symbol]) -> Int {
    a.count + b.count - 2 * commonSubsequenceLength(a, b)
  }

  /// The indel ratio, Python's "ratio": the share of all symbols that stand in the common
  /// subsequence.
  ///
  ///     1 − indel / (|a| + |b|)
  ///
  /// - Returns: 0…1; 1 where both are empty.
  /// - Complexity: as ``commonSubsequenceLength(_:_:)``.
  public static func indelRatio<Symbol: Hashable>(_ a: [Symbol], _ b: [Symbol]) -> Double {
    let all = a.count + b.count
    return all == 0 ? 1 : 1 - Double(indel(a, b)) / Double(all)
  }
}
