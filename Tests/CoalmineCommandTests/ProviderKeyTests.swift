// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting
import Foundation
import Testing

@Suite struct `A provider's own variable` {
  @Test func `a key of a provider is not sent to another server`() async throws {
    let small = try await SmallStudy(canaries: 4, references: 3)
    let endpoint = try await CountingEndpoint.reference(
      trainedOn: [URL(fileURLWithPath: small.seeded)], memorisation: 0.3, key: "sk-right")
    let probe = try await small.probe(endpoint, environment: ["OPENAI_API_KEY": "sk-right"])
    #expect(probe.code == 77, "\(probe.notes)")
    #expect(probe.notes.contains("no key was sent"))
    try await endpoint.stop()
  }

  /// Nothing leaves this machine: the proxy refuses the connection.
  @Test func `at its host it is used, and named without its value`() async throws {
    func check(_ environment: [String: String]) async throws -> CoalmineProgram.Outcome {
      try await CoalmineProgram.started(
        [
          "check", "--endpoint", "https://api.openai.com", "--model", "m", "--dialect",
          "openai-chat", "--timeout", "2",
        ],
        environment: environment.merging(["HTTPS_PROXY": "http://127.0.0.1:9"]) { first, _ in first
        }
      ).outcome()
    }
    let name = "the key is that of the environment variable OPENAI_API_KEY"
    let used = try await check(["OPENAI_API_KEY": "sk-marked-1"])
    #expect(used.notes.contains(name) && !used.notes.contains("sk-marked-1"), "\(used.notes)")
    let ours = try await check(["OPENAI_API_KEY": "sk-marked-1", "COALMINE_API_KEY": "sk-2"])
    #expect(!ours.notes.contains(name))
    let headers = try await check(["OPENAI_API_KEY": "sk-marked-1", "COALMINE_HEADERS": "x-a: b"])
    #expect(!headers.notes.contains(name))
    let broken = try await check(["OPENAI_API_KEY": "two words"])
    #expect(broken.code == 78 && broken.notes.contains("put the key alone into OPENAI_API_KEY"))
  }
}
