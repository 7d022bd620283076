// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting
import Foundation
import Testing

@Suite struct `history` {
  @Test func `every run of a folder's studies stands in it once, with its verdict and its model`()
    async throws
  {
    let small = try await SmallStudy(references: 15, samples: 1, defaultSamples: 0)
    let folder = try TemporaryFolder()
    try folder.write("no ledger\n", to: "notes.txt")
    for (name, file) in [("a.coalmine", small.corpus), ("b.coalmine", small.seeded)] {
      try FileManager.default.copyItem(atPath: small.study, toPath: folder.file(name))
      let endpoint = try await CountingEndpoint.reference(
        trainedOn: [URL(fileURLWithPath: file)], memorisation: 1)
      let outcome = try await small.probe(endpoint, study: folder.file(name))
      #expect(outcome.code == 0, "\(outcome.notes)")
      try await endpoint.stop()
    }
    let found = try await CoalmineProgram.run("history", folder.path, "--format", "json")
    #expect(found.code == 0, "\(found.notes)")
    let runs = try #require(found.json["runs"] as? [[String: Any]])
    #expect(runs.count == 2)
    #expect(runs.map { $0["segment"] as? Int } == [1, 2])
    #expect(runs[0]["change"] is NSNull && runs[1]["change"] is String)
    for run in runs {
      let study = try #require(run["study"] as? String)
      let score = try await CoalmineProgram.run("score", "--study", study, "--json")
      let result = try #require(score.json["result"] as? [String: Any])
      #expect(run["verdict"] as? String == result["verdict"] as? String)
    }
    #expect(runs[1]["verdict"] as? String == "leak")
    #expect((runs[1]["rank_auc"] as? Double ?? 0) > (runs[0]["rank_auc"] as? Double ?? 1))

    let text = try await CoalmineProgram.run("history", folder.file("b.coalmine"))
    #expect(text.text.split(separator: "\n").count == 2, "\(text.text)")
    let page = folder.file("history.html")
    let html = try await CoalmineProgram.run(
      "history", folder.path, "--format", "html", "--output", page)
    #expect(html.code == 0, "\(html.notes)")
    #expect(try folder.read("history.html").text.contains("<svg"))
    let again = try await CoalmineProgram.run(
      "history", folder.path, "--format", "html", "--output", page)
    #expect(again.code == 73, "\(again.notes)")
    let empty = try TemporaryFolder()
    let none = try await CoalmineProgram.run("history", empty.path)
    #expect(none.code == 66 && none.notes.contains("[history-no-studies]"), "\(none.notes)")
    let missing = try await CoalmineProgram.run("history", empty.file("x"))
    #expect(missing.code == 66, "\(missing.notes)")
  }
}
