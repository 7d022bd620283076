// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting
import Foundation
import Testing

@Suite struct `compare` {
  /// A copy of a seeded study that was asked about a model trained on one of its files.
  private func asked(_ small: SmallStudy, trainedOn file: String, into name: String) async throws
    -> String
  {
    let copy = small.folder.file(name)
    try FileManager.default.copyItem(atPath: small.study, toPath: copy)
    try await probe(small, copy, file, memorisation: 1)
    return copy
  }

  private func probe(_ small: SmallStudy, _ study: String, _ file: String, memorisation: Double)
    async throws
  {
    let endpoint = try await CountingEndpoint.reference(
      trainedOn: [URL(fileURLWithPath: file)], memorisation: memorisation)
    let outcome = try await small.probe(endpoint, study: study)
    try await endpoint.stop()
    guard outcome.code == 0 else { throw ProgramFailed(outcome) }
  }

  @Test func `a model that learned the secrets is a regression, 1, and the way back is none`()
    async throws
  {
    let small = try await SmallStudy()
    let clean = try await asked(small, trainedOn: small.corpus, into: "a.coalmine")
    let leaky = try await asked(small, trainedOn: small.seeded, into: "b.coalmine")
    let found = try await CoalmineProgram.run("compare", clean, leaky)
    #expect(found.code == 1, "\(found.notes)")
    #expect(found.text.hasPrefix("verdict: regression\n  B leaks more than A"), "\(found.text)")
    #expect(found.text.contains("A: run 1 of '\(clean)'"), "\(found.text)")

    // Eleven secrets or so leave a bound above ten points.
    let back = try await CoalmineProgram.run("compare", leaky, clean, "--format", "json")
    #expect(back.code == 4, "\(back.notes)")
    #expect(back.json["verdict"] as? String == "inconclusive")
    #expect(back.json["doubts"] as? [String] == ["power"])
    let exposure = try #require(back.json["exposure"] as? [String: Any])
    #expect(exposure["status"] as? String == "measured")
    #expect((exposure["upper_bound_bits"] as? Double ?? 9) < 0)
    let wide = try await CoalmineProgram.run(
      "compare", leaky, clean, "--margin", "points=60", "--format", "md")
    #expect(wide.code == 0, "\(wide.notes)")
    #expect(wide.text.hasPrefix("# Comparison: no-worse\n"), "\(wide.text)")
    #expect(wide.text.contains("| extraction |"), "\(wide.text)")

    // The same bytes again, and nothing written into the ledgers.
    let before = try Data(contentsOf: URL(fileURLWithPath: leaky))
    let again = try await CoalmineProgram.run("compare", clean, leaky)
    #expect(again.output == found.output)
    #expect(try Data(contentsOf: URL(fileURLWithPath: leaky)) == before)

    // A ledger with itself, and a copy that was never asked.
    let same = try await CoalmineProgram.run("compare", clean, clean)
    #expect(same.code == 64 && same.notes.contains("[compare-runs]"), "\(same.notes)")
    let never = try await CoalmineProgram.run("compare", clean, small.study)
    #expect(never.code == 65 && never.notes.contains("[not-comparable]"), "\(never.notes)")
    // Two runs of one study.
    try await probe(small, clean, small.seeded, memorisation: 0.9)
    let runs = try await CoalmineProgram.run("compare", clean, "--run", "1", "--run", "2")
    #expect(runs.code == 1, "\(runs.notes)\(runs.text)")
    let once = try await CoalmineProgram.run("compare", clean, "--run", "1")
    #expect(once.code == 64 && once.notes.contains("[compare-runs]"), "\(once.notes)")
    let none = try await CoalmineProgram.run("compare", clean, "--run", "1", "--run", "7")
    #expect(none.code == 64 && none.notes.contains("[no-such-run]"), "\(none.notes)")
  }

  @Test func `what was not asked alike is refused with every difference, 65`() async throws {
    let small = try await SmallStudy()
    let other = try await SmallStudy(references: 31, seed: 2, samples: 4)
    let one = try await asked(small, trainedOn: small.corpus, into: "a.coalmine")
    let two = small.folder.file("b.coalmine")
    try FileManager.default.copyItem(atPath: other.study, toPath: two)
    let endpoint = try await CountingEndpoint.reference(
      trainedOn: [URL(fileURLWithPath: other.corpus)], memorisation: 1)
    let probed = try await small.probe(endpoint, study: two, ["--probe-set", "exposure"])
    #expect(probed.code == 0, "\(probed.notes)")
    try await endpoint.stop()
    let refused = try await CoalmineProgram.run("compare", one, two)
    #expect(refused.code == 65 && refused.text.isEmpty)
    for words in [
      "[not-comparable]", "the canaries are not the same", "the probe sets ask different questions",
      "different numbers of samples", "the protocols differ in edition, references",
    ] {
      #expect(refused.notes.contains(words), "\(words): \(refused.notes)")
    }
    for margin in ["bits", "bits=0", "bits=x", "points=101", "bits=1,bits=2", "ounces=3", ""] {
      let bad = try await CoalmineProgram.run("compare", one, two, "--margin", margin)
      #expect(bad.code == 64 && bad.notes.contains("[bad-margin]"), "\(margin): \(bad.notes)")
    }
  }
}
