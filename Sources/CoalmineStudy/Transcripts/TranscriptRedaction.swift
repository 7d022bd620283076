// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// Texts of a transcript as anybody may read them.
///
/// A prompt is made of a template text and invented names, so it is shown but for secrets; one that begins as
/// a record of the corpus is masked like a reply. A reply can hold anything that the model was trained on: each of its words is shown as `xxxx`, but for ``PlainWords``.
///
/// ```
/// reply   I'm sorry. Ines Dalby's code is 302557, or in base64 MzAyNTU3.
/// shown   I'm sorry. xxxx xxxx code is [secret of access-code-001], xxxx in xxxx xxxx.
/// ```
struct TranscriptRedaction {
  /// How many characters are shown.
  static let length = 300
  /// How many bytes are kept of the text itself.
  static let clearLength = 2_000

  private let words: PlainWords
  /// ASCII marks that a secret can differ by.
  private let hidden: Set<Unicode.Scalar>

  /// - Parameter spaces: of at least one canary per kind.
  init(spaces: some Sequence<RandomnessSpace>) {
    var words: Set<String> = []
    var hidden: Set<Unicode.Scalar> = []
    for space in spaces {
      for option in space.variableOptions {
        let text = String(decoding: option, as: UTF8.self).lowercased()
        hidden.formUnion(
          text.unicodeScalars.filter { $0.isASCII && ($0 == "'" || !Self.isWordPart($0)) })
        // A single letter is no word of its own.
        guard option.count > 1 else { continue }
        words.formUnion(text.split { !($0.isLetter || $0 == "'") }.map(String.init))
      }
    }
    self.words = PlainWords(without: words)
    self.hidden = hidden
  }

  /// A prompt, whose end stands before the reply: a longer one is cut in front.
  ///
  /// - Parameter isForeign: whether it holds text of the corpus.
  func prompt(_ text: [UInt8], _ marks: [TranscriptSecrets.Mark], isForeign: Bool)
    -> TranscriptText
  {
    let scalars = pieces(of: text, marks) { isForeign ? masked(Array($0)) : Array($0) }
    let isCut = scalars.count > Self.length
    return TranscriptText(
      shown: Self.joined((isCut ? [.omitted] : []) + scalars.suffix(Self.length)),
      clear: Secret(Array(text.suffix(Self.clearLength))), bytes: text.count)
  }

  /// A reply, or the text behind a gap where `isReply` is false: a longer one is cut behind.
  func reply(_ text: [UInt8], _ marks: [TranscriptSecrets.Mark], isReply: Bool = true)
    -> TranscriptText
  {
    let scalars = pieces(of: text, marks) { isReply ? masked(Array($0)) : Array($0) }
    let isCut = scalars.count > Self.length
    return TranscriptText(
      shown: Self.joined(scalars.prefix(Self.length) + (isCut ? [.omitted] : [])),
      clear: Secret(Array(text.prefix(Self.clearLength))), bytes: text.count)
  }

  private enum Piece {
    case scalar(Unicode.Scalar)
    case secret(Transcript.Found)
    case omitted
  }

  private static func joined(_ pieces: some Sequence<Piece>) -> String {
    var text = ""
    for piece in pieces {
      switch piece {
      case .scalar(let scalar): text.unicodeScalars.append(scalar)
      case .omitted: text += "…"
      case .secret(let found):
        text +=
          found.form == "candidate"
          ? "[a candidate for \(found.canary)]"
          : "[secret of \(found.canary)\(found.form == "exact" ? "" : ", " + found.form)]"
      }
    }
    return text
  }

  /// The text with a name in the place of each mark; overlapping marks are one.
  private func pieces(
    of text: [UInt8], _ marks: [TranscriptSecrets.Mark],
    _ rest: (String.UnicodeScalarView) -> [Unicode.Scalar]
  ) -> [Piece] {
    var pieces: [Piece] = []
    var place = 0
    // The longest first, and a planted secret before what only could have been one.
    func key(_ mark: TranscriptSecrets.Mark) -> (Int, Int, Int, String) {
      let (range, found) = (mark.range, mark.found)
      return (range.lowerBound, -range.count, found.form == "candidate" ? 1 : 0, found.canary)
    }
    for mark in marks.sorted(by: { key($0) < key($1) }) {
      if mark.range.lowerBound >= place {
        let between = String(decoding: text[place..<mark.range.lowerBound], as: UTF8.self)
        pieces += rest(between.unicodeScalars).map { .scalar($0) }
        pieces.append(.secret(mark.found))
      }
      place = max(place, mark.range.upperBound)
    }
    let last = String(decoding: text[place...], as: UTF8.self)
    return pieces + rest(last.unicodeScalars).map { .scalar($0) }
  }

  /// Each piece between spaces as `xxxx`, whatever it holds: neither the form nor the length of a secret
  /// shows in it. Plain words stay, and marks that end words, where no secret differs by them.
  func masked(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    func stays(_ scalar: Unicode.Scalar) -> Bool {
      Self.endsWords(scalar) && !hidden.contains(scalar)
    }
    var result: [Unicode.Scalar] = []
    var place = 0
    while place < text.count {
      guard !Self.isSpace(text[place]) else {
        result.append(text[place])
        place += 1
        continue
      }
      let end = text[place...].firstIndex(where: Self.isSpace) ?? text.count
      let piece = text[place..<end]
      let first = piece.firstIndex { !stays($0) } ?? end
      let last = piece.lastIndex { !stays($0) }.map { $0 + 1 } ?? end
      var word = ""
      word.unicodeScalars.append(contentsOf: text[first..<last])
      let isShown = word.isEmpty || words.contains(word)
      result += text[place..<first]
      result += isShown ? Array(text[first..<last]) : Array("xxxx".unicodeScalars)
      result += text[last..<end]
      place = end
    }
    return result
  }

  private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    scalar == " " || scalar == "\n"
  }

  private static func isWordPart(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "0"..."9", "A"..."Z", "a"..."z", "'": true
    default: false
    }
  }

  private static func endsWords(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case ".", ",", ";", ":", "!", "?", "\"", "(", ")": true
    default: false
    }
  }
}
