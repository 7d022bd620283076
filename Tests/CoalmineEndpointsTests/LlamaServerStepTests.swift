// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineTesting
import Foundation
import Testing

/// The steps of a walk, against replies of a real server.
@Suite struct `llama-server steps` {
  private static func reply(_ file: String) throws -> Reply {
    let capture = try `Recorded replies`.capture("llama-server--\(file)")
    return Reply(
      status: try #require(capture["status"] as? Int), headers: [],
      body: try `Recorded replies`.body("llama-server--\(file)"))
  }

  private static let tokenize = [Ask.tokenize(Passage(before: Array("x".utf8)))]
  private static func next(_ count: Int, _ listing: Listing = .top(20)) -> [Ask] {
    (0..<count).map { .next(TokenPrefix([$0 + 1], text: []), listing) }
  }

  private static func reading(_ file: String, _ asks: [Ask]) throws -> Reading<[Answer?]> {
    dialect("llama-server").decode(try reply(file), asks, at: try endpoint())
      .map { $0.outcomes.map(\.value) }
  }

  private static func rows(_ file: String, _ count: Int) throws -> [NextTokens] {
    guard case .value(let answers) = try reading(file, next(count)) else { throw Unexpected() }
    return answers.compactMap { if case .next(let row)? = $0 { row } else { nil } }
  }

  private static func error(_ reading: Reading<[Answer?]>) throws -> CoalmineError {
    guard case .stop(let error) = reading else { throw Unexpected() }
    return error
  }

