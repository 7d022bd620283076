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
  /// - Complexity: O(runs + pairs of distinct texts that share one of their rarest runs · runs).
  package static func near(_ texts: [[UInt8]], threshold: Double) -> [Bool] {
    near(NumberedRuns(texts), threshold: threshold)
  }

  /// The same of texts whose runs were looked up before.
  ///
  /// Two sets of sizes m ≤ n that agree to t share at least ⌈t·n⌉ runs, so of each set's runs in one
  /// order, the rarest first, the first n − ⌈t·n⌉ + 1 hold one that both have. Only sets that meet there
  /// are compared.
  ///
  /// Source: Bayardo, Ma and Srikant 2007, https://doi.org/10.1145/1242572.1242591.
  static func near(_ texts: NumberedRuns, threshold: Double) -> [Bool] {
    let runs = texts.runs
    var groups = Groups(count: runs.count)
    var holders: [Int: [Int]] = [:]
    for own in runs.indices where !runs[own].isEmpty {
      let size = runs[own].count
      // A rounding error must not make the beginning shorter than it is.
      let least = Int((threshold * Double(size) - 1e-9).rounded(.up))
      var met: Set<Int> = []
      for run in runs[own].prefix(size - least + 1) {
        for other in holders[run] ?? [] where met.insert(other).inserted {
          if jaccard(runs[own], runs[other]) >= threshold { groups.join(own, other) }
        }
        holders[run, default: []].append(own)
      }
    }
    var kept: Set<Int> = []
    return texts.places.map { place in
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
      let isDigit =
        scalar.isASCII
        ? (0x30...0x39).contains(scalar.value)
        : scalar.properties.generalCategory == .decimalNumber
      if isDigit, isInNumber { continue }
      isInNumber = isDigit
      result.append(isDigit ? "0" : RuleText.isPunctuation(scalar) ? " " : scalar)
    }
    let words = RuleText.string(result[...]).split(separator: " ", omittingEmptySubsequences: false)
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

  /// The sets of runs of many texts; a run is a number, a smaller one the rarer it is.
  struct NumberedRuns {
    /// Of each distinct text, rising.
    let runs: [[Int]]
    /// Which of ``runs`` each text has.
    let places: [Int]

    init(_ texts: [[UInt8]]) {
      var numbers: [String: Int] = [:]
      var counts: [Int] = []
      var distinct: [[UInt8]: Int] = [:]
      var sets: [Set<Int>] = []
      places = texts.map { text -> Int in
        if let place = distinct[text] { return place }
        let own = Set(
          Deduplication.runs(of: text).map { run -> Int in
            if let number = numbers[run] { return number }
            numbers[run] = counts.count
            counts.append(0)
            return counts.count - 1
          })
        for number in own { counts[number] += 1 }
        distinct[text] = sets.count
        sets.append(own)
        return sets.count - 1
      }
      var ranks = Array(repeating: 0, count: counts.count)
      let order = counts.indices.sorted { (counts[$0], $0) < (counts[$1], $1) }
      for (rank, number) in order.enumerated() { ranks[number] = rank }
      runs = sets.map { set in set.map { ranks[$0] }.sorted() }
    }
  }

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
