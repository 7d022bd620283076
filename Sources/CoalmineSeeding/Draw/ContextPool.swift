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
  /// Template texts whose word lists gave all that they give word by word.
  private var exhausted: Set<String> = []
  /// What no two contexts with a second name may share: two of their three words.
  private var pairs: Set<[[UInt8]]> = []
  private var withSecondName = 0

  /// - Parameter avoided: phrases that no context may give, because the corpus holds them.
  init(avoiding avoided: Set<[UInt8]>) { self.avoided = avoided }

  /// How many contexts were drawn.
  var count: Int { sizes.count + withSecondName }

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
    let name = "\(template.kind)/\(templateText.id)"
    let tries = exhausted.contains(name) ? 0 : Self.freeTries + Self.freshTries
    for attempt in 0..<tries {
      var context: [String: [UInt8]] = [:]
      for slot in slots {
        slot.fill(&context, fresh: attempt >= Self.freeTries ? holders : nil, using: &generator)
      }
      if accept(context, slots, templateText) { return context }
    }
    exhausted.insert(name)
    return drawWithSecondName(slots, templateText, using: &generator)
  }

  /// A context with a second word in one of its slots, such as a second given name.
  ///
  /// ```
  /// Maren Ines Dalby    words maren, ines, dalby: each two of them belong to one context
  /// ```
  ///
  /// Two such contexts have one word in common at most, so that they differ in two of three, and lists of n
  /// words give up to n² of them. They are drawn where contexts of single words have run out, so a study
  /// that fits into those is drawn as ever.
  ///
  /// - Returns: `nil` where none was found, or no slot of the template text stands between blanks or quotes.
  /// - Complexity: O(1) a try.
  private mutating func drawWithSecondName(
    _ slots: [ContextSlot], _ templateText: TemplateText, using generator: inout ChaCha8Rand
  ) -> [String: [UInt8]]? {
    guard let wide = slots.first(where: { $0.isDistinctive && templateText.isApart($0.name) })
    else { return nil }
    for _ in 0..<Self.freeTries {
      var context: [String: [UInt8]] = [:]
      for slot in slots {
        slot.fill(&context, fresh: nil, using: &generator)
        guard slot.name == wide.name else { continue }
        context[slot.name, default: []].append(0x20)
        slot.fill(&context, fresh: nil, using: &generator)
      }
      let tokens = Self.tokens(of: context, slots)
      guard tokens.count >= 3 else { continue }
      let own = Self.pairs(of: tokens)
      guard pairs.isDisjoint(with: own), !sharesTwo(tokens), !isAvoided(context, templateText)
      else { continue }
      pairs.formUnion(own)
      withSecondName += 1
      return context
    }
    return nil
  }

  /// Whether a context of single words has two of these words.
  private func sharesTwo(_ tokens: Set<[UInt8]>) -> Bool {
    var shared: Set<Int> = []
    for token in tokens {
      for holder in holders[token] ?? [] where !shared.insert(holder).inserted { return true }
    }
    return false
  }

  private static func tokens(of context: [String: [UInt8]], _ slots: [ContextSlot]) -> Set<[UInt8]>
  {
    var tokens: Set<[UInt8]> = []
    for slot in slots where slot.isDistinctive {
      tokens.formUnion(ContextSlot.tokens(of: context[slot.name] ?? []))
    }
    return tokens
  }

  private static func pairs(of tokens: Set<[UInt8]>) -> Set<[[UInt8]]> {
    let words = tokens.sorted { $0.lexicographicallyPrecedes($1) }
    var pairs: Set<[[UInt8]]> = []
    for (place, first) in words.enumerated() {
      for second in words[(place + 1)...] { pairs.insert([first, second]) }
    }
    return pairs
  }

  private func isAvoided(_ context: [String: [UInt8]], _ templateText: TemplateText) -> Bool {
    !avoided.isEmpty
      && ContextPhrase.phrases(of: templateText, context).contains(where: avoided.contains)
  }

  private mutating func accept(
    _ context: [String: [UInt8]], _ slots: [ContextSlot], _ templateText: TemplateText
  ) -> Bool {
    let tokens = Self.tokens(of: context, slots)
    guard tokens.count >= 2, pairs.isEmpty || pairs.isDisjoint(with: Self.pairs(of: tokens))
    else { return false }
    var shared: [Int: Int] = [:]
    for token in tokens {
      for holder in holders[token] ?? [] { shared[holder, default: 0] += 1 }
    }
    for (holder, common) in shared where max(tokens.count, sizes[holder]) - common < 2 {
      return false
    }
    if isAvoided(context, templateText) { return false }
    for token in tokens { holders[token, default: []].append(sizes.count) }
    sizes.append(tokens.count)
    return true
  }
}

extension TemplateText {
  /// Whether a value of two words fits everywhere where the slot stands: no other slot, letter, digit or
  /// underscore is beside it, as in the name of a constant.
  fileprivate func isApart(_ slot: String) -> Bool {
    func joins(_ byte: UInt8?) -> Bool {
      guard let byte else { return false }
      return byte == UInt8(ascii: "_") || (0x30...0x39).contains(byte)
        || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
    for (place, piece) in prefix.enumerated() where piece == .slot(slot) {
      for beside in [place - 1, place + 1] where prefix.indices.contains(beside) {
        guard case .text(let text) = prefix[beside] else { return false }
        if joins(beside < place ? text.last : text.first) { return false }
      }
    }
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
