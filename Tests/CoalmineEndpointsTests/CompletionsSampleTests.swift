// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import Testing

/// Reading continuations.
@Suite struct `Sampled continuations` {
  static func choice(_ index: Int?, _ text: String, _ reason: String = #""stop""#) -> String {
    let place = index.map { #""index":\#($0),"# } ?? ""
    return #"{\#(place)"text":\#(text),"finish_reason":\#(reason)}"#
  }

  static func reply(_ choices: [String]) -> String {
    #"{"choices":["# + choices.joined(separator: ",") + "]}"
  }

  @Test(arguments: [
    (#""stop""#, Completion.Ending.stop), (#""length""#, .length),
    (#""content_filter""#, .filtered), (#""refusal""#, .refused), (#""eos""#, .stop),
  ])
  func `an ending is read from its name`(_ reason: String, _ ending: Completion.Ending) throws {
    let texts = try read(Self.reply([Self.choice(0, #"" 302""#, reason)]), for: [continuing("a")])
    #expect(texts.completions() == [Completion(text: Array(" 302".utf8), ending: ending)])
  }

  @Test func `an ending that is not stated is the model's own`() throws {
    let body = #"{"choices":[{"index":0,"text":"x"}]}"#
    #expect(try read(body, for: [continuing("a")]).completions()?.first?.ending == .stop)
  }

  @Test(arguments: ["null", #""error""#, #""abort""#])
  func `a text that the server broke off is no answer`(_ reason: String) throws {
    let body = Self.reply([Self.choice(0, #""a""#), Self.choice(1, #""b""#, reason)])
    #expect(
      try read(body, for: [continuing("a", samples: 2)]).retryReason?.slug == "unfinished")
  }

  @Test(arguments: [#""content_filter""#, #""refusal""#])
  func `a text held back is held back, not lost`(_ reason: String) throws {
    let texts = try read(Self.reply([Self.choice(0, "null", reason)]), for: [continuing("a")])
    #expect(texts.completions()?.map(\.text) == [[]])
    #expect(texts.completions()?.first?.ending != .stop)
  }

  @Test(arguments: ["null", "3", "[]", "{}", "true"])
  func `a text that is none fails the answer`(_ text: String) throws {
    let answer = try read(Self.reply([Self.choice(0, text)]), for: [continuing("a")]).answers?.first
    #expect(answer?.status == "failed" && answer?.reason?.slug == "no-choice")
  }

  @Test func `samples of many prompts find their places in any order`() throws {
    let queries = (0..<3).map { continuing("p\($0)", samples: 4) }
    let choices = (0..<12).map { (number: Int) in Self.choice(number, #""t\#(number)""#) }
    let reading = try read(Self.reply(choices.reversed()), for: queries)
    for prompt in 0..<3 {
      #expect(
        reading.completions(prompt)?.map(\.text)
          == (0..<4).map { Array("t\(prompt * 4 + $0)".utf8) })
    }
  }

  @Test func `whole lists without indices are read in order`() throws {
    let choices = (0..<4).map { Self.choice(nil, #""t\#($0)""#) }
    let reading = try read(
      Self.reply(choices), for: [continuing("a", samples: 2), continuing("b", samples: 2)])
    #expect(reading.completions(1)?.map(\.text) == [Array("t2".utf8), Array("t3".utf8)])
  }

  @Test func `a server that ignores n is refused, never read as samples of the first prompt`()
    throws
  {
    let queries = (0..<3).map { continuing("p\($0)", samples: 3) }
    let body = Self.reply(
      (0..<3).map { (number: Int) in Self.choice(number, #""t\#(number)""#) })
    let error = try #require(try read(body, for: queries).stopError)
    #expect(error.code == "unexpected-reply" && error.message.contains("ignored 'n'"))
    #expect(try read(Self.reply([Self.choice(0, #""t""#)]), for: [queries[0]]).stopError != nil)
  }

  @Test func `choices that are missing are told, and the others kept where they say who they are`()
    throws
  {
    let queries = [continuing("a"), continuing("b"), continuing("c")]
    let reading = try read(Self.reply([Self.choice(2, #""x""#)]), for: queries)
    #expect(reading.answers?.map(\.status) == ["failed", "failed", "measured"])
    let nameless = try read(Self.reply([Self.choice(nil, #""x""#)]), for: queries)
    #expect(nameless.retryReason?.slug == "missing-choices")
  }

  @Test(arguments: [
    [0, 0], [0, 2], [-1, 0], [0, Int.max], [0, 1, 2],
  ])
  func `an index twice or out of range is asked again`(_ indices: [Int]) throws {
    let body = Self.reply(indices.map { Self.choice($0, #""x""#) })
    let reading = try read(body, for: [continuing("a"), continuing("b")])
    #expect(reading.retryReason?.slug == "bad-index")
  }

  @Test func `no choice at all is asked again`() throws {
    #expect(try read(Self.reply([]), for: [continuing("a")]).retryReason?.slug == "no-choices")
  }

  @Test func `hostile text comes through as bytes`() throws {
    let body = Self.reply([Self.choice(0, #""\u0000\u001b[2J\ud83d é\u2028""#)])
    #expect(
      try read(body, for: [continuing("a")]).completions()?.first?.text
        == Array("\u{0}\u{1B}[2J\u{FFFD} é\u{2028}".utf8))
  }
}
