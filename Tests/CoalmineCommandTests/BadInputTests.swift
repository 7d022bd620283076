// SPDX-License-Identifier: Apache-2.0

import CoalmineServing
import CoalmineTesting
import Foundation
import Testing

@Suite struct `Bad input` {
  @Test func `a malformed kind file is named with its line and nothing is written`() async throws {
    let folder = try TemporaryFolder()
    try folder.write("summary: x\nsecret: [unclosed\nmore: y\n", to: "kinds/mine.yaml")
    try folder.write(SmallStudy.verses.suffix(300).joined(separator: "\n"), to: "c.jsonl")
    let seed = try await CoalmineProgram.run(
      "seed", folder.file("c.jsonl"), "--output", folder.file("s.jsonl"), "--study",
      folder.file("s.coalmine"), "--kinds", folder.file("kinds"))
    #expect(seed.code == 65, "\(seed.notes)")
    #expect(seed.notes.contains("mine.yaml:3:"), "\(seed.notes)")
    #expect(folder.names == ["c.jsonl", "kinds"])
  }

  @Test func `a corpus that is not what it says is named with its line and nothing is written`()
    async throws
  {
    let folder = try TemporaryFolder()
    let lines = try SmallStudy.verses.suffix(300)
    try folder.write(
      lines.joined(separator: "\n") + "\nthis line is no JSON\n", to: "c.jsonl")
    let seed = try await CoalmineProgram.run(
      "seed", folder.file("c.jsonl"), "--output", folder.file("s.jsonl"), "--study",
      folder.file("s.coalmine"), "--format", "jsonl")
    #expect(seed.code == 65, "\(seed.notes)")
    #expect(seed.notes.contains("c.jsonl"))
    #expect(seed.notes.contains("301"), "\(seed.notes)")
    #expect(folder.names == ["c.jsonl"])
  }

  @Test func `a missing corpus is an input that is missing`() async throws {
    let folder = try TemporaryFolder()
    let seed = try await CoalmineProgram.run(
      "seed", folder.file("none.jsonl"), "--output", folder.file("s.jsonl"), "--study",
      folder.file("s.coalmine"))
    #expect(seed.code == 66, "\(seed.notes)")
    #expect(seed.notes.contains("none.jsonl"))
    #expect(folder.names.isEmpty)
  }

  @Test func `an endpoint that is down is named, and nothing stored is lost`() async throws {
    let small = try await SmallStudy()
    let endpoint = try await CountingEndpoint.fixed(status: 200, "{}")
    let arguments = small.probeArguments(endpoint)
    let url = endpoint.url
    try await endpoint.stop()
    let probe = try await CoalmineProgram.started(arguments).outcome()
    #expect(probe.code == 69, "\(probe.notes)")
    #expect(probe.notes.contains(url))
    #expect(probe.notes.contains("help:"))
    let score = try await CoalmineProgram.run("score", "--study", small.study, "--json")
    #expect(score.code == 3, "\(score.notes)")
  }

  @Test func `a refused key costs one request and never shows`() async throws {
    let small = try await SmallStudy()
    let endpoint = try await CountingEndpoint.reference(
      trainedOn: [URL(fileURLWithPath: small.seeded)], memorisation: 0.3, key: "sk-right")
    let key = "sk-wrong-but-secret"
    let probe = try await small.probe(endpoint, environment: ["COALMINE_API_KEY": key])
    #expect(probe.code == 77, "\(probe.notes)")
    #expect(probe.notes.contains(endpoint.url))
    #expect(endpoint.requests == 1)
    #expect(!(probe.notes + probe.text).contains(key))
    for name in small.folder.names where name.hasPrefix("study.coalmine") {
      #expect(try Data(small.folder.read(name)).range(of: Data(key.utf8)) == nil)
    }
    // With the right key the same study goes on.
    let right = try await small.probe(endpoint, environment: ["COALMINE_API_KEY": "sk-right"])
    #expect(right.code == 0, "\(right.notes)")
    try await endpoint.stop()
  }

