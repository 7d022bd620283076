// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// A kind that is like another one and has texts of its own.
///
/// ```yaml
/// like: access-code
/// template: "Badge note: {given} {surname} opens the gate with {code}."
/// ```
///
/// Slots, source, example and scrubbers are those of the other kind. A study keeps both files.
struct LikeKind {
  private let base: Kind
  private let value: YAMLValue

  /// - Parameter kinds: those that can be named: each with slots of its own.
  /// - Throws: ``CoalmineError`` `unknown-kind` with the line.
  init(_ value: YAMLValue, among kinds: [Kind]) throws(CoalmineError) {
    let name = try value.slug()
    guard let base = kinds.first(where: { $0.name == name }) else {
      let near = Nearest.name(to: name, among: kinds.map(\.name))
      throw value.source.error(
        "unknown-kind", line: value.line, "no kind with slots of its own is called '\(name)'",
        help: near.map { "did you mean '\($0)'?" }
          ?? "known: \(kinds.map(\.name).sorted().joined(separator: ", "))")
    }
    self.base = base
    self.value = value
  }

  func kind(name: String, file: CatalogueFile, _ table: YAMLTable) throws(CoalmineError) -> Kind {
    if let slots = table["slots"] {
      throw slots.error("yaml-key-twice", "and 'like' exclude each other; drop one")
    }
    let known = base.template.slots.values.sorted { $0.name < $1.name }
    let texts = try KindFile.templateTexts(in: table, slots: known)
    let translations = try KindFile.translations(in: table, slots: known)
    let template: CanaryTemplate
    do {
      let own = try texts.map { id, text throws(SlotError) in
        try TemplateText(id: id, text: text, slots: base.template.slots)
      }
      let others = try translations.map { _, id, text throws(SlotError) in
        try TemplateText(id: id, text: text, slots: base.template.slots)
      }
      let used = Set((own + others).flatMap(\.slotNames))
      template = try CanaryTemplate(
        kind: name, summary: try table["summary"]?.text() ?? base.template.summary,
        source: try table["source"]?.text() ?? base.template.source,
        example: try table["example"]?.text() ?? base.template.example, templateTexts: texts,
        translations: translations, slots: known.filter { used.contains($0.name) })
    } catch let error as SlotError {
      throw value.source.error(error.code, line: value.line, error.message)
    } catch let error as CoalmineError {
      throw error
    } catch {
      throw value.error("bad-slot", "cannot be used")
    }
    try KindFile.checkContext(of: template, table)
    return Kind(
      template: template, files: [file] + base.files,
      scrubbers: try KindFile.scrubbers(in: table) ?? base.scrubbers)
  }
}
