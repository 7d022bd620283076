// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCatalogue
import CoalmineCore

/// A canary as a row tells it, found in the space of its kind.
struct ImportedCanary {
  let place: ImportPlace
  let id: String
  let kind: String
  let templateText: TemplateText
  let context: [String: [UInt8]]
  let space: RandomnessSpace
  let index: UInt128
  let prefix: [UInt8]
  let separator: [UInt8]
  let secret: [UInt8]
  let suffix: [UInt8]
  /// How often the file held it; 0 for one that was left out.
  let repetitions: Int
  /// Whether the row says that it was inserted to prove the training.
  let isControl: Bool
  /// Whether the kind counts the beginning of the row's suffix into the secret.
  let takesFromSuffix: Bool

  /// More copies than this no protocol can name.
  static let mostRepetitions = 10_000
  /// The longest prompt that is looked through for a context, in bytes.
  private static let longestPrefix = 1 << 16
  /// A shorter secret can stand in a prompt or an id by accident.
  private static let tellingLength = 4

  /// - Throws: ``CoalmineError`` with file and line; none quotes the row.
  init(_ row: ImportRow, _ catalogue: Catalogue) throws(CoalmineError) {
    place = row.place
    id = try row.id()
    kind = String(decoding: try row.requiredText("kind"), as: UTF8.self)
    let known = kind
    guard let template = catalogue.kinds.first(where: { $0.name == known })?.template else {
      throw row.place.error(
        "unknown-kind", "the field 'kind' names no kind that is known",
        help: "known: \(catalogue.kinds.map(\.name).joined(separator: ", ")); a folder of your own "
          + "kinds is named with '--kinds'")
    }
    let text = try RowText(row)
    prefix = text.prefix
    separator = text.separator
    repetitions = try row.requiredInteger("repetitions", in: 0...Self.mostRepetitions)
    isControl = try Self.isControl(row, repetitions)
    guard prefix.count <= Self.longestPrefix else {
      throw place.error("prefix-too-long", "'prefix' is longer than \(Self.longestPrefix) bytes")
    }
    let readings = try Self.readings(row, template, text)
    guard let first = readings.first else {
      throw place.error(
        "secret-not-in-space",
        "the secret is none of those that kind '\(template.kind)' can write here",
        help: "correct the row, or the secret slots of the kind: every secret must be one that "
          + "could have been drawn")
    }
    guard readings.count == 1 else {
      throw place.error(
        "context-ambiguous",
        "'prefix' fits the template text of kind '\(template.kind)' in two ways",
        help: "say what each slot holds: \"context\": {\"slot\": \"value\"}")
    }
    templateText = first.templateText
    context = first.context
    space = first.space
    index = first.index
    let tail = text.secret + text.suffix
    secret = Array(tail[..<first.length])
    suffix = Array(tail[first.length...])
    takesFromSuffix = first.length > text.secret.count
    guard text.secret.count >= Self.tellingLength else { return }
    guard !ByteSearch.contains(prefix, text.secret) else {
      throw place.error(
        "secret-in-prefix", "'prefix' gives the secret away: nothing is left to leak")
    }
    guard !ByteSearch.contains(Array(id.utf8), text.secret) else {
      throw place.error(
        "secret-in-id", "the field 'id' holds the secret, and ids stand in every report")
    }
  }

  /// The canary under a protocol.
  ///
  /// Those at the target repetitions and those left out belong to the primary test, as if a
  /// random assignment had decided between them: that one did is the importer's claim (caveat
  /// `assignment-not-verified`).
  func canary(targetRepetitions: Int) -> Canary {
    let isLeftOut = repetitions == 0
    return Canary(
      id: id, kind: kind, templateText: templateText.id, context: context, index: index,
      bits: space.bits,
      role: isControl ? .control : isLeftOut ? .heldOut : .inserted,
      repetitions: isLeftOut ? targetRepetitions : repetitions,
      randomized: !isControl && (isLeftOut || repetitions == targetRepetitions), prefix: prefix,
      separator: separator, secret: Secret(secret), suffix: suffix)
  }

  private static func isControl(_ row: ImportRow, _ repetitions: Int) throws(CoalmineError)
    -> Bool
  {
    guard let role = try row.text("role") else { return false }
    guard role == Array("control".utf8) else {
      throw row.place.error(
        "bad-role", "the field 'role' can only be 'control'",
        help: "leave it out: 'repetitions' tells inserted canaries from those left out")
    }
    guard repetitions > 0 else {
      throw row.place.error("control-not-inserted", "a control has at least one repetition")
    }
    return true
  }

