// SPDX-License-Identifier: Apache-2.0

import CoalmineLedger
import Foundation
import Testing

@Suite struct `Exit codes` {
  @Test func `usage errors are 64`() async throws {
    #expect(try await CoalmineProgram.run("no-such-verb").code == 64)
    #expect(try await CoalmineProgram.run("score").code == 64)
    #expect(try await CoalmineProgram.run("probe", "--as", "other").code == 64)
  }

  @Test func `help and version are 0`() async throws {
    for arguments in [["--help"], ["--version"], ["probe", "--help"], ["help", "seed"]] {
      let outcome = try await CoalmineProgram.started(arguments).outcome()
      #expect(outcome.code == 0)
      #expect(!outcome.text.isEmpty)
    }
  }

  @Test func `a study that was not probed is incomplete, 3`() async throws {
    let small = try await SmallStudy()
    #expect(try await CoalmineProgram.run("score", "--study", small.study).code == 3)
  }

  @Test func `a corpus that was changed fails verification, 5`() async throws {
    let small = try await SmallStudy()
    #expect(
      try await CoalmineProgram.run("verify", small.seeded, "--study", small.study).code == 0)
    // One letter of a verse: no canary stands in it.
    var bytes = try small.folder.bytes("seeded.jsonl")
    let place = try #require(
      SmallStudy.verses.suffix(300).lazy.compactMap { bytes.range(of: Data($0.utf8)) }.first)
    bytes[place.lowerBound + place.count / 2] ^= 1
    try bytes.write(to: small.folder.url("seeded.jsonl"))
    let verify = try await CoalmineProgram.run("verify", small.seeded, "--study", small.study)
    #expect(verify.code == 5, "\(verify.notes)")
    let unseed = try await CoalmineProgram.run(
      "unseed", small.seeded, "--study", small.study, "--output", small.folder.path("back.jsonl"))
    #expect(unseed.code == 5, "\(unseed.notes)")
    #expect(!small.folder.names.contains("back.jsonl"))
  }

  @Test func `the original comes back byte for byte`() async throws {
    let small = try await SmallStudy()
    let unseed = try await CoalmineProgram.run(
      "unseed", small.seeded, "--study", small.study, "--output", small.folder.path("back.jsonl"))
    #expect(unseed.code == 0, "\(unseed.notes)")
    #expect(try small.folder.bytes("back.jsonl") == small.folder.bytes("corpus.jsonl"))
  }

  @Test func `outputs that exist are never overwritten, 73`() async throws {
    let small = try await SmallStudy()
    let before = try small.folder.bytes("study.coalmine")
    let seed = try await CoalmineProgram.run(
      "seed", small.corpus, "--output", small.folder.path("other.jsonl"), "--study", small.study)
    #expect(seed.code == 73, "\(seed.notes)")
    #expect(try small.folder.bytes("study.coalmine") == before)
    #expect(!small.folder.names.contains("other.jsonl"))
  }

  @Test func `a ledger in use is 75`() async throws {
    let small = try await SmallStudy()
    let ledger = try Ledger.open(at: small.study)
    let score = try await CoalmineProgram.run("score", "--study", small.study)
    #expect(score.code == 75, "\(score.notes)")
    try ledger.close()
  }

  @Test func `a file that is no ledger is 65, a missing one 66`() async throws {
    let folder = try TestFolder()
    try folder.write("not a ledger, but long enough to be looked at as one", to: "x.coalmine")
    #expect(
      try await CoalmineProgram.run("score", "--study", folder.path("x.coalmine")).code == 65)
    #expect(
      try await CoalmineProgram.run("score", "--study", folder.path("y.coalmine")).code == 66)
  }

  @Test func `a bad protocol is 78 and names its line`() async throws {
    let small = try await SmallStudy()
    let text = try String(contentsOf: small.folder.url("protocol.yaml"), encoding: .utf8)
      .replacingOccurrences(of: "alpha: 0.05", with: "alpha: 5")
    try small.folder.write(text, to: "bad.yaml")
    let seed = try await CoalmineProgram.run(
      "seed", small.corpus, "--output", small.folder.path("o.jsonl"), "--study",
      small.folder.path("o.coalmine"), "--protocol", small.folder.path("bad.yaml"))
    #expect(seed.code == 78, "\(seed.notes)")
    #expect(seed.notes.contains("bad.yaml"))
    #expect(seed.notes.contains("alpha"))
  }

  @Test func `an interrupt is 130, a request to end 143, and the run goes on afterwards`()
    async throws
  {
    let small = try await SmallStudy(references: 127)
    let endpoint = try await CountingEndpoint.reference(
      trainedOn: [URL(fileURLWithPath: small.seeded)], memorisation: 0.3)
    for (signal, code) in [(SIGINT, Int32(130)), (SIGTERM, 143)] {
      let running = try CoalmineProgram.started(small.probeArguments(endpoint))
      let target = endpoint.requests + 3
      endpoint.callOnRequest { if $0 == target { running.signal(signal) } }
      #expect(try await running.outcome().code == code)
    }
    endpoint.callOnRequest(nil)
    #expect(try await small.probe(endpoint).code == 0)
    try await endpoint.stop()
  }
}
