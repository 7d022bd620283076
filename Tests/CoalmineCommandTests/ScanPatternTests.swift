// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting
import Foundation
import Testing

@Suite struct `scan with a pattern file` {
  @Test func `finds what the study finds, without a secret in the file`() async throws {
    let log = try await ScanLog()
    let folder = log.small.folder
    let patterns = folder.file("patterns.json")
    let written = try await CoalmineProgram.run(
      "scan", "--study", log.small.study, "--write-patterns", patterns)
    #expect(written.code == 0, "\(written.notes)")
    #expect(written.notes.contains("not in the file"))
    let attributes = try FileManager.default.attributesOfItem(atPath: patterns)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    let text = String(decoding: try folder.read("patterns.json"), as: UTF8.self)
    for secret in log.secrets { #expect(!text.contains(secret.text)) }

    let known = try await CoalmineProgram.run("scan", log.small.seeded, "--study", log.small.study)
    let hashed = try await CoalmineProgram.run("scan", log.small.seeded, "--patterns", patterns)
    #expect(hashed.code == 1, "\(hashed.notes)")
    let file = try #require(
      JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let names = Set(
      (file["canaries"] as? [[String: Any]] ?? []).compactMap { $0["canary"] as? String })
    #expect(!names.isEmpty)
    func places(_ outcome: CoalmineProgram.Outcome) throws -> [String] {
      try ScanLog.lines(outcome.text, "hit")
        .filter { names.contains($0["canary"] as? String ?? "") }
        .map { "\($0["id"] ?? "") \($0["canary"] ?? "") \($0["offset"] ?? "")" }
    }
    #expect(try places(hashed) == places(known))
    #expect(try places(hashed).count == ScanLog.lines(hashed.text, "hit").count)
    let end = try #require(ScanLog.lines(hashed.text, "end").first)
    #expect(end["forms"] as? [String] == ["near"])
    #expect(end["left_out"] as? Int == file["left_out"] as? Int)
    #expect(hashed.notes.contains("not base64 and hexadecimal"))
  }

  @Test func `takes no secret that a reader of the file could guess`() async throws {
    let log = try await ScanLog()
    let folder = log.small.folder
    let refused = try await CoalmineProgram.run(
      "scan", "--study", log.small.study, "--write-patterns", folder.file("none"), "--least-bits",
      "200")
    #expect(refused.code == 78 && refused.notes.contains("[patterns-too-guessable]"))
    #expect(!folder.names.contains("none"))

    func left(_ least: String, _ name: String) async throws -> [String: Double] {
      let outcome = try await CoalmineProgram.run(
        "scan", "--study", log.small.study, "--write-patterns", folder.file(name), "--least-bits",
        least)
      #expect(outcome.code == 0, "\(outcome.notes)")
      let file = try #require(
        JSONSerialization.jsonObject(with: Data(try folder.read(name))) as? [String: Any])
      return Dictionary(
        uniqueKeysWithValues: (file["canaries"] as? [[String: Any]] ?? []).compactMap {
          guard let name = $0["canary"] as? String, let bits = $0["bits"] as? Double else {
            return nil
          }
          return (name, bits)
        })
    }
    let (all, few) = (try await left("0", "all"), try await left("64", "few"))
    #expect(few.count < all.count && few.values.allSatisfy { $0 >= 64 })
    #expect(all.values.contains { $0 < 40 })

    // A file that stands there stays, and what is no pattern file is refused.
    let before = try folder.read("few")
    let again = try await CoalmineProgram.run(
      "scan", "--study", log.small.study, "--write-patterns", folder.file("few"))
    #expect(again.code == 73 && again.notes.contains("[output-exists]"))
    #expect(try folder.read("few") == before)
    let foreign = try await CoalmineProgram.run(
      "scan", log.small.seeded, "--patterns", log.small.corpus)
    #expect(foreign.code == 65 && foreign.notes.contains("[patterns-unreadable]"))
  }
}
