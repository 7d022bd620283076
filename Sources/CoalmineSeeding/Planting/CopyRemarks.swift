// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// What stands after the secret in each copy of a study whose copies vary: a remark that no other copy
/// of the same canary has.
///
/// ```
/// copy 1: The access code of Mara Dalby is 123456. See also: the fire drill and the mail room …
/// copy 2: The access code of Mara Dalby is 123456. See also: the new printer and the lunch menu …
///         └── asked, in every copy alike ──┘      └── another one in each copy ──
/// ```
///
/// A file of source code ends with the remark as a comment. Nothing before the secret varies, so what is asked is what was trained. A remark has one phrase
/// of each of four columns of 13. A word of four numbers chooses them: the values at 0, 1, 2 and 3 of a
/// polynomial over the integers modulo 13 (a Reed-Solomon code). The copies of one canary differ in the
/// two lower coefficients and the canaries in the two upper ones: any two of 169 copies of one canary
/// share at most one phrase, and copies of different canaries never have all four in common where the
/// study has no more than 169.
///
/// The remark follows from the study's randomness, the names of its canaries and the number of the
/// copy. The random assignment is no part of it, and a held-out canary has
/// no copy that could have one, or, with a placeholder, has one like any other.
///
///     let remarks = CopyRemarks(randomness, canaries: canaries)
///     let text = canary.revealedText() + remarks.remark(on: canary, copy: 1)
public struct CopyRemarks: Sendable {
  /// The phrases of each column in the order of this study.
  private let orders: [[Int]]
  /// The place of each canary among all, by name.
  private let places: [String: Int]

  /// The most copies of one canary that can differ: 13⁴.
  public static let mostCopies = 28_561

  /// About how many bytes a remark has, for plans that know no corpus yet.
  public static let typicalLength = 96

  /// Copies of one canary in which the two lower coefficients differ.
  private static let perCanary = RemarkPhrases.perColumn * RemarkPhrases.perColumn

  /// - Parameter canaries: all of the study, in any order.
  public init(_ randomness: StudyRandomness, canaries: [Canary]) {
    var generator = randomness.generator(for: .remarks)
    orders = (0..<RemarkPhrases.columns).map { _ in
      var order = Array(0..<RemarkPhrases.perColumn)
      generator.shuffle(&order)
      return order
    }
    let names = Set(canaries.map(\.id)).sorted()
    places = Dictionary(uniqueKeysWithValues: zip(names, 0...))
  }

  /// The bytes after the suffix of a canary's template text, white space before them included.
  ///
  /// - Parameter copy: from 1.
  /// - Returns: nothing where there are no phrases in the canary's language, which ``expect(_:format:)``
  ///   refuses.
  /// - Complexity: O(1).
  package func remark(on canary: Canary, copy: Int) -> [UInt8] {
    let comment = canary.codeLanguage?.lineComment
    let language = comment == nil ? Self.language(of: canary) : "en"
    guard let phrases = language.flatMap(RemarkPhrases.phrases(in:)) else { return [] }
    let word = Self.codeWord(Self.number(of: copy, canary: places[canary.id] ?? 0))
    let chosen = word.enumerated().map { column, value in
      phrases.phrases[column * RemarkPhrases.perColumn + orders[column][value]]
    }
    let remark = phrases.opening + chosen.joined(separator: phrases.joint) + phrases.closing
    if let comment {
      let isEnded = canary.suffix.last == 0x0A
      return Array("\(isEnded ? "" : "\n")\(comment) \(remark)\n".utf8)
    }
    return Self.joint(after: canary.suffix, phrases) + Array(remark.utf8)
  }

  /// The number of a copy's word, below ``mostCopies``, another one for each copy of a canary.
  ///
  /// - Parameters:
  ///   - copy: from 1.
  ///   - place: of the canary among all, from 0.
  package static func number(of copy: Int, canary place: Int) -> Int {
    let upper = (place + (copy - 1) / perCanary) % perCanary
    // Canaries beyond the first 169 share upper coefficients, and begin elsewhere among the lower ones.
    let lower = (copy - 1 + place / perCanary * 71) % perCanary
    return upper * perCanary + lower
  }

  /// Four numbers below 13; `number` and any other one below 13ᵈ have at most d − 1 of them in common.
  ///
  /// Source: Reed and Solomon 1960, https://doi.org/10.1137/0108018.
  package static func codeWord(_ number: Int) -> [Int] {
    let base = RemarkPhrases.perColumn
    var rest = number
    let digits = (0..<RemarkPhrases.columns).map { _ in
      defer { rest /= base }
      return rest % base
    }
    return (0..<RemarkPhrases.columns).map { place in
      digits.reversed().reduce(0) { ($0 * place + $1) % base }
    }
  }

  /// The language of the template text: that of its name, such as `de-1`; the usual ones of a kind are
  /// taken for English.
  static func language(of canary: Canary) -> String? {
    let parts = canary.templateText.split(separator: "-")
    guard parts.count == 2, parts[0].utf8.count == 2,
      parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) })
    else { return canary.codeLanguage == nil ? "en" : nil }
    return String(parts[0])
  }

  /// A blank, where the text before ends without one and its language writes one.
  private static func joint(after suffix: [UInt8], _ phrases: RemarkPhrases) -> [UInt8] {
    guard let last = suffix.last else { return [0x20] }
    return last == 0x20 || last == 0x09 || phrases.opening.last != " " ? [] : [0x20]
  }

  /// Refuses canaries whose copies cannot vary.
  ///
  /// - Parameter format: as it was stated.
  /// - Throws: ``CoalmineError`` (exit `badConfiguration`) `copies-not-varied`.
  public static func expect(
    _ canaries: [Canary], format: CorpusFormat?
  ) throws(CoalmineError) {
    guard format != .source else {
      let silent = canaries.first { $0.codeLanguage?.lineComment == nil }
      guard let canary = silent else { return }
      throw CoalmineError(
        code: "copies-not-varied",
        "files of \(canary.codeLanguage?.rawValue ?? "this language") have no comments, so copies of "
          + "canaries in them cannot vary",
        help: "leave 'copies' out of the protocol, and deduplicate the files before you seed them",
        exit: .badConfiguration)
    }
    for canary in canaries where language(of: canary).flatMap(RemarkPhrases.phrases(in:)) == nil {
      throw CoalmineError(
        code: "copies-not-varied",
        "there are no remarks in the language of the template text '\(canary.templateText)' of "
          + "kind '\(canary.kind)', so its copies cannot vary",
        details: ["there are remarks in: \(RemarkPhrases.languages.joined(separator: ", "))"],
        help: "leave 'copies' out of the protocol, or choose kinds with template texts in one of "
          + "these languages", exit: .badConfiguration)
    }
  }
}
