// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// What the slugs of reports, checks and errors mean, and what to do about them, for
/// `coalmine explain`.
///
/// Where a slug is a case of an enum, a `switch` explains it. The other texts are data, and a test
/// reads the sources and holds every literal slug against them.
public enum Explanations {
  /// One slug explained.
  public struct Entry: Sendable, Equatable {
    public let slug: String
    /// A few sentences: what it means, what it does to the numbers or the run, what can be done.
    public let text: String
  }

  /// Slugs that stand in one place of a report, or end a command.
  public struct Family: Sendable {
    /// The name in lists, `caveats`.
    public let name: String
    /// What its slugs are, in a few words.
    public let summary: String
    /// In the order of their slugs.
    public let entries: [Entry]

    init(_ name: String, _ summary: String, _ entries: [Entry]) {
      self.name = name
      self.summary = summary
      self.entries = entries.sorted { $0.slug < $1.slug }
    }

    /// The cases of an enum.
    init<Slugs: CaseIterable & RawRepresentable<String>>(
      _ name: String, _ summary: String, of slugs: Slugs.Type, _ text: (Slugs) -> String
    ) {
      self.init(
        name, summary, Slugs.allCases.map { Entry(slug: $0.rawValue, text: text($0)) })
    }

    /// Texts as data: a line with the slug, and below it the text, indented.
    init(_ name: String, _ summary: String, texts: String) {
      var entries: [Entry] = []
      for line in texts.split(separator: "\n") {
        let words = line.drop { $0 == " " }
        if words.count == line.count {
          entries.append(Entry(slug: String(line), text: ""))
        } else if let last = entries.popLast() {
          let text = last.text.isEmpty ? String(words) : "\(last.text) \(words)"
          entries.append(Entry(slug: last.slug, text: text))
        }
      }
      self.init(name, summary, entries)
    }
  }

  /// Every family, the ones of a report first.
  public static let families: [Family] = [
    [verdicts, findings, caveats], states, [checks], methods, names, [reasons, statistics], errors,
    [processedCorpora, preflightRules], comparisons + [steps, looks],
  ].flatMap { $0 }

  /// Every entry, by family. A slug can have one in several families.
  public static let all: [Entry] = families.flatMap(\.entries)

  /// The entries of a slug, each with its family.
  ///
  /// - Throws: ``CoalmineError`` with code `unknown-slug`.
  public static func entries(_ slug: String) throws(CoalmineError) -> [(
    family: Family, entry: Entry
  )] {
    let wanted = isHTTPStatus(slug) ? "http-NNN" : slug
    let found = families.flatMap { family in
      family.entries.filter { $0.slug == wanted }.map { (family: family, entry: $0) }
    }
    guard found.isEmpty else { return found }
    let near = Nearest.names(to: slug, among: all.map(\.slug))
    throw CoalmineError(
      code: "unknown-slug", "nothing is called '\(terminalSafe(slug))'",
      help: near.isEmpty
        ? "'coalmine explain' without a slug lists all; kinds, probe sets and dialects are listed by "
          + "'coalmine list'"
        : "did you mean \(near.map { "'\($0)'" }.joined(separator: " or "))?", exit: .usage)
  }

  /// `http-` and three digits: the reason for an answer with that status.
  private static func isHTTPStatus(_ slug: String) -> Bool {
    slug.hasPrefix("http-") && slug.utf8.count == 8
      && slug.utf8.dropFirst(5).allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}
