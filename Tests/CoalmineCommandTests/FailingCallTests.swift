// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting
import Foundation
import Testing

/// Every call of the system that writes, made to fail once, one after the other.
@Suite struct `A call of the system that fails` {
  private static let calls = ["open", "write", "fsync", "ftruncate", "rename", "close"]

  /// The shim that fails a call, built from its source.
  private static func shim(in folder: TemporaryFolder) async throws -> String {
    let source = Repository.url("Tests/Fixtures/fail-nth-call.c").path
    let built = try await CoalmineProgram.shell(
      "cc -shared -fPIC -O1 -o '\(folder.file("fail.so"))' '\(source)' -ldl")
    guard built.code == 0 else { throw ProgramFailed(built) }
    return folder.file("fail.so")
  }

  /// Runs a verb with its N-th call failing, for every N, each time in a fresh folder.
  ///
  /// - Returns: how many calls there were.
  private func each(
    _ call: String, _ shim: String, files: [URL], _ arguments: [String],
    _ check: (CoalmineProgram.Outcome, TemporaryFolder, Comment) async throws -> Void
  ) async throws -> Int {
    for place in 1...5_000 {
      let folder = try TemporaryFolder()
      for file in files {
        try FileManager.default.copyItem(at: file, to: folder.url(file.lastPathComponent))
      }
      let log = try TemporaryFolder()
      let outcome = try await CoalmineProgram.started(
        arguments.map { $0.replacingOccurrences(of: "@", with: folder.path) },
        environment: [
          "LD_PRELOAD": shim, "FAIL_CALL": call, "FAIL_AT": "\(place)",
          "FAIL_LOG": log.file("log"), "FAIL_FOLDER": folder.path,
        ]
      ).outcome()
      guard log.names == ["log"] else { return place - 1 }
      let comment: Comment = "\(arguments[0]), \(call) \(place): \(outcome.code) \(outcome.notes)"
      // The standard promises nothing else: a failed synchronisation is a lost file.
      if ["fsync", "ftruncate", "write", "rename"].contains(call) {
        #expect(outcome.code == 74, comment)
      }
      try await check(outcome, folder, comment)
      // A leftover never stands in the way of the next run.
      #expect(folder.names.allSatisfy { !$0.hasSuffix(".coalmine-partial") }, comment)
    }
    Issue.record("\(arguments[0]) makes more than 5,000 calls of \(call)")
    return 0
  }

  @Test(.enabled(if: isDeep), arguments: calls)
  func `ends with an error, or changed nothing that matters`(_ call: String) async throws {
    let tools = try TemporaryFolder()
    let shim = try await Self.shim(in: tools)
    let small = try await SmallStudy(canaries: 16, references: 3)
    let url = { (name: String) in small.folder.url(name) }

    let seeds = try await each(
      call, shim, files: [url("corpus.jsonl"), url("protocol.yaml")],
      [
        "seed", "@/corpus.jsonl", "--output", "@/s.jsonl", "--study", "@/s.coalmine", "--protocol",
        "@/protocol.yaml",
      ]
    ) { outcome, folder, comment in
      let both = try await SeedPlace.expectWhole(folder, comment)
      #expect(both == (outcome.code == 0), comment)
      if outcome.code != 0 { #expect(folder.names == ["corpus.jsonl", "protocol.yaml"], comment) }
    }
    let unseeds = try await each(
      call, shim, files: [url("seeded.jsonl"), url("study.coalmine")],
      ["unseed", "@/seeded.jsonl", "--study", "@/study.coalmine", "--output", "@/back.jsonl"]
    ) { outcome, folder, comment in
      let back = try? folder.read("back.jsonl")
      let corpus = try small.folder.read("corpus.jsonl")
      #expect(back == (outcome.code == 0 ? corpus : nil), comment)
    }
    let reports = try await each(
      call, shim, files: [url("study.coalmine")],
      ["report", "--study", "@/study.coalmine", "--format", "json", "--output", "@/report.json"]
    ) { outcome, folder, comment in
      #expect(folder.names.contains("report.json") == (outcome.code == 3), comment)
    }
    let statements = try await each(
      call, shim, files: [url("study.coalmine")],
      ["trained", "--study", "@/study.coalmine", "--model", "m", "--epochs", "1"]
    ) { outcome, folder, comment in
      let verify = try await CoalmineProgram.run("verify", "--study", folder.file("study.coalmine"))
      #expect(verify.code == 0, comment)
      guard outcome.code == 0 else { return }
      let score = try await CoalmineProgram.run(
        "score", "--study", folder.file("study.coalmine"), "--json")
      #expect(score.text.contains("\"stated\": true"), comment)
    }
    #expect(seeds > 0 && unseeds > 0 && reports > 0)
    print("\(call): seed \(seeds), unseed \(unseeds), report \(reports), trained \(statements)")
  }
}
