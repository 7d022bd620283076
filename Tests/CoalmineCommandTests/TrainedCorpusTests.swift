// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineTesting
import Foundation
import Testing

/// `seed` where nobody states how many texts are held out, and `trained --corpus`.
@Suite struct `Small corpora and processed files through the program` {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    let lines = (0..<130).map { number in
      #"{"text": "The weather in the north of region \#(number % 65) is colder than it was."}"#
    }
    try folder.write(lines.joined(separator: "\n") + "\n", to: "corpus.jsonl")
  }

  private func seed(_ more: String...) async throws -> CoalmineProgram.Outcome {
    try await CoalmineProgram.started(
      [
        "seed", folder.file("corpus.jsonl"), "--output", folder.file("seeded.jsonl"), "--study",
        folder.file("s.coalmine"), "--protocol", SmallStudy.handWritten, "--seed", "5",
      ] + more
    ).outcome()
  }

  private func digest(_ name: String) throws -> String {
    hexadecimal(sha256([UInt8](try folder.read(name))))
  }

  @Test func `a number that nobody stated follows the distinct texts, and the reason is printed`()
    async throws
  {
    let seeded = try await seed()
    #expect(seeded.code == 0, "\(seeded.notes)")
    #expect(
      seeded.text.contains(
        "note: 3 texts are to be taken out, not 100: one in 20 of the 65 distinct texts in the corpus; "
          + "'--hold-out N' states a number"), "\(seeded.text)")
    #expect(seeded.text.contains("6 taken out as non-members") == false)
    let scored = try await CoalmineProgram.run(
      "verify", folder.file("seeded.jsonl"), "--study", folder.file("s.coalmine"))
    #expect(scored.code == 0, "\(scored.notes)")
  }

  @Test func `a stated number is kept, or refused`() async throws {
    let kept = try await seed("--hold-out", "30", "--json")
    #expect(kept.code == 0, "\(kept.notes)")
    #expect(kept.json["hold_out"] as? Int == 30 && kept.json["hold_out_reason"] is NSNull)
    #expect(kept.json["nonmembers"] as? Int == 30)
    let other = try await CoalmineProgram.run(
      "seed", folder.file("corpus.jsonl"), "--output", folder.file("t.jsonl"), "--study",
      folder.file("t.coalmine"), "--protocol", SmallStudy.handWritten, "--hold-out", "33")
    #expect(other.code == 65)
    #expect(other.notes.contains("65 distinct texts"))
  }

  @Test func `what the files hold is recorded, scored and reported`() async throws {
    #expect(try await seed().code == 0)
    var lines = String(decoding: try folder.read("seeded.jsonl"), as: UTF8.self)
      .split(separator: "\n").map(String.init)
    var chance = SplitMix(3)
    lines.shuffle(using: &chance)
    try folder.write(lines.prefix(200).joined(separator: "\n") + "\n", to: "train.jsonl")
    try folder.write(lines.dropFirst(300).joined(separator: "\n") + "\n", to: "more.jsonl")
    let study = folder.file("s.coalmine")
    let verified = try await CoalmineProgram.run(
      "verify", folder.file("train.jsonl"), folder.file("more.jsonl"), "--processed", "--study",
      study, "--json")
    let trained = try await CoalmineProgram.run(
      "trained", "--study", study, "--model", "m", "--epochs", "1", "--corpus",
      folder.file("train.jsonl"), folder.file("more.jsonl"), "--json")
    #expect(trained.code == 0, "\(trained.notes)")
    let recorded = try #require(trained.json["processed"] as? NSDictionary)
    var counted = verified.json
    counted["processed"] = nil
    #expect(recorded == counted as NSDictionary)
    let files = try #require(recorded["files"] as? [[String: String]])
    #expect(files.map { $0["name"] } == ["train.jsonl", "more.jsonl"])
    #expect(
      try files.map { $0["sha256"] } == ["train.jsonl", "more.jsonl"].map { try digest($0) })
    #expect(trained.json["file_is_seeded"] is NSNull)
    let report = try await CoalmineProgram.run("score", "--study", study, "--json")
    let result = try #require(report.json["result"] as? [String: Any])
    let stated = try #require(
      ((result["study"] as? [String: Any])?["training"] as? [String: Any])?["processed"]
        as? [String: Any])
    #expect(stated["conclusion"] as? String == "repetitions-changed")
    #expect(stated["copies_intact"] as? Int == recorded["copies_intact"] as? Int)
    let caveats = (result["caveats"] as? [[String: String]] ?? []).compactMap { $0["slug"] }
    #expect(caveats.contains("copies-lost") && !caveats.contains("other-file-trained"))
    #expect(try await CoalmineProgram.run("verify", "--study", study).code == 0)
  }

  @Test func `the seeded file is known, another one without its counts is a warning`() async throws
  {
    #expect(try await seed().code == 0)
    let study = folder.file("s.coalmine")
    let whole = try await CoalmineProgram.run(
      "trained", "--study", study, "--model", "m", "--epochs", "1", "--corpus",
      folder.file("seeded.jsonl"))
    #expect(whole.text.contains("the file is the seeded corpus"))
    #expect(whole.text.contains("complete: every copy is there"))
    let other = try await CoalmineProgram.run(
      "trained", "--study", study, "--model", "m", "--epochs", "1", "--file",
      folder.file("corpus.jsonl"))
    #expect(other.text.contains("warning: the file is not the corpus"))
    #expect(other.text.contains("'--corpus' counts the copies"))
    let both = try await CoalmineProgram.run(
      "trained", "--study", study, "--model", "m", "--epochs", "1", "--file",
      folder.file("seeded.jsonl"), "--corpus", folder.file("seeded.jsonl"))
    #expect(both.code == 64 && both.notes.contains("leave --file and --file-digest out"))
  }
}
