// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import Mustache

/// One static page for people: no script, nothing loaded, every value escaped as ``PageText``.
public enum HTMLFormat: ReportFormat {
  public static let slug = "html"
  public static let summary = "one static page for people, without script"
  public static let showsReplies = true

  public static func render(_ report: Report, options: ReportOptions) throws(CoalmineError)
    -> [UInt8]
  {
    let style = EmbeddedText.named("report.css")
    let view = PageView(
      report, options, style: style, styleDigest: base64(sha256(Array(style.utf8))))
    do {
      let library = MustacheLibrary(templates: [
        "report": try MustacheTemplate(string: EmbeddedText.named("report.mustache")),
        "table": try MustacheTemplate(string: EmbeddedText.named("table.mustache")),
      ])
      if let page = library.render(view, withTemplate: "report") { return Array(page.utf8) }
    } catch {}
    throw CoalmineError(
      code: "report-not-written", "the page's template is malformed", exit: .internalError)
  }

  /// RFC 4648 base64, for the content-security policy.
  static func base64(_ bytes: some Sequence<UInt8>) -> String {
    let alphabet = Array(
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    let all = Array(bytes)
    var text: [UInt8] = []
    for start in stride(from: 0, to: all.count, by: 3) {
      let group = all[start..<min(start + 3, all.count)]
      let word = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
      for place in 0..<4 {
        text.append(
          place <= group.count
            ? alphabet[Int(word >> UInt32(18 - 6 * place) & 63)] : UInt8(ascii: "="))
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
