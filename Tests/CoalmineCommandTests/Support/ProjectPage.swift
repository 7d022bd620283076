// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting
import Foundation

/// A Markdown page of the project, in the parts that tests compare with the project.
struct ProjectPage {
  /// From the root of the repository, `docs/methods.md`.
  let path: String
  /// Lines outside fenced blocks.
  private(set) var prose: [String] = []
  /// Lines of fenced blocks, without the indentation of their fence.
  private(set) var fenced: [String] = []

  init(path: String, text: String) {
    self.path = path
    var indentation: Int?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      let spaces = line.prefix { $0 == " " }.count
      if line.dropFirst(spaces).hasPrefix("```") {
        indentation = indentation == nil ? spaces : nil
      } else if let indentation {
        fenced.append(String(line.dropFirst(min(indentation, spaces))))
      } else {
        prose.append(line)
      }
    }
  }

  /// Every page, but not reports: those of the golden files and of a demonstration.
  static func all() throws -> [ProjectPage] {
    guard let files = FileManager.default.enumerator(atPath: Repository.root.path) else {
      return []
    }
    var paths: [String] = []
    while let path = files.nextObject() as? String {
      let name = path.split(separator: "/").last.map(String.init) ?? path
      if name.hasPrefix(".") || name == "Goldens" || name == "demo-output" {
        files.skipDescendants()
      } else if name.hasSuffix(".md") {
        paths.append(path)
      }
    }
    return try paths.sorted().map { ProjectPage(path: $0, text: try Repository.text($0)) }
  }

  /// What stands between backticks, outside fenced blocks.
  var codeSpans: [String] {
    prose.flatMap { $0.matches(of: /`([^`]+)`/).map { String($0.output.1) } }
  }

  /// The targets of links and images.
  var links: [String] {
    // Code spans can hold brackets; a link's text can stand on two lines.
    prose.map { $0.replacing(/`[^`]*`/, with: "code") }.joined(separator: "\n")
      .matches(of: /\]\(([^()\s]+)\)/).map { String($0.output.1) }
  }

  /// The names by which links reach the headings: as GitHub makes them.
  var anchors: Set<String> {
    var anchors: Set<String> = []
    for line in prose {
      guard let heading = line.firstMatch(of: /^#{1,6} (.+)$/)?.output.1 else { continue }
      let kept = heading.lowercased().filter {
        $0.isLetter || $0.isNumber || $0 == " " || $0 == "-" || $0 == "_"
      }
      let name = kept.replacing(" ", with: "-")
      var number = 0
      var anchor = name
      while !anchors.insert(anchor).inserted {
        number += 1
        anchor = "\(name)-\(number)"
      }
    }
    return anchors
  }
}