  @Test func `tokens come with the bytes they stand for, and spell the text`() throws {
    guard case .value(let answers) = try Self.reading("native_tokenize", Self.tokenize),
      case .tokens(let tokens)? = answers.first ?? nil
    else { throw Unexpected() }
    #expect(tokens.first?.id == 0)
    #expect(
      String(decoding: tokens.dropFirst().flatMap(\.bytes), as: UTF8.self)
        == "The access code of Olga Conway is 941294.")
  }

  @Test func `tokens without pieces are refused`() throws {
    let error = try Self.error(try Self.reading("native_tokenize_plain", Self.tokenize))
    #expect(error.message.contains("no pieces"))
  }

  @Test func `rows of a batch are read by their index, likeliest first`() throws {
    let rows = try Self.rows("native_completion_batch", 2)
    #expect(rows.map { $0.choices.count } == [2, 2])
    #expect(rows[0].logProbability(of: 223) == -0.05038797855377197)
    #expect(rows[1].logProbability(of: 271) == -1.2239189147949219)
    #expect(rows[0].logProbability(of: 999) == nil)
  }

  @Test func `one prompt is answered by an object, not by a list`() throws {
    #expect(try Self.rows("native_completion_n_probs", 1)[0].choices.count == 5)
  }

  @Test func `probabilities after the samplers are refused, never scored`() throws {
    let error = try Self.error(
      try Self.reading("native_completion_post_sampling_probs", Self.next(1)))
    #expect(error.message.contains("log-probabilities"))
  }

  /// As llama-server answers where the token that it wrote is the byte 0xC3 alone.
  @Test(arguments: [
    (
      "llama-server",
      #"{"index":0,"content":"\ufffd","tokens_predicted":1,"truncated":false,"stop_type":"limit"}"#
    ),
    (
      "llama-server-completions",
      #"{"choices":[{"text":"\ufffd","index":0,"logprobs":null,"finish_reason":"length"}]}"#
    ),
  ])
  func `where a part of a character was written one row is missing, and the run goes on`(
    _ name: String, _ body: String
  ) throws {
    let reply = Reply(status: 200, headers: [], body: Array(body.utf8))
    for listing in [Listing.top(20), .only(130)] {
      let reading = dialect(name).decode(reply, Self.next(1, listing), at: try endpoint())
      guard case .value(let answers) = reading,
        case .notMeasurable(let reason)? = answers.outcomes.first
      else { throw Unexpected() }
      #expect(reason.slug == "token-is-part-of-character")
    }
    // A text without log-probabilities is another thing: the server ignored what was asked.
    let plain = Reply(
      status: 200, headers: [],
      body: Array(body.replacingOccurrences(of: #"\ufffd"#, with: "a").utf8))
    guard case .stop = dialect(name).decode(plain, Self.next(1), at: try endpoint()) else {
      throw Unexpected()
    }
  }

  @Test func `a row too few is asked again`() throws {
    guard case .retry(let reason) = try Self.reading("native_completion_batch", Self.next(3))
    else { throw Unexpected() }
    #expect(reason.slug == "results-missing")
  }

  @Test func `a wanted token is the one that was written, and another one is no answer`() throws {
    let file = "native_completion_n_probs"
    let listed = try Self.rows(file, 1)[0].choices
    let written = try #require(listed.first?.id)
    let asks = Self.next(1, .only(written))
    guard case .value(let answers) = try Self.reading(file, asks),
      case .next(let row)? = answers.first ?? nil
    else { throw Unexpected() }
    #expect(row.choices.map(\.id) == [written])
    let others = Self.next(1, .only(written + 1))
    guard case .value(let none) = try Self.reading(file, others) else { throw Unexpected() }
    #expect(none == [nil])
  }

  @Test func `an ending that was written comes with the log-probability of each token`() throws {
    let asks = [Ask.force(TokenPrefix([1, 2], text: []), ending: Array(" 941294.".utf8))]
    let reading = try Self.reading("native_completion_grammar", asks)
    guard case .value(let answers) = reading, case .forced(let tokens)? = answers.first ?? nil
    else { throw Unexpected() }
    #expect(tokens.first?.id == 223 && tokens.first?.logProbability == -0.05038797855377197)
  }

  @Test(arguments: [
    ("plain", #""plain""#), ("a\"b\\c", #""a\"b\\c""#), ("\t\n\u{1}é", #""\t\n\x01é""#),
  ])
  func `a grammar allows the ending and nothing else`(_ text: String, _ literal: String) throws {
    let request = try dialect("llama-server").encode(
      [.force(TokenPrefix([1], text: []), ending: Array(text.utf8))], to: try endpoint(), seed: 0)
    let body = try jsonObject(request.body ?? [])
    #expect(body["grammar"] as? String == "root ::= " + literal)
    #expect(body["prompt"] as? [[Int]] == [[1]])
    #expect(body["n_predict"] as? Int == text.utf8.count + 1)
  }

  @Test func `a wanted token gets a bias that makes it certain`() throws {
    for dialect in stepwiseDialects {
      let request = try dialect.encode(Self.next(2, .only(7)), to: try endpoint(), seed: 0)
      let body = String(decoding: request.body ?? [], as: UTF8.self)
      #expect(body.contains(#""logit_bias":[[7,1000000]]"#), "\(body)")
      #expect(body.contains(#""prompt":[[1],[2]]"#) && body.contains(#""temperature":-1"#))
    }
  }

  @Test func `every request but that of the endpoint's own settings names neutral samplers`()
    throws
  {
    func body(_ probe: Probe, samples: Int) throws -> [String: Any] {
      let query = continuing("It is", samples: samples, maxTokens: 9, probe: probe)
      let request = try dialect("llama-server").encode(query.asks, to: try endpoint(), seed: 7)
      return try jsonObject(request.body ?? [])
    }
    let sampled = try body(.sampledExtraction, samples: 3)
    #expect(sampled["temperature"] as? Int == 1)
    #expect(sampled["top_k"] as? Int == 0 && sampled["min_p"] as? Int == 0)
    #expect((sampled["prompt"] as? [String])?.count == 3)
    // One seed would give equal prompts equal answers.
    #expect(sampled["seed"] == nil)
    #expect(try body(.greedyExtraction, samples: 1)["temperature"] as? Int == 0)
    let own = try body(.defaultExtraction, samples: 2)
    #expect(own["temperature"] == nil && own["top_k"] == nil)
  }

  private struct Unexpected: Error {}

  @Test(arguments: ["-1", "-200", "2147483648", "9223372036854775807", "1.5", "null"])
  func `a token number that no vocabulary has is refused`(_ number: String) throws {
    let row =
      #"{"index":0,"completion_probabilities":[{"id":7,"top_logprobs":[{"id":\#(number),"#
      + #""bytes":[56],"logprob":-1}]}]}"#
    let tokens = #"{"tokens":[{"id":\#(number),"piece":"a"}]}"#
    func reply(_ text: String) -> Reply {
      Reply(status: 200, headers: [], body: Array(text.utf8))
    }
    let native = dialect("llama-server")
    if case .value = native.decode(reply(row), Self.next(1), at: try endpoint()) {
      Issue.record("a row was read")
    }
    if case .value = native.decode(reply(tokens), Self.tokenize, at: try endpoint()) {
      Issue.record("tokens were read")
    }
  }

  @Test func `only a reply of the whole vocabulary may be large`() throws {
    for dialect in stepwiseDialects {
      func limit(_ listing: Listing) throws -> Int? {
        try dialect.encode(Self.next(1, listing), to: try endpoint(), seed: 0).replyLimit
      }
      #expect(try limit(.top(20)) == nil && limit(.only(3)) == nil)
      #expect(try limit(.all) == 64 << 20)
    }
  }
}
