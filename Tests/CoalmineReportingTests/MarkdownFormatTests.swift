// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineReporting
import Foundation
import Testing

@Suite struct `The Markdown report` {
  @Test(arguments: HostileText.all)
  func `hostile text in every field changes no line and no cell`(
    _ hostile: HostileText.Sample
  ) throws {
    let plain = try Rendered.markdown(SampleReport.hostile("plain"))
    let page = try Rendered.markdown(SampleReport.hostile(hostile.text))
    #expect(shape(page) == shape(plain))
  }

  @Test(arguments: HostileText.all)
  func `hostile text holds no mark that Markdown acts on`(_ hostile: HostileText.Sample) {
    let text = MarkdownFormat.escape(hostile.text)
    // By scalar, as a renderer reads: a mark may stand in one `Character` with what is before it.
    let rest = text.replacing(/&#[0-9]+;/.matchingSemantics(.unicodeScalar), with: "")
    let marks = Set("<>[]`*_|#!~\\{}@^$&\n\r\t".unicodeScalars)
    #expect(rest.unicodeScalars.allSatisfy { !marks.contains($0) })
    #expect(!rest.contains("://") && !rest.lowercased().contains("www."))
    #expect(!text.hasPrefix(" ") && !text.hasPrefix("-") && !text.hasPrefix("+"))
  }

  @Test(arguments: [
    ("plain words, 8 of 8 (p = 0.05): yes", "plain words, 8 of 8 (p = 0.05): yes"),
    ("a|b", "a&#124;b"), ("<b>", "&#60;b&#62;"), ("x & y", "x &#38; y"),
    ("@team", "&#64;&#8203;team"), ("https://e.org", "https&#58;//e.org"),
    ("WWW.e.org", "WWW&#46;e.org"), ("1. one", "1&#46; one"), ("12) one", "12&#41; one"),
    ("- one", "&#45; one"), ("    code", "code"), ("\u{200B}\n # x", "&#35; x"),
    ("é 漢", "é 漢"), ("a\u{202E}b\u{0}c\u{9B}d\u{2028}e", "a b c d e"),
  ])
  func `text is escaped scalar by scalar`(_ text: String, _ expected: String) {
    #expect(MarkdownFormat.escape(text) == expected)
  }

  @Test(arguments: Verdict.allCases)
  func `every row of a table has the cells of its head`(_ verdict: Verdict) throws {
    let lines = try Rendered.markdown(SampleReport(verdict).report()).split(
      separator: "\n", omittingEmptySubsequences: false)
    var cells: Int?
    for line in lines {
      guard line.hasPrefix("|") else {
        cells = nil
        continue
      }
      let count = line.split(separator: "|", omittingEmptySubsequences: false).count
      #expect(count == cells ?? count, "\(line)")
      cells = count
    }
  }

  @Test func `a slug is code, and what is no slug is text`() throws {
    let page = try Rendered.markdown(SampleReport(.leak).report())
    #expect(page.contains("- `few-references`: 255 references a canary\n"))
    let hostile = try Rendered.markdown(SampleReport.hostile("a`b"))
    #expect(!hostile.contains("a`b"))
    // The study's id is a slug where nobody forged it.
    #expect(hostile.contains("study a&#96;b.\n"))
  }

  /// Every line by its kind and its number of cells.
  private func shape(_ page: String) -> [String] {
    page.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      let text = String(line)
      if text.hasPrefix("|") { return "row of \(line.count { $0 == "|" })" }
      if text.hasPrefix("#") || text.isEmpty { return text }
      return text.hasPrefix("- ") ? "entry" : "paragraph"
    }
  }
}
