// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// Contexts drawn so far, any two of which differ in at least two distinctive tokens.
///
/// Two canaries whose prompts differ in one name only would answer for each other: a model that
/// learned one secret gives it for the other prompt as well.
///
/// A token is a word of a slot's value, ASCII letters in lower case. Only slots with at least
/// ``distinctiveValues`` values count: `Mr` and `Ms` tell nobody apart. For token sets `a` and
/// `b` the distance is `max(|a|, |b|) - |a ∩ b|`.
struct ContextPool: Sendable {
  /// A slot with fewer values than this does not tell contexts apart.
  static let distinctiveValues: UInt128 = 16
  /// Tries with free choice before only unused words are offered.
  private static let freeTries = 1_000
  private static let freshTries = 200

  private var holders: [[UInt8]: [Int]] = [:]
  private var sizes: [Int] = []
  private let avoided: Set<[UInt8]>

  /// - Parameter avoided: phrases that no context may give, because the corpus holds them.
  init(avoiding avoided: Set<[UInt8]>) { self.avoided = avoided }

  /// How many contexts were drawn.
  var count: Int { sizes.count }

  /// A context for `templateText` that differs enough from all before; `nil` where none was found.
  ///
  /// - Complexity: O(contexts that share a word) a try.
  mutating func draw(
    _ template: CanaryTemplate, _ templateText: TemplateText, using generator: inout ChaCha8Rand
  ) throws(SlotError) -> [String: [UInt8]]? {
    let slots = try template.contextSteps(of: templateText).map { slot, steps in
      ContextSlot(name: slot, steps: steps)
    }
    guard slots.reduce(0, { $0 + ($1.isDistinctive ? $1.leastTokens : 0) }) >= 2 else {
      throw SlotError(
        code: "context-not-distinctive",
        "template text '\(templateText.id)' of kind '\(template.kind)' needs at least two context "
          + "words from slots with \(Self.distinctiveValues) or more values, such as a name and a surname"
      )
    }
    for attempt in 0..<(Self.freeTries + Self.freshTries) {
      var context: [String: [UInt8]] = [:]
      for slot in slots {
        slot.fill(&context, fresh: attempt >= Self.freeTries ? holders : nil, using: &generator)
      }
      if accept(context, slots, templateText) { return context }
    }
    return nil
  }

  private mutating func accept(
    _ context: [String: [UInt8]], _ slots: [ContextSlot], _ templateText: TemplateText
  ) -> Bool {
    var tokens: Set<[UInt8]> = []
    for slot in slots where slot.isDistinctive {
      tokens.formUnion(ContextSlot.tokens(of: context[slot.name] ?? []))
    }
    guard tokens.count >= 2 else { return false }
    var shared: [Int: Int] = [:]
    for token in tokens {
      for holder in holders[token] ?? [] { shared[holder, default: 0] += 1 }
    }
    for (holder, common) in shared where max(tokens.count, sizes[holder]) - common < 2 {
      return false
    }
    if !avoided.isEmpty {
      for phrase in ContextPhrase.phrases(of: templateText, context) where avoided.contains(phrase)
      {
        return false
      }
    }
    for token in tokens { holders[token, default: []].append(sizes.count) }
    sizes.append(tokens.count)
    return true
  }
}

/// A context slot and its steps.
private struct ContextSlot {
  let name: String
  let steps: [Step]

  var isDistinctive: Bool {
    var values: UInt128 = 1
    for step in steps {
      let (product, overflow) = values.multipliedReportingOverflow(by: UInt128(step.radix))
      if overflow || product >= ContextPool.distinctiveValues { return true }
      values = product
    }
    return false
  }

  /// The fewest words that a value has: one, and one more for each joint of white space.
  var leastTokens: Int {
    1 + steps.count { $0.radix == 1 && $0.options(given: [:]).first == [0x20] }
  }

  /// Draws a value; with `fresh`, out of options whose words no context holds, where there are any.
  func fill(
    _ context: inout [String: [UInt8]], fresh holders: [[UInt8]: [Int]]?,
    using generator: inout ChaCha8Rand
  ) {
    for step in steps {
      var options = step.options(given: context)
      if let holders {
        let unused = options.filter { option in
          Self.tokens(of: option).allSatisfy { holders[$0] == nil }
        }
        if !unused.isEmpty { options = unused }
      }
      guard !options.isEmpty else { continue }
      let choice = options[Int(generator.uniform(below: UInt64(options.count)))]
      context[name, default: []] += choice
    }
  }

  static func tokens(of value: [UInt8]) -> [[UInt8]] {
    value.split(separator: 0x20).map { word in
      word.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
    }
  }
}

/// The words of a prompt that must not stand in the corpus already.
enum ContextPhrase {
  /// Each run of two or more context slots with nothing but white space between them; where there
  /// is none, everything from the first to the last slot.
  ///
  /// ```
  /// The access code of {given} {surname} at {street} is
  ///                    |----- phrase --|
  /// ```
  static func phrases(of templateText: TemplateText, _ context: [String: [UInt8]]) -> [[UInt8]] {
    var runs: [[UInt8]] = []
    var run: [UInt8] = []
    var slotsInRun = 0
    var gap: [UInt8] = []
    var span: [UInt8] = []
    func isWhite(_ text: [UInt8]) -> Bool { text.allSatisfy { $0 == 0x20 || $0 == 0x09 } }
    for piece in templateText.prefix {
      switch piece {
      case .text(let text): gap += text
      case .slot(let name):
        let value = context[name] ?? []
        if slotsInRun > 0, isWhite(gap) {
          run += gap + value
          slotsInRun += 1
        } else {
          if slotsInRun > 1 { runs.append(run) }
          run = value
          slotsInRun = 1
        }
        span += (span.isEmpty ? [] : gap) + value
        gap = []
      }
    }
    if slotsInRun > 1 { runs.append(run) }
    return runs.isEmpty ? (span.isEmpty ? [] : [span]) : runs
  }
}
