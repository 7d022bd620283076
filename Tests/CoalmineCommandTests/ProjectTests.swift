// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineTesting
import Foundation
import Testing

/// What the project says of itself, held against the project.
@Suite struct `The project` {
  /// The rows of the floor plan: layer by target.
  private static func layers() throws -> [String: Int] {
    var layers: [String: Int] = [:]
    for line in try Repository.text("Sources/README.md").split(separator: "\n")
    where line.hasPrefix("| ") {
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      guard cells.count == 4, let layer = Int(cells[0]) else { continue }
      let target = cells[1].replacingOccurrences(of: "`", with: "")
      layers[target] = layer
      let start = "Sources/\(target)/\(cells[3].replacingOccurrences(of: "`", with: ""))"
      #expect(
        FileManager.default.fileExists(atPath: Repository.url(start).path),
        "the floor plan starts at \(start), which is not there")
    }
    return layers
  }

  @Test func `the floor plan names every target, and imports go downward only`() throws {
    let layers = try Self.layers()
    let targets = try FileManager.default.contentsOfDirectory(
      atPath: Repository.url("Sources").path
    ).filter { $0 != "README.md" && $0 != "EmbedTool" }
    #expect(Set(targets) == Set(layers.keys))
    for target in targets {
      let layer = try #require(layers[target])
      for file in Repository.files(below: "Sources/\(target)", ending: ".swift") {
        for line in try Repository.text("Sources/\(target)/\(file)").split(separator: "\n") {
          let words = line.split(separator: " ")
          guard let place = words.firstIndex(of: "import"), place <= 1, place + 1 < words.count,
            let imported = layers[String(words[place + 1])]
          else { continue }
          #expect(imported < layer, "\(target)/\(file) imports \(words[place + 1])")
        }
      }
    }
  }

  @Test func `what holds the corpus does not link the transport, and scores link nothing outside`()
    throws
  {
    let forbidden = [
      "CoalmineSeeding": ["CCurl", "CoalmineEndpoints", "Foundation", "NIO"],
      "CoalmineScoring": ["CCurl", "CoalmineEndpoints", "Foundation", "GRDB", "Dispatch"],
      "CoalmineStudy": ["CCurl", "CoalmineEndpoints", "CoalmineProbing", "NIO"],
      "CoalmineReporting": ["CCurl", "CoalmineEndpoints", "CoalmineLedger", "NIO"],
      "CoalmineStatistics": ["Foundation", "Dispatch"],
      "CoalmineCore": ["Foundation", "Yams"],
    ]
    for (target, names) in forbidden {
      for file in Repository.files(below: "Sources/\(target)", ending: ".swift") {
        for line in try Repository.text("Sources/\(target)/\(file)").split(separator: "\n")
        where line.hasPrefix("import ") || line.hasPrefix("@_exported import ") {
          for name in names {
            #expect(
              !line.split(separator: " ").last!.hasPrefix(name), "\(target)/\(file): \(line)")
          }
        }
      }
    }
  }

  @Test func `every source says its licence first`() throws {
    for folder in ["Sources", "Tests", "Plugins"] {
      for file in Repository.files(below: folder, ending: ".swift") {
        #expect(
          try Repository.text("\(folder)/\(file)").hasPrefix(
            "// SPDX-License-Identifier: Apache-2.0\n"),
          "\(folder)/\(file)")
      }
    }
  }

  @Test func `README commands run as they are written`() async throws {
    let readme = try Repository.text("README.md")
    let start = try #require(readme.range(of: "## Your own model"))
    let block = try #require(
      readme[start.upperBound...].components(separatedBy: "```").dropFirst().first)
    let small = try await SmallStudy()
    let endpoint = try await CountingEndpoint.reference(
      trainedOn: [URL(fileURLWithPath: small.seeded)], memorisation: 0.3, model: "my-model")
    let base = try await CountingEndpoint.reference(
      trainedOn: [URL(fileURLWithPath: small.corpus)], memorisation: 0.3, model: "my-base")
    let folder = try TemporaryFolder()
    try folder.write(SmallStudy.verses.joined(separator: "\n") + "\n", to: "corpus.jsonl")
    var verbs: [String] = []
    for line in block.split(separator: "\n") where line.hasPrefix("coalmine ") {
      let command = line.replacingOccurrences(of: "--model my-base", with: "--model my-base")
      let target = command.contains("--as base") ? base : endpoint
      let words = command.replacingOccurrences(
        of: "https://models.example.org", with: target.url
      ).split(separator: " ").dropFirst().map(String.init)
      let outcome = try await CoalmineProgram.started(words, in: folder.root).outcome()
      // The last one ends with the verdict.
      #expect(
        words[0] == "report" ? [0, 1, 4].contains(outcome.code) : outcome.code == 0,
        "\(line): exit \(outcome.code) \(outcome.notes)")
      verbs.append(words[0])
    }
    #expect(verbs == ["plan", "seed", "trained", "check", "probe", "probe", "report"])
    #expect(folder.names.contains("report.html"))
    try await endpoint.stop()
    try await base.stop()
  }

  @Test func `the continuous integration runs the test command of the README`() throws {
    let readme = try Repository.text("README.md")
    let marker = try #require(readme.range(of: "<!-- tests -->"))
    #expect(readme[marker.upperBound...].contains("Tests/run\n"))
    #expect(try Repository.text("Tests/run").contains("swift build -c release --build-tests"))
    #expect(try Repository.text(".ci/run").contains("README.md"))
  }

  @Test func `the exit codes of the README are those of the program`() throws {
    let readme = try Repository.text("README.md")
    let head = try #require(readme.range(of: "| code | meaning |\n|---:|---|\n"))
    let rows = readme[head.upperBound...].split(separator: "\n", omittingEmptySubsequences: false)
      .prefix { $0.hasPrefix("|") }
    var codes: [Int32] = []
    for row in rows {
      let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      #expect(cells.count == 2 && !cells[1].isEmpty, "\(row)")
      let numbers = cells[0].split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
      for number in numbers { codes.append(try #require(Int32(number), "\(row)")) }
    }
    // The last two are those of a program that a signal ends.
    #expect(
      codes.sorted() == ExitCode.allCases.map(\.rawValue) + [128 + SIGINT, 128 + SIGTERM])
  }
}
