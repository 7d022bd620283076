// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import Mustache

/// Text that is ready to stand in the page: escaped, or ours to the last byte.
///
/// The template's own escaping goes by `Character`. An Arabic number sign, or any other prepending
/// character, makes one `Character` with the `<` behind it, which then passes unescaped. So the
/// template escapes nothing, every field of ``PageView`` has this type, and the escaping goes by
/// scalar.
struct PageText: Sendable, MustacheCustomRenderable {
  let renderText: String
  var isNull: Bool { false }

  /// Any text: markup becomes character references; controls, bidirectional overrides and
  /// invisible characters become `\u{…}`, so that they are seen and steer nothing.
  init(_ text: String) {
    var escaped = ""
    for scalar in terminalSafe(text).unicodeScalars {
      switch scalar {
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "&": escaped += "&amp;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    renderText = escaped
  }

  /// Markup that holds nothing from outside: the style sheet, the plot.
  init(markup: String) { renderText = markup }
}
