// SPDX-License-Identifier: Apache-2.0

/// Finds the slugs that somebody meant.
enum Nearest {
  /// At most three names: those with the fewest edits to `word`, if they are at most a third of its
  /// letters, but one at least; where there is none, those that begin with it or hold it.
  static func names(to word: String, among names: [String]) -> [String] {
    // A very long word is no misspelling, and the table would be large.
    guard !word.isEmpty, word.utf8.count <= 64 else { return [] }
    let distinct = Array(Set(names))
    let limit = max(1, word.utf8.count / 3)
    let close = distinct.map { (name: $0, edits: edits(Array(word.utf8), Array($0.utf8))) }
      .filter { $0.edits <= limit }
    if let least = close.map(\.edits).min() {
      return Array(close.filter { $0.edits == least }.map(\.name).sorted().prefix(3))
    }
    guard word.utf8.count >= 3 else { return [] }
    return Array(
      distinct.filter { $0.contains(word) }
        .sorted { ($0.hasPrefix(word) ? 0 : 1, $0) < ($1.hasPrefix(word) ? 0 : 1, $1) }.prefix(3))
  }

  /// Insertions, deletions and replacements that turn `left` into `right`, row by row.
  private static func edits(_ left: [UInt8], _ right: [UInt8]) -> Int {
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
