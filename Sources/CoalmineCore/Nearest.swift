// SPDX-License-Identifier: Apache-2.0

/// Finds the names that somebody meant, by edit distance.
package enum Nearest {
  /// A longer word is no misspelling, and the table of edits would be large.
  private static let longestWord = 64

  /// The name with the fewest edits to `word`, if they are at most a third of its letters, but one
  /// at least; the first in the order of `names` on a tie.
  package static func name(to word: String, among names: [String]) -> String? {
    close(to: word, among: names).first
  }

  /// At most three names: those that ``name(to:among:)`` would choose from, in alphabetical order;
  /// where there is none, those that begin with `word` or contain it.
  package static func names(to word: String, among names: [String]) -> [String] {
    let distinct = Array(Set(names))
    let close = close(to: word, among: distinct)
    guard close.isEmpty else { return Array(close.sorted().prefix(3)) }
    guard (3...longestWord).contains(word.utf8.count) else { return [] }
    return Array(
      distinct.filter { $0.contains(word) }
        .sorted { ($0.hasPrefix(word) ? 0 : 1, $0) < ($1.hasPrefix(word) ? 0 : 1, $1) }.prefix(3))
  }

  /// All names with the fewest edits to `word`, in the order of `names`; none where even the fewest
  /// edits are too many.
  private static func close(to word: String, among names: [String]) -> [String] {
    guard !word.isEmpty, word.utf8.count <= longestWord else { return [] }
    let letters = Array(word)
    let ranked = names.map { (name: $0, edits: edits(letters, Array($0))) }
    guard let least = ranked.map(\.edits).min(), least <= max(1, letters.count / 3) else {
      return []
    }
    return ranked.filter { $0.edits == least }.map(\.name)
  }

  /// Insertions, deletions and replacements that turn `left` into `right`, row by row.
  private static func edits(_ left: [Character], _ right: [Character]) -> Int {
    var row = Array(0...right.count)
    for (i, a) in left.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, b) in right.enumerated() {
        let replaced = diagonal + (a == b ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
      }
    }
    return row[right.count]
  }
}
