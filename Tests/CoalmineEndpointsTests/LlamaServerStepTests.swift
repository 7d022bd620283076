// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import Foundation
import Testing

/// The steps of a walk, against replies of a real server.
@Suite struct `llama-server steps` {
  private static func reply(_ file: String) throws -> DialectReply {
    let capture = try `Recorded replies`.capture("llama-server--\(file)")
    return DialectReply(
      status: try #require(capture["status"] as? Int), headers: [],
      body: try `Recorded replies`.body("llama-server--\(file)"))
  }

  @Test func `tokens come with the bytes they stand for, and spell the text`() throws {
    guard
      case .value(let tokens) = LlamaServer.readTokens(
        try Self.reply("native_tokenize"), at: try endpoint())
    else { throw Unexpected() }
    #expect(tokens.first?.id == 0)
    #expect(
      String(decoding: tokens.dropFirst().flatMap(\.bytes), as: UTF8.self)
        == "The access code of Olga Conway is 941294.")
  }

  @Test func `tokens without pieces are refused`() throws {
    guard
      case .stop(let error) = LlamaServer.readTokens(
        try Self.reply("native_tokenize_plain"), at: try endpoint())
    else { throw Unexpected() }
    #expect(error.message.contains("no pieces"))
  }

  @Test func `rows of a batch are read by their index, likeliest first`() throws {
    guard
      case .value(let rows) = LlamaServer.readRows(
        try Self.reply("native_completion_batch"), count: 2, at: try endpoint())
    else { throw Unexpected() }
    #expect(rows.map { $0.choices.count } == [2, 2])
    #expect(rows[0].logProbability(of: 223) == -0.05038797855377197)
    #expect(rows[1].logProbability(of: 271) == -1.2239189147949219)
    #expect(rows[0].logProbability(of: 999) == nil)
  }

  @Test func `one prompt is answered by an object, not by a list`() throws {
    guard
      case .value(let rows) = LlamaServer.readRows(
        try Self.reply("native_completion_n_probs"), count: 1, at: try endpoint())
    else { throw Unexpected() }
    #expect(rows[0].choices.count == 5)
  }

  @Test func `probabilities after the samplers are refused, never scored`() throws {
    guard
      case .stop(let error) = LlamaServer.readRows(
        try Self.reply("native_completion_post_sampling_probs"), count: 1, at: try endpoint())
    else { throw Unexpected() }
    #expect(error.message.contains("log-probabilities"))
  }

  @Test func `a row too few is asked again`() throws {
    guard
      case .retry(let reason) = LlamaServer.readRows(
        try Self.reply("native_completion_batch"), count: 3, at: try endpoint())
    else { throw Unexpected() }
    #expect(reason.slug == "results-missing")
  }

  @Test func `every request but that of the endpoint's own settings names neutral samplers`()
    throws
  {
    func body(_ probe: Probe, samples: Int) throws -> [String: Any] {
      let query = Query(
        probe: probe, subject: .canary("a"), prompt: Array("It is".utf8), target: [],
        samples: samples, maxTokens: 9)
      let request = try LlamaServer.request([query], to: try endpoint(), seed: 7)
      return try #require(
        try JSONSerialization.jsonObject(with: Data(request.body ?? [])) as? [String: Any])
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
    func reply(_ text: String) -> DialectReply {
      DialectReply(status: 200, headers: [], body: Array(text.utf8))
    }
    if case .value = LlamaServer.readRows(reply(row), count: 1, at: try endpoint()) {
      Issue.record("a row was read")
    }
    if case .value = LlamaServer.readTokens(reply(tokens), at: try endpoint()) {
      Issue.record("tokens were read")
    }
  }

  @Test func `only a reply of the whole vocabulary may be large`() throws {
    for dialect in [LlamaServer.self, LlamaServerCompletions.self] as [any WalkingDialect.Type] {
      #expect(try dialect.expansion(of: [[1]], listing: .top(20)).replyLimit == nil)
      #expect(try dialect.expansion(of: [[1]], listing: .all).replyLimit == 64 << 20)
    }
  }
}
