// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// A template text with its context, and the space of the secret under it.
struct Setting {
  let kind: String
  let templateText: TemplateText
  let context: [String: [UInt8]]
  let space: RandomnessSpace

  var prefix: [UInt8] { templateText.renderedPrefix(context) }

  init(
    _ template: CanaryTemplate, in pool: inout ContextPool, needed: Int,
    using generator: inout ChaCha8Rand
  ) throws(CoalmineError) {
    let number = Int(generator.uniform(below: UInt64(template.templateTexts.count)))
    var templateText = template.templateTexts[number]
    do {
      var drawn = try pool.draw(template, templateText, using: &generator)
      // Where the drawn text has no more contexts, another one of the kind may.
      for other in template.templateTexts where drawn == nil {
        templateText = other
        drawn = try pool.draw(template, other, using: &generator)
      }
      guard let context = drawn else {
        throw CoalmineError(
          code: "contexts-exhausted",
          "the word lists give \(pool.count) contexts that differ in two words; the study needs "
            + "\(needed)",
          details: ["the list of kind '\(template.kind)' ran out first"],
          help: "plan fewer canaries, add kinds with other names, or lengthen the word lists",
          exit: .badConfiguration)
      }
      self.context = context
      self.space = try template.space(templateText: templateText, context: context)
    } catch let error as SlotError {
      throw CoalmineError(
        code: error.code, "kind '\(template.kind)': \(error.message)", exit: .badConfiguration)
    } catch let error as CoalmineError {
      throw error
    } catch {
      throw CoalmineError(
        code: "kind-not-usable", "kind '\(template.kind)' cannot be drawn from",
        exit: .internalError)
    }
    self.kind = template.kind
    self.templateText = templateText
  }
}
