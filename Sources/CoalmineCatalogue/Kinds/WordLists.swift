// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// The word lists of a catalogue by name.
struct WordLists: Sendable {
  private let lists: [String: (file: CatalogueFile, words: [[UInt8]])]

  /// - Parameter files: those of `canaries/lists`, by the name of the list.
  init(_ files: [String: CatalogueFile]) throws(CoalmineError) {
    var lists: [String: (file: CatalogueFile, words: [[UInt8]])] = [:]
    for (name, file) in files {
      // In byte order, as the options of a step are.
      let words = try WordList.parse(file).map { Array($0.utf8) }
      lists[name] = (file, words.sorted { $0.lexicographicallyPrecedes($1) })
    }
    self.lists = lists
  }

  /// The list that `value` names.
  func words(_ value: YAMLValue) throws(CoalmineError) -> [[UInt8]] {
    let name = try value.slug()
    guard let list = lists[name] else {
      let known = lists.keys.sorted()
      let near = Nearest.name(to: name, among: known)
      throw value.source.error(
        "unknown-list", line: value.line, "no word list is called '\(name)'",
        help: near.map { "did you mean '\($0)'?" }
          ?? "put it in 'lists/\(name).txt' beside the kind, one word per line")
    }
    return list.words
  }

  /// The file of a list.
  func file(_ name: String) -> CatalogueFile? { lists[name]?.file }
}
