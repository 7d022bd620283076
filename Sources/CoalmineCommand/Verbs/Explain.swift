// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Coalmine

struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say what a caveat or a check of a report means.")

  @Argument(help: "The slug, as the report has it; without one all are listed.")
  var slug: String?

  @OptionGroup var result: OutputOptions

  func run() throws {
    let entries = try slug.map { [try Explanations.entry($0)] } ?? Explanations.all
    let lines = slug == nil ? entries.map(\.slug) : entries.map(\.text)
    try result.print(lines) { fields in
      try fields.array("explanations") { list in
        for entry in entries {
          try list.object { object in
            try object.field("slug", entry.slug)
            try object.field("text", entry.text)
          }
        }
      }
    }
  }
}
