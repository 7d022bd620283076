// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import Foundation
import Testing

/// The likeliest tokens beside those of a given text, in the shapes of the servers that list them.
@Suite struct `Lists beside scored tokens` {
  /// The text as the dialect puts it to the model.
  private func passage(_ shape: Shape) throws -> Passage {
    Passage(
      before: Array("The code is".utf8), target: Array(" 941".utf8),
      presentation: .ofText(try DialectRegistry.dialect(shape.dialect).presentation))
  }

  /// Of the two tokens " 94" and "1": what is listed at each, two tokens and the one that stands there.
  private static let lists = [[-0.5, -1.25, -2.25], [-0.125, -3.0]]

  struct Shape: Sendable {
    let dialect: String
    /// Fields of the request, and fields that it must not have without the option.
    let asked: String
    let reply: String
  }

  static let shapes: [Shape] = [
    Shape(
      dialect: "openai-completions,logprobs=2", asked: #""echo":true,"logprobs":2"#,
      reply:
        #"{"choices":[{"index":0,"text":"","finish_reason":"length","logprobs":{"tokens":["The "#
        + #"code is"," 94","1","x"],"token_logprobs":[null,-2.25,-0.125,-1],"top_logprobs":[null,"#
        + #"{" a":-0.5," b":-1.25," 94":-2.25},{"1":-0.125,"2":-3.0},{"x":-1}]}}]}"#),
    Shape(
      dialect: "openai-completions,host=fireworks,logprobs=2", asked: #""echo":true,"logprobs":2"#,
      reply: #"{"choices":[{"index":0,"text":"","finish_reason":"length","logprobs":{"content":["#
        + #"{"token":"The code is","logprob":null},{"token":" 94","logprob":-2.25,"top_logprobs":["#
        + #"{"token":" a","logprob":-0.5},{"token":" b","logprob":-1.25}]},{"token":"1","#
        + #""logprob":-0.125,"top_logprobs":[{"token":"1","logprob":-0.125},{"token":"2","#
        + #""logprob":-3.0}]},{"token":"x","logprob":-1}]}}]}"#),
    Shape(
      dialect: "vllm,logprobs=2", asked: #""prompt_logprobs":2"#,
      reply:
        #"{"choices":[{"index":0,"text":"x","finish_reason":"length","prompt_token_ids":[5,6,7],"#
        + #""prompt_logprobs":[null,{"6":{"logprob":-2.25,"decoded_token":" 94"},"8":{"logprob":-0.5,"#
        + #""decoded_token":" a"},"9":{"logprob":-1.25,"decoded_token":" b"}},{"7":{"logprob":-0.125,"#
        + #""decoded_token":"1"},"8":{"logprob":-3.0,"decoded_token":"2"}}]}]}"#),
    Shape(
      dialect: "vllm-chat,logprobs=2", asked: #""prompt_logprobs":2"#,
      reply: #"{"choices":[{"index":0,"finish_reason":"length","message":{"content":"x"}}],"#
        + #""prompt_token_ids":[4,5,6,7],"prompt_logprobs":[null,{"5":{"logprob":-1,"decoded_token":"The "#
        + #"code is"}},{"6":{"logprob":-2.25,"decoded_token":" 94"},"8":{"logprob":-0.5,"decoded_token":" "#
        + #"a"},"9":{"logprob":-1.25,"decoded_token":" b"}},{"7":{"logprob":-0.125,"decoded_token":"1"},"#
        + #""8":{"logprob":-3.0,"decoded_token":"2"}}]}"#),
    Shape(
      dialect: "sglang,logprobs=2", asked: #""top_logprobs_num":2"#,
      reply:
        #"[{"text":".","meta_info":{"finish_reason":{"type":"length"},"input_token_logprobs":["#
        + #"[null,1,"The code is"],[-2.25,2," 94"],[-0.125,3,"1"]],"input_top_logprobs":[null,"#
        + #"[[-0.5,8," a"],[-1.25,9," b"]],[[-0.125,3,"1"],[-3.0,8,"2"]]]}}]"#),
  ]

  private func body(_ shape: Shape, _ ask: Ask) throws -> String {
    let dialect = try DialectRegistry.dialect(shape.dialect)
    let request = try dialect.encode(
      [ask], to: Endpoint(url: "https://a.example", model: "m", key: nil, dialect: dialect), seed: 1
    )
    return String(decoding: request.body ?? [], as: UTF8.self)
  }

  private func scores(_ shape: Shape, _ ask: Ask) throws -> [TokenScore] {
    let dialect = try DialectRegistry.dialect(shape.dialect)
    let reading = dialect.decode(
      Reply(status: 200, headers: [], body: Array(shape.reply.utf8)), [ask],
      at: try Endpoint(url: "https://a.example", model: "m", key: nil, dialect: dialect))
    guard case .value(let answers) = reading,
      case .measured(.scored(let scores)) = answers.outcomes[0]
    else {
      Issue.record("\(shape.dialect): \(reading)")
      return []
    }
    return scores
  }

  /// By hand: two listed tokens, the rest spread over all others.
  private func expected(_ listed: [Double]) -> (mean: Double, variance: Double, entropy: Double) {
    let top = listed.sorted(by: >).prefix(2)
    let rest = 1 - top.reduce(0) { $0 + exp($1) }
    let each = log(rest / Double(ListedAlternatives.vocabularySize - 2))
    let mean = top.reduce(0) { $0 + exp($1) * $1 } + rest * each
    let variance =
      top.reduce(0) { $0 + exp($1) * ($1 - mean) * ($1 - mean) } + rest * (each - mean)
      * (each - mean)
    return (mean, variance, -mean)
  }

  @Test(arguments: shapes)
  func `are asked only where they are wanted, and read with the tokens`(_ shape: Shape) throws {
    let passage = try passage(shape)
    #expect(try DialectRegistry.dialect(shape.dialect).abilities.contains(.listsScoredTokens))
    #expect(try body(shape, .scoreListing(passage)).contains(shape.asked))
    #expect(try !body(shape, .score(passage)).contains(shape.asked))
    let plain = try scores(shape, .score(passage))
    #expect(plain.map(\.logProbability) == [-2.25, -0.125])
    #expect(plain.allSatisfy { $0.alternatives == nil })
    let listed = try scores(shape, .scoreListing(passage))
    #expect(listed.map(\.logProbability) == [-2.25, -0.125])
    for (score, list) in zip(listed, Self.lists) {
      let found = try #require(score.alternatives)
      let hand = expected(list)
      #expect(abs(found.moments.mean - hand.mean) < 1e-12)
      #expect(abs(found.moments.variance - hand.variance) < 1e-9)
      #expect(abs(found.entropy - hand.entropy) < 1e-12)
    }
  }

  @Test func `lists that are no distribution give none`() {
    #expect(ListedAlternatives(top: [], count: 5) == nil)
    #expect(ListedAlternatives(top: [-0.1, -0.1], count: 2) == nil)
    #expect(ListedAlternatives(top: [0.5], count: 2) == nil)
    #expect(ListedAlternatives(top: [-0.1], count: 0) == nil)
    #expect(ListedAlternatives(top: [-0.1, .nan], count: 2) == nil)
    // What was rounded is taken.
    #expect(ListedAlternatives(top: [log(0.5003), log(0.5)], count: 2)?.entropy ?? -1 >= 0)
    // A flat distribution of which little is listed looks anything but sure.
    let flat = [Double](repeating: log(1e-5), count: 20)
    #expect(ListedAlternatives(top: flat, count: 20)?.entropy ?? 0 > 10)
  }

  @Test func `a dialect that lists nothing beside given texts does not claim it`() throws {
    for name in [
      "openai-completions", "mistral-chat,logprobs=5",
      "openai-completions,host=together,logprobs=5",
    ] {
      #expect(try !DialectRegistry.dialect(name).abilities.contains(.listsScoredTokens), "\(name)")
    }
  }
}
