// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting
import Foundation
import Testing

/// The reference of the Swift interface, built as CONTRIBUTING.md says.
@Suite struct `The DocC reference` {
  private static func run(_ script: String, _ arguments: [String] = []) throws -> (
    code: Int32, said: String
  ) {
    let process = Process()
    process.executableURL = Repository.url(script)
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let said = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: said, as: UTF8.self))
  }

  @Test func `is built with every overview and the symbols that they name`() throws {
    let folder = try TemporaryFolder()
    let built = try Self.run("Packaging/build-docc", [folder.file("reference")])
    #expect(built.code == 0, "\(built.said)")
    #expect(built.said.hasSuffix("reference/index.html\n"), "\(built.said)")
    func exists(_ page: String) -> Bool {
      FileManager.default.fileExists(
        atPath: folder.file("reference/data/documentation/\(page).json"))
    }
    let articles = try FileManager.default.contentsOfDirectory(
      atPath: Repository.url("docs/Coalmine.docc").path)
    #expect(articles.count >= 8)
    for article in articles where article != "Coalmine.md" {
      #expect(exists("coalmine/" + article.lowercased().dropLast(3)), "\(article)")
    }
    for symbol in ["seedverb", "scoreverb", "canary", "clopperpearson(_:of:confidence:)"] {
      #expect(exists("coalmine/\(symbol)"), "\(symbol)")
    }
    // A folder that is there is not touched.
    let again = try Self.run("Packaging/build-docc", [folder.file("reference")])
    #expect(again.code == 73 && again.said.contains("exists already"), "\(again.said)")
  }
  /// Those of the articles work with `import Coalmine` alone.
  @Test func `its examples compile`() throws {
    let checked = try Self.run("Packaging/check-examples")
    #expect(checked.code == 0, "\(checked.said)")
    let count = Int(checked.said.prefix { $0.isNumber }) ?? 0
    #expect(count >= 40, "\(checked.said)")
  }
}
