// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineReporting
import Testing

/// Finds code spans as CommonMark 0.31, section 6.1, does.
enum MarkdownReader {
  /// What the code spans of a text show, in their order.
  static func spans(_ text: String) -> [String] {
    let scalars = Array(text.unicodeScalars)
    var found: [String] = []
    var place = 0
    while place < scalars.count {
      let fence = run(scalars, place)
      guard fence > 0 else {
        place += 1
        continue
      }
      let start = place + fence
      guard let end = closing(scalars, from: start, fence) else {
        place = start
        continue
      }
      var inside = scalars[start..<end].map { $0 == "\n" ? " " : $0 }
      if inside.first == " ", inside.last == " ", inside.contains(where: { $0 != " " }) {
        inside = Array(inside.dropFirst().dropLast())
      }
      found.append(String(String.UnicodeScalarView(inside)))
      place = end + fence
    }
    return found
  }

  /// How many backticks stand at a place.
  private static func run(_ scalars: [Unicode.Scalar], _ place: Int) -> Int {
    scalars[place...].prefix { $0 == "`" }.count
  }

  private static func closing(_ scalars: [Unicode.Scalar], from start: Int, _ fence: Int) -> Int? {
    var place = start
    while place < scalars.count {
      let length = run(scalars, place)
      if length == fence { return place }
      place += max(1, length)
    }
    return nil
  }
}

@Suite struct `Code in Markdown` {
  @Test(arguments: [
    ("a", "`a`"), ("a`b", "``a`b``"), ("a``b`", "``` a``b` ```"), ("`", "`` ` ``"),
    (" a ", "`  a  `"), (" a", "` a`"), ("  ", "`  `"), ("", "(empty)"), ("a|b\\", "`a|b\\`"),
    ("a\nb\u{1B}c", "`a\\u{a}b\\u{1b}c`"), ("<b>&amp;", "`<b>&amp;`"),
  ])
  func `the fence is longer than any run inside`(_ text: String, _ expected: String) {
    #expect(MarkdownCode.span(text) == expected)
  }

  @Test(arguments: HostileText.all)
  func `a reader gets back what was written, and nothing beside it`(
    _ hostile: HostileText.Sample
  ) {
    for text in [hostile.text, "`\(hostile.text)", "\(hostile.text)``", " \(hostile.text) "] {
      let span = MarkdownCode.span(text)
      #expect(MarkdownReader.spans("x \(span) y") == [terminalSafe(text)])
      #expect(span.unicodeScalars.allSatisfy { terminalSafe(String($0)) == String($0) })
    }
  }
}
