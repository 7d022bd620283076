// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// `commit`, `disclose` and `verify --commitment`, by the real program.
@Suite struct `A commitment before training` {
  @Test func `binds the study, tells no secret, and proves what is disclosed`() async throws {
    let small = try await SmallStudy(references: 3, samples: 2, defaultSamples: 0)
    let folder = URL(fileURLWithPath: small.study).deletingLastPathComponent()
    func file(_ name: String) -> String { folder.appendingPathComponent(name).path }
    let commit = try await CoalmineProgram.run(
      "commit", "--study", small.study, "--output", file("commitment.json"))
    #expect(commit.code == 0, "\(commit.notes)")
    #expect(commit.text.contains("SHA-256 of the file: "))
    let text = try String(contentsOfFile: file("commitment.json"), encoding: .utf8)
    // The report says that it was made, and when by whose clock.
    func noted() async throws -> [String: Any]? {
      let score = try await CoalmineProgram.run("score", "--study", small.study, "--json")
      return ((score.json["result"] as? [String: Any])?["study"] as? [String: Any])?["commitment"]
        as? [String: Any]
    }
    let note = try #require(try await noted())
    #expect(text.contains("\"root\": \"\(note["root"] as? String ?? "-")\""))
    let line = "SHA-256 of the file: \(note["file_sha256"] as? String ?? "-")"
    #expect(commit.text.contains(line))
    #expect(note["training_was_stated"] as? Bool == false && note["runs"] as? Int == 0)
    let trained = try await CoalmineProgram.run(
      "trained", "--study", small.study, "--model", "m", "--epochs", "1")
    #expect(trained.code == 0, "\(trained.notes)")
    // The same study gives the same bytes, and the first note stays.
    let again = try await CoalmineProgram.run("commit", "--study", small.study, "--output", "-")
    #expect(again.text == text)
    let later = try #require(try await noted())
    #expect(later["at"] as? String == note["at"] as? String)
    #expect(later["training_was_stated"] as? Bool == false)
    #expect(try await CoalmineProgram.run("verify", "--study", small.study).code == 0)

    let disclose = try await CoalmineProgram.run(
      "disclose", "--study", small.study, "--all", "--output", file("all.json"))
    #expect(disclose.code == 0, "\(disclose.notes)")
    let all = try #require(
      try JSONSerialization.jsonObject(
        with: Data(contentsOf: URL(fileURLWithPath: file("all.json"))))
        as? [String: Any])
    let leaves = try #require(all["leaves"] as? [[String: Any]])
    var ids: [String] = []
    for leaf in leaves {
      let lines = try #require(leaf["text"] as? String).split(separator: "\n")
      for line in lines
      where ["secret ", "given ", "decoy ", "salt "].contains(where: line.hasPrefix) {
        #expect(!text.contains(line.split(separator: " ")[1]))
      }
      if let id = lines.first(where: { $0.hasPrefix("id ") })?.dropFirst(3) {
        let bytes = stride(from: 0, to: id.count, by: 2).compactMap {
          UInt8(id.dropFirst($0).prefix(2), radix: 16)
        }
        ids.append(String(decoding: bytes, as: UTF8.self))
      }
    }
    #expect(ids.count > 3 && ids == ids.sorted())
    let mode = try FileManager.default.attributesOfItem(atPath: file("all.json"))[.posixPermissions]
    #expect((mode as? Int) == 0o600)

    let some = try await CoalmineProgram.run(
      "disclose", "--study", small.study, "--canary", ids[0], ids[2], "--output", file("some.json"))
    #expect(some.code == 0, "\(some.notes)")
    let verify = try await CoalmineProgram.run(
      "verify", "--commitment", file("commitment.json"), "--study", small.study, "--disclosed",
      file("some.json"))
    #expect(
      verify.code == 0 && verify.text.contains("2 leaves of \(leaves.count) proven"),
      "\(verify.text)")

    let other = try await SmallStudy(references: 4, samples: 2, defaultSamples: 0)
    let wrong = try await CoalmineProgram.run(
      "verify", "--commitment", file("commitment.json"), "--study", other.study)
    #expect(wrong.code == 5 && wrong.text.contains("differs in"), "\(wrong.text)")
    let changed = try String(contentsOfFile: file("some.json"), encoding: .utf8)
      .replacingOccurrences(of: "repetitions ", with: "repetitions 1")
    try changed.write(toFile: file("changed.json"), atomically: true, encoding: .utf8)
    let refused = try await CoalmineProgram.run(
      "verify", "--commitment", file("commitment.json"), "--disclosed", file("changed.json"))
    #expect(
      refused.code == 5 && refused.text.contains("is not in the commitment"), "\(refused.text)")
  }

  @Test(arguments: [
    (["verify", "--commitment", "c"], "needs '--study', '--disclosed' or both"),
    (["verify", "--disclosed", "d", "--study", "s"], "'--disclosed' needs '--commitment'"),
    (["verify", "corpus"], "'--study' names the study's ledger"),
    (["disclose", "--study", "s", "--output", "o"], "give '--canary ID'"),
  ])
  func `options that do not go together are refused`(_ arguments: [String], _ words: String)
    async throws
  {
    let outcome = try await CoalmineProgram.started(arguments).outcome()
    #expect(outcome.code == 64 && outcome.notes.contains(words), "\(outcome.notes)")
  }
}