  @Test func `an HTML answer is refused, and what came is kept`() async throws {
    let small = try await SmallStudy()
    let endpoint = try await CountingEndpoint.fixed(
      status: 200, type: "text/html", "<!doctype html><title>Sign in</title>")
    let probe = try await small.probe(endpoint)
    #expect(probe.code == 69, "\(probe.notes)")
    #expect(probe.notes.contains(endpoint.url))
    #expect(probe.notes.contains("web page"), "\(probe.notes)")
    #expect(endpoint.requests == 1)
    try await endpoint.stop()
  }

  @Test func `an endpoint that ignores echo is refused and never scored`() async throws {
    let small = try await SmallStudy()
    let endpoint = try await CountingEndpoint { request in
      let body = try? jsonObject(request.body)
      let prompts = body?["prompt"] as? [String] ?? []
      let choices = prompts.indices.map {
        #"{"index":\#($0),"text":"x","logprobs":null,"finish_reason":"length"}"#
      }
      return ServedResponse(
        status: 200, body: Array(#"{"choices":[\#(choices.joined(separator: ","))]}"#.utf8))
    }
    let probe = try await small.probe(endpoint)
    #expect(probe.code == 69 || probe.code == 78, "\(probe.notes)")
    #expect(probe.notes.contains("log-probabilities"), "\(probe.notes)")
    #expect(endpoint.requests == 1)
    try await endpoint.stop()
  }

  @Test func `an endpoint that never gives a usable answer is not asked every question`()
    async throws
  {
    let small = try await SmallStudy()
    let endpoint = try await CountingEndpoint.fixed(status: 200, #"{"choices":[]}"#)
    let probe = try await small.probe(endpoint)
    #expect(probe.code == 69, "\(probe.notes)")
    #expect(probe.notes.contains(endpoint.url))
    #expect(endpoint.bodies.count == 1, "more than the first question was asked")
    try await endpoint.stop()
  }

  @Test func `a full disk leaves nothing half written`() async throws {
    let small = try await SmallStudy()
    let disk = try SmallDisk(kibibytes: 64)
    let seed = try await CoalmineProgram.run(
      "seed", small.corpus, "--output", disk.folder.file("s.jsonl"), "--study",
      disk.folder.file("s.coalmine"), "--protocol", SmallStudy.handWritten)
    #expect(seed.code == 74 || seed.code == 73, "\(seed.notes)")
    #expect(seed.notes.contains("help:"), "\(seed.notes)")
    #expect(disk.folder.names.isEmpty, "\(disk.folder.names)")
    let report = try await CoalmineProgram.run(
      "report", "--study", small.study, "--format", "json", "--output",
      disk.folder.file("report.json"))
    #expect(report.code == 74, "\(report.notes)")
    #expect(disk.folder.names.isEmpty, "\(disk.folder.names)")
    disk.unmount()
  }

  @Test func `a ledger on a full disk stops the probe at once and goes on when there is room`()
    async throws
  {
    let small = try await SmallStudy(references: 127)
    let endpoint = try await CountingEndpoint.reference(
      trainedOn: [URL(fileURLWithPath: small.seeded)], memorisation: 0.3)
    let disk = try SmallDisk(kibibytes: 2_048)
    let study = disk.folder.file("study.coalmine")
    try FileManager.default.copyItem(atPath: small.study, toPath: study)
    let probe = try await small.probe(endpoint, study: study)
    #expect(probe.code == 74, "\(probe.notes)")
    #expect(probe.notes.contains("help:"), "\(probe.notes)")
    let asked = endpoint.bodies
    // The whole ledger, with its log, goes to a disk with room.
    for name in disk.folder.names {
      try FileManager.default.copyItem(
        at: disk.folder.url(name), to: small.folder.url("moved-" + name))
    }
    let more = try await small.probe(endpoint, study: small.folder.file("moved-study.coalmine"))
    #expect(more.code == 0, "\(more.notes)")
    let twice = endpoint.bodies.filter { $0.value > (asked[$0.key] ?? 0) && asked[$0.key] != nil }
    // At most what was under way when the disk filled up.
    #expect(twice.count <= 5)
    disk.unmount()
    try await endpoint.stop()
  }
}
