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
  /// The languages of a corpus of source code that canaries are written in; empty for any other.
  public let code: [CodeLanguage]
  /// The kinds with the template texts that are drawn from, by name.
  let templates: [String: CanaryTemplate]

  public static func == (left: TemplateLanguages, right: TemplateLanguages) -> Bool {
    left.language == right.language && left.isDetected == right.isDetected
      && left.without == right.without && left.code == right.code
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
    if format == .source { return try codeLanguages(kinds, plan.copies) }
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
      ?? CorpusLanguage.detected(
        in: corpora[0], format: format, fields: fields, separator: separator)
    let without = kinds.filter { kind in
      guard let chosen, chosen != TemplateLanguages.usual else { return false }
      return kind.template.translations[chosen] == nil
    }
    return TemplateLanguages(
      language: chosen, isDetected: language == nil, without: without.map(\.name).sorted(),
      code: [],
      templates: Dictionary(
        uniqueKeysWithValues: catalogue.kinds.map { ($0.name, $0.template.written(in: chosen)) }))
  }

  /// Chooses the files of code that canaries are written as by the languages of the tree.
  ///
  /// - Throws: ``CoalmineError`` `kind-not-for-source` for a kind that has none of them.
  private func codeLanguages(
    _ kinds: [Kind], _ copies: StudyProtocol.Copies
  ) throws -> TemplateLanguages {
    var languages = CodeLanguage.main(of: corpora)
    // A remark is a comment.
    let commented = languages.filter { $0.lineComment != nil }
    if copies == .varied, !commented.isEmpty { languages = commented }
    var templates: [String: CanaryTemplate] = [:]
    for kind in kinds {
      guard let template = kind.template.written(inCode: languages) else {
        let known = kind.template.codeTexts.keys.map(\.rawValue).sorted()
        throw CoalmineError(
          code: "kind-not-for-source",
          "the kind '\(kind.name)' has no text for a file of "
            + languages.map(\.rawValue).joined(separator: ", "),
          details: known.isEmpty ? [] : ["it has texts for: \(known.joined(separator: ", "))"],
          help:
            "plan with the kinds \(Self.sourceKinds.joined(separator: ", ")), or write 'code' in a "
            + "kind of your own", exit: .badConfiguration)
      }
      templates[kind.name] = template
    }
    return TemplateLanguages(
      language: nil, isDetected: true, without: [], code: languages, templates: templates)
  }

  /// The kinds of source code.
  public static let sourceKinds = ["code-comment", "code-configuration", "code-constant"]

  /// The kinds of a study that is planned for a corpus: those of source code that have texts for its
  /// languages, else those of the endpoint, or ``standardKinds``.
  ///
  /// - Parameters:
  ///   - files: of the corpus.
  ///   - endpoint: the one that will be asked.
  /// - Throws: ``CoalmineError`` `corpus-has-no-source`.
  public static func kinds(
    for files: [String], format: CorpusFormat?, _ endpoint: PlannedEndpoint?, _ catalogue: Catalogue
  ) throws -> [String] {
    guard format == .source else { return endpoint?.kinds ?? standardKinds }
    let languages = try SourceTree.languages(of: files)
    return try sourceKinds.filter {
      try catalogue.kind($0).template.written(inCode: languages) != nil
    }
  }
}
