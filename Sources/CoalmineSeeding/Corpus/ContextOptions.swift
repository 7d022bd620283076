// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

extension CorpusSurvey.Options {
  /// Has one record drawn as the context of each canary.
  ///
  /// In a tree of source code it is a file in the canary's own language. In JSON and in code a secret stands
  /// only where nothing follows the place and no secret of the study can end a text in quotes.
  ///
  ///     options.takeContexts(for: draw, templates, copies: plan.copies)
  ///
  /// - Parameter templates: the kinds by slug, those of the canaries among them.
  /// - Complexity: O(canaries + options of the secrets' steps).
  public mutating func takeContexts(
    for draw: CanaryDraw, _ templates: [String: CanaryTemplate], copies: StudyProtocol.Copies
  ) {
    guard format != .source else {
      for canary in draw.canaries {
        if let language = canary.codeLanguage { contextFiles[language, default: 0] += 1 }
      }
      return
    }
    contexts = draw.canaries.count
    let kinds = Set(draw.canaries.map(\.kind)).compactMap { templates[$0] }
    contextPlaces = copies == .alike && kinds.allSatisfy(\.isPlain) ? .all : .answer
  }
}

extension CanaryTemplate {
  /// Whether no secret holds a byte that ends a text in quotes, or means something else in one.
  fileprivate var isPlain: Bool {
    let special = Set("\"'\\$`#{}".utf8)
    return templateTexts.allSatisfy { text in
      guard let steps = try? steps(of: text.secret) else { return false }
      return steps.allSatisfy { step in
        step.options(given: [:]).allSatisfy {
          $0.allSatisfy { $0 >= 0x20 && !special.contains($0) }
        }
      }
    }
  }
}
