// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineReporting
import CoalmineStatistics
import Testing

@Suite struct `The plot of extraction by budget` {
  private func tags(_ report: Report) throws -> [PageStructure.Tag] {
    let page = PageStructure(try Rendered.html(report))
    guard
      let start = page.tags.firstIndex(where: {
        $0["aria-labelledby"] == "budget-title budget-text"
      })
    else { return [] }
    let end = try #require(page.tags[start...].firstIndex { $0.name == "/svg" })
    return Array(page.tags[start..<end])
  }

  private func report(_ budgets: [ExtractionBudget]) -> Report {
    SampleReport(.leak).report().with(extractionByBudget: budgets)
  }

  private func curve(_ repetitions: Int, _ shares: [Double], role: Role = .inserted)
    -> ExtractionBudget
  {
    ExtractionBudget(
      decoding: .sampled, role: role, repetitions: repetitions, canaries: 9,
      curve: .measured(
        shares.enumerated().map { place, share in
          .init(
            samples: 1 << place, canaries: 9, share: share, interval: Sample.mean(share, of: 9),
            chance: 1e-6)
        }))
  }

  @Test func `every point stands at its share, with its interval`() throws {
    let shares = [0.1, 0.35, 0.8]
    let found = try tags(report([curve(1, shares)]))
    let heights = found.filter { $0.name == "circle" }.compactMap { $0["cy"].flatMap(Double.init) }
    #expect(heights.count == 3)
    // The lines of the grid at 0 and at 1 give the scale.
    let grid = found.filter { $0.name == "line" && $0["class"] == "grid" }
      .compactMap { $0["y1"].flatMap(Double.init) }
    let (top, bottom) = (try #require(grid.min()), try #require(grid.max()))
    for (height, share) in zip(heights, shares) {
      #expect(abs((bottom - height) / (bottom - top) - share) < 0.001)
    }
    #expect(found.count { $0.name == "path" && $0["class"] == "bar" } == 3)
    #expect(found.count { $0.name == "polyline" && $0["class"]?.hasPrefix("curve ") == true } == 1)
    #expect(found.count { $0.name == "polyline" && $0["class"] == "rule null" } == 1)
  }

  @Test func `a panel per decoding, held-out canaries open, and no curve without a value`() throws {
    let found = try tags(SampleReport(.leak).report())
    #expect(found.count { $0.name == "polyline" && $0["class"]?.hasPrefix("curve ") == true } == 3)
    // Each curve has a stroke of its own, and a line of that stroke to its name.
    let strokes = found.filter { $0.name == "polyline" }.compactMap { $0["class"] }
      .filter { $0.hasPrefix("curve ") }
    let lines = found.filter { $0.name == "line" }.compactMap { $0["class"] }
      .filter { $0.hasPrefix("curve ") }
    #expect(Set(strokes).count >= 2 && lines.sorted() == strokes.sorted())
    #expect(found.count { $0.name == "circle" && $0["class"] == "dot open" } == 5)
    // Chance is not known at the endpoint's defaults.
    #expect(found.count { $0.name == "polyline" && $0["class"] == "rule null" } == 1)
    #expect(try tags(SampleReport(.inconclusive).report()).isEmpty)
  }

  @Test(arguments: [1, 4, 9])
  func `names of curves keep apart inside the picture, also where all lie at 0`(_ count: Int)
    throws
  {
    let budgets = (0..<count).map { curve(1 << $0, [0, 0, 0, 0, 0]) }
    let found = try tags(report(budgets))
    let size = try #require(found.first?["viewbox"]).split(separator: " ").compactMap {
      Double($0)
    }
    let notes = found.filter { $0["class"] == "note" }.compactMap { $0["y"].flatMap(Double.init) }
      .sorted()
    #expect(notes.count == count + 1)
    for (upper, lower) in zip(notes, notes.dropFirst()) { #expect(lower - upper >= 14.9) }
    #expect(notes.allSatisfy { $0 > 0 && $0 < size[3] })
  }

  @Test func `a reader without eyes and the tables get the same numbers`() throws {
    let html = try Rendered.html(SampleReport(.leak).report())
    let page = PageStructure.decoded(PageStructure(html).text)
    #expect(page.contains("1 copy: 15.0% within 1, 25.0% within 2, 40.0% within 4"))
    #expect(page.contains("Share of secrets found within so many samples, at temperature 1"))
    let interval = Sample.mean(0.15, of: 4)
    let lower = Prose.decimal(interval.lower * 100, 1, .down)
    #expect(page.contains("15.0% (\(lower)–\(Prose.percent(interval.upper, .up)))"))
    #expect(page.contains("; from 3 canaries"))
    let most = Prose.percent(Sample.mean(0, of: 4).upper, .up)
    #expect(page.contains("none (true share below \(most))"))
    #expect(page.contains("below 0.01%") && page.contains("not known"))
    let markdown = try Rendered.markdown(SampleReport(.leak).report())
    #expect(markdown.contains("Share of secrets found within so many samples"))
  }
}
