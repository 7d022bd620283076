// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCatalogue
import CoalmineCore
import CoalmineSeeding

/// In which language the canaries of a study are written.
///
/// Which template text a canary has is stored with it, and the kind's file with the study.
public struct TemplateLanguages: Sendable, Equatable {
  /// What was asked for, or what the corpus is in; a two-letter code, `nil` where nothing told it.
  public let language: String?
  /// Whether the language was found in the corpus.
  public let isDetected: Bool
  /// The planned kinds that have no template text in that language, sorted; their usual ones are used.
  public let without: [String]
  /// The kinds with the template texts that are drawn from, by name.
  let templates: [String: CanaryTemplate]

  public static func == (left: TemplateLanguages, right: TemplateLanguages) -> Bool {
    left.language == right.language && left.isDetected == right.isDetected
      && left.without == right.without
  }

  /// The language that the usual template texts of the shipped kinds are in.
  public static let usual = "en"
}

extension SeedVerb {
  /// Chooses template texts by the language of the corpus, or by the one that was asked for.
  ///
  /// - Throws: ``CoalmineError`` `unknown-language` where it was asked for and no planned kind has it.
  func templateLanguages(
    _ plan: StudyProtocol, _ catalogue: Catalogue
  ) throws -> TemplateLanguages {
    let kinds = catalogue.kinds.filter { plan.kinds.contains($0.name) }
    let known = Set(kinds.flatMap(\.template.translations.keys)).union([TemplateLanguages.usual])
    if let language, !known.contains(language) {
      throw CoalmineError(
        code: "unknown-language",
        "no planned kind has template texts in the language '\(terminalSafe(language))'",
        details: ["known: \(known.sorted().joined(separator: ", "))"],
        help: "write 'languages' in a kind of your own, and name its folder with '--kinds'",
        exit: .badConfiguration)
    }
    let chosen =
      try language
      ?? CorpusLanguage.detected(in: corpora[0], format: format, fields: fields)
    let without = kinds.filter { kind in
      guard let chosen, chosen != TemplateLanguages.usual else { return false }
      return kind.template.translations[chosen] == nil
    }
    return TemplateLanguages(
      language: chosen, isDetected: language == nil, without: without.map(\.name).sorted(),
      templates: Dictionary(
        uniqueKeysWithValues: catalogue.kinds.map { ($0.name, $0.template.written(in: chosen)) }))
  }
}
