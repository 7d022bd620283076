// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineReporting
import CoalmineTesting
import Foundation
import Testing

/// Pages for newcomers, held against the program.
@Suite struct `Pages that a newcomer follows` {
  @Test(arguments: ["completions", "chat", "fill-in-the-middle"])
  func `a worked job runs as it is written, and prints what the page shows`(_ page: String)
    async throws
  {
    let outcome = try await CoalmineProgram.Running(
      URL(fileURLWithPath: "/usr/bin/env"),
      [
        "python3", "-B", Repository.url("Tests/Fixtures/pages/run.py").path,
        Repository.url("docs/worked-jobs/\(page).md").path, "--program",
        CoalmineProgram.products.appendingPathComponent("coalmine").path,
      ], environment: [:], in: nil
    ).outcome()
    #expect(outcome.code == 0, "\(outcome.text)\(outcome.notes)")
    #expect(outcome.text.contains(" 0 differences"))
  }

  @Test func `every verdict, finding and caveat has a section that says what to do`() throws {
    let page = try ProjectPage(path: "", text: Repository.text("docs/what-to-do.md"))
    let sections = page.prose.compactMap { $0.firstMatch(of: /^### `(.+)`$/)?.output.1 }
      .map(String.init).sorted()
    // A slug of two families has a section in each.
    let slugs = Explanations.families
      .filter { ["verdicts", "findings", "caveats"].contains($0.name) }
      .flatMap { $0.entries.map(\.slug) }.sorted()
    #expect(sections == slugs)
  }
}
