// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineReporting
import CoalmineTesting
import Synchronization
import Testing

/// Many made texts in every place that text from outside can reach, through every format.
@Suite struct `Made hostile texts` {
  /// What opens, closes or commands something in a format, a terminal or a CI log.
  private static let pieces = [
    "<script>", "</style>", "<svg onload=x>", "<!--", "-->", "]]>", "<?xml", "&#60;", "&lt;", "\"",
    "'",
    "`", "```", "|", "\n", "\r", "\r\n", "\n\n", "\t", " ", "    ", "# ", "- ", "> ", "1. ", "***",
    "__",
    "[x](javascript:1)", "![x](//h)", "<http://h>", "www.h.org", "@team", "#1", "::error::x",
    "::set-output name=a::b", "\n::add-mask::x", "##[error]x", "##vso[task.x]",
    "section_start:1:a\r",
    "=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C x'!A0", "\t=1", "\r=1", ",", ";", "\"\"",
    "{{verdict}}",
    "{{{style}}}", "{{> table}}", "${{ x }}", "$(x)", "\\", "\\n", "\\u0000", "\u{0}", "\u{1}",
    "\u{7}",
    "\u{8}", "\u{1B}[31m", "\u{1B}]0;x\u{7}", "\u{1B}c", "\u{7F}", "\u{85}", "\u{9B}2J",
    "\u{9D}0;x",
    "\u{AD}", "\u{200B}", "\u{200E}", "\u{202E}", "\u{2028}", "\u{2029}", "\u{2066}", "\u{FEFF}",
    "\u{FFFD}", "\u{E0041}", "\u{600}", "\u{D4E}", "\u{301}", "\u{1F468}\u{200D}\u{1F469}", "x",
    "Zoë", "0",
  ]

  private static func made(_ count: Int, seed: UInt64) -> [String] {
    var generator = SplitMix(seed)
    return (0..<count).map { _ in
      (0..<Int.random(in: 2...7, using: &generator)).map { _ in
        pieces.randomElement(using: &generator) ?? ""
      }.joined()
    }
  }

  /// A report whose texts from outside are those of `texts` in turn.
  private func report(_ texts: [String]) -> Report {
    let next = Mutex(0)
    return SampleReport(
      .leak,
      rewrite: { _ in
        next.withLock {
          $0 += 1
          return texts[$0 % texts.count]
        }
      }
    ).report()
  }

  private func check(_ texts: [String], _ page: [PageStructure.Tag]) throws {
    let report = report(texts)
    for format in ReportFormats.all {
      let text = try Rendered.text(format, report, reveal: true)
      let steering = text.unicodeScalars.filter {
        $0 != "\n" && terminalSafe(String($0)) != String($0)
      }
      // JSON spells only what its grammar and a terminal need; it is read by programs.
      if format.slug != "json" {
        #expect(steering.isEmpty, "\(format.slug): \(steering.map(\.value)) of \(texts)")
      }
      #expect(
        text.unicodeScalars.allSatisfy {
          $0 == "\n" || !(0..<0x20).contains($0.value) && !(0x7F..<0xA0).contains($0.value)
        }, "\(format.slug): a control of \(texts)")
      // Annotations are such lines; what begins them is tested beside the format.
      for line in text.split(separator: "\n") where format.slug != "github" {
        let start = line.drop { $0 == " " }
        #expect(
          !start.hasPrefix("::") && !start.hasPrefix("##[") && !start.hasPrefix("##vso["),
          "\(format.slug): \(line)")
      }
      switch format.slug {
      case "html": #expect(PageStructure(text).tags == page, "\(texts)")
      case "md":
        // Every mark that could open HTML is a reference. With secrets shown, code spans hold them as
        // they are.
        let text = try Rendered.text(format, report)
        #expect(!text.contains("<script") && !text.contains("<svg") && !text.contains("<!--"))
        #expect(!text.contains("](javascript") && !text.contains("](//"))
      case "json": #expect(throws: Never.self) { try Rendered.json(report, reveal: true) }
      default: break
      }
    }
  }

  @Test func `2,000 texts open nothing, steer nothing and begin no command`() throws {
    let page = PageStructure(try Rendered.html(SampleReport.hostile("plain"), reveal: true)).tags
    let texts = Self.made(2_000, seed: 1)
    #expect(Set(texts).count > 1_800)
    for start in stride(from: 0, to: texts.count, by: 50) {
      try check(Array(texts[start..<start + 50]), page)
    }
  }

  @Test(.enabled(if: isDeep)) func `each of 10,000 texts in every place at once`() throws {
    let page = PageStructure(try Rendered.html(SampleReport.hostile("plain"), reveal: true)).tags
    for text in Self.made(10_000, seed: 2) { try check([text], page) }
  }
}
