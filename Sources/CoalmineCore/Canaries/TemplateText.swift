// SPDX-License-Identifier: Apache-2.0

/// The text around a secret.
///
/// ```
/// The access code of {given} {surname} is {code}.
/// |------------- prefix ------------->|^|----|>
///                              separator secret suffix
/// ```
///
/// The separator is the white space before the secret. It is kept apart because a prompt that
/// ends in a space is another prompt to most tokenisers.
public struct TemplateText: Sendable, Equatable {
  /// A slug, unique in the kind: `python`.
  public let id: String
  /// What the model is given: text and context slots.
  public let prefix: [Piece]
  /// White space between prefix and secret, often one space.
  public let separator: [UInt8]
  /// From the first to the last secret slot, with the text between them.
  public let secret: [Piece]
  /// The rest of the template text.
  public let suffix: [UInt8]

  /// A part of a template text.
  public enum Piece: Sendable, Equatable {
    case text([UInt8])
    case slot(String)
  }

  package init(id: String, text: String, slots: [String: Slot]) throws(SlotError) {
    let pieces = try Self.parse(text)
    for case .slot(let name) in pieces where slots[name] == nil {
      throw SlotError(
        code: "slot-missing", "the template text names '{\(name)}', which 'slots' does not define")
    }
    func isSecret(_ piece: Piece) -> Bool {
      if case .slot(let name) = piece { slots[name]?.role == .secret } else { false }
    }
    guard let first = pieces.firstIndex(where: isSecret),
      let last = pieces.lastIndex(where: isSecret)
    else { throw SlotError(code: "no-secret", "template text '\(id)' has no secret slot") }
    let secret = Array(pieces[first...last])
    var seen: Set<String> = []
    for case .slot(let name) in secret {
      guard slots[name]?.role == .secret else {
        throw SlotError(
          code: "context-inside-secret",
          "context slot '\(name)' stands inside the secret: put context before the secret")
      }
      guard seen.insert(name).inserted else {
        throw SlotError(code: "slot-twice", "template text '\(id)' uses the secret '\(name)' twice")
      }
    }
    var suffix: [UInt8] = []
    for piece in pieces[(last + 1)...] {
      guard case .text(let bytes) = piece else {
        throw SlotError(
          code: "slot-after-secret",
          "template text '\(id)' has a slot after the secret: the prompt could not disclose it")
      }
      suffix += bytes
    }
    var prefix = Array(pieces[..<first])
    var separator: [UInt8] = []
    if case .text(var text)? = prefix.last {
      while let byte = text.last, byte == 0x20 || byte == 0x09 || byte == 0x0A {
        separator.insert(byte, at: 0)
        text.removeLast()
      }
      prefix[prefix.count - 1] = .text(text)
      if text.isEmpty { prefix.removeLast() }
    }
    guard !prefix.isEmpty else {
      throw SlotError(
        code: "no-prefix", "template text '\(id)' begins with the secret: nothing could be asked")
    }
    self.id = id
    self.prefix = prefix
    self.separator = separator
    self.secret = secret
    self.suffix = suffix
  }

  /// The names of all slots in text order.
  public var slotNames: [String] {
    (prefix + secret).compactMap { if case .slot(let name) = $0 { name } else { nil } }
  }

  /// The prompt for a canary whose context slots hold `context`.
  package func renderedPrefix(_ context: [String: [UInt8]]) -> [UInt8] {
    prefix.flatMap { piece -> [UInt8] in
      switch piece {
      case .text(let bytes): bytes
      case .slot(let name): context[name] ?? []
      }
    }
  }

  /// Text with `{name}` holes; `{{` and `}}` stand for the braces themselves.
  static func parse(_ text: String) throws(SlotError) -> [Piece] {
    var pieces: [Piece] = []
    var run: [UInt8] = []
    var bytes = Array(text.utf8)[...]
    while let byte = bytes.popFirst() {
      switch byte {
      case UInt8(ascii: "{") where bytes.first == UInt8(ascii: "{"),
        UInt8(ascii: "}") where bytes.first == UInt8(ascii: "}"):
        run.append(byte)
        bytes.removeFirst()
      case UInt8(ascii: "{"):
        guard let end = bytes.firstIndex(of: UInt8(ascii: "}")) else {
          throw SlotError(code: "open-brace", "a '{' is never closed; write '{{' for a brace")
        }
        if !run.isEmpty { pieces.append(.text(run)) }
        run = []
        pieces.append(.slot(String(decoding: bytes[..<end], as: UTF8.self)))
        bytes = bytes[(end + 1)...]
      case UInt8(ascii: "}"):
        throw SlotError(code: "open-brace", "a '}' has no '{'; write '}}' for a brace")
      default: run.append(byte)
      }
    }
    if !run.isEmpty { pieces.append(.text(run)) }
    return pieces
  }
}
