// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting
import Foundation

/// A seeded corpus of conversations, and its study.
struct SeededChat {
  let folder: TemporaryFolder
  var study: String { folder.file("study.coalmine") }

  /// Chat records with one of three system prompts, or with none.
  ///
  /// - Parameter exchanges: how many exchanges a record has.
  init(_ system: (Int) -> String?, exchanges: (Int) -> Int = { _ in 1 }) async throws {
    folder = try TemporaryFolder()
    let lines = try (0..<400).map { number in
      var turns = system(number).map { [["role": "system", "content": $0]] } ?? []
      for place in 0..<exchanges(number) {
        let more = place == 0 ? "" : " and \(place)"
        turns.append(["role": "user", "content": "Question \(number)\(more)?"])
        turns.append(["role": "assistant", "content": "Answer \(number)\(more)."])
      }
      let record = try JSONSerialization.data(
        withJSONObject: ["messages": turns], options: .sortedKeys)
      return String(decoding: record, as: UTF8.self)
    }
    try folder.write(lines.joined(separator: "\n") + "\n", to: "corpus.jsonl")
    let text = try await PlannedProtocol.text(["--canaries", "24", "--access", "text-only"])
      .replacingOccurrences(of: "references: 255", with: "references: 3")
      .replacingOccurrences(of: "non-member-records: 100", with: "non-member-records: 10")
      .replacingOccurrences(of: "samples: 16", with: "samples: 4")
    try folder.write(text, to: "protocol.yaml")
    let seed = try await CoalmineProgram.run(
      "seed", folder.file("corpus.jsonl"), "--output", folder.file("seeded.jsonl"), "--study",
      study, "--protocol", folder.file("protocol.yaml"), "--seed", "3")
    guard seed.code == 0 else { throw ProgramFailed(seed) }
  }

  /// What stands before the assistant's turn in each record, once.
  var trained: Set<[[String]]> {
    get throws {
      let text = String(decoding: try folder.read("seeded.jsonl"), as: UTF8.self)
      return Set(
        try text.split(separator: "\n").map { line in
          let record = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
          return Self.turns(record?["messages"]).filter { $0[0] != "assistant" }
        })
    }
  }

  static func turns(_ messages: Any?) -> [[String]] {
    (messages as? [[String: Any]] ?? []).map {
      [$0["role"] as? String ?? "", $0["content"] as? String ?? ""]
    }
  }

  /// Roles and texts of a record of the corpus, read with Foundation alone.
  func turns(ofRecord number: Int) throws -> [[String]] {
    let text = String(decoding: try folder.read("corpus.jsonl"), as: UTF8.self)
    let line = text.split(separator: "\n")[number]
    let record = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
    return Self.turns(record?["messages"])
  }

  func probe(_ endpoint: CountingEndpoint, _ dialect: String) async throws
    -> CoalmineProgram.Outcome
  {
    try await probe(endpoint.url, "tuned", dialect)
  }

  func probe(_ url: String, _ model: String, _ dialect: String) async throws
    -> CoalmineProgram.Outcome
  {
    try await CoalmineProgram.started([
      "probe", "--study", study, "--endpoint", url, "--model", model, "--dialect",
      dialect, "--probe-set", "text-only",
    ]).outcome()
  }
}
