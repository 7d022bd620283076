// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineReporting
import CoalmineStatistics
import Testing

/// Forced choices in a report: beside the decision, never in it.
@Suite struct ForcedChoiceReportTests {
  /// A report of a leak with a run of forced choices.
  static func report(model: String = "tuned") throws -> Report {
    func group(_ role: Role, _ first: Int, _ p: Outcome<Double>) throws
      -> ForcedChoiceResult.Group
    {
      ForcedChoiceResult.Group(
        role: role, canaries: 8, answered: 7,
        first: .measured(
          Rate(
            hits: first, trials: 7,
            interval: try clopperPearson(first, of: 7, confidence: 0.95))),
        firstByChance: 1.75, pValue: p)
    }
    return SampleReport(.leak).report().with(
      forcedChoice: ForcedChoiceResult(
        run: 3, model: model, texts: 4,
        groups: [
          try group(.inserted, 6, .measured(0.00125)), try group(.heldOut, 2, .measured(0.5)),
          try group(
            .control, 7, .notMeasurable(Reason("forced-choice-unanswered", "none was answered"))),
        ]))
  }

  @Test func `the table stands in Markdown and HTML, with what it is worth`() throws {
    for page in [try Rendered.markdown(Self.report()), try Rendered.html(Self.report())] {
      for words in [
        "Forced choices", "7 of 8", "6 of 7 (", "inserted, of the tests", "none was answered",
        "it changes no verdict", "the canaries are burned",
      ] {
        #expect(page.contains(words), "\(words)")
      }
    }
    let without = SampleReport(.leak).report()
    for page in [try Rendered.markdown(without), try Rendered.html(without)] {
      #expect(!page.contains("Forced choices"))
    }
  }

  @Test func `the name of a model acts in no format`() throws {
    let page = try Rendered.html(try Self.report(model: "<b>&\u{1B}[1m"))
    #expect(page.contains("&lt;b&gt;&amp;") && !page.contains("<b>&") && !page.contains("\u{1B}"))
  }
}
