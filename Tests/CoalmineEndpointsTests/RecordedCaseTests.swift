// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineTesting
import Foundation
import Testing

/// Replies of real servers, byte for byte as they were recorded.
@Suite struct `Recorded replies` {
  static var folder: URL {
    Bundle.module.resourceURL!.appendingPathComponent("Captures", isDirectory: true)
  }

  static func capture(_ file: String) throws -> [String: Any] {
    let data = try Data(contentsOf: folder.appendingPathComponent(file + ".json"))
    return try jsonObject(data)
  }

  /// The reply's bytes: JSON as it stands in the file, with its order of names; or the text.
  static func body(_ file: String) throws -> [UInt8] {
    if let text = try capture(file)["response"] as? String { return Array(text.utf8) }
    let bytes = Array(try Data(contentsOf: folder.appendingPathComponent(file + ".json")))
    let name = Array("\"response\"".utf8)
    var depth = 0
    var quoted: Int?
    var start: Int?
    var place = 0
    while place < bytes.count {
      switch (bytes[place], quoted) {
      case (UInt8(ascii: "\\"), .some): place += 1
      case (UInt8(ascii: "\""), nil): quoted = place
      case (UInt8(ascii: "\""), let open?):
        quoted = nil
        if depth == 1, start == nil, Array(bytes[open...place]) == name {
          start = bytes[place...].firstIndex(of: UInt8(ascii: ":")).map { $0 + 1 }
        }
      case (UInt8(ascii: "{"), nil), (UInt8(ascii: "["), nil): depth += 1
      case (UInt8(ascii: "}"), nil), (UInt8(ascii: "]"), nil):
        depth -= 1
        if depth == 1, let start, start < place { return Array(bytes[start...place]) }
      default: break
      }
      place += 1
    }
    throw Missing()
  }

  struct Missing: Error {}

  static func reading(_ recorded: RecordedCase) throws -> Read {
    let capture = try capture(recorded.file)
    let headers = try #require(capture["headers"] as? [[String]])
    let reply = Reply(
      status: try #require(capture["status"] as? Int),
      headers: headers.map { (name: $0[0].lowercased(), value: $0[1]) },
      body: try body(recorded.file))
    return Read(
      try DialectRegistry.dialect(recorded.dialect), reply, for: recorded.queries,
      at: try endpoint())
  }

  @Test(arguments: RecordedCase.all)
  func `a recorded reply reads as it must`(_ recorded: RecordedCase) throws {
    try expect(recorded.expected, of: Self.reading(recorded))
  }

  /// Holds a reading against what a case says.
  private func expect(_ expected: RecordedCase.Expectation, of reading: Read) throws {
    switch expected {
    case .scores(let expected):
      let answers = try #require(reading.answers, "\(reading.words)")
      #expect(answers.count == expected.count)
      for (answer, values) in zip(answers, expected) {
        guard case .measured(.scored(let scores)) = answer else {
          Issue.record("no likelihood: \(answer)")
          continue
        }
        #expect(scores.map(\.logProbability) == values)
      }
    case .texts(let expected):
      #expect(reading.answers != nil, "\(reading.words)")
      for (place, texts) in expected.enumerated() {
        // What a place's likeliest tokens are has tests of its own.
        let found = reading.completions(place)?.map { Completion(text: $0.text, ending: $0.ending) }
        #expect(found == texts)
      }
    case .stop(let code, let words):
      let error = try #require(reading.stopError)
      #expect(error.code == code && error.message.contains(words), "\(error)")
      #expect(!error.description.contains("Olga") && !error.description.contains("941"))
    case .retry(let slug):
      #expect(reading.retryReason?.slug == slug)
    }
  }

  @Test(arguments: HandMadeCase.all)
  func `a hand-made reply reads as it must`(_ made: HandMadeCase) throws {
    let dialect = try DialectRegistry.dialect(made.dialect)
    try expect(
      made.expected,
      of: Read(dialect, made.reply, for: [made.query(for: dialect)], at: try endpoint()))
  }

  @Test(arguments: RecordedCase.all)
  func `the recorded question is the one that the dialect asks`(_ recorded: RecordedCase) throws {
    let capture = try Self.capture(recorded.file)
    let asked = try #require((capture["request"] as? [String: Any])?["body"] as? [String: Any])
    let dialect = try DialectRegistry.dialect(recorded.dialect)
    let request = try dialect.encode(
      recorded.queries.flatMap(\.asks), to: try endpoint(), seed: 0)
    let ours = try jsonObject(request.body ?? [])
    guard case .scores = recorded.expected, recorded.dialect != "vllm-chat" else { return }
    if recorded.dialect == "vllm" {
      #expect(ours["prompt_logprobs"] as? Int == 0 && ours["echo"] == nil)
      #expect(asked["prompt_logprobs"] != nil && asked["echo"] == nil)
      return
    }
    let prompts = (asked["prompt"] as? [String]) ?? [asked["prompt"] as? String ?? ""]
    for (prompt, mine) in zip(prompts, try #require(ours["prompt"] as? [String])) {
      #expect(prompt.hasPrefix(mine))
    }
    for name in ["max_tokens", "temperature"] {
      #expect(asked[name] as? Int == ours[name] as? Int, "\(name)")
    }
    #expect(asked["echo"] as? Bool == true && ours["echo"] as? Bool == true)
  }

  /// The same reply holds the scores twice: by text, which is read, and by token id.
  @Test func `the scores that are read agree with the server's other list of them`() throws {
    let recorded = try #require(
      RecordedCase.all.first { $0.file == "vllm-cpu--completions_echo_logprobs" })
    let response = try #require(try Self.capture(recorded.file)["response"] as? [String: Any])
    let choice = try #require((response["choices"] as? [[String: Any]])?.first)
    let listed = try #require(choice["prompt_logprobs"] as? [Any])
    let text = String(
      decoding: recorded.queries[0].prompt + recorded.queries[0].target, as: UTF8.self)
    var rest = Substring(text)
    var oracle: [Double] = []
    for entry in listed.dropFirst() {
      let candidates = try #require(entry as? [String: [String: Any]])
      // Beside the token that stands there the list may hold a likelier one, here a shorter one.
      let token = try #require(
        candidates.values.filter { rest.hasPrefix($0["decoded_token"] as? String ?? "?") }
          .max {
            ($0["decoded_token"] as? String ?? "").count
              < ($1["decoded_token"] as? String ?? "").count
          })
      oracle.append(try #require(token["logprob"] as? Double))
      rest = rest.dropFirst((token["decoded_token"] as? String)?.count ?? 0)
    }
    #expect(rest.isEmpty)
    let scores = try #require(try Self.reading(recorded).scores)
    for (score, value) in zip(scores, oracle.suffix(scores.count)) {
      #expect(abs(try #require(score.logProbability) - value) < 1e-12)
    }
    #expect(scores.map(\.range) == (0..<8).map { (33 + $0)..<(34 + $0) })
  }

  @Test func `every case has its capture`() throws {
    #expect(Set(RecordedCase.all.map(\.file)).isSubset(of: try Self.files()))
  }

  /// The names of all captures, without their ending.
  static func files() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
  }
}
