// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite struct `Explaining a slug` {
  @Test func `the texts of a slug are printed, each with its family where there are several`()
    async throws
  {
    let one = try await CoalmineProgram.run("explain", "tied-references")
    #expect(one.code == 0)
    #expect(one.text.hasPrefix("More than one reference in twenty"))
    let two = try await CoalmineProgram.run("explain", "answers-missing")
    let lines = two.text.split(separator: "\n")
    #expect(lines.count == 2 && lines[0].hasPrefix("findings: ") && lines[1].hasPrefix("caveats: "))
  }

  @Test func `without a slug every family is listed with its slugs, and each of them explained`()
    async throws
  {
    let list = try await CoalmineProgram.run("explain")
    let json = try await CoalmineProgram.run("explain", "--json")
    let entries = try #require(json.json["explanations"] as? [[String: Any]])
    #expect(entries.count > 250)
    for entry in entries {
      let slug = try #require(entry["slug"] as? String)
      #expect(list.text.contains("\n  \(slug)\n"), "\(slug)")
      #expect((entry["text"] as? String)?.isEmpty == false)
      #expect(list.text.contains("\(try #require(entry["family"] as? String)): "))
    }
  }

  @Test func `an unknown slug is a usage error that names what was meant`() async throws {
    let near = try await CoalmineProgram.run("explain", "ledger-lokced")
    #expect(near.code == 64)
    #expect(near.notes.contains("help: did you mean 'ledger-locked'?"))
    let hostile = try await CoalmineProgram.run("explain", "\u{1B}[31mred")
    #expect(hostile.code == 64)
    #expect(!hostile.notes.unicodeScalars.contains("\u{1B}"))
  }

  @Test func `every slug of a report is one that explain knows`() async throws {
    let small = try await SmallStudy()
    let score = try await CoalmineProgram.run("score", "--study", small.study, "--json")
    let json = try await CoalmineProgram.run("explain", "--json")
    let known = Set(
      (json.json["explanations"] as? [[String: Any]] ?? []).compactMap { $0["slug"] as? String })
    var seen: Set<String> = []
    func look(_ value: Any) {
      if let list = value as? [Any] { list.forEach(look) }
      guard let object = value as? [String: Any] else { return }
      for (key, member) in object {
        if ["slug", "status", "verdict", "state", "method", "subject", "role", "origin"].contains(
          key),
          let slug = member as? String
        {
          seen.insert(slug)
        }
        look(member)
      }
    }
    look(score.json)
    #expect(seen.count > 8)
    #expect(seen.subtracting(known) == [])
  }
}
