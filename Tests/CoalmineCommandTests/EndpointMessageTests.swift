// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// What a person reads of an endpoint that does not answer: true for the verb and for the run.
@Suite struct `Endpoint messages` {
  static let dialects = ["openai-completions", "vllm", "llama-server", "llama-server-completions"]

  static func check(_ url: String, _ more: String...) async throws -> CoalmineProgram.Outcome {
    try await CoalmineProgram.started(["check", "--endpoint", url, "--model", "tiny"] + more)
      .outcome()
  }

  /// Everything that the program said, for a person.
  static func words(_ outcome: CoalmineProgram.Outcome) -> String { outcome.notes + outcome.text }

  @Test func `a URL without a host is called that`() async throws {
    let outcome = try await Self.check("https://")
    #expect(outcome.code == 78 && outcome.notes.contains("names no host"), "\(outcome.notes)")
    #expect(!outcome.notes.contains("space"))
  }

  @Test func `a check without a study says nothing of stored answers`() async throws {
    let dead = try await Self.check("http://127.0.0.1:9")
    #expect(dead.code == 69 && dead.notes.contains("no answer from"), "\(dead.notes)")
    #expect(!Self.words(dead).contains("stored"))
    for status in [402, 429, 500] {
      let endpoint = try await CountingEndpoint.fixed(status: status, "{}")
      let outcome = try await Self.check(endpoint.url)
      #expect(outcome.code == 3, "\(status): \(outcome.notes)")
      #expect(!Self.words(outcome).contains("stored"), "\(outcome.notes)")
      try await endpoint.stop()
    }
  }

  @Test func `only an endpoint that says so is called busy`() async throws {
    for (status, isBusy) in [(429, true), (529, true), (503, false), (500, false)] {
      let endpoint = try await CountingEndpoint.fixed(
        status: status, type: "text/plain", "the words of the server")
      let outcome = try await Self.check(endpoint.url)
      #expect(outcome.code == 3, "\(outcome.notes)")
      #expect(outcome.notes.contains("HTTP \(status): the words of the server"))
      #expect(outcome.notes.contains("busy") == isBusy, "\(outcome.notes)")
      try await endpoint.stop()
    }
  }

  @Test(arguments: dialects)
  func `a refusal in plain text is shown, whatever is spoken`(_ dialect: String) async throws {
    let endpoint = try await CountingEndpoint.fixed(
      status: 422, type: "text/plain", "batch size must be 1")
    let outcome = try await Self.check(endpoint.url, "--dialect", dialect)
    #expect(Self.words(outcome).contains("batch size must be 1"), "\(outcome.notes)")
    try await endpoint.stop()
  }

  @Test(arguments: dialects)
  func `a 404 shows the URL that was asked`(_ dialect: String) async throws {
    let endpoint = try await CountingEndpoint.fixed(status: 404, "{}")
    let outcome = try await Self.check(endpoint.url, "--dialect", dialect)
    let route = dialect == "llama-server" ? "/completion " : "/v1/completions "
    #expect(outcome.code == 69)
    #expect(outcome.notes.contains(endpoint.url + route), "\(outcome.notes)")
    #expect(outcome.notes.contains("--endpoint") && outcome.notes.contains("--model"))
    try await endpoint.stop()
  }

  @Test(arguments: dialects)
  func `a 404 in a study shows the URL, too, and steps are no exception`(_ dialect: String)
    async throws
  {
    let small = try await SmallStudy()
    let endpoint = try await CountingEndpoint.fixed(
      status: 404, type: "text/plain", "no route here")
    let outcome = try await small.probe(endpoint, ["--dialect", dialect])
    let route = dialect.hasPrefix("llama") ? "/tokenize " : "/v1/completions "
    #expect(outcome.code == 69)
    #expect(outcome.notes.contains(endpoint.url + route), "\(outcome.notes)")
    #expect(outcome.notes.contains("no route here"))
    #expect(!outcome.notes.contains("stored"))
    try await endpoint.stop()
  }

  @Test func `a refusal in the middle says how much is stored`() async throws {
    let small = try await SmallStudy()
    let honest = try await CountingEndpoint.reference(
      trainedOn: [URL(fileURLWithPath: small.seeded)], memorisation: 0.3)
    let check = try await CoalmineProgram.run(
      "check", "--study", small.study, "--endpoint", honest.url, "--model", "tuned")
    #expect(check.code == 0, "\(check.notes)")
    let url = honest.url
    try await honest.stop()
    // The same address, where nobody answers any more.
    let outcome = try await CoalmineProgram.run(
      "probe", "--study", small.study, "--endpoint", url, "--model", "tuned")
    #expect(outcome.code != 0)
    #expect(!outcome.notes.contains("what was answered before"), "\(outcome.notes)")
  }
}
