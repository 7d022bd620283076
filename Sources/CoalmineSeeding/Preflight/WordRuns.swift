// SPDX-License-Identifier: Apache-2.0

/// Runs of words of a text, compared by the numbers of the words.
///
/// A class that remembers the runs it numbered last: lengths that are asked for from short to long cost
/// one pass over the words each.
package final class WordRuns {
  /// Equal words have equal numbers.
  private let numbers: [Int]
  /// The characters of the words before each word, and of all words.
  private let sums: [Int]
  private var last: (length: Int, runs: [Int])

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
    last = (1, numbers)
  }

  /// The characters that the most frequent run of `length` words has in all its places, with one
  /// space between words; of equally frequent runs, the first one. 0 where there is none.
  package func top(_ length: Int) -> Int {
    let runs = runs(length)
    guard let most = runs.max() else { return 0 }
    var counts = Array(repeating: 0, count: most + 1)
    for run in runs { counts[run] += 1 }
    // A run's number tells which was first, and the first of equal counts is the one that is found.
    guard let best = counts.max(), let run = counts.firstIndex(of: best),
      let first = runs.firstIndex(of: run)
    else { return 0 }
    return (sums[first + length] - sums[first] + length - 1) * best
  }

  /// The characters of runs of `length` words that stood there before, from the left without overlap.
  package func repeated(_ length: Int) -> Int {
    let runs = runs(length)
    var seen: Set<Int> = []
    var characters = 0
    var start = 0
    while start < runs.count {
      if seen.insert(runs[start]).inserted {
        start += 1
      } else {
        characters += sums[start + length] - sums[start]
        start += length
      }
    }
    return characters
  }

  /// A number for the run of `length` words that begins at each place: equal ones for equal runs, and
  /// 0, 1, … in the order in which they first stand there.
  ///
  /// - Complexity: O(words) per word more than the length before, or than 1.
  private func runs(_ length: Int) -> [Int] {
    guard numbers.count >= length, length > 0 else { return [] }
    if length < last.length { last = (1, numbers) }
    while last.length < length {
      // A run is a shorter one and one word more: two numbers below the number of words.
      var known: [Int: Int] = [:]
      let longer = (0..<last.runs.count - 1).map { start in
        let pair = last.runs[start] * numbers.count + numbers[start + last.length]
        let next = known.count
        if let number = known[pair] { return number }
        known[pair] = next
        return next
      }
      last = (last.length + 1, longer)
    }
    return last.runs
  }
}
