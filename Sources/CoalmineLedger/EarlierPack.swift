// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// The numbers of requests in ledgers before version 4.
///
/// A request that was refused was asked again in halves, and these in halves where need be. The
/// number of a part followed from the number of the whole and from its place in it:
///
/// ```
///                1                 whole:  n
///          2           3           halves: 2^40 + 256 n + 2, 2^40 + 256 n + 3
///        4   5       6   7         halves of halves, and so on
/// ```
enum EarlierPack {
  private static let firstPart = 1 << 40
  private static let places = 256
  /// Lower numbers are requests of a run's check.
  static let firstOfStudy = 64

  /// Whether a request is one of a check, in SQL.
  static let isOfCheck = """
    pack < \(firstOfStudy)
    OR pack BETWEEN \(firstPart) AND \(firstPart + firstOfStudy * places - 1)
    """

  /// The key of a request with that number.
  static func key(_ number: Int) -> RequestKey {
    number < firstPart
      ? RequestKey(.earlier, round: 0, index: number)
      : RequestKey(
        .earlier, round: 0, index: (number - firstPart) / places,
        part: (number - firstPart) % places)
  }
}
