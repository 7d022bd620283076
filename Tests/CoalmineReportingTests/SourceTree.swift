// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting

/// The sources of the project, for tests that hold what it says against what it does.
enum SourceTree {
  /// A Swift file of `Sources`, without its comments.
  struct File {
    /// From `Sources` on, `CoalmineScoring/Scoring.swift`.
    let path: String
    let code: String
    var target: String { String(path.prefix { $0 != "/" }) }
  }

  static func files() throws -> [File] {
    try Repository.files(below: "Sources", ending: ".swift").map { name in
      let text = try Repository.text("Sources/" + name)
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false).filter {
        !$0.drop { $0 == " " }.hasPrefix("//")
      }
      return File(path: name, code: lines.joined(separator: "\n"))
    }
  }
}
