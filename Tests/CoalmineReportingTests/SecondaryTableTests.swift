// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineReporting
import CoalmineStatistics
import Testing

/// Tables that stand after the findings and change no verdict.
@Suite struct `Secondary tables` {
  private func pages(_ verdict: Verdict) throws -> [String] {
    let report = SampleReport(verdict).report()
    return [
      try Rendered.markdown(report),
      PageStructure.decoded(PageStructure(try Rendered.html(report)).text),
    ]
  }

  private static let explained = [
    "How exposure rises with the copies", "Extraction rates compared",
    "Members found where at most 1% of the non-members are taken for members",
    "How well a score tells records of the corpus from records taken out of it",
  ]

  @Test func `every table stands after the findings, with a line that explains it`() throws {
    for page in try pages(.leak) {
      let findings = try #require(page.range(of: SampleReport(.leak).firstSentence)).upperBound
      for line in Self.explained { #expect(page[findings...].contains(line), "\(line)") }
    }
  }

  @Test func `what was not measured has no table, and JSON says why`() throws {
    for page in try pages(.incomplete) {
      for line in Self.explained { #expect(!page.contains(line), "\(line)") }
    }
    let result = try Rendered.json(SampleReport(.incomplete).report())["result"]
    let curve = try #require(result?["dose_response"]?.elements?.first)
    #expect(curve["status"]?.string == "not-measurable")
    #expect(curve["threshold"]?["reason"]?["slug"]?.string == "not-answered")
    #expect(curve["levels"]?.elements?.isEmpty == true)
    let rates = try #require(result?["rate_comparisons"]?.elements)
    #expect(rates.count == RateComparison.Name.allCases.count)
    #expect(rates.allSatisfy { $0["p_value"]?.isNull == true })
  }

  @Test func `a bound of epsilon that finds nothing does not contradict tests that find a leak`()
    throws
  {
    let quiet = "not distinguishable from a training without a leak"
    #expect(try Rendered.markdown(SampleReport(.pass).report()).contains(quiet))
    let found = SampleReport(.pass).report().with(
      decision: SampleReport(.leak).report().result.decision)
    let page = try Rendered.markdown(found)
    #expect(!page.contains(quiet))
    #expect(page.contains("give no epsilon above 0"))
    #expect(page.contains("use more than these guesses, and they find a difference"))
  }

  @Test func `records that are told apart show a training that the controls do not`() throws {
    let quiet = "no sign that this model was trained on the file"
    let report = SampleReport(.inconclusive).report()
    #expect(try Rendered.markdown(report).contains(quiet))
    let told = report.with(membership: SampleReport(.leak).report().result.membership)
    let page = try Rendered.markdown(told)
    #expect(!page.contains(quiet) && !page.contains("There is no sign this model"))
    #expect(page.contains("the controls do not show that this model was trained on the file"))
    #expect(page.contains("AUC 0.702 by the score"))
    #expect(page.contains("or on a file without them"))
    // A score that the text alone reaches says nothing about the model.
    let few = report.with(
      membership: SampleReport(.leak).report().result.membership.filter { $0.score == "min-k" })
    #expect(try Rendered.markdown(few).contains(quiet))
  }

  @Test func `the rate of false alarms is the sum that plan prints`() throws {
    let report = SampleReport(.pass).report()
    let page = try Rendered.markdown(
      report.with(gates: report.result.gates.filter { $0.gate.measure.isCount }))
    #expect(page.contains("at most 5.1% in the first run"), "\(page)")
  }

  @Test func `a fit that may be higher is said to be at least its value`() throws {
    for page in try pages(.leak) {
      #expect(page.contains("0: 1.3, 1: 1.9, 32: ≥ 7.9"))
      #expect(page.contains("32 (2 to more than 32)"))
    }
  }

  @Test func `medians of several ceilings stand apart, and one at its ceiling is marked`() throws {
    let result = try Rendered.json(SampleReport(.leak).report())["result"]
    let levels = try #require(result?["repetition_levels"]?.elements)
    let control = try #require(levels.last)
    #expect(control["median_exposure_bits"]?.isNull == true)
    #expect(control["median_exposure"]?["reason"]?["slug"]?.string == "ceilings-differ")
    #expect(control["exposure_by_ceiling"]?.elements?.count == 2)
    let ladder = try #require(levels.dropLast().last?["exposure_by_ceiling"]?.elements?.first)
    #expect(ladder["median"]?["is_lower_bound"]?.bool == true)
    let html = try Rendered.html(SampleReport(.leak).report())
    #expect(html.contains("<td>≥ 8.0</td>"))
    #expect(html.contains("≥ 8.0 [1 canary, ceiling 8.0]; 17.9 [1 canary, ceiling 19.9]"))
  }

  @Test func `chance is told by ceiling only where ceilings differ`() throws {
    for page in try pages(.leak) { #expect(page.contains("by what a secret was ranked among")) }
    for page in try pages(.pass) { #expect(!page.contains("by what a secret was ranked among")) }
  }
}
