// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The files of the project, for tests that compare what it says with what it does.
public enum Repository {
  public static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// A file or folder by its path from the root, `docs/methods.md`.
  public static func url(_ path: String) -> URL { root.appendingPathComponent(path) }

  public static func text(_ path: String) throws -> String {
    try String(contentsOf: url(path), encoding: .utf8)
  }

  /// The paths of all files below a folder, from that folder on, sorted. What lies in a hidden
  /// folder is made by a program and left out.
  public static func files(below folder: String, ending: String) -> [String] {
    let all = FileManager.default.enumerator(atPath: url(folder).path)
    return (all?.compactMap { $0 as? String } ?? []).filter {
      $0.hasSuffix(ending) && !"/\($0)".contains("/.")
    }.sorted()
  }
}
