// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// The options of every verb, as the real program tells them.
struct VerbOptions {
  /// Long names with their dashes, by verb.
  let byVerb: [String: Set<String>]

  var verbs: Set<String> { Set(byVerb.keys) }
  var all: Set<String> { byVerb.values.reduce(into: []) { $0.formUnion($1) } }

  init() async throws {
    let help = try await CoalmineProgram.run("--experimental-dump-help")
    let root = try #require(help.json["command"] as? [String: Any], "\(help.notes)")
    let verbs = try #require(root["subcommands"] as? [[String: Any]])
    var byVerb: [String: Set<String>] = [:]
    for verb in verbs {
      let name = try #require(verb["commandName"] as? String)
      let arguments = verb["arguments"] as? [[String: Any]] ?? []
      let names = arguments.flatMap { $0["names"] as? [[String: Any]] ?? [] }
      byVerb[name] = Set(
        names.filter { $0["kind"] as? String == "long" }.compactMap { $0["name"] as? String }
          .map { "--\($0)" })
    }
    self.byVerb = byVerb
  }

  /// The options that a text mentions, each with the verb that the text names for it:
  /// `coalmine probe --as base`, or `'--as' of 'coalmine probe'`.
  func mentions(in text: String) -> [(option: String, verb: String?)] {
    text.matches(of: /(?:^|[^A-Za-z0-9-])(--[a-z][a-z0-9-]*[a-z0-9])/).map { match in
      let before = text[..<match.output.1.startIndex]
      let after = text[match.output.1.endIndex...]
      let verb =
        after.prefixMatch(of: /'? of 'coalmine ([a-z]+)/)?.output.1
        ?? before.matches(of: /coalmine ([a-z]+)/).last.flatMap { named in
          // A sentence later the text speaks of something else.
          before[named.output.1.endIndex...].contains(". ") ? nil : named.output.1
        }
      return (
        String(match.output.1), verb.map(String.init).flatMap { verbs.contains($0) ? $0 : nil }
      )
    }
  }
}
