// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The sources of the project, for tests that hold what it says against what it does.
enum SourceTree {
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// A Swift file of `Sources`, without its comments.
  struct File {
    /// From `Sources` on, `CoalmineScoring/Scoring.swift`.
    let path: String
    let code: String
    var target: String { String(path.prefix { $0 != "/" }) }
  }

  static func files() throws -> [File] {
    let folder = root.appending(path: "Sources")
    let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String }
    return try (names ?? []).filter { $0.hasSuffix(".swift") }.sorted().map { name in
      let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false).filter {
        !$0.drop { $0 == " " }.hasPrefix("//")
      }
      return File(path: name, code: lines.joined(separator: "\n"))
    }
  }
}
