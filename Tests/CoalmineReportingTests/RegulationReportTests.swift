// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineReporting
import Testing

@Suite struct `Regulation in reports` {
  @Test(arguments: NamedFormat.all)
  func `stands in three formats and only where it was asked for`(_ format: NamedFormat) throws {
    let shows = ["html", "md", "json"].contains(format.type.slug)
    #expect(
      try Rendered.text(format.type, SampleReport(.leak).report()).contains("Rules on models")
        == shows)
    let without = try Rendered.text(format.type, SampleReport(.pass).report())
    #expect(!without.contains("What speaks to which text") && !without.contains("Rules on models"))
  }

  @Test func `a row that was not read at its publisher says so`() throws {
    let leak = SampleReport(.leak).report()
    let page = PageStructure.decoded(PageStructure(try Rendered.html(leak)).text)
    #expect(page.contains("2026-11-27, at its publisher: https://rules.example/2"))
    #expect(
      page.contains(
        "2026-11-26, not verified, read at https://copy.example/9; publisher: https://guide.example/"
      ))
    #expect(page.contains("No legal advice."))
    let rows = try #require(try Rendered.json(leak)["regulations"]?.elements)
    #expect(rows.map { $0["verified"]?.bool } == [true, false])
    #expect(try Rendered.json(SampleReport(.pass).report())["regulations"]?.isNull == true)
  }
}
