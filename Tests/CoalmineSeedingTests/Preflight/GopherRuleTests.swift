// SPDX-License-Identifier: Apache-2.0

import CoalmineSeeding
import Testing

@Suite struct `Quality rules of Gopher` {
  private func text(_ text: String) -> RuleText { RuleText(Array(text.utf8)) }

  /// `count` words, "word" and "of" in turn.
  private func words(_ count: Int, _ word: String = "word") -> String {
    (0..<count).map { $0 % 2 == 0 ? word : "of" }.joined(separator: " ")
  }

  @Test
  func `words are cut at white space, with punctuation apart and characters of Chinese alone`() {
    #expect(
      text("Dear (Maren),\n it's 3.5%.").words == [
        "Dear", "(", "Maren", ")", ",", "it's", "3.5", "%", ".",
      ])
    #expect(text("密码是 k9。").words == ["密", "码", "是", "k9", "。"])
    #expect(
      text("well-known 503-555-0143 KX-48 a~b 1~2...").words == [
        "well", "-", "known", "503", "-", "555", "-", "0143", "KX-48", "a", "~", "b", "1", "~", "2",
        "...",
      ])
    #expect(text("...").plainWords == [])
    #expect(text(" \n\t").words == [])
  }

  @Test func `fewer than fifty words fail, and punctuation is no word`() {
    #expect(Gopher.failsWords(text(words(49))))
    #expect(!Gopher.failsWords(text(words(50))))
    #expect(Gopher.failsWords(text(words(49) + " .")))
    #expect(!Gopher.failsWords(text(words(100_000))))
    #expect(Gopher.failsWords(text(words(100_001))))
  }

  @Test func `a mean word length below three or above ten fails`() {
    #expect(Gopher.failsWordLength(text("ab abc")))
    #expect(!Gopher.failsWordLength(text("abc abc")))
    #expect(!Gopher.failsWordLength(text("abcdefghij")))
    #expect(Gopher.failsWordLength(text("abcdefghijk")))
    // Characters, not bytes.
    #expect(!Gopher.failsWordLength(text("ääääääääää")))
    #expect(Gopher.failsWordLength(text("")))
  }

  @Test func `more than one hash sign or ellipsis per ten words fails`() {
    let nine = words(9)
    #expect(!Gopher.failsSymbols(text(nine + " #")))
    #expect(Gopher.failsSymbols(text(words(8) + " #")))
    #expect(Gopher.failsSymbols(text(words(8) + " …")))
    // Six dots are two ellipses, and three words at most.
    #expect(Gopher.failsSymbols(text(words(12) + " a......")))
    #expect(!Gopher.failsSymbols(text(words(12) + " a.")))
  }

  @Test
  func `more than nine of ten lines with bullets fail, and three of ten with ellipses do not`() {
    func lines(_ bullets: Int, _ of: Int, _ bullet: String) -> String {
      (0..<of).map { $0 < bullets ? bullet + " item" : "text" }.joined(separator: "\n")
    }
    #expect(!Gopher.failsLines(text(lines(9, 10, "•"))))
    #expect(Gopher.failsLines(text(lines(10, 10, "•"))))
    #expect(Gopher.failsLines(text(lines(10, 10, "  -"))))
    func open(_ count: Int) -> String {
      (0..<10).map { $0 < count ? "so…" : "so." }.joined(separator: "\n")
    }
    #expect(!Gopher.failsLines(text(open(3))))
    #expect(Gopher.failsLines(text(open(4))))
  }

  @Test func `fewer than four of five words with a letter fail`() {
    #expect(!Gopher.failsLetters(text("a b c d 5")))
    #expect(Gopher.failsLetters(text("a b c 4 5")))
    #expect(Gopher.failsLetters(text("a b c d .,")))
  }

  @Test func `two different stop words in lower case are needed`() {
    #expect(Gopher.failsStopWords(text("The code of Maren is 7.")))
    #expect(Gopher.failsStopWords(text("of of of")))
    #expect(!Gopher.failsStopWords(text("the code of Maren")))
  }
}

@Suite struct `Repetition rule of Gopher` {
  private func fails(_ text: String) -> Bool { GopherRepetition.fails(RuleText(Array(text.utf8))) }

  @Test func `runs are counted as by hand`() {
    let runs = WordRuns(["a", "b", "a", "b", "c"])
    // "a b" twice, three characters each.
    #expect(runs.top(2) == 6)
    // Equally frequent: the first one counts.
    #expect(runs.top(3) == 5)
    #expect(runs.top(6) == 0)
    // "ab" stands there before; then "bc" does not.
    #expect(runs.repeated(2) == 2)
    #expect(WordRuns(["x", "x", "x", "x"]).repeated(2) == 2)
    #expect(GopherRepetition.repeats(in: ["p", "qq", "qq", "qq"]) == (2, 4))
  }

  @Test func `a short sentence fails by a pair of words that stands there once`() {
    // "The access" has 10 of 45 characters.
    #expect(fails("The access code of Maren Dalby is 302557 now."))
  }

  @Test func `a text of many different words passes, and one with lines again does not`() {
    let line = { (number: Int) in
      (0..<8).map { "word\(number)x\($0)" }.joined(separator: " ")
    }
    let text = (0..<30).map(line).joined(separator: "\n")
    #expect(!fails(text))
    #expect(fails(text + "\n" + text))
    #expect(fails(""))
  }
}
