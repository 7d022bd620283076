// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes

/// Text as a code span of Markdown: whoever copies it gets the characters themselves.
package enum MarkdownCode {
  /// The span; controls and invisible characters become `\u{…}`, so that they are seen and end no
  /// line.
  ///
  /// ```
  /// a        `a`
  /// a`b      ``a`b``        the fence is longer than any run of backticks inside
  /// `a       `` `a ``       one blank on each side is taken off again by the reader
  /// ```
  ///
  /// Source: CommonMark 0.31, section 6.1.
  package static func span(_ text: String) -> String {
    let shown = terminalSafe(text)
    // There is no empty code span.
    guard !shown.isEmpty else { return "(empty)" }
    var longest = 0
    var run = 0
    for scalar in shown.unicodeScalars {
      run = scalar == "`" ? run + 1 : 0
      longest = max(longest, run)
    }
    let fence = String(repeating: "`", count: longest + 1)
    let scalars = shown.unicodeScalars
    let touches = scalars.first == "`" || scalars.last == "`"
    // A reader takes one blank off each side where both are there and something stands between.
    let loses =
      scalars.first == " " && scalars.last == " " && !scalars.allSatisfy { $0 == " " }
    let side = touches || loses ? " " : ""
    return fence + side + shown + side + fence
  }
}
