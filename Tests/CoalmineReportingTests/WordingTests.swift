// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineReporting
import Testing

@Suite struct `Wording` {
  struct Case: Sendable, CustomTestStringConvertible {
    let verdict: Verdict
    let format: any ReportFormat.Type
    var testDescription: String { "\(verdict.rawValue).\(format.slug)" }

    /// The report as a reader sees it, on one line.
    func text() throws -> String {
      let text = try Rendered.text(format, SampleReport(verdict).report())
      let words = format.slug == "html" ? PageStructure.decoded(PageStructure(text).text) : text
      return words.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
  }

  static let cases = Verdict.allCases.flatMap { verdict in
    ReportFormats.all.map { Case(verdict: verdict, format: $0) }
  }
  static let pages = cases.filter { ["md", "html"].contains($0.format.slug) }

  @Test(arguments: cases) func `no report promises what a measurement cannot`(_ report: Case) throws
  {
    let text = try report.text().lowercased()
    for word in [
      "anonymous", "compliant", "no leakage", "safe", "certified", "proves", "proof", "guarantee",
      "private", "no leak ", "secure", "risk-free", "clean model",
    ] {
      #expect(!text.contains(word), "\(word)")
    }
  }

  @Test(arguments: pages) func `the checkpoint is named as what was measured`(_ page: Case) throws {
    #expect(try page.text().contains("this checkpoint"))
  }

  @Test(arguments: pages) func `the chance baseline stands beside the exposures`(_ page: Case)
    throws
  {
    let text = try page.text()
    let line =
      "Where nothing leaked, the exposure of one canary has mean 1.42 bits, and the largest of 20 "
      + "has median 5.1 bits. An exposure is not a test."
    #expect(text.contains(line))
    // On the page once by repetition, once above every canary's value.
    if page.format.slug == "html" { #expect(text.components(of: line) >= 2) }
  }

  @Test(arguments: pages) func `no rate stands as a bare zero percent`(_ page: Case) throws {
    let text = try page.text()
    #expect(text.firstMatch(of: /(?:^|[^0-9.–])0(?:\.0+)?%/) == nil)
  }

  @Test(arguments: pages) func `every count of canaries carries its interval`(_ page: Case) throws {
    let text = try page.text()
    // What tests see stands with its p-value instead.
    let rates = text.matches(of: /\b\d+ of (?:1|2|3|4|37)\b(.{0,40})/)
    #expect(!rates.isEmpty)
    for rate in rates
    where !rate.output.1.hasPrefix(" on these canaries")
      && !rate.output.1.hasPrefix(" inserted secrets stand in replies")
    {
      #expect(
        rate.output.1.firstMatch(of: #/^ \(\d+\.\d–\d+\.\d%\)|^; true rate /#) != nil,
        "\(rate.output.0)")
    }
  }

  @Test func `interval ends are rounded outwards`() throws {
    let leak = SampleReport(.leak).report()
    let text = try Rendered.markdown(leak)
    // One-sided: 7.777…% for 0 of 37, 31.79…% and 60.61…% for 17 of 37.
    #expect(try Rendered.markdown(SampleReport(.pass).report()).contains("true rate below 7.8%"))
    #expect(text.contains("17 of 37; true rate above 31.7% and below 60.7%"))
    // 0.4759 and 0.6331 are the ends of the first score's interval.
    #expect(text.contains("0.475–0.634"))
    // The upper end for 0 of 4 is 60.23…%.
    #expect(text.contains("0 of 4 (0.0–60.3%)"))
    // 40 of 255 references score higher: 2.26… to 3.12… bits.
    let ends = try #require(leak.result.canaries.first?.exposure.value?.interval)
    #expect(ends.lower > 2.25 && ends.lower < 2.3 && ends.upper > 3.1 && ends.upper < 3.15)
    #expect(try Rendered.html(leak).contains("<td>2.6 (2.2–3.2)</td>"))
  }

  @Test(arguments: pages) func `the verdict stands first, then what it rests on`(_ page: Case)
    throws
  {
    let text = try page.text()
    let headline = try #require(text.range(of: "\(page.verdict.rawValue.capitalized): "))
    let reason = try #require(text.range(of: SampleReport(page.verdict).firstSentence))
    let limits = try #require(text.range(of: "What this report does not show"))
    #expect(headline.lowerBound < reason.lowerBound && reason.lowerBound < limits.lowerBound)
  }

  @Test(arguments: pages) func `what cannot say must not be read as a pass`(_ page: Case) throws {
    let text = try page.text()
    let warns =
      text.contains("Nothing follows about leakage, in either direction")
      && text.contains("must not be read as a pass")
    #expect(warns == [.inconclusive, .incomplete].contains(page.verdict))
  }

  @Test func `a leak by a gate alone claims nothing about the tests`() throws {
    let told = "can be told from secrets that were drawn the same way"
    let above = "given back more often than a limit allows"
    let both = SampleReport(.leak).report()
    #expect(try Rendered.markdown(both).contains(told))
    #expect(try Rendered.markdown(both).contains(above))
    let gate = both.with(decision: SampleReport(.pass).report().result.decision)
    #expect(try !Rendered.markdown(gate).contains(told))
    #expect(try Rendered.markdown(gate).contains(above))
    let test = both.with(gates: [])
    #expect(try Rendered.markdown(test).contains(told))
    #expect(try !Rendered.markdown(test).contains(above))
  }

  @Test func `an attack class is run only where it was measured`() throws {
    let text = try Rendered.markdown(SampleReport(.incomplete).report())
    #expect(text.contains("- membership inference: not run"))
    #expect(text.contains("- exfiltration and regurgitation of training data: not run"))
    let leak = try Rendered.markdown(SampleReport(.leak).report())
    #expect(leak.contains("- membership inference: run: planted secrets and corpus records"))
    #expect(leak.contains("- model inversion: not run"))
  }

  @Test func `membership of records is not claimed where none were held out`() throws {
    let leak = SampleReport(.leak).report()
    let text = try Rendered.markdown(leak.withoutMembership())
    #expect(text.contains("- membership inference: run: planted secrets only"))
  }
}

extension String {
  fileprivate func components(of part: String) -> Int {
    var count = 0
    var rest = self[...]
    while let found = rest.firstRange(of: part) {
      count += 1
      rest = rest[found.upperBound...]
    }
    return count
  }
}
