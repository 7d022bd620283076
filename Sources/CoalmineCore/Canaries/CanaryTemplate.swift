// SPDX-License-Identifier: Apache-2.0

/// A kind of canary: template texts with named slots, as a file of `canaries/` describes it.
public struct CanaryTemplate: Sendable {
  /// The kind's slug, `access-code`: the file's name.
  public let kind: String
  /// One line for people.
  public let summary: String
  /// Why no candidate is usable in the real world, and where that is written.
  public let source: String
  /// One template text with its slots filled, as documentation.
  public let example: String
  /// The texts around the secret; a canary picks one.
  public private(set) var templateTexts: [TemplateText]
  /// Template texts in other languages, by two-letter code.
  public let translations: [String: [TemplateText]]
  /// Whole files of source code or configuration with the secret in them, by language.
  public let codeTexts: [CodeLanguage: [TemplateText]]
  /// The slots by name.
  public let slots: [String: Slot]

  /// What fills each slot, worked out once: a list of thousands of words is sorted here.
  private let slotSteps: [String: [Step]]

  /// - Parameter translations: texts by two-letter code, or by the name of a ``CodeLanguage``.
  /// - Throws: ``SlotError`` where template texts and slots do not fit together.
  public init(
    kind: String, summary: String, source: String, example: String,
    templateTexts: [(id: String, text: String)],
    translations: [(language: String, id: String, text: String)] = [], slots: [Slot]
  ) throws(SlotError) {
    var byName: [String: Slot] = [:]
    for slot in slots {
      guard byName.updateValue(slot, forKey: slot.name) == nil else {
        throw SlotError(code: "slot-twice", "slot '\(slot.name)' is defined twice")
      }
    }
    guard !templateTexts.isEmpty else {
      throw SlotError(code: "no-template", "a kind needs a 'template' or 'templates'")
    }
    var parsed: [TemplateText] = []
    var inLanguages: [String: [TemplateText]] = [:]
    var inCode: [CodeLanguage: [TemplateText]] = [:]
    for templateText in templateTexts + translations.map({ (id: $0.id, text: $0.text) }) {
      guard !parsed.contains(where: { $0.id == templateText.id }) else {
        throw SlotError(
          code: "template-twice", "template text '\(templateText.id)' is defined twice")
      }
      parsed.append(try TemplateText(id: templateText.id, text: templateText.text, slots: byName))
    }
    let used = Set(parsed.flatMap(\.slotNames))
    if let unused = byName.keys.sorted().first(where: { !used.contains($0) }) {
      throw SlotError(code: "slot-unused", "no template text uses the slot '\(unused)'")
    }
    self.kind = kind
    self.summary = summary
    self.source = source
    self.example = example
    for (translation, text) in zip(translations, parsed.dropFirst(templateTexts.count)) {
      if let code = CodeLanguage(rawValue: translation.language) {
        inCode[code, default: []].append(text)
      } else {
        inLanguages[translation.language, default: []].append(text)
      }
    }
    self.templateTexts = Array(parsed.prefix(templateTexts.count))
    self.translations = inLanguages
    self.codeTexts = inCode
    self.slots = byName
    var slotSteps: [String: [Step]] = [:]
    for slot in slots {
      slotSteps[slot.name] = try slot.type.steps(slot: slot.name, role: slot.role)
    }
    self.slotSteps = slotSteps
    for templateText in parsed {
      try checkOrder(of: templateText)
      _ = try space(templateText: templateText, context: [:])
    }
  }

  /// Every template text, those in other languages after the others, by language, then files of code.
  public var allTemplateTexts: [TemplateText] {
    templateTexts + translations.sorted { $0.key < $1.key }.flatMap(\.value)
      + codeTexts.sorted { $0.key.rawValue < $1.key.rawValue }.flatMap(\.value)
  }

  /// The kind with its files of code in these languages; `nil` where it has none.
  public func written(inCode languages: [CodeLanguage]) -> CanaryTemplate? {
    let texts = languages.flatMap { codeTexts[$0] ?? [] }
    guard !texts.isEmpty else { return nil }
    var copy = self
    copy.templateTexts = texts
    return copy
  }

  /// The kind with its template texts in a language; with its usual ones where it has none in that.
  public func written(in language: String?) -> CanaryTemplate {
    guard let texts = language.flatMap({ translations[$0] }) else { return self }
    var copy = self
    copy.templateTexts = texts
    return copy
  }

  /// A check can only be computed from what stands before it.
  private func checkOrder(of templateText: TemplateText) throws(SlotError) {
    var before: Set<String> = []
    for name in templateText.slotNames {
      for case .check(_, _, _, let over) in slotSteps[name] ?? [] {
        guard let late = over.first(where: { !before.contains($0) }) else { continue }
        throw SlotError(
          code: "check-too-early",
          "the check '\(name)' is computed over '\(late)', which does not stand before it in "
            + "template text '\(templateText.id)'")
      }
      before.insert(name)
    }
  }

  /// The space of the secret under `context`, for one template text.
  ///
  /// - Throws: ``SlotError`` where it is too large or too small.
  public func space(templateText: TemplateText, context: [String: [UInt8]]) throws(SlotError)
    -> RandomnessSpace
  {
    try RandomnessSpace(steps: try steps(of: templateText.secret), context: context)
  }

  /// The steps that fill `pieces`, in text order.
  package func steps(of pieces: [TemplateText.Piece]) throws(SlotError) -> [Step] {
    var steps: [Step] = []
    for piece in pieces {
      switch piece {
      case .text(let bytes): steps.append(.literal(bytes))
      case .slot(let name):
        guard let slotSteps = slotSteps[name] else {
          throw SlotError(
            code: "slot-missing", "the template text names '{\(name)}', never defined")
        }
        steps += slotSteps
      }
    }
    return steps
  }

  /// The context slots of `templateText` in text order, each with its own steps.
  package func contextSteps(of templateText: TemplateText) throws(SlotError) -> [(
    slot: String, [Step]
  )] {
    var result: [(slot: String, [Step])] = []
    for case .slot(let name) in templateText.prefix {
      guard !result.contains(where: { $0.slot == name }), let steps = slotSteps[name] else {
        continue
      }
      result.append((name, steps))
    }
    return result
  }
}
