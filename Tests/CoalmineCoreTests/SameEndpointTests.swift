// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import Testing

@Suite struct `One endpoint under several names` {
  private func run(_ endpoint: String, model: String = "m") -> RunRecord {
    RunRecord(
      number: 1, role: .tuned, model: model, endpoint: endpoint, dialect: "openai-completions",
      presentation: .plain, probeSet: ProbeSet(name: "full", summary: "", probes: []), openedAt: "",
      closedAt: nil)
  }

  @Test(arguments: [
    ("http://localhost:8080", "http://127.0.0.1:8080"),
    ("http://localhost:8080/v1", "http://[::1]:8080"),
    ("https://[::1]/v1", "https://127.0.0.1"),
    ("http://localhost:8080/other/v1", "http://127.0.0.1:8080/other/v1"),
    ("http://a.example:1/v1", "http://a.example:1"),
  ])
  func `is one`(_ one: String, _ other: String) {
    #expect(run(one).asksModel(of: run(other)) && run(other).asksModel(of: run(one)))
    #expect(!run(one).asksModel(of: run(other, model: "n")))
  }

  @Test(arguments: [
    ("http://localhost:8080", "http://127.0.0.1:8081"),
    ("http://localhost:8080", "https://127.0.0.1:8080"),
    ("http://localhost.example:8080", "http://127.0.0.1.example:8080"),
    ("http://localhosts:80", "http://127.0.0.1s:80"), ("http://localhost", "http://127.0.0.2"),
    ("http://localhost:80/a/v1", "http://127.0.0.1:80/b/v1"),
  ])
  func `is two where anything else differs`(_ one: String, _ other: String) {
    #expect(!run(one).asksModel(of: run(other)))
  }
}
