// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineReporting
import CoalmineStatistics
import Testing

@Suite struct `The dose-response plot` {
  /// The elements of the page's picture.
  private func plot(_ report: Report) throws -> [PageStructure.Tag] {
    let page = PageStructure(try Rendered.html(report))
    guard
      let start = page.tags.firstIndex(where: { $0["aria-labelledby"] == "plot-title plot-text" })
    else { return [] }
    let end = try #require(page.tags[start...].firstIndex { $0.name == "/svg" })
    return Array(page.tags[start..<end])
  }

  private func svg(_ report: Report) throws -> String {
    let page = try Rendered.html(report)
    // Another picture follows where membership was measured.
    guard let start = page.firstRange(of: "<svg"), let end = page.firstRange(of: "</svg>"),
      page[start.lowerBound..<end.upperBound].contains("id=\"plot-title\"")
    else { return "" }
    return String(page[start.lowerBound..<end.upperBound])
  }

  private func report(levels: [RepetitionLevelResult], chanceBaseline: ChanceBaseline? = nil)
    -> Report
  {
    let leak = SampleReport(.leak).report()
    return Report(
      result: leak.result.with(
        canaries: leak.result.canaries, levels: levels, chanceBaseline: chanceBaseline),
      run: leak.run
    )
  }

  private func level(
    _ repetitions: Int, role: Role = .inserted, bits: Double? = 2, greedy: Outcome<Rate>? = nil
  ) -> RepetitionLevelResult {
    let reason = Reason("no-prompt-logprobs", "none")
    return RepetitionLevelResult(
      role: role, repetitions: repetitions, canaries: 3,
      medianExposureBits: bits.map { .measured($0) } ?? .notMeasurable(reason),
      quartilesBits: bits.map { .measured($0...$0) } ?? .notMeasurable(reason), atCeiling: 0,
      greedy: greedy ?? .measured(Sample.rate(1, of: 3)), sampled: .failed(reason),
      defaults: .failed(reason))
  }

  @Test func `axes, chance baselines, ceiling and every mark are named`() throws {
    let text = try svg(SampleReport(.leak).report())
    for name in [
      ">median exposure, bits<", ">share extracted<", ">copies in the corpus<",
      ">mean, nothing leaked: 1.4<", ">largest of 20, nothing leaked: 5.1<",
      ">highest ceiling: 19.9<", ">held out<", ">control<", ">inserted<",
      ">at ceiling: may be higher<", ">not measured<",
    ] {
      #expect(text.contains(name), "\(name)")
    }
  }

  @Test func `a reader without eyes gets the same numbers`() throws {
    let tags = try plot(SampleReport(.leak).report())
    #expect(tags.first?["role"] == "img")
    #expect(tags.first?["aria-labelledby"] == "plot-title plot-text")
    #expect(tags.contains { $0.name == "title" && $0["id"] == "plot-title" })
    let text = try svg(SampleReport(.leak).report())
    let start = try #require(text.firstRange(of: "<desc id=\"plot-text\">")).upperBound
    let end = try #require(text.firstRange(of: "</desc>")).lowerBound
    #expect(text[start..<end].contains("Median exposure in bits: held out 1.3, 1 copy 1.9, "))
    #expect(text[start..<end].contains("Where nothing leaked"))
    #expect(text[start..<end].contains("Extracted greedily: held out 0 of 4 (0.0–60.3%)"))
  }

  @Test func `two chance baselines and ceiling at one height have names that keep apart`() throws {
    let line = ChanceBaseline(meanBits: 19.9, medianMaximumBits: 19.92, canaries: 20)
    let tags = try plot(report(levels: [level(1)], chanceBaseline: line))
    let notes = tags.filter { $0.name == "text" && $0["class"] == "note" }
      .compactMap { $0["y"].flatMap(Double.init) }.prefix(3).sorted()
    #expect(notes.count == 3)
    for (upper, lower) in zip(notes, notes.dropFirst()) { #expect(lower - upper >= 14) }
  }

  @Test(arguments: [1, 2, 7, 12])
  func `labels of columns keep apart, and every mark is inside the picture`(_ count: Int) throws {
    let levels = (0..<count).map { level(1 << $0, bits: Double($0) * 20) }
    let tags = try plot(report(levels: levels))
    let size = try #require(tags.first?["viewbox"]).split(separator: " ").compactMap {
      Double($0)
    }
    for tag in tags {
      for (name, limit) in [
        ("x", 2), ("x1", 2), ("x2", 2), ("cx", 2), ("y", 3), ("y1", 3), ("cy", 3),
      ] {
        guard let place = tag[name].flatMap(Double.init) else { continue }
        #expect(place >= 0 && place <= size[limit])
      }
    }
    let ticks = tags.filter { $0["class"] == "tick" }.compactMap { $0["x"].flatMap(Double.init) }
    #expect(ticks.count == count)
    for (left, right) in zip(ticks, ticks.dropFirst()) { #expect(right - left >= 36) }
  }

  @Test func `a median at the ceiling is a triangle, and one below is a point`() throws {
    let leak = SampleReport(.leak).report()
    let triangles = try svg(leak).ranges(of: "l6 10.5h-12z").count
    // Copies 32 and the control, whose medians reach a ceiling, and the legend.
    #expect(triangles == 3)
    #expect(try svg(report(levels: [level(1, bits: 2)])).ranges(of: "l6 10.5h-12z").count == 1)
  }

  @Test func `what was not measured is a cross and not a point at zero`() throws {
    let tags = try plot(report(levels: [level(1), level(2, bits: nil)]))
    // Exposure at two copies, sampling at both, and the legend.
    #expect(tags.count { $0["class"] == "absent" } == 4)
    #expect(tags.count { $0.name == "circle" && $0["class"] == "dot" } == 4)
  }

  @Test func `without exposures the extraction rates are drawn alone`() throws {
    let text = try svg(report(levels: [level(1, bits: nil), level(8, bits: nil)]))
    #expect(text.contains(">share extracted<"))
    #expect(!text.contains("median exposure, bits"))
    #expect(!text.contains("ceiling"))
  }

  @Test func `where nothing was measured there is no picture, and the page says so`() throws {
    let failed = Reason("not-answered", "no answer")
    let nothing = report(levels: [level(1, bits: nil, greedy: .failed(failed))])
    #expect(try svg(nothing) == "")
    #expect(
      try Rendered.html(nothing).contains("neither exposure nor extraction was measured"))
    #expect(try svg(report(levels: [])) == "")
  }

  @Test func `higher exposure stands higher`() throws {
    let tags = try plot(report(levels: [level(1, bits: 1), level(2, bits: 3), level(4, bits: 7)]))
    let heights = tags.filter { $0.name == "circle" }.compactMap { $0["cy"].flatMap(Double.init) }
      .prefix(3)
    #expect(Array(heights) == heights.sorted(by: >))
    #expect(Set(heights).count == 3)
  }
}
