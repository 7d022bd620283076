// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineLedger
import Foundation
import Testing

/// Where planted secrets are printed, by the real program.
@Suite struct `Secrets in reports` {
  private static func secrets(_ study: String) throws -> [String] {
    let ledger = try Ledger.open(at: study)
    let canaries = try ledger.study().canaries
    try ledger.close()
    return canaries.map { String(decoding: $0.secret.reveal(), as: UTF8.self) }
  }

  @Test func `every format holds each secret with --reveal, and none without`() async throws {
    let small = try await SmallStudy()
    let secrets = try Self.secrets(small.study)
    #expect(secrets.count == 40)
    let formats = try await CoalmineProgram.run("list", "formats", "--json").json["formats"]
    let names = try #require(formats as? [[String: Any]]).compactMap { $0["name"] as? String }
    #expect(names.contains("html") && names.count >= 3)
    for format in names {
      for reveal in [false, true] {
        let file = small.folder.file("\(reveal).\(format)")
        let report = try await CoalmineProgram.started(
          ["report", "--study", small.study, "--format", format, "--output", file]
            + (reveal ? ["--reveal"] : [])
        ).outcome()
        #expect(report.code == 3, "\(report.notes)")
        let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: file)), as: UTF8.self)
        // Those for pipelines never hold one.
        let shows = reveal && ["json", "md", "html", "csv"].contains(format)
        for secret in secrets { #expect(text.contains(secret) == shows, "\(format)") }
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions]
        #expect(mode as? Int == 0o600)
      }
    }
  }

  @Test func `a score never holds one`() async throws {
    let small = try await SmallStudy()
    let secrets = try Self.secrets(small.study)
    for arguments in [["score"], ["score", "--json"]] {
      let score = try await CoalmineProgram.started(arguments + ["--study", small.study]).outcome()
      for secret in secrets { #expect(!(score.text + score.notes).contains(secret)) }
    }
  }
}
