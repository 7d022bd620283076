// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Coalmine

struct List: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List kinds, probe sets, dialects or report formats.")

  enum Subject: String, CaseIterable, ExpressibleByArgument {
    case kinds
    case probeSets = "probe-sets"
    case dialects
    case formats
  }

  @Argument(help: "kinds, probe-sets, dialects or formats.")
  var subject: Subject

  @Option(help: "A folder with kinds of your own.")
  var kinds: String?

  @OptionGroup var result: OutputOptions

  func run() throws {
    var catalogue = try Catalogue.shipped()
    if let kinds { catalogue = try catalogue.adding(directory: kinds) }
    let entries: [(String, String)] =
      switch subject {
      case .kinds: catalogue.kinds.map { ($0.name, $0.template.summary) }
      case .probeSets: catalogue.probeSets.map { ($0.name, $0.summary) }
      case .dialects:
        DialectRegistry.all.flatMap { dialect in
          [(dialect.slug, dialect.summary)]
            + dialect.options.map { ("\(dialect.slug),\($0.name)=VALUE", $0.summary) }
        }
      case .formats: ReportFormats.all.map { ($0.slug, $0.summary) }
      }
    try result.print(TextTable.lines(entries.map { [$0.0, $0.1] })) { fields in
      try fields.array(subject.rawValue) { list in
        for (name, summary) in entries {
          try list.object { entry in
            try entry.field("name", name)
            try entry.field("summary", summary)
          }
        }
      }
    }
  }
}
