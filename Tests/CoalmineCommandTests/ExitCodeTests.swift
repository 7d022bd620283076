// SPDX-License-Identifier: Apache-2.0

import CoalmineLedger
import CoalmineTesting
import Foundation
import Testing

@Suite struct `Exit codes` {
  /// A study of a tuned model that was trained on one of the files and remembers all of it.
  private func probed(_ small: SmallStudy, trainedOn file: String) async throws {
    let endpoint = try await CountingEndpoint.reference(
      trainedOn: [URL(fileURLWithPath: file)], memorisation: 1)
    let probe = try await small.probe(endpoint)
    #expect(probe.code == 0, "\(probe.notes)")
    try await endpoint.stop()
  }

  @Test func `a model that remembers what it was trained on is a leak, 1`() async throws {
    let small = try await SmallStudy()
    try await probed(small, trainedOn: small.seeded)
    let score = try await CoalmineProgram.run("score", "--study", small.study)
    #expect(score.code == 1, "\(score.text)")
    #expect(score.text.hasPrefix("verdict: leak\n"))
    let report = try await CoalmineProgram.run(
      "report", "--study", small.study, "--format", "md", "--output", small.folder.file("r.md"))
    #expect(report.code == 1, "\(report.notes)")
  }

  @Test func `a model that never saw the file is inconclusive, 4`() async throws {
    let small = try await SmallStudy()
    try await probed(small, trainedOn: small.corpus)
    let score = try await CoalmineProgram.run("score", "--study", small.study)
    #expect(score.code == 4, "\(score.text)")
    #expect(score.text.contains("There is no sign this model was trained on the file"))
  }

  @Test func `an endpoint that does not answer is 69`() async throws {
    let endpoint = try await CountingEndpoint.fixed(status: 200, "{}")
    let url = endpoint.url
    try await endpoint.stop()
    let check = try await CoalmineProgram.run("check", "--endpoint", url, "--model", "m")
    #expect(check.code == 69, "\(check.notes)")
    #expect(check.notes.contains(url))
  }

  /// The demonstration is the one command that can see that coalmine is wrong: it knows what was
  /// planted. With this number chance alone makes an arm come out otherwise, as it does for one in
  /// twenty. No input provokes the other defects: they are checks of what cannot be.
  @Test(.enabled(if: isDeep))
  func `a demonstration that does not come out as planted is 70`() async throws {
    let folder = try TemporaryFolder()
    let demo = try await CoalmineProgram.run(
      "demo", "--output", folder.file("demo"), "--seed", "3", "--json")
    #expect(demo.json["as_planted"] as? Bool == false)
    #expect(demo.code == 70, "\(demo.notes)")
  }

  @Test func `a disk that is full is 74`() async throws {
    let small = try await SmallStudy()
    let disk = try SmallDisk(kibibytes: 64)
    let report = try await CoalmineProgram.run(
      "report", "--study", small.study, "--format", "json", "--output",
      disk.folder.file("report.json"))
    #expect(report.code == 74, "\(report.notes)")
    #expect(disk.folder.names.isEmpty, "\(disk.folder.names)")
    disk.unmount()
  }

  @Test func `a key that the endpoint refuses is 77`() async throws {
    let corpus = Repository.url("Sources/CoalmineCommand/Corpus/verses.jsonl")
    let endpoint = try await CountingEndpoint.reference(
      trainedOn: [corpus], memorisation: 0.3, key: "sk-right")
    let check = try await CoalmineProgram.run(
      "check", "--endpoint", endpoint.url, "--model", endpoint.model,
      environment: ["COALMINE_API_KEY": "sk-wrong"])
    #expect(check.code == 77, "\(check.notes)")
    try await endpoint.stop()
  }

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
    var bytes = Data(try small.folder.read("seeded.jsonl"))
    let place = try #require(
      SmallStudy.verses.suffix(300).lazy.compactMap { bytes.range(of: Data($0.utf8)) }.first)
    bytes[place.lowerBound + place.count / 2] ^= 1
    try small.folder.write(bytes, to: "seeded.jsonl")
    let verify = try await CoalmineProgram.run("verify", small.seeded, "--study", small.study)
    #expect(verify.code == 5, "\(verify.notes)")
    let unseed = try await CoalmineProgram.run(
      "unseed", small.seeded, "--study", small.study, "--output", small.folder.file("back.jsonl"))
    #expect(unseed.code == 5, "\(unseed.notes)")
    #expect(!small.folder.names.contains("back.jsonl"))
  }

  @Test func `the original comes back byte for byte`() async throws {
    let small = try await SmallStudy()
    let unseed = try await CoalmineProgram.run(
      "unseed", small.seeded, "--study", small.study, "--output", small.folder.file("back.jsonl"))
    #expect(unseed.code == 0, "\(unseed.notes)")
    #expect(try small.folder.read("back.jsonl") == small.folder.read("corpus.jsonl"))
  }

  @Test func `outputs that exist are never overwritten, 73`() async throws {
    let small = try await SmallStudy()
    let before = try small.folder.read("study.coalmine")
    let seed = try await CoalmineProgram.run(
      "seed", small.corpus, "--output", small.folder.file("other.jsonl"), "--study", small.study)
    #expect(seed.code == 73, "\(seed.notes)")
    #expect(try small.folder.read("study.coalmine") == before)
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
    let folder = try TemporaryFolder()
    try folder.write("not a ledger, but long enough to be looked at as one", to: "x.coalmine")
    #expect(
      try await CoalmineProgram.run("score", "--study", folder.file("x.coalmine")).code == 65)
    #expect(
      try await CoalmineProgram.run("score", "--study", folder.file("y.coalmine")).code == 66)
  }

  @Test func `a bad protocol is 78 and names its line`() async throws {
    let small = try await SmallStudy()
    let text = try String(contentsOf: small.folder.url("protocol.yaml"), encoding: .utf8)
      .replacingOccurrences(of: "alpha: 0.05", with: "alpha: 5")
    try small.folder.write(text, to: "bad.yaml")
    let seed = try await CoalmineProgram.run(
      "seed", small.corpus, "--output", small.folder.file("o.jsonl"), "--study",
      small.folder.file("o.coalmine"), "--protocol", small.folder.file("bad.yaml"))
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
      let running = try CoalmineProgram.startedHearingSignals(small.probeArguments(endpoint))
      let target = endpoint.requests + 3
      endpoint.callOnRequest { if $0 == target { running.signal(signal) } }
      #expect(try await running.outcome().code == code)
    }
    endpoint.callOnRequest(nil)
    #expect(try await small.probe(endpoint).code == 0)
    try await endpoint.stop()
  }
}
