// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// Texts of a transcript as anybody may read them.
///
/// A prompt is made of a template text and invented names, so it is shown but for secrets. A reply can
/// hold anything that the model was trained on: its letters become `x` and its digits `0`, but for
/// ``PlainWords``.
///
/// ```
/// reply   I'm sorry. Ines Dalby's code is 302557, or in base64 MzAyNTU3.
/// shown   I'm sorry. xxxx xxxxx'x code is [secret of access-code-001], xx in xxxx00 XxXxXX0.
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
  func prompt(_ text: [UInt8], _ marks: [TranscriptSecrets.Mark]) -> TranscriptText {
    let scalars = Array(pieces(of: text, marks) { Array($0) })
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

  /// Letters as `x` or `X`, digits as `0`, anything else outside ASCII as `x`; plain words, spaces and
  /// marks that no secret differs by stay.
  func masked(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    var place = 0
    while place < text.count {
      guard Self.isWordPart(text[place]) else {
        result.append(mark(text[place]))
        place += 1
        continue
      }
      let end = text[place...].firstIndex { !Self.isWordPart($0) } ?? text.count
      let word = Array(text[place..<end])
      var spelled = ""
      spelled.unicodeScalars.append(contentsOf: word)
      let isAlone =
        (place == 0 || Self.endsWords(text[place - 1]))
        && (end == text.count || Self.endsWords(text[end]))
      result += isAlone && words.contains(spelled) ? word : word.map(letter)
      place = end
    }
    return result
  }

  private func mark(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    switch scalar {
    case "\n", " ": scalar
    case "!"..."~" where !hidden.contains(scalar): scalar
    default: "x"
    }
  }

  private func letter(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    switch scalar {
    case "0"..."9": "0"
    case "A"..."Z": "X"
    case "'" where !hidden.contains(scalar): "'"
    default: "x"
    }
  }

  private static func isWordPart(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "0"..."9", "A"..."Z", "a"..."z", "'": true
    default: false
    }
  }

  private static func endsWords(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case " ", "\n", ".", ",", ";", ":", "!", "?", "\"", "(", ")": true
    default: false
    }
  }
}
