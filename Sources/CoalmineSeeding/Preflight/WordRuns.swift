// SPDX-License-Identifier: Apache-2.0

/// Runs of words of a text, compared by the numbers of the words.
package struct WordRuns {
  /// Equal words have equal numbers.
  private let numbers: [Int]
  /// The characters of the words before each word, and of all words.
  private let sums: [Int]

  package init(_ words: [String]) {
    var known: [String: Int] = [:]
    var sums = [0]
    numbers = words.map { word in
      sums.append((sums.last ?? 0) + word.unicodeScalars.count)
      let next = known.count
      if let number = known[word] { return number }
      known[word] = next
      return next
    }
    self.sums = sums
  }

  /// The characters that the most frequent run of `length` words has in all its places, with one
  /// space between words; of equally frequent runs, the first one. 0 where there is none.
  package func top(_ length: Int) -> Int {
    guard numbers.count >= length else { return 0 }
    var counts: [ArraySlice<Int>: (count: Int, first: Int)] = [:]
    for start in 0...(numbers.count - length) {
      counts[numbers[start..<start + length], default: (0, start)].count += 1
    }
    let best = counts.values.max { ($0.count, $1.first) < ($1.count, $0.first) }
    guard let best else { return 0 }
    return (sums[best.first + length] - sums[best.first] + length - 1) * best.count
  }

  /// The characters of runs of `length` words that stood there before, from the left without overlap.
  package func repeated(_ length: Int) -> Int {
    var seen: Set<ArraySlice<Int>> = []
    var characters = 0
    var start = 0
    while start + length <= numbers.count {
      if seen.insert(numbers[start..<start + length]).inserted {
        start += 1
      } else {
        characters += sums[start + length] - sums[start]
        start += length
      }
    }
    return characters
  }
}
