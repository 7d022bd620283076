// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineReporting
import Testing

/// The prose behind slugs.
@Suite struct `Explanations of slugs` {
  @Test(arguments: Explanations.families.map(\.name))
  func `a family has texts, each slug once, in whole sentences`(_ name: String) throws {
    let family = try #require(Explanations.families.first { $0.name == name })
    let slugs = family.entries.map(\.slug)
    #expect(!slugs.isEmpty && !family.summary.isEmpty)
    #expect(slugs == slugs.sorted() && Set(slugs).count == slugs.count)
    for entry in family.entries {
      #expect(entry.text.count > 40 && entry.text.count < 500, "\(entry.slug): \(entry.text)")
      #expect(entry.text.last == "." || entry.text.last == "?", "\(entry.slug)")
      #expect(entry.text.first?.isLowercase == false, "\(entry.slug)")
      #expect(!entry.text.contains("  ") && !entry.text.contains("\n"), "\(entry.slug)")
      for word in ["anonymous", "compliant", "no leakage", "safe", "certified"] {
        #expect(!entry.text.contains(word), "\(entry.slug): \(word)")
      }
    }
  }

  @Test func `families have names of their own`() {
    let names = Explanations.families.map(\.name)
    #expect(Set(names).count == names.count)
  }

  @Test func `a slug that stands in two places has both texts`() throws {
    let found = try Explanations.entries("answers-missing")
    #expect(found.map(\.family.name) == ["findings", "caveats"])
    #expect(Set(found.map(\.entry.text)).count == 2)
  }

  @Test(arguments: ["http-429", "http-503"])
  func `every status of an answer has the one text about statuses`(_ slug: String) throws {
    #expect(try Explanations.entries(slug).map(\.entry.slug) == ["http-NNN"])
  }

  @Test(arguments: [
    ("few-reference", "did you mean 'few-references'?"),
    ("tied-refrences", "did you mean 'tied-references'?"),
    ("ledger-ol", "did you mean 'ledger-old'?"),
    ("ledger", "did you mean 'ledger-altered' or 'ledger-busy' or 'ledger-damaged'?"),
  ])
  func `a word that is near is refused with what was meant`(_ word: String, _ help: String) {
    let error = #expect(throws: CoalmineError.self) { try Explanations.entries(word) }
    #expect(error?.exit == .usage && error?.code == "unknown-slug")
    #expect(error?.help == help)
  }

  @Test(arguments: ["", "zzzzzzzz", String(repeating: "few-references", count: 1_000)])
  func `a word that is near to none is refused with the list`(_ word: String) {
    let error = #expect(throws: CoalmineError.self) { try Explanations.entries(word) }
    #expect(error?.help?.contains("'coalmine explain' without a slug lists all") == true)
  }

  @Test func `a word from outside cannot steer the terminal`() {
    let error = #expect(throws: CoalmineError.self) { try Explanations.entries("\u{1B}[2Jx\n") }
    #expect(error?.message == "nothing is called '\\u{1b}[2Jx\\u{a}'")
  }
}
