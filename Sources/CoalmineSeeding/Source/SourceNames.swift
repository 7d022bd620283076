// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// Names of planted files: a common word, with a number where the folder has that name already, and the
/// ending of the file beside it.
///
/// ```
/// src/app/server.py      beside it: src/app/settings.py, src/app/defaults2.py
/// ```
struct SourceNames {
  private static let words = [
    "settings", "defaults", "constants", "values", "common", "basics", "session", "service",
    "client", "local", "shared", "base", "setup", "access", "limits", "options",
  ]

  /// All names of the tree, in lower case: some file systems do not tell cases apart.
  private var taken: Set<String>

  init(_ names: [String]) { taken = Set(names.map { $0.lowercased() }) }

  /// A new name in the folder of another file.
  ///
  /// - Complexity: O(files of one word in the folder).
  mutating func next(beside neighbour: String, using generator: inout ChaCha8Rand) -> String {
    let parts = neighbour.split(separator: "/", omittingEmptySubsequences: false)
    let folder = parts.dropLast().map { $0 + "/" }.joined()
    let file = parts.last ?? ""
    let dot = file.lastIndex(of: ".") ?? file.endIndex
    let isCapital = file.utf8.first.map { (0x41...0x5A).contains($0) } ?? false
    var word = Self.words[Int(generator.uniform(below: UInt64(Self.words.count)))]
    if isCapital { word = word.prefix(1).uppercased() + word.dropFirst() }
    var number = 1
    while true {
      let name = folder + word + (number == 1 ? "" : String(number)) + file[dot...]
      if taken.insert(name.lowercased()).inserted { return name }
      number += 1
    }
  }
}
