// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting
import Foundation
import Testing

@Suite struct `Long lines` {
  private static let limit = 64 << 20
  private static let length = 200 << 20

  /// Writes `before`, a long run of text and `after`.
  private func write(
    _ before: String, _ after: String, to name: String, in folder: TemporaryFolder
  ) throws {
    FileManager.default.createFile(atPath: folder.file(name), contents: Data(before.utf8))
    let file = try FileHandle(forWritingTo: folder.url(name))
    try file.seekToEnd()
    let block = Data(String(repeating: "It was a dark night. ", count: 50_000).utf8)
    var written = 0
    while written < Self.length {
      try file.write(contentsOf: block)
      written += block.count
    }
    try file.write(contentsOf: Data(after.utf8))
    try file.close()
  }

  @Test func `a line of 200 MB is passed through in less than 64 MiB of memory`() async throws {
    let folder = try TemporaryFolder()
    let lines = (0..<600).map { "Record \($0) of a small corpus.\r\n" }
    try write(
      lines[..<300].joined(), "\r\n" + lines[300...].joined(), to: "corpus.txt", in: folder)
    let (corpus, seeded, study) = (
      folder.file("corpus.txt"), folder.file("seeded.txt"), folder.file("s.coalmine")
    )
    let seed = try await CoalmineProgram.measured([
      "seed", corpus, "--output", seeded, "--study", study, "--json", "--protocol",
      SmallStudy.handWritten, "--hold-out", "100",
    ])
    #expect(seed.outcome.code == 0, "\(seed.outcome.notes)")
    #expect(seed.outcome.json["corpus_records"] as? Int == 601)
    #expect(seed.outcome.json["nonmembers"] as? Int == 100)
    #expect((seed.outcome.json["set_aside"] as? [String: Int])?["too_long"] == 1)
    #expect(seed.peak < Self.limit, "seed held \(seed.peak >> 20) MiB")
    let verify = try await CoalmineProgram.measured(["verify", seeded, "--study", study])
    #expect(verify.outcome.code == 0, "\(verify.outcome.notes)")
    #expect(verify.peak < Self.limit, "verify held \(verify.peak >> 20) MiB")
    let unseed = try await CoalmineProgram.measured([
      "unseed", seeded, "--study", study, "--output", folder.file("back.txt"),
    ])
    #expect(unseed.outcome.code == 0, "\(unseed.outcome.notes)")
    #expect(unseed.peak < Self.limit, "unseed held \(unseed.peak >> 20) MiB")
    #expect(
      FileManager.default.contentsEqual(atPath: corpus, andPath: folder.file("back.txt")))
    // The measure sees what is held: a program that holds nothing has some megabytes too.
    #expect(seed.peak > 4 << 20)
  }

  /// Records that are drawn are held: a hundred of each side, each as long as may be.
  @Test func `lines as long as may be drawn stay below 64 MiB, too`() async throws {
    let folder = try TemporaryFolder()
    FileManager.default.createFile(atPath: folder.file("corpus.txt"), contents: nil)
    let file = try FileHandle(forWritingTo: folder.url("corpus.txt"))
    for number in 0..<400 {
      let text = String(repeating: "record \(number), ", count: 6_000).prefix((48 << 10) - 1)
      try file.write(contentsOf: Data((text + "\n").utf8))
    }
    try file.close()
    let (corpus, seeded, study) = (
      folder.file("corpus.txt"), folder.file("seeded.txt"), folder.file("s.coalmine")
    )
    let seed = try await CoalmineProgram.measured([
      "seed", corpus, "--output", seeded, "--study", study, "--json", "--protocol",
      SmallStudy.handWritten, "--hold-out", "100",
    ])
    #expect(seed.outcome.code == 0, "\(seed.outcome.notes)")
    #expect(seed.outcome.json["nonmembers"] as? Int == 100)
    #expect(seed.peak < Self.limit, "seed held \(seed.peak >> 20) MiB")
    let unseed = try await CoalmineProgram.measured([
      "unseed", seeded, "--study", study, "--output", folder.file("back.txt"),
    ])
    #expect(unseed.outcome.code == 0, "\(unseed.outcome.notes)")
    #expect(unseed.peak < Self.limit, "unseed held \(unseed.peak >> 20) MiB")
    #expect(
      FileManager.default.contentsEqual(atPath: corpus, andPath: folder.file("back.txt")))
  }

  @Test func `a JSON line of 200 MB is refused with its offset in less than 64 MiB`() async throws {
    let folder = try TemporaryFolder()
    let first = #"{"text":"the first record"}"# + "\n"
    try write(first + #"{"text":""#, "\"}\n", to: "corpus.jsonl", in: folder)
    let seed = try await CoalmineProgram.measured([
      "seed", folder.file("corpus.jsonl"), "--output", folder.file("seeded.jsonl"), "--study",
      folder.file("s.coalmine"),
    ])
    #expect(seed.outcome.code == 65)
    #expect(
      seed.outcome.notes.contains(
        "corpus.jsonl:2: the line that begins at byte \(first.utf8.count) is longer than 16 MiB"),
      "\(seed.outcome.notes)")
    #expect(seed.peak < Self.limit, "seed held \(seed.peak >> 20) MiB")
    #expect(folder.names == ["corpus.jsonl"])
  }
}
