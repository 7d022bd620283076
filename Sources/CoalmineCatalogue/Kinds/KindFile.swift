// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Reads a kind of canary from YAML.
///
/// ```yaml
/// summary: A six-digit access code.
/// source: Why no candidate is usable in the real world.
/// example: The access code of Maren Dalby is 302557.
/// template: The access code of {given} {surname} is {code}.
/// slots:
///   given: {role: context, type: words, list: given}
///   surname: {role: context, type: words, list: surname}
///   code: {role: secret, type: digits, length: 6}
/// ```
enum KindFile {
  private static let keys = [
    "summary", "source", "example", "scrubbers", "like", "template", "templates", "languages",
    "code", "slots",
  ]

  /// Names of keys in kinds that studies of earlier versions hold.
  private static let renamed = ["carrier": "template", "carriers": "templates"]

  /// Context slots with fewer values do not tell two prompts apart.
  private static let distinctiveValues: UInt128 = 16

  /// - Parameter kinds: those that `like` can name; `nil` while they are read.
  /// - Returns: `nil` for a kind like another one while ``kinds`` is `nil`.
  /// - Throws: ``CoalmineError`` (exit `badData`) with file and line.
  static func parse(
    _ file: CatalogueFile, name: String, lists: WordLists, among kinds: [Kind]?
  ) throws(CoalmineError) -> Kind? {
    let source = FileSource(path: file.path, exit: .badData)
    guard Slug.isValid(name) else {
      throw source.error(
        "bad-name", line: 1, "the file's name '\(terminalSafe(name))' must be \(Slug.rule)")
    }
    let table = try YAMLValue(file: file.bytes, in: source).table(keys, renamed: renamed)
    if let like = table["like"] {
      guard let kinds else { return nil }
      return try LikeKind(like, among: kinds).kind(name: name, file: file, table)
    }
    let slots = try table.required("slots")
    let slotTable = try slots.table(nil)
    var parsedSlots: [Slot] = []
    var listNames: Set<String> = []
    for slotName in slotTable.keys {
      let value = try slotTable.required(slotName)
      guard Slug.isValid(slotName) else {
        throw value.error("bad-name", "must be \(Slug.rule)")
      }
      parsedSlots.append(try SlotDefinition.slot(value, lists))
      if let list = try value.table(nil)["list"], !list.isList { listNames.insert(try list.slug()) }
    }
    let templateTexts = try templateTexts(in: table, slots: parsedSlots)
    let translations = try translations(in: table, slots: parsedSlots)
    let summary = try table.required("summary").text()
    let why = try table.required("source").text()
    let example = try table.required("example").text()
    let template: CanaryTemplate
    do {
      template = try CanaryTemplate(
        kind: name, summary: summary, source: why, example: example, templateTexts: templateTexts,
        translations: translations, slots: parsedSlots)
    } catch {
      throw source.error(error.code, line: slots.line, error.message)
    }
    try checkContext(of: template, table)
    let files = [file] + listNames.sorted().compactMap { lists.file($0) }
    return Kind(template: template, files: files, scrubbers: try scrubbers(in: table) ?? [])
  }

  /// One 'template', called `default`, or several 'templates' by name.
  static func templateTexts(in table: YAMLTable, slots: [Slot]) throws(CoalmineError)
    -> [(id: String, text: String)]
  {
    let values: [(id: String, value: YAMLValue)]
    switch (table["template"], table["templates"]) {
    case (let one?, nil): values = [("default", one)]
    case (nil, let several?):
      let named = try several.table(nil)
      var found: [(id: String, value: YAMLValue)] = []
      for id in named.keys {
        let value = try named.required(id)
        guard Slug.isValid(id) else { throw value.error("bad-name", "must be \(Slug.rule)") }
        found.append((id, value))
      }
      values = found
    case (_?, let both?):
      throw both.error("yaml-key-twice", "and 'template' exclude each other; drop one")
    case (nil, nil):
      throw table.source.error(
        "yaml-missing-key", line: table.line, "the key 'template' is missing")
    }
    let byName = Dictionary(uniqueKeysWithValues: slots.map { ($0.name, $0) })
    var templateTexts: [(id: String, text: String)] = []
    for (id, value) in values {
      let text = try value.text(lines: true)
      do {
        _ = try TemplateText(id: id, text: text, slots: byName)
      } catch {
        throw value.error(error.code, "cannot be used: \(error.message)")
      }
      templateTexts.append((id, text))
    }
    return templateTexts
  }

