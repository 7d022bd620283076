// SPDX-License-Identifier: Apache-2.0

/// What deduplication leaves of a set of texts.
package enum Deduplication {
  /// The length of runs of words that are compared, in datatrove as in most pipelines.
  package static let runLength = 5
  /// The similarities at which pipelines take two texts for one.
  package static let thresholds = [0.7, 0.8]

  /// Which texts are dropped where of equal texts the first one stays.
  package static func exact(_ texts: [[UInt8]]) -> [Bool] {
    var seen: Set<[UInt8]> = []
    return texts.map { !seen.insert($0).inserted }
  }

  /// Which texts are dropped where of texts that are similar, directly or over others, the first one
  /// stays.
  ///
  /// The similarity is the exact Jaccard index of the sets of five-word runs. MinHash estimates that
  /// index: with datatrove's 14 buckets of 8 hashes, two texts of similarity s are found with
  /// probability 1 − (1 − s⁸)¹⁴: 92 % at 0.8, 57 % at 0.7, and all equal texts. A text of fewer than
  /// five words has no run; datatrove keeps it.
  ///
  /// Source: Broder 1997; `MinhashConfig` of datatrove 0.10.
  ///
  /// - Complexity: O(pairs of distinct texts · runs).
  package static func near(_ texts: [[UInt8]], threshold: Double) -> [Bool] {
    var numbers: [String: Int] = [:]
    var distinct: [[UInt8]: Int] = [:]
    var runs: [[Int]] = []
    let places = texts.map { text -> Int in
      if let place = distinct[text] { return place }
      let own = Set(
        self.runs(of: text).map { run in
          let next = numbers.count
          return numbers[run]
            ?? {
              numbers[run] = next
              return next
            }()
        })
      distinct[text] = runs.count
      runs.append(own.sorted())
      return runs.count - 1
    }
    var groups = Groups(count: runs.count)
    for first in runs.indices where !runs[first].isEmpty {
      for second in runs.indices.dropFirst(first + 1) where !runs[second].isEmpty {
        let sizes = (runs[first].count, runs[second].count)
        guard Double(min(sizes.0, sizes.1)) >= threshold * Double(max(sizes.0, sizes.1)) else {
          continue
        }
        if jaccard(runs[first], runs[second]) >= threshold { groups.join(first, second) }
      }
    }
    var kept: Set<Int> = []
    return places.map { place in
      guard !runs[place].isEmpty else { return false }
      return !kept.insert(groups.root(of: place)).inserted
    }
  }

  /// |A ∩ B| / |A ∪ B| of two rising lists; 0 for two empty ones.
  package static func jaccard(_ first: [Int], _ second: [Int]) -> Double {
    var (i, j, common) = (0, 0, 0)
    while i < first.count, j < second.count {
      if first[i] == second[j] {
        common += 1
        i += 1
        j += 1
      } else if first[i] < second[j] {
        i += 1
      } else {
        j += 1
      }
    }
    let all = first.count + second.count - common
    return all == 0 ? 0 : Double(common) / Double(all)
  }

  /// Five-word runs of the text in lower case, with numbers and names of months and weekdays made
  /// equal and punctuation made white space, as datatrove does.
  package static func runs(of text: [UInt8]) -> [String] {
    let words = RuleText.words(of: simplified(text))
    guard words.count >= runLength else { return [] }
    return (0...(words.count - runLength)).map {
      words[$0..<$0 + runLength].joined(separator: " ")
    }
  }

  static func simplified(_ text: [UInt8]) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    var isInNumber = false
    for scalar in String(decoding: text, as: UTF8.self).lowercased().unicodeScalars {
      let isDigit = scalar.properties.generalCategory == .decimalNumber
      if isDigit, isInNumber { continue }
      isInNumber = isDigit
      result.append(isDigit ? "0" : RuleText.isPunctuation(scalar) ? " " : scalar)
    }
    let words = RuleText.string(result).split(separator: " ", omittingEmptySubsequences: false)
    return Array(
      words.map { names[String($0)] ?? String($0) }.joined(separator: " ").unicodeScalars)
  }

  private static let names = Dictionary(
    uniqueKeysWithValues: [
      ("WEEKDAY", ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]),
      (
        "MONTH",
        [
          "january", "february", "march", "april", "may", "june", "july", "august", "september",
          "october", "november", "december",
        ]
      ),
    ].flatMap { name, words in words.map { ($0, name) } })

  /// Disjoint sets of numbers.
  private struct Groups {
    private var parents: [Int]

    init(count: Int) { parents = Array(0..<count) }

    mutating func root(of number: Int) -> Int {
      var number = number
      while parents[number] != number {
        parents[number] = parents[parents[number]]
        number = parents[number]
      }
      return number
    }

    mutating func join(_ first: Int, _ second: Int) {
      let (left, right) = (root(of: first), root(of: second))
      parents[max(left, right)] = min(left, right)
    }
  }
}
