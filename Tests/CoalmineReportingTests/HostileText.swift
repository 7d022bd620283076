// SPDX-License-Identifier: Apache-2.0

import Testing

/// Texts that a model, a corpus or a server could send to break a report.
enum HostileText {
  struct Sample: Sendable, CustomTestStringConvertible {
    let name: String
    let text: String
    var testDescription: String { name }
  }

  static let all: [Sample] = [
    Sample(name: "script", text: "<script>alert(1)</script>"),
    Sample(name: "a prepending sign before a script", text: "\u{600}<script>alert(1)</script>"),
    Sample(name: "a prepending letter before a tag", text: "\u{D4E}<img src=x onerror=alert(1)>"),
    Sample(
      name: "a combining accent after a mark", text: "<\u{301}b>\"\u{301} onclick=\"x\"&\u{301}lt;"),
    Sample(name: "an attribute's end", text: "\" onmouseover=\"alert(1)\" x='"),
    Sample(name: "style and policy", text: "</style></title></svg><base href=//example.org>"),
    Sample(name: "end of character data", text: "]]><!-- --> <![CDATA[ <?php"),
    Sample(name: "template tags", text: "{{{style}}} {{verdict}} {{/findings}} {{> table}}"),
    Sample(name: "table and lines", text: "a | b\n| c | d |\r\n\n# heading\n- list\n\n    code"),
    Sample(name: "markdown links", text: "[x](javascript:alert(1)) ![y](http://example.org/a.png)"),
    Sample(
      name: "bare links and people", text: "www.example.org https://example.org @team a@b.org #1"),
    Sample(name: "code fences", text: "``` `x` ~~~ **b** __i__ \\| <!-- -->"),
    Sample(name: "a list marker", text: "1. one 2) two - three + four"),
    Sample(name: "terminal escapes", text: "\u{1B}[2J\u{1B}]0;title\u{7}\u{9B}31m\u{8}\u{7F}"),
    Sample(name: "bidirectional override", text: "safe\u{202E}gnp.exe\u{2066}\u{200F}\u{061C}"),
    Sample(name: "invisible characters", text: "a\u{200B}b\u{FEFF}c\u{2060}d\u{E0041}\u{AD}e"),
    Sample(name: "separators", text: "line\u{2028}paragraph\u{2029}end"),
    Sample(name: "NUL", text: "before\u{0}after"),
    Sample(
      name: "bytes that are no text",
      text: String(decoding: [0x61, 0xFF, 0xC3, 0x62], as: UTF8.self)
    ),
    Sample(name: "javascript link", text: "javascript:alert(document.cookie)"),
    Sample(name: "a very long word", text: String(repeating: "w", count: 4_000)),
    Sample(name: "many marks on one letter", text: "z" + String(repeating: "\u{36F}", count: 400)),
    Sample(name: "quotes and escapes", text: #"\u0022 \" " ' \ / &amp; &#x3C;script&#x3E;"#),
  ]

  /// All but the longest in one, for a golden file that people can read.
  static let everything = all.filter { $0.text.unicodeScalars.count < 300 }.map(\.text)
    .joined(separator: " · ")
}
