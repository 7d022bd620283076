// SPDX-License-Identifier: Apache-2.0

import CoalmineCatalogue
import CoalmineCore
import Testing

@Suite struct ProbeSetTests {
  @Test func `the shipped sets are these`() throws {
    let sets = try Fixtures.catalogue.get().probeSets
    #expect(
      sets.map(\.name) == [
        "exposure", "extraction", "forced-choice", "full", "membership", "monitor", "text-only",
      ])
    let catalogue = try Fixtures.catalogue.get()
    #expect(
      try catalogue.probeSet("exposure").probes == [
        .sequenceLikelihood, .rankSearch, .chainLikelihood,
      ])
    let further: [Probe] = [.recordLowercase, .recordAfterNonmembers]
    // Forced choices show every secret: no other set asks them.
    #expect(try catalogue.probeSet("forced-choice").probes == [.forcedChoice])
    #expect(
      Set(try catalogue.probeSet("full").probes)
        == Set(Probe.allCases).subtracting(further + [.forcedChoice]))
    #expect(try catalogue.probeSet("membership").probes == [.recordLikelihood] + further)
    let text = try catalogue.probeSet("text-only").probes
    #expect(text.allSatisfy { $0.needs == .completions })
    #expect(Set(text) == Set(Probe.allCases.filter { $0.needs == .completions }))
  }

  @Test func `the model writes about canaries before a set shows their secrets`() throws {
    let writing: Set<Probe> = [.greedyExtraction, .sampledExtraction, .defaultExtraction]
    let showing: Set<Probe> = [.sequenceLikelihood, .rankSearch, .forcedChoice]
    for set in try Fixtures.catalogue.get().probeSets {
      guard let first = set.probes.firstIndex(where: showing.contains) else { continue }
      #expect(set.probes[first...].allSatisfy { !writing.contains($0) }, "\(set.name)")
    }
  }

  @Test(arguments: [
    ("", "yaml-empty", 1),
    ("summary: x\n", "yaml-missing-key", 1),
    ("summary: x\nprobes: []\n", "no-probes", 2),
    ("summary: x\nprobes: all\n", "yaml-wrong-type", 2),
    ("summary: x\nprobes:\n  - sequence-likelyhood\n", "unknown-word", 3),
    ("summary: x\nprobes:\n  - chain-likelihood\n  - chain-likelihood\n", "probe-twice", 4),
    ("summary: x\nprobe: [chain-likelihood]\n", "yaml-unknown-key", 2),
  ]) func `malformed sets are refused with file, line and reason`(
    yaml: String, code: String, line: Int
  ) {
    let error = #expect(throws: CoalmineError.self) {
      try ProbeSetFile.parse(Array(yaml.utf8), name: "mine", path: "dir/mine.yaml")
    }
    #expect(error?.code == code)
    #expect(error?.message.hasPrefix("dir/mine.yaml:\(line): ") == true, "\(error!)")
    #expect(error?.exit == .badConfiguration)
  }

  @Test func `a misspelt probe is told its name`() {
    let error = #expect(throws: CoalmineError.self) {
      try ProbeSetFile.parse(
        Array("summary: x\nprobes: [sequence-likelyhood]\n".utf8), name: "mine", path: "mine.yaml")
    }
    #expect(error?.message.contains("did you mean 'sequence-likelihood'?") == true)
  }
}
