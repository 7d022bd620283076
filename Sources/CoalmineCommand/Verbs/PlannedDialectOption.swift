// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Coalmine
import CoalmineCore

/// The dialect of the endpoint that a study is made for, as `plan` and `seed` take it.
struct PlannedDialectOption: ParsableArguments {
  @Option(
    name: .customLong("for"),
    help: """
      The dialect of the endpoint that will be asked, as 'coalmine probe --dialect' takes it: plans for \
      what it can carry, and warns of what cannot be asked there and of files that providers who speak it \
      do not take for training.
      """)
  var dialect: String?

  /// - Throws: ``CoalmineError`` with code `unknown-dialect` or `bad-dialect-option`.
  func endpoint() throws -> PlannedEndpoint? {
    guard let dialect else { return nil }
    let found = try DialectRegistry.dialect(dialect)
    guard found.abilities != .chooses else {
      throw ValidationError(
        "'\(found.name)' asks forced choices alone, which decide nothing: name the dialect of the other "
          + "questions, and plan the choices with 'coalmine plan --forced-choice NUMBER'")
    }
    let slug = dialect.split(separator: ",").first.map(String.init) ?? dialect
    let entry = DialectRegistry.all.first { $0.slug == slug }
    let isStated = dialect.contains(",logprobs=")
    let lists = entry?.options.contains { $0.name == "logprobs" } ?? false
    return PlannedEndpoint(
      dialect: found.name, abilities: found.abilities, form: found.presentation,
      withTokens: lists && !isStated ? "\(found.name),logprobs=20" : nil)
  }
}