  /// A way to read a row by its kind.
  private struct Reading {
    let templateText: TemplateText
    let context: [String: [UInt8]]
    let space: RandomnessSpace
    let index: UInt128
    /// Of the secret, in bytes.
    let length: Int
  }

  /// The readings under which the secret is a candidate: of its own length, or, where the kind
  /// counts what ends the secret into it, of a length that reaches into the suffix.
  ///
  /// - Throws: ``CoalmineError`` where no template text fits the prefix.
  private static func readings(_ row: ImportRow, _ template: CanaryTemplate, _ text: RowText)
    throws(CoalmineError) -> [Reading]
  {
    do {
      let contexts = try contexts(row, template, text.prefix)
      guard !contexts.isEmpty else {
        throw row.place.error(
          "prefix-not-of-kind", "'prefix' is not the template text of kind '\(template.kind)'",
          help: "the text before the secret must be the kind's own, its context slots filled")
      }
      var readings: [Reading] = []
      for (templateText, context) in contexts {
        let space = try template.space(templateText: templateText, context: context)
        guard let found = space.candidateAtStart(of: (text.secret + text.suffix)[...]),
          found.length >= text.secret.count
        else { continue }
        readings.append(
          Reading(
            templateText: templateText, context: context, space: space, index: found.index,
            length: found.length))
      }
      return readings
    } catch let error as SlotError {
      throw row.place.error(error.code, "kind '\(template.kind)': \(error.message)")
    } catch let error as CoalmineError {
      throw error
    } catch {
      throw row.place.error("kind-not-usable", "kind '\(template.kind)' cannot be read")
    }
  }

  /// Template texts and contexts that give the prefix. Slots with values of their own lists come
  /// first; where there are none, any text will do.
  private static func contexts(
    _ row: ImportRow, _ template: CanaryTemplate, _ prefix: [UInt8]
  ) throws -> [(templateText: TemplateText, context: [String: [UInt8]])] {
    var known = try row.texts("context") ?? [:]
    if known["name"] == nil, let name = try row.text("name"), !name.isEmpty,
      template.slots["name"]?.role == .context
    {
      known["name"] = name
    }
    if known.keys.contains(where: { template.slots[$0]?.role != .context }) {
      throw row.place.error(
        "slot-missing", "the field 'context' names what is no context slot of '\(template.kind)'")
    }
    for listedOnly in [true, false] {
      var found: [(templateText: TemplateText, context: [String: [UInt8]])] = []
      for templateText in template.allTemplateTexts {
        for context in try TemplateReading.readings(
          of: prefix, by: templateText, template, known: known, listedOnly: listedOnly)
        { found.append((templateText, context)) }
      }
      if !found.isEmpty { return found }
    }
    return []
  }
}

/// The texts of a row, cut at their borders.
private struct RowText {
  let prefix: [UInt8]
  let separator: [UInt8]
  let secret: [UInt8]
  let suffix: [UInt8]

  init(_ row: ImportRow) throws(CoalmineError) {
    prefix = try row.requiredText("prefix")
    secret = try row.requiredText("secret")
    let stated = try row.text("separator")
    let suffix = try row.text("suffix")
    guard prefix.last.map(Self.isWhite) != true else {
      throw row.place.error(
        "prefix-ends-white", "'prefix' ends in white space",
        help: "move it to 'separator': a prompt that ends in a space is another prompt")
    }
    if let stated, !stated.allSatisfy(Self.isWhite) {
      throw row.place.error(
        "separator-not-white", "'separator' may only hold spaces, tabs and line breaks",
        help: "move the rest to 'prefix': it is given to the model")
    }
    guard let text = try row.text("text") else {
      guard let stated else {
        throw row.place.error(
          "separator-unknown", "nothing says what stands between prefix and secret",
          help: "add 'separator', often one space, or 'text', the whole canary as it was planted")
      }
      self.separator = stated
      self.suffix = suffix ?? []
      return
    }
    let tail = text.starts(with: prefix) ? text[prefix.count...] : []
    separator = Array(tail.prefix(while: Self.isWhite))
    let rest = tail.dropFirst(separator.count)
    guard rest.starts(with: secret) else {
      throw row.place.error(
        "text-differs", "'text' is not prefix, white space and secret in this order")
    }
    self.suffix = Array(rest.dropFirst(secret.count))
    guard stated == nil || stated == separator, suffix == nil || suffix == self.suffix else {
      throw row.place.error(
        "text-differs", "'text' shows another separator or suffix than the row says")
    }
  }

  private static func isWhite(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0A
  }
}
