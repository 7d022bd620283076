// SPDX-License-Identifier: Apache-2.0

/// Finds the name that somebody meant.
enum Nearest {
  /// The name with the fewest edits to `word`, if they are at most a third of its letters, but one
  /// at least; the first in the order of `names` on a tie.
  static func name(to word: String, among names: [String]) -> String? {
    let limit = max(1, word.count / 3)
    // A very long word is no misspelling, and the table would be large.
    guard word.count <= 64 else { return nil }
    let ranked = names.map { (name: $0, edits: edits(Array(word), Array($0))) }
    guard let best = ranked.min(by: { $0.edits < $1.edits }), best.edits <= limit else {
      return nil
    }
    return best.name
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
