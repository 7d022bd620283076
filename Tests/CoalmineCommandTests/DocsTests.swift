// SPDX-License-Identifier: Apache-2.0

import Coalmine
import CoalmineTesting
import Foundation
import Testing
import Yams

/// The pages of the project, compared with its files and its program.
@Suite struct `The pages` {
  private static func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: Repository.url(path).path)
  }

  /// Files that a reader of CONTRIBUTING.md writes.
  private static let examples: Set = [
    "canaries/locker-code.yaml", "Sources/CoalmineEndpoints/Dialects/ExampleServer.swift",
    "Sources/CoalmineScoring/Records/Scores/LeastScore.swift",
    "Sources/CoalmineReporting/Formats/LineFormat.swift",
  ]

  @Test func `every relative link leads to a file, and its anchor to a heading`() throws {
    let pages = try ProjectPage.all()
    let anchors = Dictionary(uniqueKeysWithValues: pages.map { ($0.path, $0.anchors) })
    var seen = 0
    for page in pages {
      for link in page.links where link.firstMatch(of: /^[a-z]+:/) == nil {
        seen += 1
        let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let target = Self.resolved(String(parts[0]), from: page.path)
        #expect(Self.exists(target), "\(page.path): \(link)")
        guard parts.count == 2 else { continue }
        #expect(anchors[target]?.contains(String(parts[1])) == true, "\(page.path): \(link)")
      }
    }
    #expect(seen > 40)
  }

  /// A link's file from the root; an empty one is the page itself.
  private static func resolved(_ link: String, from page: String) -> String {
    guard !link.isEmpty else { return page }
    var parts = page.split(separator: "/").dropLast().map(String.init)
    for part in link.split(separator: "/") {
      if part == ".." {
        _ = parts.popLast()
      } else if part != "." {
        parts.append(String(part))
      }
    }
    return parts.joined(separator: "/")
  }

  @Test func `every file that a page names is there`() throws {
    let folders = Set(try FileManager.default.contentsOfDirectory(atPath: Repository.root.path))
      .subtracting([".build", ".git", "demo-output"])
    let targets = Set(
      try FileManager.default.contentsOfDirectory(
        atPath: Repository.url("Sources").path))
    let names = Set(
      ["Sources", "Tests", "Plugins", "Benchmarks"].flatMap { folder in
        Repository.files(below: folder, ending: "").compactMap { path in
          path.split(separator: "/").last.map(String.init)
        }
      } + ["Package.swift"])
    var seen = 0
    for page in try ProjectPage.all() {
      // A hidden folder within another one is made by a program.
      for span in page.codeSpans
      where span.firstMatch(of: /^[A-Za-z0-9._\/-]+$/) != nil && !span.contains("/.") {
        let first = span.split(separator: "/", omittingEmptySubsequences: false).first.map(
          String.init)
        if let first, first != span, folders.contains(first) {
          seen += 1
          #expect(
            Self.exists(span) != Self.examples.contains(span), "\(page.path) names \(span)")
        } else if let first, first != span, targets.contains(first) {
          seen += 1
          #expect(Self.exists("Sources/\(span)"), "\(page.path) names \(span)")
        } else if first == span, span.hasSuffix(".swift") {
          seen += 1
          #expect(names.contains(span), "\(page.path) names \(span)")
        }
      }
    }
    #expect(seen > 40)
  }

  @Test func `every command of a fenced block is one that the program takes`() async throws {
    var seen = 0
    for page in try ProjectPage.all()
    where page.path.hasPrefix("docs/") || page.path == "CONTRIBUTING.md" {
      for line in page.fenced where line.hasPrefix("coalmine ") {
        seen += 1
        let words = Self.harmless(line.split(separator: " ").dropFirst().map(String.init))
        let folder = try TemporaryFolder()
        let outcome = try await CoalmineProgram.started(words, in: folder.root).outcome()
        // Inputs are missing, outputs and endpoints refused: all of it after the line was parsed.
        #expect(outcome.code >= 0 && outcome.code != 64, "\(page.path): \(line): \(outcome.notes)")
      }
    }
    #expect(seen >= 3)
  }

  /// The same command with nothing to reach, and nothing to train in the end.
  private static func harmless(_ words: [String]) -> [String] {
    var words = words
    for place in words.indices.dropLast() {
      if words[place] == "--endpoint" { words[place + 1] = "none://" }
      if words.first == "demo", words[place] == "--output" { words[place + 1] = "." }
    }
    return words
  }

  @Test func `no page and no comment cites a paper that is not in the repository`() throws {
    var texts = try ProjectPage.all().map { page in
      (page.path, (page.prose + page.fenced).joined(separator: "\n"))
    }
    for folder in ["Sources", "Tests", "Benchmarks", "Plugins"] {
      for ending in [".swift", ".py"] {
        for path in Repository.files(below: folder, ending: ending) {
          texts.append(("\(folder)/\(path)", try Repository.text("\(folder)/\(path)")))
        }
      }
    }
    #expect(texts.count > 300)
    for (path, text) in texts {
      // A name in capitals with a section: of a page that is here, or of none.
      for cited in text.matches(of: /\b([A-Z]{4,})(?:\.md\b| ?§| [A-Z][0-9]{1,2}\b)/) {
        #expect(Self.exists("\(cited.output.1).md"), "\(path): \(cited.output.0)")
      }
    }
  }

  @Test func `the citation file is valid, and of this version`() throws {
    let citation = try Self.table("CITATION.cff")
    #expect(citation["cff-version"] as? String == "1.2.0")
    #expect(citation["version"] as? String == CoalmineVersion.current)
    #expect(citation["license"] as? String == "Apache-2.0")
    for key in ["message", "title", "abstract"] {
      #expect((citation[key] as? String)?.isEmpty == false, "\(key)")
    }
    let authors = try #require(citation["authors"] as? [[String: Any]])
    #expect(!authors.isEmpty && authors.allSatisfy { $0["name"] is String })
  }

  @Test func `the workflow runs the test command as root in Debian 12 with Swift 6`() throws {
    let workflow = try Self.table(".github/workflows/ci.yml")
    let jobs = try #require(workflow["jobs"] as? [String: [String: Any]])
    let job = try #require(jobs["tests"])
    let container = try #require(job["container"] as? [String: Any])
    let image = try #require(container["image"] as? String)
    #expect(image.firstMatch(of: /^swift:6\.[0-9.]+-bookworm$/) != nil)
    #expect((container["options"] as? String)?.contains("--user root") == true)
    let steps = try #require(job["steps"] as? [[String: Any]])
    #expect(steps.contains { $0["run"] as? String == ".ci/run" })
    #expect(
      FileManager.default.isExecutableFile(atPath: Repository.url(".ci/run").path)
    )
  }

  private static func table(_ path: String) throws -> [String: Any] {
    let text = try Repository.text(path)
    return try #require(try Yams.load(yaml: text) as? [String: Any], "\(path)")
  }
}
