// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineProbing
import Testing

/// What replies to words that are broken off say about a turn that was to be continued.
@Suite struct `A turn of the model that is continued` {
  private func item(_ replies: String...) -> Capabilities.Item {
    ContinuedTurn(replies: replies.map { Completion(text: Array($0.utf8), ending: .length) }).item
  }

  @Test func `words that are completed are seen`() {
    let item = item("ree, one two", "nd. The sea", "ght")
    #expect(item.subject == .turnContinued && item.state == .seen)
    #expect(item.evidence.contains("3 of 3"))
    // One is enough where no reply begins anew, as with a small model.
    #expect(self.item("ree", "xx", "").state == .seen)
  }

  @Test(arguments: [
    ["Sure! Here is the text:", "\n\nThe sea and the land", "Day and night"],
    ["three, one two three", "land, the sea", "night and day"],
    ["one two three", "the sea and the land", "day and night"],
    ["\"Three\"", "xx", "Night"],
  ])
  func `a turn that begins anew was closed, or made the user's`(_ replies: [String]) {
    let item = ContinuedTurn(
      replies: replies.map { Completion(text: Array($0.utf8), ending: .stop) }
    ).item
    #expect(item.state == .notSeen, "\(item.evidence)")
    #expect(item.evidence.contains("0 of 3"))
  }

  @Test func `what is neither stays open`() {
    #expect(item("q", "", " 7").state == .notTried)
    #expect(item("Sure", "xx", "yy").state == .notTried)
    #expect(item("ree", "The sea", "Day").state == .notTried)
    #expect(item("ree", "nd").state == .notTried)
    #expect(item().state == .notTried)
  }

  @Test func `it informs and decides nothing`() {
    #expect(!Capabilities.Subject.turnContinued.decides)
  }
}
