// SPDX-License-Identifier: Apache-2.0

import CoalmineCatalogue
import CoalmineCore
import CoalmineTesting
import Foundation
import Testing

/// The tables of the folders' pages, held against the files.
@Suite struct ReadmeTests {
  private func table(_ folder: String) throws -> [String] {
    let page = try String(
      contentsOf: Repository.url("\(folder)/README.md"), encoding: .utf8)
    return page.split(separator: "\n").filter { $0.hasPrefix("| [") }.map(String.init)
  }

  @Test func `the table of kinds is that of the catalogue`() throws {
    let rows = try Fixtures.catalogue.get().kinds.map { kind in
      let templateTexts = kind.template.templateTexts
      let spaces = try kind.template.allTemplateTexts.map {
        try kind.template.space(templateText: $0, context: [:])
      }
      // Canaries of one kind are compared with each other: its secrets are equally hard to guess.
      #expect(Set(spaces.map(\.count)).count == 1)
      let space = try #require(spaces.first)
      let bits = String(format: "%.1f", space.bits)
      return
        "| [\(kind.name)](\(kind.name).yaml) | \(templateTexts.count) "
        + "| \(kind.template.translations.count) | \(grouped(space.count)) | \(bits) "
        + "| \(kind.scrubbers.joined(separator: ", ")) | \(kind.template.summary) |"
    }
    #expect(try table("canaries") == rows)
  }

  @Test func `the table of word lists is that of the folder`() throws {
    let page = try String(
      contentsOf: Repository.url("canaries/README.md"), encoding: .utf8)
    for file in EmbeddedFiles.canaries where file.name.hasPrefix("lists/") {
      let words = file.text.split(separator: "\n").filter { !$0.hasPrefix("#") }
      #expect(Set(words).count == words.count)
      #expect(
        page.contains("| `\(file.name)` | \(grouped(UInt128(words.count))) |"), "\(file.name)")
    }
  }

  @Test func `the table of probe sets is that of the catalogue`() throws {
    let rows = try Fixtures.catalogue.get().probeSets.map { set in
      "| [\(set.name)](\(set.name).yaml) | \(set.probes.map(\.rawValue).joined(separator: ", ")) "
        + "| \(set.summary) |"
    }
    #expect(try table("probe-sets") == rows)
  }

  private func grouped(_ count: UInt128) -> String {
    var digits = String(count)[...]
    var groups: [Substring] = []
    while digits.count > 3 {
      groups.insert(digits.suffix(3), at: 0)
      digits = digits.dropLast(3)
    }
    return ([digits] + groups).joined(separator: ",")
  }
}
