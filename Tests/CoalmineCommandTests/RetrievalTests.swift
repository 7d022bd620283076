// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting
import Foundation
import Testing

/// A study of an endpoint that may look texts up, all through the program.
@Suite struct `A study with canaries for an index` {
  private func study() async throws -> ScriptedStudy {
    let plan = try await ScriptedStudy.plan(.init(mayLookUp: true))
    #expect(plan.text.contains("possible: true") && plan.text.contains("index-only: "))
    return try await ScriptedStudy(plan, seed: 5).stateTraining()
  }

  @Test func `tells a service that looks texts up from a model that learned them`() async throws {
    let study = try await study()
    let other = try study.copy()
    try await study.probe(ScriptedModel(gain: 6))
    let learned = try await study.score()
    #expect(learned.code == 1, "\(learned.result.summary)")
    #expect(learned.result.finds("retrieval-excluded"))
    var service = ScriptedModel(gain: 6)
    service.looksUp = true
    try await other.probe(service)
    let looked = try await other.score()
    #expect(looked.code == 4, "\(looked.result.summary)")
    #expect(looked.result.findings.first?.slug == "retrieval-not-excluded")
  }

  @Test func `writes them one a file, in no file of the corpus, and never over anything`()
    async throws
  {
    let study = try await study()
    let folder = study.folder.file("index")
    let arguments = ["index", "--study", study.study, "--output-dir", folder]
    let written = try await CoalmineProgram.started(arguments + ["--json"]).outcome()
    #expect(written.code == 0, "\(written.notes)")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    #expect(written.json["canaries"] as? Int == names.count)
    let seeded = String(decoding: try study.folder.read("seeded.jsonl"), as: UTF8.self)
    for name in names {
      let text = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
      #expect(text.hasSuffix("\n") && text.count > 20)
      #expect(!seeded.contains(text.dropLast()), "\(name)")
      let mode = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")
      #expect(mode[.posixPermissions] as? Int == 0o600)
    }
    // The secrets are those that the study asks about.
    let canaries = try await CoalmineProgram.started([
      "report", "--study", study.study, "--format", "json", "--reveal", "--output", "-",
    ]).outcome()
    let listed = try #require(
      (canaries.json["result"] as? [String: Any])?["canaries"] as? [[String: Any]])
    let indexed = listed.filter { $0["role"] as? String == "index-only" }
    #expect(indexed.compactMap { $0["id"] as? String }.map { $0 + ".txt" }.sorted() == names)
    let again = try await CoalmineProgram.started(arguments).outcome()
    #expect(again.code == 73 && again.notes.contains("[output-exists]"), "\(again.notes)")
  }

  @Test func `has none where it was not planned`() async throws {
    let small = try await SmallStudy(canaries: 16, references: 3)
    let outcome = try await CoalmineProgram.started([
      "index", "--study", small.study, "--output-dir", small.folder.file("index"),
    ]).outcome()
    #expect(
      outcome.code == 65 && outcome.notes.contains("[no-index-only-canaries]"), "\(outcome.notes)")
    #expect(!small.folder.names.contains("index"))
  }
}
