// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// The space of every canary of a study, by the kind files that the study keeps.
public enum CanarySpaces {
  /// - Parameters:
  ///   - files: the study's own copies, by name.
  /// - Returns: spaces by the canary's id.
  /// - Throws: ``CoalmineError`` where the files do not define a canary's kind or template text.
  public static func spaces(of canaries: [Canary], files: [String: [UInt8]]) throws
    -> [String: RandomnessSpace]
  {
    let catalogue = try Catalogue(
      files: files.sorted { $0.key < $1.key }.map {
        CatalogueFile(name: $0.key, path: "the study's \($0.key)", bytes: $0.value)
      })
    var spaces = [String: RandomnessSpace](minimumCapacity: canaries.count)
    // Canaries of one template text differ in their contexts alone.
    var known: [[String]: RandomnessSpace] = [:]
    for canary in canaries {
      let key = [canary.kind, canary.templateText]
      if let space = known[key] {
        spaces[canary.id] = space.given(canary.context)
        continue
      }
      let template = try catalogue.kind(canary.kind).template
      guard
        let templateText = template.allTemplateTexts.first(where: { $0.id == canary.templateText })
      else {
        throw CoalmineError(
          code: "ledger-damaged", "the study's kind '\(canary.kind)' lacks a template text it used",
          exit: .badData)
      }
      do {
        let space = try template.space(templateText: templateText, context: canary.context)
        known[key] = space
        spaces[canary.id] = space
      } catch {
        throw CoalmineError(code: error.code, error.message, exit: .badData)
      }
    }
    return spaces
  }
}