  /// The rules that 'scrubbers' names; `nil` where the key is not there.
  static func scrubbers(in table: YAMLTable) throws(CoalmineError) -> [String]? {
    guard let value = table["scrubbers"] else { return nil }
    var scrubbers: [String] = []
    for rule in try value.list() { scrubbers.append(try rule.slug()) }
    return scrubbers
  }

  /// The lists of 'languages' and of 'code', each text named by its language and its place: `de-2`,
  /// `python-1`.
  static func translations(in table: YAMLTable, slots: [Slot]) throws(CoalmineError)
    -> [(language: String, id: String, text: String)]
  {
    try texts("languages", in: table, slots) { language, value throws(CoalmineError) in
      let letters = language.utf8.allSatisfy { (0x61...0x7A).contains($0) }
      guard language.utf8.count == 2, letters else {
        throw value.error("bad-language", "must be a two-letter code of ISO 639-1, such as 'de'")
      }
    }
      + texts("code", in: table, slots) { language, value throws(CoalmineError) in
        guard CodeLanguage(rawValue: language) != nil else {
          let known = CodeLanguage.allCases.map(\.rawValue).joined(separator: ", ")
          throw value.error("bad-language", "must be one of \(known)")
        }
      }
  }

  private static func texts(
    _ key: String, in table: YAMLTable, _ slots: [Slot],
    check: (String, YAMLValue) throws(CoalmineError) -> Void
  ) throws(CoalmineError) -> [(language: String, id: String, text: String)] {
    guard let languages = try table[key]?.table(nil) else { return [] }
    let byName = Dictionary(uniqueKeysWithValues: slots.map { ($0.name, $0) })
    var translations: [(language: String, id: String, text: String)] = []
    for language in languages.keys {
      let value = try languages.required(language)
      try check(language, value)
      for (number, element) in zip(1..., try value.list()) {
        let text = try element.text(lines: true)
        do {
          _ = try TemplateText(id: "\(language)-\(number)", text: text, slots: byName)
        } catch {
          throw element.error(error.code, "cannot be used: \(error.message)")
        }
        translations.append((language, "\(language)-\(number)", text))
      }
    }
    return translations
  }

  /// Two prompts of one kind must differ in two words at least: a model that mixes up two prompts
  /// would answer with the wrong canary's secret.
  static func checkContext(of template: CanaryTemplate, _ table: YAMLTable)
    throws(CoalmineError)
  {
    for templateText in template.allTemplateTexts {
      var words = 0
      let context: [(slot: String, [Step])]
      do { context = try template.contextSteps(of: templateText) } catch {
        throw table.source.error(error.code, line: table.line, error.message)
      }
      for (_, steps) in context {
        let joints = steps.count { $0 == .choice(slot: $0.slot ?? "", options: [[0x20]]) }
        if values(of: steps) >= distinctiveValues { words += 1 + joints }
      }
      guard words >= 2 else {
        throw table.source.error(
          "context-not-distinctive", line: (table["template"] ?? table["templates"])?.line ?? 1,
          "template text '\(templateText.id)' has \(words) context words to tell two prompts apart, "
            + "two are needed",
          help: "name a person before the secret: two context slots of \(distinctiveValues) or "
            + "more values, such as 'list: given' and 'list: surname'")
      }
    }
  }

  /// The product of the options, but no more than is asked about.
  private static func values(of steps: [Step]) -> UInt128 {
    steps.reduce(1) { $0 >= distinctiveValues ? $0 : $0 * UInt128($1.radix) }
  }
}
