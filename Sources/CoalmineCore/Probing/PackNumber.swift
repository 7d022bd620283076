// SPDX-License-Identifier: Apache-2.0

/// The numbers of requests in a ledger: those of a plan, and those of their parts.
///
/// A request that is refused is asked again in halves, and these in halves where need be. The
/// number of a part follows from the number of the whole and from its place in it alone:
///
/// ```
///                1                 whole:  n
///          2           3           halves: first + 256 n + 2, first + 256 n + 3
///        4   5       6   7         halves of halves, and so on
/// ```
package enum PackNumber {
  /// Where the numbers of parts begin.
  package static let first = 1 << 40
  /// The places under one whole: seven halvings.
  package static let places = 256

  /// The numbers that the parts of some wholes can have.
  package static func parts(of wholes: ClosedRange<Int>) -> ClosedRange<Int> {
    (first + wholes.lowerBound * places)...(first + wholes.upperBound * places + places - 1)
  }

  /// The numbers of the halves; `nil` where no halving is left.
  package static func halves(of number: Int) -> (Int, Int)? {
    let place = place(number)
    guard 2 * place + 1 < places else { return nil }
    let base = first + whole(number) * places
    return (base + 2 * place, base + 2 * place + 1)
  }

  /// The number of what a part is the half of; `nil` for a whole.
  package static func parent(of number: Int) -> Int? {
    let place = place(number)
    guard place > 1 else { return nil }
    return place / 2 == 1 ? whole(number) : first + whole(number) * places + place / 2
  }

  package static func whole(_ number: Int) -> Int {
    number < first ? number : (number - first) / places
  }

  private static func place(_ number: Int) -> Int {
    number < first ? 1 : (number - first) % places
  }
}
