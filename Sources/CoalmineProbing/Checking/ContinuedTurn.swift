// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// Whether the model goes on with a turn of its own that was given to it, seen by words that are broken off.
///
/// ```
/// given       one two three, one two three, one two th
/// continued   ree, one two three                            the word is completed
/// closed      Sure! One two three, …                        a turn of its own begins anew
/// made user   three, one two three                          the same: an answer to the text
/// ```
///
/// A server that ignores the field for it closes the turn or makes it the user's, and answers with status
/// 200 all the same.
package struct ContinuedTurn {
  private let replies: [Completion]

  /// A text that ends inside a word, the word, and what is missing of it.
  struct Broken {
    let text: String
    let word: String
    let rest: String

    init(_ pair: CheckTexts.Pair, letters: Int) {
      word = String(pair.likely.dropFirst())
      rest = String(word.dropFirst(letters))
      text = pair.context + " " + word.prefix(letters)
    }
  }

  static let texts = [
    Broken(CheckTexts.pairs[0], letters: 2), Broken(CheckTexts.pairs[1], letters: 2),
    Broken(CheckTexts.pairs[2], letters: 2),
  ]

  /// One greedy continuation of each text.
  static func asks(_ form: Presentation.Form) -> [Ask] {
    texts.map {
      .complete(CheckAsks.passage($0.text, "", form), Decoding(.greedy, maxTokens: 8))
    }
  }

  /// - Parameter replies: to the texts, in their order; fewer where some did not come.
  package init(replies: [Completion]) { self.replies = replies }

  package var item: Capabilities.Item {
    func item(_ state: Capabilities.State, _ evidence: String) -> Capabilities.Item {
      Capabilities.Item(.turnContinued, state, evidence)
    }
    guard replies.count == Self.texts.count else {
      return item(.notTried, "not every reply came to texts that end inside a word")
    }
    let completed = zip(Self.texts, replies).count { Self.completes($1, $0) }
    let anew = zip(Self.texts, replies).count { Self.beginsAnew($1, $0) }
    let words = "\(completed) of \(Self.texts.count) broken-off words were completed"
    if completed > anew { return item(.seen, "the model goes on with its own turn: \(words)") }
    guard completed == 0, anew > 1 else {
      return item(
        .notTried, "whether the model goes on with its own turn cannot be told: \(words)")
    }
    return item(
      .notSeen,
      "the server closes the model's own turn, or makes it the user's: \(words), and \(anew) replies "
        + "begin anew; texts are then asked in another way than the run says, and finding nothing "
        + "says less")
  }

  private static func completes(_ reply: Completion, _ broken: Broken) -> Bool {
    reply.text.starts(with: Array(broken.rest.utf8))
  }

  /// Whether a reply begins as only a new turn does: with a capital letter, with the whole word, or with the
  /// text's beginning.
  private static func beginsAnew(_ reply: Completion, _ broken: Broken) -> Bool {
    let text = reply.text.drop { [0x20, 0x09, 0x0A, 0x0D, 0x22, 0x27].contains($0) }
    guard let first = text.first else { return false }
    if (0x41...0x5A).contains(first) { return true }
    let begun = broken.text.prefix { $0 != " " }
    return [broken.word, String(begun)].contains { text.starts(with: Array($0.utf8)) }
  }
}
