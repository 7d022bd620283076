// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// Draws in-context positive controls: fresh secrets under contexts that no canary has.
package enum InContextControlDraw {
  /// How many a study has.
  package static let count = 8

  /// In-context positive controls for canaries that were planted by other means, the kinds in turn.
  ///
  /// - Parameter taken: template text and context of each canary there is; no control's prompt
  ///   names what one of theirs names.
  /// - Throws: ``CoalmineError``: `contexts-exhausted`, or a kind's own defect.
  package static func controls(
    kinds: [CanaryTemplate],
    beside taken: [(templateText: TemplateText, context: [String: [UInt8]])],
    randomness: StudyRandomness
  ) throws(CoalmineError) -> [InContextControl] {
    var phrases: Set<[UInt8]> = []
    for (templateText, context) in taken {
      phrases.formUnion(ContextPhrase.phrases(of: templateText, context))
    }
    var pool = ContextPool(avoiding: phrases)
    var settings: [Setting] = []
    for position in 0..<count where !kinds.isEmpty {
      var generator = randomness.generator(for: .contexts, String(taken.count + position))
      settings.append(
        try Setting(
          kinds[position % kinds.count], in: &pool, needed: count, using: &generator))
    }
    return controls(settings[...], randomness)
  }

  /// One control a setting: a secret that its prompt gives, and a decoy.
  static func controls(
    _ settings: ArraySlice<Setting>, _ randomness: StudyRandomness
  ) -> [InContextControl] {
    var generator = randomness.generator(for: .inContextControls)
    var dealt: [String: Int] = [:]
    let controls = settings.map { setting in
      let number = dealt[setting.kind, default: 0]
      dealt[setting.kind] = number + 1
      let given = generator.uniform(below: setting.space.count)
      let other = generator.uniform(below: setting.space.count - 1)
      let decoy = other < given ? other : other + 1
      return InContextControl(
        kind: setting.kind, number: number, prefix: setting.prefix,
        separator: setting.templateText.separator,
        given: Secret(setting.space.candidate(at: given)),
        decoy: Secret(setting.space.candidate(at: decoy)), suffix: setting.templateText.suffix)
    }
    return controls.sorted { ($0.kind, $0.number) < ($1.kind, $1.number) }
  }
}
