// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineReporting
import Foundation
import Testing

@Suite struct `The HTML page` {
  private static let leak = SampleReport(.leak).report()

  @Test(arguments: HostileText.all)
  func `hostile text in every field changes no tag`(_ hostile: HostileText.Sample) throws {
    let plain = PageStructure(try Rendered.html(SampleReport.hostile("plain")))
    let page = PageStructure(try Rendered.html(SampleReport.hostile(hostile.text)))
    #expect(page.tags == plain.tags)
  }

  @Test(arguments: HostileText.all)
  func `hostile text is shown as the text it is`(_ hostile: HostileText.Sample) throws {
    let page = PageStructure(try Rendered.html(SampleReport.hostile(hostile.text), reveal: true))
    let shown = Array(PageStructure.decoded(page.text).utf8)
    #expect(positions(of: Array(terminalSafe(hostile.text).utf8), in: shown) > 50)
  }

  @Test(arguments: HostileText.all)
  func `no control or invisible character reaches the page`(_ hostile: HostileText.Sample) throws {
    let page = try Rendered.html(SampleReport.hostile(hostile.text), reveal: true)
    let steering = page.unicodeScalars.filter {
      $0 != "\n" && terminalSafe(String($0)) != String($0)
    }
    #expect(steering.isEmpty)
  }

  @Test func `the page has no script, no handler, no style attribute and loads nothing`() throws {
    for report in [Self.leak, SampleReport.hostile(HostileText.everything)] {
      let page = PageStructure(try Rendered.html(report, reveal: true))
      let allowed: Set = [
        "!doctype", "html", "head", "meta", "title", "style", "body", "main", "header", "section",
        "h1", "h2", "h3", "p", "ol", "ul", "li", "dl", "div", "dt", "dd", "code", "figure",
        "figcaption", "table", "caption", "span", "thead", "tbody", "tr", "th", "td", "svg", "desc",
        "line", "path", "circle", "rect", "polyline", "text",
      ]
      let names = Set(page.tags.map { String($0.name.drop { $0 == "/" }) })
      #expect(names.subtracting(allowed) == [])
      for tag in page.tags {
        for attribute in tag.attributes {
          #expect(!attribute.name.hasPrefix("on") && attribute.name != "style")
          #expect(!["src", "href", "srcset", "action", "data"].contains(attribute.name))
          #expect(!attribute.value.contains("//"))
        }
      }
    }
  }

