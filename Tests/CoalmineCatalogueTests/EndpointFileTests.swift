// SPDX-License-Identifier: Apache-2.0

import CoalmineCatalogue
import CoalmineCore
import Testing

@Suite struct `A file of endpoints` {
  private static func file(_ text: String) throws(CoalmineError) -> EndpointFile {
    try EndpointFile(Array(text.utf8), path: "coalmine.yaml")
  }

  @Test func `gives each name its URL, dialect, model, key and headers`() throws {
    let file = try Self.file(
      """
      endpoints:
        tuned:
          url: https://api.openai.com
          dialect: openai-chat
          options: {n: 4, samplers: own}
          model: "ft:gpt:a::1"
          query: {api-version: 2024-10-21}
          key: $OPENAI_API_KEY
          key-header: api-key
          headers: {x-team: "${TEAM}", x-b: $B_2}
        plain: {url: "http://127.0.0.1:8000"}
      """)
    let tuned = try file.endpoint("tuned")
    #expect(
      tuned.dialect == "openai-chat,n=4,samplers=own" && tuned.url == "https://api.openai.com")
    #expect(tuned.model == "ft:gpt:a::1" && tuned.query == ["api-version=2024-10-21"])
    #expect(tuned.keyVariable == "OPENAI_API_KEY" && tuned.keyHeader == "api-key")
    #expect(tuned.headers.map(\.name) == ["x-team", "x-b"])
    #expect(tuned.headers.map(\.variable) == ["TEAM", "B_2"])
    let plain = try file.endpoint("plain")
    #expect(plain.dialect == nil && plain.model == nil && plain.keyVariable == nil)
    #expect(plain.headers.isEmpty && file.endpoints.map(\.name) == ["tuned", "plain"])
  }

  @Test(arguments: [
    ("key: sk-marked-1", 4), ("key: \"\"", 4), ("key: $sk-marked-1", 4), ("key: $1MARKED", 4),
    ("headers: {x-a: marked-1}", 4), ("headers:\n      x-a: $GOOD\n      x-b: marked-1", 6),
    ("key: ${MARKED", 4), ("key: $", 4), ("key-header: sk-marked-1", 4), ("model: sk-marked-1", 4),
    ("dialect: gsk_marked012345", 4), ("query: {sig: sk-marked-1}", 4),
    ("dialect: openai-chat\n    options: {n: sk-marked-1}", 5),
  ])
  func `holds no secret, and says on which line one stands`(_ field: String, _ line: Int) {
    do throws(CoalmineError) {
      _ = try Self.file("endpoints:\n  a:\n    url: https://h\n    \(field)\n")
      Issue.record("taken")
    } catch {
      #expect(error.exit == .badConfiguration)
      let codes = ["config-secret", "yaml-wrong-type", "yaml-empty-text"]
      #expect(codes.contains(error.code), "\(error)")
      #expect(error.message.contains("coalmine.yaml:\(line)"), "\(error)")
      #expect(!"\(error)".lowercased().contains("marked"), "\(error)")
    }
  }

  @Test(arguments: [
    ("endpoints: {a: {dialect: vllm}}", "yaml-missing-key"),
    ("endpoints: {a: {url: https://h, options: {n: 1}}}", "yaml-missing-key"),
    ("endpoints: {a: {url: https://h, password: x}}", "yaml-unknown-key"),
    ("endpoints: {A b: {url: https://h}}", "bad-name"), ("hosts: {}", "yaml-unknown-key"),
    ("endpoints: [a]", "yaml-wrong-type"),
  ])
  func `is refused where it cannot be meant`(_ text: String, _ code: String) {
    do throws(CoalmineError) {
      _ = try Self.file(text)
      Issue.record("taken")
    } catch {
      #expect(error.code == code, "\(error)")
    }
  }

  @Test func `lists its names where one is not there`() throws {
    let file = try Self.file("endpoints: {a: {url: https://h}, b: {url: https://h}}")
    do throws(CoalmineError) {
      _ = try file.endpoint("c")
      Issue.record("found")
    } catch {
      #expect(error.code == "unknown-endpoint" && error.help == "it has: a, b")
    }
  }
}
