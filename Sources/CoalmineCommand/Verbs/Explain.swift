// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Coalmine

struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Explain a slug of a report, a check or an error.",
    discussion: """
      Reports, checks and errors use short names (slugs), such as few-references. This command says \
      what a slug means, how it affects the numbers or the run, and what you can do.
      """)

  @Argument(help: "The slug, as the report prints it. Without a slug, all are listed.")
  var slug: String?

  @OptionGroup var result: OutputOptions

  func run() throws {
    let found =
      try slug.map { try Explanations.entries($0) }
      ?? Explanations.families.flatMap { family in
        family.entries.map { (family: family, entry: $0) }
      }
    try result.print(slug == nil ? Self.list : Self.texts(found)) { fields in
      try fields.array("explanations") { list in
        for (family, entry) in found {
          try list.object { object in
            try object.field("slug", entry.slug)
            try object.field("family", family.name)
            try object.field("text", entry.text)
          }
        }
      }
    }
  }

  /// Every slug below the name of its family.
  private static var list: [String] {
    Explanations.families.flatMap { family in
      ["\(family.name): \(family.summary)"] + family.entries.map { "  \($0.slug)" } + [""]
    } + ["'coalmine explain SLUG' explains one of them"]
  }

  /// One text as it is; several, where a slug stands in several places, each with its family.
  private static func texts(
    _ found: [(family: Explanations.Family, entry: Explanations.Entry)]
  ) -> [String] {
    guard found.count > 1 else { return found.map(\.entry.text) }
    return found.map { "\($0.family.name): \($0.entry.text)" }
  }
}