  @Test func `the policy allows the page's own style and nothing else`() throws {
    let page = try Rendered.html(Self.leak)
    let start = try #require(page.range(of: "<style>")).upperBound
    let end = try #require(page.range(of: "</style>")).lowerBound
    let style = String(page[start..<end])
    #expect(!style.contains("url(") && !style.contains("@import"))
    let digest = Data(sha256(Array(style.utf8))).base64EncodedString()
    let policy = PageStructure(page).tags.first { $0["http-equiv"] == "Content-Security-Policy" }
    #expect(
      policy?["content"]
        == "default-src 'none'; style-src 'sha256-\(digest)'; base-uri 'none'; form-action 'none'")
    // A policy governs only what stands behind it.
    let order = PageStructure(page).tags.map(\.name)
    let first = try #require(order.firstIndex(of: "style"))
    #expect(order[..<first].contains("meta"))
  }

  @Test(arguments: Verdict.allCases)
  func `tags are closed in order, and headings never skip a level`(_ verdict: Verdict) throws {
    let page = PageStructure(try Rendered.html(SampleReport(verdict).report()))
    let void: Set = ["!doctype", "meta", "line", "circle", "path", "rect", "polyline"]
    var open: [String] = []
    var level = 0
    for tag in page.tags where !void.contains(tag.name) {
      if tag.name.hasPrefix("/") {
        #expect(open.popLast() == String(tag.name.dropFirst()))
      } else {
        open.append(tag.name)
      }
      if let heading = ["h1", "h2", "h3"].firstIndex(of: tag.name) {
        #expect(heading <= level)
        level = heading + 1
      }
    }
    #expect(open == [])
    #expect(page.tags.count { $0.name == "h1" } == 1)
  }

  @Test func `every header cell says what it heads, and every row has every cell`() throws {
    let page = PageStructure(try Rendered.html(Self.leak))
    var columns = 0
    var cells = 0
    for tag in page.tags {
      switch tag.name {
      case "thead": columns = 0
      case "tr": cells = 0
      case "th":
        #expect(["col", "row"].contains(tag["scope"]))
        if tag["scope"] == "col" { columns += 1 }
        cells += 1
      case "td": cells += 1
      case "/tr": #expect(cells == columns)
      default: break
      }
    }
    #expect(page.tags.count { $0.name == "table" } == page.tags.count { $0.name == "caption" })
  }

  @Test(arguments: Verdict.allCases)
  func `verdict and reason come first, limits before the numbers`(_ verdict: Verdict) throws {
    let report = SampleReport(verdict).report()
    let text = PageStructure.decoded(PageStructure(try Rendered.html(report)).text)
    var place = try #require(text.range(of: "</style>") ?? text.range(of: "@media print"))
      .upperBound
    for words in [
      verdict.rawValue, ReportText.findings(report.result)[0], "model",
      "What was measured, and what was not", "What this report does not show",
      "Leakage by repetition", "What decides", "Terms", "Every canary",
    ] {
      place = try #require(text[place...].range(of: words), "\(words)").upperBound
    }
  }

  @Test func `what is missing is counted by measure with its reason`() throws {
    let page = try Rendered.html(Self.leak)
    #expect(
      page.contains(
        "<th scope=\"row\">greedy extraction</th><td>19</td><td>0</td><td>1</td><td>0</td>"
          + "<td>the endpoint filtered every answer</td>"))
    #expect(!page.contains("everything that was asked was measured"))
  }

  @Test func `a study with missing values never says that everything was measured`() throws {
    for verdict in Verdict.allCases {
      let page = try Rendered.html(SampleReport(verdict).report())
      #expect(!page.contains("everything that was asked was measured"))
    }
  }

  @Test func `many different reasons stay one line`() throws {
    let canaries = SampleCanaries(.leak, rewrite: { $0 }).many(40).enumerated().map {
      $1.with(greedy: .failed(Reason("odd", "odd reason number \($0)")))
    }
    let report = Report(result: Self.leak.result.with(canaries: canaries), run: Self.leak.run)
    #expect(try Rendered.html(report).contains("; 37 other reasons</td>"))
  }

  @Test func `a thousand canaries have a row each`() throws {
    let canaries = SampleCanaries(.leak, rewrite: { _ in HostileText.everything }).many(1_000)
    let report = Report(result: Self.leak.result.with(canaries: canaries), run: Self.leak.run)
    let page = PageStructure(try Rendered.html(report))
    let last = try #require(page.tags.lastIndex { $0.name == "table" })
    #expect(page.tags[last...].count { $0.name == "tr" } == 1_001)
  }

  @Test func `of more than a thousand those that stand out are listed, and the rest is counted`()
    throws
  {
    var canaries = SampleCanaries(.leak, rewrite: { $0 }).many(1_200)
    let found = [17, 900, 1_199]
    for place in canaries.indices {
      canaries[place] = canaries[place].with(greedy: .measured(found.contains(place)))
    }
    let report = Report(result: Self.leak.result.with(canaries: canaries), run: Self.leak.run)
    let whole = try Rendered.html(report)
    let page = PageStructure(whole)
    let last = try #require(page.tags.lastIndex { $0.name == "table" })
    #expect(page.tags[last...].count { $0.name == "tr" } == 1_001)
    #expect(whole.contains("These 1000 of 1200 canaries stand out most"))
    #expect(whole.contains("200 are left out, and the format csv lists all."))
    #expect(whole.contains("<h2>Canaries that stand out</h2>") && !whole.contains("Every canary"))
    let table = whole[try #require(whole.range(of: "<table", options: .backwards)).lowerBound...]
    for place in found { #expect(table.contains(">\(canaries[place].id)<"), "\(place)") }
    // By the definition: no other one that is left out is exposed more than one that is listed.
    func bits(_ canary: CanaryResult) -> Double { canary.exposure.value?.bits ?? -1 }
    let (listed, left) = (
      canaries.filter { table.contains(">\($0.id)<") },
      canaries.filter { !table.contains(">\($0.id)<") }
    )
    #expect(listed.count == 1_000 && left.count == 200)
    let least = listed.filter { $0.greedy.value != true }.map(bits).min() ?? 0
    #expect(left.allSatisfy { bits($0) <= least })
    let rows = try Rendered.text(CSVFormat.self, report).split(separator: "\n")
    #expect(rows.count == 1_201)
  }

  @Test(arguments: ["json", "csv"])
  func `a large report goes out in small pieces that are the same file`(_ slug: String) throws {
    let format = try ReportFormats.format(slug)
    let canaries = SampleCanaries(.leak, rewrite: { $0 + " \u{202E}é\u{85}" }).many(1_200)
    let report = Report(result: Self.leak.result.with(canaries: canaries), run: Self.leak.run)
    var pieces: [[UInt8]] = []
    try format.write(report, options: ReportOptions()) { pieces.append($0) }
    #expect(pieces.count > 10 && pieces.allSatisfy { $0.count < 1 << 17 })
    #expect(pieces.allSatisfy { String(validating: $0, as: UTF8.self) != nil })
    let whole = try format.render(report, options: ReportOptions())
    #expect(Array(pieces.joined()) == whole)
    let text = String(decoding: pieces.joined(), as: UTF8.self)
    #expect(!text.contains("\u{202E}") && !text.contains("\u{85}"))
  }

  /// How often `part` stands in `whole`, without overlap.
  private func positions(of part: [UInt8], in whole: [UInt8]) -> Int {
    guard let first = part.first else { return 0 }
    var count = 0
    var place = 0
    while let next = whole[place...].firstIndex(of: first) {
      let found = whole[next...].starts(with: part)
      count += found ? 1 : 0
      place = next + (found ? part.count : 1)
    }
    return count
  }
}

extension CanaryResult {
  /// The same canary with another greedy outcome.
  func with(greedy: Outcome<Bool>) -> CanaryResult {
    CanaryResult(
      id: id, kind: kind, role: role, repetitions: repetitions, secretBits: secretBits,
      secret: secret, secretLogProbability: secretLogProbability, tunedMinusBase: tunedMinusBase,
      exposure: exposure, massBoundBits: massBoundBits, greedy: greedy, sampled: sampled,
      defaults: defaults, caveats: caveats)
  }
}
