// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineEndpoints
import Testing

/// Reading likelihoods out of echoed prompts.
///
/// ```
/// text     The code is 302.      prompt "The code is" = 0..<11, target " 302." = 11..<16
/// tokens   The| code| is| 3|02|.|x
///          0     3     8  11 13 15 16
/// ```
@Suite struct `Echoed likelihoods` {
  static let query = scoring("The code is", " 302.")
  static let tokens = ["The", " code", " is", " 3", "02", ".", "x"]
  static let values = ["null", "-1", "-2", "-3.5", "-4.25", "-0.5", "-9"]
  static let expected = [
    TokenScore(range: 11..<13, logProbability: -3.5),
    TokenScore(range: 13..<15, logProbability: -4.25),
    TokenScore(range: 15..<16, logProbability: -0.5),
  ]

  @Test func `the target's tokens come back by their bytes`() throws {
    #expect(
      try read(echoReply(Self.tokens, Self.values), for: [Self.query]).scores == Self.expected)
  }

  @Test func `a beginning mark shifts nothing`() throws {
    let reply = echoReply(["<s>"] + Self.tokens, ["null", "-7"] + Self.values.dropFirst())
    #expect(try read(reply, for: [Self.query]).scores == Self.expected)
  }

  @Test func `a beginning mark shown as no text shifts nothing`() throws {
    let reply = echoReply([""] + Self.tokens, ["null", "-7"] + Self.values.dropFirst())
    #expect(try read(reply, for: [Self.query]).scores == Self.expected)
    let record = scoring("", "ab")
    let scores = try read(
      echoReply(["", "a", "b", "x"], ["null", "-1", "-2", "-3"]), for: [record]
    ).scores
    #expect(scores?.map(\.logProbability) == [-1, -2])
  }

  @Test func `a server that takes no token to write may answer without the last one`() throws {
    let reply = echoReply(Self.tokens.dropLast(), Self.values.dropLast())
    #expect(try read(reply, for: [Self.query]).scores == Self.expected)
  }

  @Test func `a token across the boundary is told by its range`() throws {
    let reply = echoReply(["The code", " is 3", "02.", "x"], ["null", "-1", "-2", "-3"])
    #expect(
      try read(reply, for: [Self.query]).scores == [
        TokenScore(range: 8..<13, logProbability: -1),
        TokenScore(range: 13..<16, logProbability: -2),
      ])
  }

  @Test func `tokens that are no text of their own are aligned by bytes`() throws {
    let query = scoring("né ", "né—2")
    let tokens = ["n", #"bytes:\\xc3"#, #"bytes:\\xa9"#, " n", "é", #"bytes:\\xe2\\x80"#]
    let reply = echoReply(
      tokens + [#"bytes:\\x94"#, "2", "x"],
      ["null", "-1", "-2", "-3", "-4", "-5", "-6", "-7", "-8"])
    #expect(
      try read(reply, for: [query]).scores?.map(\.range) == [3..<5, 5..<7, 7..<9, 9..<10, 10..<11])
  }

  @Test func `the first part of a character that is shown as no text counts`() throws {
    // Some servers show the first byte of "é" as "" and the whole letter at its second byte.
    let query = scoring("a", "éb")
    let reply = echoReply(["a", "", "é", "b", "x"], ["null", "-5", "-0.25", "-1", "-2"])
    #expect(
      try read(reply, for: [query]).scores == [
        TokenScore(range: 1..<1, logProbability: -5),
        TokenScore(range: 1..<3, logProbability: -0.25),
        TokenScore(range: 3..<4, logProbability: -1),
      ])
  }

  @Test func `the first token of a text has no log-probability, and that is said`() throws {
    let scores = try read(
      echoReply(["a", "b", "x"], ["null", "-1", "-2"]), for: [scoring("", "ab")]
    ).scores
    #expect(scores?.map(\.logProbability) == [nil, -1])
  }

  @Test func `choices in any order find their prompts by index`() throws {
    let queries = (0..<8).map { scoring("p\($0)", " t\($0)") }
    let choices = (0..<8).map { number in
      #"{"index":\#(number),"finish_reason":"length","logprobs":{"tokens":["p\#(number)","#
        + #"" t\#(number)"],"token_logprobs":[null,-\#(number + 1)]}}"#
    }
    let body = #"{"choices":["# + choices.reversed().joined(separator: ",") + "]}"
    let answers = try #require(try read(body, for: queries).answers)
    for (number, answer) in answers.enumerated() {
      let token = TokenScore(range: 2..<5, logProbability: -Double(number + 1))
      #expect(answer == .measured(.scored([token])))
    }
  }

  @Test(arguments: [
    #"{"choices":[{"index":0,"text":"x","finish_reason":"length"}]}"#,
    #"{"choices":[{"index":0,"text":"x","finish_reason":"length","logprobs":null}]}"#,
    #"{"choices":[{"index":0,"text":"x","logprobs":{"content":[{"token":"x","logprob":-1}]}}]}"#,
    #"{"choices":[{"index":0,"logprobs":{"tokens":["a"],"token_logprobs":[]}}]}"#,
    #"{"choices":[{"index":0,"logprobs":{"tokens":["a"],"token_logprobs":["None"]}}]}"#,
    #"{"choices":[{"index":0,"logprobs":{"tokens":null,"token_logprobs":null}}]}"#,
    #"{"choices":[{"index":0,"logprobs":[]}]}"#, #"{"choices":[{"index":0,"logprobs":"x"}]}"#,
    #"{"choices":[{"index":0,"logprobs":{"tokens":[],"token_logprobs":[]}}]}"#,
  ])
  func `a reply without scores is refused, never scored`(_ body: String) throws {
    let error = try #require(try read(body, for: [Self.query]).stopError)
    #expect(error.code == "unexpected-reply" && error.help?.isEmpty == false)
  }

  @Test func `a server that ignored echo is told apart from one that spells otherwise`() throws {
    let ignored = try read(echoReply(["x"], ["-1"]), for: [Self.query]).stopError
    #expect(ignored?.message.contains("ignored 'echo'") == true)
    let other = try read(
      echoReply(
        ["▁The", "▁code", "▁is", "▁3", "02", "."], ["null", "-1", "-1", "-1", "-1", "-1"]),
      for: [Self.query]
    ).stopError
    #expect(other?.message.contains("do not spell the prompt") == true)
  }

  @Test(arguments: ["1", "0.5", "1e-5"])
  func `a number that is no log-probability fails the answer`(_ value: String) throws {
    let reply = echoReply(Self.tokens, ["null", "-1", "-2", value, "-4.25", "-0.5", "-9"])
    let answer = try #require(try read(reply, for: [Self.query]).answers?.first)
    #expect(answer.status == "failed" && answer.reason?.slug == "invalid-logprob")
  }

  @Test(arguments: ["-9999.0", "-3.4028235e38", "-1e308", "-Infinity"])
  func `the logarithm of 0 is the lowest score, however it is spelled`(_ value: String) throws {
    let reply = echoReply(Self.tokens, ["null", "-1", "-2", value, "-4.25", "-0.5", "-9"])
    let scores = try #require(try read(reply, for: [Self.query]).scores?.map(\.logProbability))
    #expect(scores.count == 3 && (scores[0] ?? 0) <= -9_000)
    #expect(scores.dropFirst() == [-4.25, -0.5])
  }

  @Test(arguments: ["NaN", "Infinity", "null"])
  func `what is not a number is unknown, never a number`(_ value: String) throws {
    let reply = echoReply(Self.tokens, ["null", "-1", "-2", value, "-4.25", "-0.5", "-9"])
    #expect(
      try read(reply, for: [Self.query]).scores?.map(\.logProbability) == [nil, -4.25, -0.5])
  }

  @Test func `rounding above zero is zero`() throws {
    let reply = echoReply(Self.tokens, ["null", "-1", "-2", "1e-7", "-0.0", "0", "-9"])
    #expect(try read(reply, for: [Self.query]).scores?.map(\.logProbability) == [0, 0, 0])
  }

  @Test(arguments: [
    (#"{"choices":[],"choices":[{"index":0}]}"#, true),
    (#"{"choices":[{"index":0,"text":"a","text":"b","finish_reason":"stop"}]}"#, true),
    (#"{"choices":[{"index":0,"text":"a","finish_reason":"stop","usage":1}],"usage":1}"#, false),
  ])
  func `a member that stands twice is refused`(_ body: String, _ twice: Bool) throws {
    let error = try read(body, for: [continuing("a")]).stopError
    // An empty first list is a reply to ask again, before anything is read of it.
    #expect((error?.message.contains("twice") == true) == twice || body.contains(#""choices":[],"#))
    #expect(try read(body, for: [continuing("a")]).completions() == nil || !twice)
  }

  @Test func `a repeated list of scores is refused`() throws {
    let reply = echoReply(
      Self.tokens, Self.values, rest: #","token_logprobs":[0,0,0,0,0,0,0]"#)
    #expect(try read(reply, for: [Self.query]).stopError?.message.contains("twice") == true)
  }

  @Test func `where it is not known which token crosses the prompt's end, all of them count`()
    throws
  {
    // Four marks over two characters of three bytes, the prompt's last and the secret's first.
    let query = scoring("は", "の7")
    let shown = ["\u{FFFD}", "\u{FFFD}", "\u{FFFD}", "7", "x"]
    let reply = echoReply(shown, ["-1", "-2", "-4", "-8", "-16"])
    #expect(
      try read(reply, for: [query]).scores == [
        TokenScore(range: 0..<6, logProbability: -7), TokenScore(range: 6..<7, logProbability: -8),
      ])
  }
}
