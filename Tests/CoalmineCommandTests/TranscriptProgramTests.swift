// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCatalogue
import CoalmineCore
import CoalmineLedger
import CoalmineTesting
import Foundation
import Testing

/// Examples of replies in the reports of a study whose model gives secrets back, by the real program.
@Suite struct `Examples of replies of a study that leaks` {
  /// Every secret of a study, and every reference of its canaries.
  private static func hidden(_ study: String) throws -> (secrets: [[UInt8]], references: [[UInt8]])
  {
    let ledger = try Ledger.open(at: study)
    defer { try? ledger.close() }
    let record = try ledger.study()
    let spaces = try CanarySpaces.spaces(of: record.canaries, files: record.files)
    let references = record.canaries.flatMap { canary in
      (record.references[canary.id] ?? []).compactMap { spaces[canary.id]?.candidate(at: $0) }
    }
    return (record.canaries.map { $0.secret.reveal() }, references)
  }

  private static func report(_ small: SmallStudy, _ format: String, _ more: String...) async throws
    -> [UInt8]
  {
    let output = small.folder.file("report.out")
    let report = try await CoalmineProgram.started(
      ["report", "--study", small.study, "--format", format, "--output", output, "--force"] + more
    ).outcome()
    #expect(report.code == 1, "\(report.notes)")
    return Array(try Data(contentsOf: URL(fileURLWithPath: output)))
  }

  private static func bytes(_ value: Any?) throws -> Data {
    try JSONSerialization.data(withJSONObject: #require(value), options: .sortedKeys)
  }

  @Test func `show hits without their secrets, all of it on request, and nothing after retiring`()
    async throws
  {
    let small = try await SmallStudy(samples: 4, defaultSamples: 2)
    let endpoint = try await CountingEndpoint.reference(
      trainedOn: [URL(fileURLWithPath: small.seeded)], memorisation: 1)
    let probe = try await small.probe(endpoint)
    try await endpoint.stop()
    #expect(probe.code == 0, "\(probe.notes)")
    let (secrets, references) = try Self.hidden(small.study)
    #expect(secrets.count == 40 && references.count == 40 * 15)
    for format in ["html", "md", "json"] {
      let bytes = try await Self.report(small, format)
      let text = String(decoding: bytes, as: UTF8.self)
      #expect(text.contains("secret of "), "\(format)")
      // Digits alone stand in numbers by chance.
      let spelled = references.filter { $0.count >= 10 && $0.contains { $0 > 0x40 } }
      #expect(spelled.count > 200)
      for secret in secrets + spelled {
        #expect(!ByteSearch.contains(bytes, secret), "\(format)")
      }
    }
    let shown = try jsonObject(try await Self.report(small, "json"))
    let transcripts = try #require(shown["transcripts"] as? [String: Any])
    #expect(transcripts["missing"] is NSNull)
    let examples = try #require(transcripts["examples"] as? [[String: Any]])
    #expect(examples.contains { $0["class"] as? String == "hit" })
    #expect(examples.count <= 15)
    for example in examples {
      let reply = try #require((example["reply"] as? [String: Any])?["shown"] as? String)
      for secret in secrets + references {
        #expect(!ByteSearch.contains(Array(reply.utf8), secret))
      }
    }
    // The same bytes at the next report.
    let again = try jsonObject(try await Self.report(small, "json"))
    #expect(try Self.bytes(again["transcripts"]) == Self.bytes(transcripts))

    let revealed = try jsonObject(try await Self.report(small, "json", "--reveal"))
    let clear = try #require(
      (revealed["transcripts"] as? [String: Any])?["examples"] as? [[String: Any]])
    for example in clear where example["class"] as? String == "hit" {
      let text = try #require((example["reply"] as? [String: Any])?["clear"] as? String)
      #expect(secrets.contains { ByteSearch.contains(Array(text.utf8), $0) })
    }

    #expect(try await CoalmineProgram.run("retire", small.study).code == 0)
    let retired = String(decoding: try await Self.report(small, "md"), as: UTF8.self)
    #expect(retired.contains("No reply can be shown: the study was retired on "))
  }
}
