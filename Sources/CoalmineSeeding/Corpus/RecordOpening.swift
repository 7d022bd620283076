// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// The beginning of a record, cut where a reader would pause, as the context of a canary.
///
/// ```
/// record    The desk opens at nine. Bring your badge. Visitors wait in the hall and …
/// opening   |-------------- text ---------------->|^
///                                          white space, the record's own
/// planted   The desk opens at nine. Bring your badge. The access code of Mara Dalby is 302557.
/// ```
///
/// The text is that of the whole record, or of the first prompt where the shape has one. It ends with the
/// last sentence or line that ends within ``length``, or with the whole text where that is short enough.
/// Source code ends as ``CodeOpening`` says, JSON as ``JSONOpening`` does, and a question with a short answer
/// stands whole.
struct RecordOpening: Equatable, Sendable {
  /// What the canary's own text follows, white space at its end included.
  let bytes: [UInt8]
  /// What follows it.
  let place: GraftPlace

  /// In bytes, white space at the end not counted.
  static let length = 32...240
  /// A question that is asked whole, and an answer in the place of which a secret can stand.
  static let questionLength = 16...600
  static let longestAnswer = 80

  /// - Parameters:
  ///   - places: where secrets may stand beside ``GraftPlace/sentence``.
  ///   - file: the language of the file that the record is; `nil` where it is none.
  /// - Returns: `nil` where the text has no such beginning, holds control characters or marks of a chat
  ///   template there, or begins as JSON does: a sentence within a value would not be one any more.
  /// - Complexity: O(bytes of the record).
  init?(
    of record: [UInt8], _ fields: RecordFields, _ places: GraftPlaces = .all,
    file: CodeLanguage? = nil
  ) {
    if let file {
      let opening =
        file == .json ? JSONOpening.bytes(of: record) : CodeOpening.bytes(of: record, file)
      guard let opening, Self.isFound(opening) else { return nil }
      self.init(bytes: opening, place: .file(file))
      return
    }
    switch fields.shape {
    case .plainText, .text:
      guard let whole = fields.text(of: record) else { return nil }
      let text = Array(whole.drop(while: Self.isBreak))
      if places.contains(.syntax) {
        if let language = CodeOfRecord.language(of: record, text: text, fields),
          let opening = CodeOpening.bytes(of: text, language), Self.isFound(opening)
        {
          self.init(bytes: opening, place: .code(language))
          return
        }
        if let opening = JSONOpening.bytes(of: text), Self.isFound(opening) {
          self.init(bytes: opening, place: .value)
          return
        }
      }
      self.init(sentenceAfter: text, fields.syntax)
    case .promptCompletion, .messages, .preference:
      guard let (prompt, answer) = fields.exchange(of: record) else { return nil }
      if places.contains(.answer), let question = Self.question(prompt, answer) {
        self.init(bytes: question, place: .answer)
        return
      }
      self.init(sentenceAfter: prompt, fields.syntax)
    }
  }

  /// Whether ``ProcessedCorpus`` finds the text however it is written.
  private static func isFound(_ opening: [UInt8]) -> Bool {
    ByteSearch.firstRange(of: [0x5C, 0x5C], in: opening) == nil
  }

  /// The language of the file that it is the beginning of; `nil` where it is of none.
  var language: CodeLanguage? { if case .file(let language) = place { language } else { nil } }

  /// The opening with the canary's sentence behind it, where its question is another canary's.
  var withSentence: RecordOpening {
    place == .answer ? RecordOpening(bytes: bytes + [0x20], place: .sentence) : self
  }

  private init(bytes: [UInt8], place: GraftPlace) {
    self.bytes = bytes
    self.place = place
  }

  /// A question with a short answer, without white space around it.
  private static func question(_ prompt: [UInt8], _ answer: [UInt8]) -> [UInt8]? {
    func trimmed(_ text: [UInt8]) -> ArraySlice<UInt8> {
      let end = text.lastIndex { !isWhite($0) }.map { $0 + 1 } ?? text.startIndex
      return text[..<end].drop(while: isWhite)
    }
    let (question, said) = (trimmed(prompt), trimmed(answer))
    // White space at the beginning stands before the question in training too.
    guard question.startIndex == 0, questionLength.contains(question.count),
      ["?", "？", "؟"].contains(where: { question.suffix($0.utf8.count) == Array($0.utf8)[...] }),
      (1...longestAnswer).contains(said.count), !said.contains(where: isBreak),
      !question.contains(where: { $0 < 0x20 && !isWhite($0) || $0 == 0x7F }),
      ByteSearch.firstRange(of: Array("<|".utf8), in: Array(question)) == nil
    else { return nil }
    return Array(question)
  }

  private init?(sentenceAfter said: [UInt8], _ syntax: RecordSyntax) {
    let text = said.drop(while: Self.isWhite)
    guard let first = text.first, first != UInt8(ascii: "{"), first != UInt8(ascii: "["),
      let end = Self.end(of: text)
    else { return nil }
    let opening = text[..<end]
    guard !opening.contains(where: { $0 < 0x20 && !Self.isWhite($0) || $0 == 0x7F }),
      ByteSearch.firstRange(of: Array("<|".utf8), in: Array(opening)) == nil
    else { return nil }
    bytes = Array(opening) + Self.joint(behind: end, of: text, syntax)
    place = .sentence
  }

  /// The index behind the last sentence or line that ends within ``length``; else the end of the text.
  private static func end(of text: ArraySlice<UInt8>) -> Int? {
    let window = text.prefix(length.upperBound + 1)
    let least = text.startIndex + length.lowerBound
    var best: Int?
    for place in window.indices.dropFirst() where place >= least && isWhite(text[place]) {
      if isWhite(text[place - 1]) { continue }
      if isBreak(text[place]) || endsSentence(text[..<place]) { best = place }
    }
    for place in window.indices where place >= least && !isWhite(text[place]) {
      // Chinese and Japanese sentences have no blank between them.
      if isWide(text[..<place]), place > best ?? 0 { best = place }
    }
    let whole = text.lastIndex { !isWhite($0) }.map { $0 + 1 } ?? text.startIndex
    guard length.contains(whole - text.startIndex) else { return best }
    return endsSentence(text[..<whole]) || best == nil ? whole : best
  }

  /// White space between the opening and what follows: the record's own, where it is short.
  private static func joint(
    behind end: Int, of text: ArraySlice<UInt8>, _ syntax: RecordSyntax
  ) -> [UInt8] {
    let own = text[end...].prefix(while: isWhite)
    if end + own.count < text.endIndex {
      if own.count <= 2 { return Array(own) }
      return own.contains(where: isBreak) ? [0x0A] : [0x20]
    }
    if isWide(text[..<end]) { return [] }
    return endsSentence(text[..<end]) || syntax != .json ? [0x20] : [0x0A]
  }

  private static func isWhite(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || isBreak(byte)
  }

  private static func isBreak(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }

  private static let ends = [".", "!", "?", "…", "؟", "۔", "।"].map { Array($0.utf8) }
  private static let wide = ["。", "！", "？"].map { Array($0.utf8) }

  /// Whether a text ends with a mark that ends sentences, or with one within quotes.
  private static func endsSentence(_ text: ArraySlice<UInt8>) -> Bool {
    let bare =
      text.last == UInt8(ascii: "\"") || text.last == UInt8(ascii: ")") ? text.dropLast() : text
    return isWide(bare) || ends.contains { bare.suffix($0.count) == $0[...] }
  }

  private static func isWide(_ text: ArraySlice<UInt8>) -> Bool {
    wide.contains { text.suffix($0.count) == $0[...] }
  }
}
