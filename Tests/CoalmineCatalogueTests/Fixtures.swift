// SPDX-License-Identifier: Apache-2.0

import CoalmineCatalogue
import CoalmineCore
import CoalmineTesting
import Foundation
import Testing

/// The shipped catalogue and what the tests compare it with.
enum Fixtures {
  static let catalogue: Result<Catalogue, any Error> = Result { try Catalogue.shipped() }

  /// Each template text of each kind with a context out of the vector file.
  static let kindTexts: [KindText] =
    (try? catalogue.get().kinds.flatMap { kind in
      kind.template.allTemplateTexts.map { KindText(template: kind.template, templateText: $0) }
    }) ?? []

  /// The usual template texts alone: those in other languages have the same secrets.
  static let usualTexts = kindTexts.filter { text in
    text.template.templateTexts.contains(text.templateText)
  }

  static let vectors: Result<Vectors, any Error> = Result {
    let file = Repository.url("Tests/CoalmineCatalogueTests/Vectors/kinds.json")
    return try JSONDecoder().decode(Vectors.self, from: Data(contentsOf: file))
  }

  /// 10^4 draws, or 10^6 with `COALMINE_DEEP=1`.
  static let draws = isDeep ? 1_000_000 : 10_000
}

/// One template text of one kind.
struct KindText: Sendable, CustomTestStringConvertible {
  let template: CanaryTemplate
  let templateText: TemplateText

  var testDescription: String { "\(template.kind)/\(templateText.id)" }

  /// Whether it is a file of source code, and no sentence.
  var isCode: Bool {
    let parts = templateText.id.split(separator: "-")
    return parts.count == 2 && CodeLanguage(rawValue: String(parts[0])) != nil
  }

  var context: [String: [UInt8]] {
    get throws { try Fixtures.vectors.get().context.mapValues { Array($0.utf8) } }
  }

  var space: RandomnessSpace {
    get throws { try template.space(templateText: templateText, context: context) }
  }
}

/// `Vectors/kinds.json`.
struct Vectors: Decodable, Sendable {
  let context: [String: String]
  let cases: [Case]

  struct Case: Decodable, Sendable {
    let kind: String
    let templateText: String
    let prefix: String
    let separator: String
    let suffix: String
    let count: String
    let candidates: [Candidate]
  }

  struct Candidate: Decodable, Sendable {
    let index: String
    let text: String
  }
}
