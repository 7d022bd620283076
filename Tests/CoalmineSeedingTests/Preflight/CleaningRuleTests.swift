// SPDX-License-Identifier: Apache-2.0

import CoalmineSeeding
import Testing

@Suite struct `Cleaning rules of C4 and FineWeb` {
  private func text(_ text: String) -> RuleText { RuleText(Array(text.utf8)) }

  @Test(arguments: [
    ("The code is 7.", true), ("Is it 7 now?", true), ("He said \"yes it is\"", true),
    ("The code is 7", false), ("Code 7.", false), ("The code is 7...", false),
    ("Please enable JavaScript to go on.", false),
    ("Read our privacy policy before you go.", false),
    ("  The code is 7.  ", true), ("", false),
  ])
  func `a line is kept if it ends a sentence, has three words and is no notice`(
    _ line: String, _ isKept: Bool
  ) {
    #expect(Cleaning.keepsLine(line) == isKept)
  }

  @Test func `a word of more than a thousand characters loses its line`() {
    let word = String(repeating: "a", count: 1_000)
    #expect(Cleaning.keepsLine("one two \(word) now."))
    #expect(!Cleaning.keepsLine("one two \(word)a now."))
  }

  @Test func `the line that counts is the one with the secret`() {
    let record = text("Patient: Maren Dalby\nThe code is 302557.\nEnd")
    #expect(!Cleaning.dropsLine(record, secret: 33..<39))
    #expect(Cleaning.dropsLine(record, secret: 9..<14))
    #expect(Cleaning.dropsLine(record, secret: 41..<43))
    // Of the corpus's own records, those of which nothing is kept.
    #expect(!Cleaning.dropsLine(record, secret: nil))
    #expect(Cleaning.dropsLine(text("Patient: Maren Dalby"), secret: nil))
  }

  @Test func `fewer than five sentences fail`() {
    #expect(Cleaning.sentences(in: "One is here. Two? Three! The 3.5 is no end.") == 4)
    #expect(Cleaning.sentences(in: "One... two... three.") == 1)
    #expect(Cleaning.sentences(in: "He said \"no.\" Then he left") == 1)
    let four = "This is one. This is two. This is three. This is four."
    #expect(Cleaning.failsSentences(text(four)))
    #expect(!Cleaning.failsSentences(text(four + " This is five.")))
    #expect(!Cleaning.failsSentences(text(four + "\nThis is line two.")))
    #expect(Cleaning.failsSentences(text(four + "\nToo short.")))
  }

  @Test func `a curly bracket in a kept line fails`() {
    #expect(Cleaning.failsBraces(text("The set {a} is here.")))
    #expect(!Cleaning.failsBraces(text("The set {a} is here")))
    #expect(Cleaning.failsBraces(text("This is lorem ipsum here.")))
  }

  @Test func `fewer than twelve of a hundred lines that end a sentence fail`() {
    func lines(_ ended: Int, _ of: Int) -> RuleText {
      text((0..<of).map { $0 < ended ? "some text here." : "some text" }.joined(separator: "\n"))
    }
    #expect(!Cleaning.failsEnds(lines(12, 100)))
    #expect(Cleaning.failsEnds(lines(11, 100)))
    #expect(!Cleaning.failsEnds(text("密码是七。")))
    #expect(Cleaning.failsEnds(text("\n\n")))
    #expect(Cleaning.failsEnds(text("salt = \"q7\"")))
  }

  @Test func `lines of at most thirty characters fail where they are more than two thirds`() {
    let long = String(repeating: "ä", count: 31)
    let short = String(repeating: "ä", count: 30)
    #expect(!Cleaning.failsShortLines(text([long, short, short].joined(separator: "\n"))))
    #expect(Cleaning.failsShortLines(text([long, short, short, short].joined(separator: "\n"))))
  }

  @Test func `repeated lines and many line breaks fail`() {
    #expect(Cleaning.failsRepeatedLines(text("same line\nsame line\nother")))
    #expect(!Cleaning.failsRepeatedLines(text("same line\nanother\nother")))
    #expect(Cleaning.failsBreaks(text("a b c\nd\ne\nf")))
    #expect(!Cleaning.failsBreaks(text("a b c d e\nf g h i j")))
  }
}
