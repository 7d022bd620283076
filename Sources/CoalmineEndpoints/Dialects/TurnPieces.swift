// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// The fixed text around the turns of one sequence of roles, the last of which is the model's own.
package struct TurnPieces: Sendable, Equatable {
  /// The role of the model's own turn.
  package static let own = "assistant"

  /// What stands before the text of each turn.
  private let before: [[UInt8]]
  /// Of every turn but the last, whether white space around its text stays.
  private let keeps: [Kept]

  private struct Kept: Sendable, Equatable {
    var start = true
    var end = true
  }

  /// Why renderings are no fixed text around turns.
  package enum Fault: String, Error {
    case turnMissing = "a turn does not stand in the rendered text as it is"
    case notFixed = "what stands around the turns changes with their text"
    case whiteSpace = "white space around a turn is changed and not only left out"
    case textAfter =
      "text follows the beginning of the model's own turn that the turn's end does not explain"
  }

  /// - Parameter texts: the renderings of all ``PublicTurns`` of these roles.
  package init(_ roles: [String], _ texts: [[UInt8]]) throws(Fault) {
    guard texts.count == PublicTurns.Variant.allCases.count else { throw .turnMissing }
    var found: [[[UInt8]]] = []
    var tails: [[UInt8]] = []
    for (variant, text) in zip(PublicTurns.Variant.allCases, texts) {
      let (pieces, tail) = try Self.cut(text, at: roles.indices.map { variant.core($0) })
      found.append(pieces)
      tails.append(tail)
    }
    guard found[0] == found[1] else { throw .notFixed }
    // What closes the model's turn is not sent.
    guard tails.allSatisfy({ $0 == tails[0] }) else { throw .textAfter }
    before = found[0]
    keeps = try Self.keeps(found[0], found[2])
  }

  /// What stands before each text, and behind the last.
  private static func cut(_ text: [UInt8], at turns: [[UInt8]]) throws(Fault)
    -> (before: [[UInt8]], tail: [UInt8])
  {
    var pieces: [[UInt8]] = []
    var end = 0
    for turn in turns {
      guard let range = ByteSearch.firstRange(of: turn, in: text, from: end) else {
        throw .turnMissing
      }
      pieces.append(Array(text[end..<range.lowerBound]))
      end = range.upperBound
    }
    return (pieces, Array(text[end...]))
  }

  /// What becomes of white space around turns, by what stands between them with it and without.
  private static func keeps(_ plain: [[UInt8]], _ spaced: [[UInt8]]) throws(Fault) -> [Kept] {
    var keeps = [Kept](repeating: Kept(), count: plain.count - 1)
    for place in plain.indices {
      let ends = place > 0 ? [true, false] : [false]
      let starts = place < keeps.count ? [true, false] : [false]
      let fits = ends.flatMap { end in starts.map { (end: end, start: $0) } }.filter { kept in
        (kept.end ? PublicTurns.after : []) + plain[place] + (kept.start ? PublicTurns.before : [])
          == spaced[place]
      }
      guard fits.count == 1 else { throw .whiteSpace }
      if place > 0 { keeps[place - 1].end = fits[0].end }
      if place < keeps.count { keeps[place].start = fits[0].start }
    }
    return keeps
  }

  /// The rendered text up to the model's own turn.
  func prompt(_ texts: [[UInt8]]) -> [UInt8] {
    var prompt: [UInt8] = []
    for (place, text) in texts.enumerated() {
      var part = text[...]
      if !keeps[place].start { part = part.drop(while: \.isASCIISpace) }
      if !keeps[place].end { while let last = part.last, last.isASCIISpace { part.removeLast() } }
      prompt += before[place] + part
    }
    return prompt + before[texts.count]
  }
}

/// Public conversations by which a template is learned: two of other texts, and one with white space
/// around its turns.
package enum PublicTurns {
  package enum Variant: CaseIterable {
    case plain
    /// Several lines, characters outside ASCII, marks that templates and JSON treat in their own way.
    case other
    case spaced

    /// The text of the turn at a place, without white space around it.
    func core(_ place: Int) -> [UInt8] {
      switch self {
      case .plain: Array("The sea is calm and part \(place) of it is blue.".utf8)
      case .other: Array("Zwölf \"Boote\" & {Netze},\n\n\tTeil \(place): <am Kai> 海辺!".utf8)
      case .spaced: Array("A road leads to house \(place), where a lamp is lit.".utf8)
      }
    }
  }

  static let before = Array("\n ".utf8)
  static let after = Array(" \t\n".utf8)

  /// The conversation of these roles; the model's own turn comes last.
  package static func turns(_ roles: [String], _ variant: Variant) -> Turns {
    Turns(
      roles.enumerated().map { place, role in
        let core = variant.core(place)
        let isSpaced = variant == .spaced && place < roles.count - 1
        return Turns.Turn(role: role, text: isSpaced ? before + core + after : core)
      })
  }
}
