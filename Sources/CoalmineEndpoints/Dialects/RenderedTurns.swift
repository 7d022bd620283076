// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Whether a plain route is sent conversations as the text that the server's own chat template makes of them.
struct RenderedTurns: Sendable {
  enum Choice: String, Sendable, CaseIterable {
    case none
    case server
  }

  static let option = DialectOption(
    "template", "none, or server: conversations by the server's own chat template, and scored")

  static let none = RenderedTurns(.none)

  let choice: Choice
  /// `nil` until it is known.
  var template: ChatTemplate?

  init(_ choice: Choice) { self.choice = choice }

  init(_ options: DialectOptions) throws(CoalmineError) {
    self.init(try options.choice("template", of: Choice.self))
  }

  var areUsed: Bool { choice == .server }

  var form: Presentation.Form { areUsed ? .prefilled : .plain }

  /// What is sent of a passage: all of it where it is a text, else with what the template puts around the
  /// turns before it.
  ///
  /// - Returns: `nil` where the template of its conversation is not known.
  func text(of passage: Passage) -> [UInt8]? {
    switch passage.presentation {
    case .plain: passage.text
    case .prefilled(let turns): template?.prompt(after: turns.earlier).map { $0 + passage.text }
    case .chat, .fillInMiddle: nil
    }
  }

  /// Tokens as they are where they spell what was sent, behind one mark at most.
  ///
  /// A template that begins with the mark that the server puts before every prompt would give the model two.
  func checked(_ tokens: [TextToken], of passage: Passage) -> Outcome<Answer> {
    guard areUsed, let sent = text(of: passage) else { return .measured(.tokens(tokens)) }
    let pieces = tokens.map(\.bytes)
    guard
      (0...min(1, pieces.count)).contains(where: { marks in
        let spelled = Array(pieces[marks...].joined())
        return spelled == sent || spelled == [0x20] + sent
      })
    else {
      return .failed(
        Reason(
          "tokens-do-not-spell-the-text",
          "the tokens that the endpoint gives are not those of the text"))
    }
    guard
      tokens.count < 2 || tokens[0].id != tokens[1].id || sent.starts(with: pieces[0] + pieces[1])
    else {
      return .failed(
        Reason("mark-doubled", "the mark before a prompt stands there twice"))
    }
    return .measured(.tokens(tokens))
  }
}
