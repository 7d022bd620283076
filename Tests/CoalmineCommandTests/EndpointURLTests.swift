// SPDX-License-Identifier: Apache-2.0

import CoalmineLedger
import CoalmineTesting
import Foundation
import Testing

/// What the real program sends to the URL that it was given.
@Suite struct `Endpoint URLs` {
  private static func check(
    _ url: String, _ more: [String], environment: [String: String] = [:]
  ) async throws -> CoalmineProgram.Outcome {
    try await CoalmineProgram.started(
      ["check", "--endpoint", url, "--model", "tiny"] + more, environment: environment
    ).outcome()
  }

  /// A server that keeps what it is sent and knows no route.
  private static func recording() throws -> FaultServer {
    try FaultServer { wire in
      guard wire.readRequest() != nil else { return }
      wire.send(wireReply(status: "404 Not Found", headers: ["Connection: close"], "{}"))
    }
  }

  @Test(arguments: [
    ("openai-completions", "", "/v1/completions"),
    ("openai-completions", "/v1/", "/v1/completions"),
    ("openai-completions", "/v1/completions", "/v1/completions"),
    ("openai-completions", "/openai/deployments/x", "/openai/deployments/x/completions"),
    ("openai-completions", "/api/v3", "/api/v3/completions"),
    ("vllm", "/beta", "/beta/completions"),
    ("vllm", "/v1/models", "/v1/completions"), ("llama-server", "/v1", "/completion"),
    ("llama-server", "/tokenize", "/completion"), ("llama-server", "/gate", "/gate/completion"),
    ("llama-server-completions", "/v1/completions", "/v1/completions"),
    ("llama-server-completions", "/gate/v1", "/gate/v1/completions"),
  ])
  func `the request line has the route once, and the query behind it`(
    _ dialect: String, _ given: String, _ path: String
  ) async throws {
    let server = try Self.recording()
    let outcome = try await Self.check(
      server.url + given,
      ["--dialect", dialect, "--query", "api-version=2024-10-21", "--query", "x=a b&c"])
    let query = "?api-version=2024-10-21&x=a%20b%26c"
    let lines = server.requests.map(\.line)
    #expect(lines.contains("POST \(path)\(query) HTTP/1.1"), "\(lines)")
    #expect(lines.allSatisfy { $0.hasSuffix("\(query) HTTP/1.1") }, "\(lines)")
    // The message shows the URL that was asked.
    #expect(outcome.code == 69)
    #expect(outcome.notes.contains(server.url + path + query), "\(outcome.notes)")
    server.stop()
  }

  @Test func `a route of another dialect is refused before anything is sent`() async throws {
    let server = try Self.recording()
    let outcome = try await Self.check(server.url + "/v1/chat/completions", [])
    #expect(outcome.code == 78)
    #expect(outcome.notes.contains("'\(server.url)/v1/chat/completions/completions' would be"))
    #expect(outcome.notes.contains("'--endpoint \(server.url)/v1' asks"), "\(outcome.notes)")
    #expect(server.requests.isEmpty)
    server.stop()
  }

  @Test func `keys and headers are sent as they are named, and shown nowhere`() async throws {
    let server = try Self.recording()
    let folder = try TemporaryFolder()
    let headers = try folder.write("X-Gate: value-27182\nx-team: 31415-team\n", to: "headers")
    chmod(headers, 0o600)
    let key = ["COALMINE_API_KEY": "sk-1414213"]
    func headersSent(_ more: [String], _ environment: [String: String] = [:]) async throws
      -> [String]
    {
      let outcome = try await Self.check(
        server.url, more, environment: key.merging(environment) { $1 })
      for secret in ["value-27182", "31415-team", "sk-1414213"] {
        #expect(!(outcome.notes + outcome.text).contains(secret), "\(outcome.notes)")
      }
      return try #require(server.requests.last).headers
    }
    let plain = try await headersSent([])
    #expect(plain.contains("authorization: Bearer sk-1414213"))
    let named = try await headersSent(["--key-header", "Api-Key", "--header-file", headers])
    #expect(named.contains("api-key: sk-1414213") && named.contains("x-gate: value-27182"))
    #expect(named.contains("x-team: 31415-team"))
    #expect(!named.contains { $0.lowercased().hasPrefix("authorization") })
    let byEnvironment = try await headersSent([], ["COALMINE_HEADERS": "x-gate: value-27182\n"])
    #expect(byEnvironment.contains("x-gate: value-27182"))
    server.stop()
  }

  @Test func `a header file that others can read, or that holds no headers, is refused`()
    async throws
  {
    let server = try Self.recording()
    let folder = try TemporaryFolder()
    let open = try folder.write("x-gate: value-27182\n", to: "open")
    chmod(open, 0o644)
    let refused = try await Self.check(server.url, ["--header-file", open])
    #expect(refused.code == 78 && refused.notes.contains("the header file"), "\(refused.notes)")
    #expect(refused.notes.contains("mode is 0644") && refused.notes.contains("chmod 600"))
    let bad = try folder.write("x-a: 1\nhost: value-27182\n", to: "bad")
    chmod(bad, 0o600)
    let framed = try await Self.check(server.url, ["--header-file", bad])
    #expect(framed.code == 78 && framed.notes.contains("line 2 of"), "\(framed.notes)")
    let missing = try await Self.check(server.url, ["--header-file", folder.file("none")])
    #expect(missing.code == 66)
    let query = try await Self.check(server.url, ["--query", "api-key=value-27182"])
    #expect(query.code == 78 && query.notes.contains("--header-file"), "\(query.notes)")
    for outcome in [refused, framed, query] {
      #expect(!outcome.notes.contains("value-27182"), "\(outcome.notes)")
    }
    #expect(server.requests.isEmpty)
    server.stop()
  }

  @Test func `the query belongs to the run, the headers do not`() async throws {
    let small = try await SmallStudy(canaries: 8, references: 3)
    let endpoint = try await CountingEndpoint.reference(
      trainedOn: [URL(fileURLWithPath: small.seeded)], memorisation: 0.3)
    let query = ["--query", "api-version=2024-10-21"]
    let first = try await small.probe(
      endpoint, query, environment: ["COALMINE_HEADERS": "x-gate: value-27182"])
    #expect(first.code == 0, "\(first.notes)")
    let asked = endpoint.requests
    let again = try await small.probe(endpoint, query)
    // One, to see that it is the same model; the run is the same.
    #expect(again.code == 0 && endpoint.requests == asked + 1, "\(again.notes)")
    let ledger = try Ledger.open(at: small.study)
    #expect(try ledger.runs().map(\.endpoint) == [endpoint.url + "?api-version=2024-10-21"])
    try ledger.close()
    let verified = try await CoalmineProgram.run("verify", "--study", small.study)
    #expect(verified.code == 0, "\(verified.notes) \(verified.text)")
    // Another query is another endpoint.
    let other = try await small.probe(endpoint, ["--query", "api-version=2025-01-01"])
    #expect(other.code == 0 && endpoint.requests > asked, "\(other.notes)")
    let bytes = try Data(contentsOf: URL(fileURLWithPath: small.study))
    #expect(bytes.range(of: Data("value-27182".utf8)) == nil)
    try await endpoint.stop()
  }
}
