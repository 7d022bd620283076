// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting
import Foundation
import Testing

@Suite struct `scan` {
  private static func lines(_ text: String, _ type: String) throws -> [[String: Any]] {
    try text.split(separator: "\n").compactMap { line in
      try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
    }.filter { $0["type"] as? String == type }
  }

  @Test func `finds the copies of the seeded corpus and none in the original`() async throws {
    let small = try await SmallStudy()
    let clean = try await CoalmineProgram.run(
      "scan", small.folder.file("corpus.jsonl"), "--study", small.study)
    #expect(clean.code == 0, "\(clean.notes)")
    #expect(try Self.lines(clean.text, "hit").isEmpty)

    let seeded = try await CoalmineProgram.run("scan", small.seeded, "--study", small.study)
    #expect(seeded.code == 1, "\(seeded.notes)")
    let hits = try Self.lines(seeded.text, "hit")
    #expect(!hits.isEmpty && hits.allSatisfy { $0["text"] == nil })
    #expect(hits.allSatisfy { ($0["bits"] as? Double ?? 0) > 0 })
    #expect(Set(hits.compactMap { $0["id"] as? String }).count == hits.count)

    let shown = try await CoalmineProgram.run(
      "scan", small.seeded, "--study", small.study, "--reveal")
    let bytes = Data(try small.folder.read("seeded.jsonl"))
    for hit in try Self.lines(shown.text, "hit") where hit["form"] as? String == "exact" {
      let offset = try #require(hit["offset"] as? Int)
      let length = try #require(hit["length"] as? Int)
      let text = try #require(hit["text"] as? String)
      #expect(bytes[offset..<offset + length] == Data(text.utf8))
      #expect(!seeded.text.contains(text))
    }
  }

  @Test func `goes on from where it had settled`() async throws {
    let small = try await SmallStudy()
    let whole = try await CoalmineProgram.run("scan", small.seeded, "--study", small.study)
    let hits = try Self.lines(whole.text, "hit")
    let middle = try #require(hits[hits.count / 2]["offset"] as? Int)
    let rest = try await CoalmineProgram.run(
      "scan", small.seeded, "--study", small.study, "--from", String(middle))
    let ids = try Self.lines(rest.text, "hit").compactMap { $0["id"] as? String }
    #expect(ids == hits.suffix(hits.count - hits.count / 2).compactMap { $0["id"] as? String })

    let behind = try await CoalmineProgram.run(
      "scan", small.seeded, "--study", small.study, "--from", "999999999")
    #expect(behind.code == 65 && behind.notes.contains("[scan-offset-behind-end]"))
    let two = try await CoalmineProgram.run(
      "scan", small.seeded, small.seeded, "--study", small.study, "--from", "5")
    #expect(two.code == 64 && two.notes.contains("[scan-one-input]"))
    let missing = try await CoalmineProgram.run("scan", "no-such.log", "--study", small.study)
    #expect(missing.code == 66, "\(missing.notes)")
  }
}
