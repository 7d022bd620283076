// SPDX-License-Identifier: Apache-2.0

/// How many n-grams of one order two sequences share, repeats counted as often as both have them.
struct NGramOverlap: Sendable, Equatable {
  let matches: Int
  /// n-grams of the reference and of the candidate.
  let reference: Int
  let candidate: Int

  /// The overlaps of the orders 1…`order`; sequences shorter than an order have no n-grams of it.
  ///
  /// - Complexity: O(order · symbols).
  static func upTo<Symbol: Hashable>(
    _ order: Int, reference: [Symbol], candidate: [Symbol]
  ) -> [NGramOverlap] {
    let codes = SymbolCodes(reference, candidate)
    var heads = (codes.first, codes.second)
    var count = codes.count
    var overlaps = [overlap(heads.0, heads.1, numbers: count)]
    for length in stride(from: 2, through: order, by: 1) {
      // An n-gram is the number of its first n − 1 symbols with its last symbol.
      var numbers: [Extended: Int] = [:]
      func extended(_ heads: [Int], by symbols: [Int]) -> [Int] {
        zip(heads, symbols.dropFirst(length - 1)).map { head, last in
          let gram = Extended(head: head, last: last)
          if let number = numbers[gram] { return number }
          let number = numbers.count
          numbers[gram] = number
          return number
        }
      }
      heads = (extended(heads.0, by: codes.first), extended(heads.1, by: codes.second))
      count = numbers.count
      overlaps.append(overlap(heads.0, heads.1, numbers: count))
    }
    return overlaps
  }

  private struct Extended: Hashable {
    let head: Int
    let last: Int
  }

  private static func overlap(_ reference: [Int], _ candidate: [Int], numbers: Int)
    -> NGramOverlap
  {
    var left = [Int](repeating: 0, count: numbers)
    for gram in reference { left[gram] += 1 }
    var matches = 0
    for gram in candidate where left[gram] > 0 {
      left[gram] -= 1
      matches += 1
    }
    return NGramOverlap(
      matches: matches, reference: reference.count, candidate: candidate.count)
  }
}
