// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineEndpoints
import Testing

/// The bytes that the completions dialect asks with.
@Suite struct `Completions requests` {
  static func body(_ queries: [Query], seed: UInt64 = 0) throws -> String {
    let request = try dialect().encode(queries.flatMap(\.asks), to: try endpoint(), seed: seed)
    return String(decoding: request.body ?? [], as: UTF8.self)
  }

  static func query(_ probe: Probe) -> Query {
    let isScored = probe.needs == .scores
    let isSampled = [.sampledExtraction, .defaultExtraction].contains(probe)
    return Query(
      probe: probe, prompt: Array("The code is".utf8), target: isScored ? Array(" 302".utf8) : [],
      samples: isScored ? 0 : isSampled ? 4 : 1, maxTokens: isScored ? 0 : 9)
  }

  static let prompt = #"{"model":"tiny","prompt":["The code is"],"#
  static let scored =
    #"{"model":"tiny","prompt":["The code is 302"],"#
    + #""max_tokens":1,"temperature":0,"echo":true,"logprobs":1}"#

  @Test(arguments: [
    (Probe.sequenceLikelihood, scored), (.recordLikelihood, scored), (.chainLikelihood, scored),
    (.greedyExtraction, prompt + #""max_tokens":9,"temperature":0}"#),
    (.chainExtraction, prompt + #""max_tokens":9,"temperature":0}"#),
    (
      .sampledExtraction,
      prompt + #""max_tokens":9,"n":4,"temperature":1,"top_p":1,"seed":2147483647}"#
    ),
    (.defaultExtraction, prompt + #""max_tokens":9,"n":4,"seed":2147483647}"#),
  ])
  func `each probe asks with these bytes`(_ probe: Probe, _ expected: String) throws {
    #expect(try Self.body([Self.query(probe)], seed: .max) == expected)
  }

  @Test func `no probe is without a golden request`() throws {
    for probe in Probe.allCases {
      #expect(try Self.body([Self.query(probe)]).contains(#""max_tokens""#), "\(probe)")
    }
  }

  @Test func `many prompts travel in one list, in order, as they are`() throws {
    let queries = [scoring("a\"\\\n", " é"), scoring("", "b\u{2028}"), scoring("c ", " \u{1}d")]
    #expect(
      try Self.body(queries).hasPrefix(
        #"{"model":"tiny","prompt":["a\"\\\n é","b"# + "\u{2028}" + #"","c  \u0001d"],"#))
  }

  @Test func `what a server reads is byte for byte prompt and target`() throws {
    let texts = ["plain", "tab\t", "e\u{301}", "é", "👩‍👩‍👧", "\u{7F}\u{0}", "\u{FEFF}x", "\r\n"]
    let queries = texts.map { scoring($0, " \($0)!") }
    let document = try JSONDocument(parsing: Array(try Self.body(queries).utf8))
    let read = try #require(document.root["prompt"]?.elements).map(\.stringBytes)
    #expect(read == queries.map { $0.prompt + $0.target })
  }

  @Test(arguments: [
    ("https://a.example", "/v1/completions"), ("https://a.example/v1", "/completions"),
    ("https://a.example/v1/", "/completions"), ("https://a.example/api", "/completions"),
  ])
  func `the route stands once`(_ url: String, _ path: String) throws {
    let request = try dialect().encode(
      scoring("a", "b").asks, to: try endpoint(url), seed: 0)
    #expect(request.path == path)
  }

  @Test func `the key is not in the request that the ledger may keep`() throws {
    let place = try endpoint(key: "sk-marked-key")
    let request = try dialect().encode(scoring("a", "b").asks, to: place, seed: 1)
    #expect(!String(decoding: request.body ?? [], as: UTF8.self).contains("sk-marked-key"))
    #expect(!request.path.contains("sk-marked-key"))
  }

  @Test func `the same questions and seed give the same bytes, another seed others`() throws {
    let queries = [continuing("a", samples: 3)]
    #expect(try Self.body(queries, seed: 7 << 33) == Self.body(queries, seed: 7 << 33))
    #expect(try Self.body(queries, seed: 7 << 33).contains(#""seed":7}"#))
    #expect(try Self.body(queries, seed: 8 << 33).contains(#""seed":8}"#))
  }
}
