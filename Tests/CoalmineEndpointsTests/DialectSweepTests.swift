// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import Testing

/// What every dialect must have, whoever adds it.
@Suite struct `Dialect registry` {
  @Test func `names are different slugs`() {
    let slugs = DialectRegistry.all.map { $0.slug }
    #expect(!slugs.isEmpty && Set(slugs).count == slugs.count)
    for slug in slugs {
      #expect(slug.utf8.allSatisfy { (0x61...0x7A).contains($0) || $0 == 0x2D }, "\(slug)")
    }
  }

  @Test func `every dialect says what it is and where it is written down`() throws {
    for dialect in DialectRegistry.all {
      for line in [dialect.summary, dialect.source] {
        #expect(line.count >= 10 && line.count <= 100 && !line.contains("\n"), "\(dialect.slug)")
      }
      let limits = try dialect.plain.limits
      #expect(limits.prompts >= 1 && limits.samples >= 1 && limits.sampledPassages >= 1)
    }
  }

  /// APIs that have no word for a refusal of the model's: it stands in the text.
  private static let withoutRefusals: Set = [
    "vllm", "llama-server", "llama-server-completions", "llama-server-infill", "sglang",
    "mistral-chat", "mistral-fim", "deepseek-chat", "deepseek-fim", "gemini", "ollama", "tgi",
  ]

  @Test(arguments: DialectRegistry.all.map(\.slug), RecordedCase.Situation.allCases)
  func `every dialect has a recorded or hand-made case for every situation`(
    _ slug: String, _ situation: RecordedCase.Situation
  ) {
    if situation == .refusal, Self.withoutRefusals.contains(slug) { return }
    // It writes no text that could end early; its answers are in `Decision endpoints`.
    if slug == "decisions", [.success, .refusal, .truncation].contains(situation) { return }
    let recorded = RecordedCase.all.filter { $0.dialect.split(separator: ",")[0] == slug }
    let made = HandMadeCase.all.filter { $0.dialect.split(separator: ",")[0] == slug }
    let shown = (recorded.map(\.expected) + made.map(\.expected)).flatMap(\.situations)
    #expect(shown.contains(situation))
  }

  @Test func `every dialect that scores has a case with scores`() throws {
    for dialect in DialectRegistry.all where try dialect.plain.abilities.contains(.scoresText) {
      let expected =
        RecordedCase.all.filter { $0.dialect == dialect.slug }.map(\.expected)
        + HandMadeCase.all.filter { $0.dialect == dialect.slug }.map(\.expected)
      let scored = expected.contains { if case .scores = $0 { true } else { false } }
      #expect(scored, "\(dialect.slug)")
    }
  }

  @Test func `every option has a line, and no value that it does not take`() throws {
    for dialect in DialectRegistry.all {
      for option in dialect.options {
        #expect(option.summary.count >= 10 && option.summary.count <= 100, "\(option.name)")
        for value in ["", "\u{1B}", "a b", "?"] {
          #expect(throws: CoalmineError.self) {
            _ = try DialectRegistry.dialect("\(dialect.slug),\(option.name)=\(value)")
          }
        }
      }
    }
  }

  @Test func `every dialect survives whatever a server sends, for every probe`() throws {
    let bodies = [
      "", "{}", "[]", "null", "<html>", "{\"choices\":[{}]}", "{\"error\":1}", "\u{0}",
      String(repeating: "[", count: 100_000),
    ]
    for entry in DialectRegistry.all {
      let dialect = try entry.plain
      for probe in Probe.allCases {
        var query = `Completions requests`.query(probe)
        query.form = dialect.presentation
        for status in [200, 204, 302, 400, 401, 404, 429, 500, 529] {
          for body in bodies {
            let reading = Read(
              dialect, Reply(status: status, headers: [], body: Array(body.utf8)), for: [query],
              at: try endpoint())
            guard let answers = reading.answers else { continue }
            #expect(answers.allSatisfy { $0.value == nil }, "\(dialect.name) \(status) \(body)")
          }
        }
      }
    }
  }

  @Test func `a name is found, and a wrong one is answered with the right ones`() throws {
    for dialect in DialectRegistry.all {
      #expect(try DialectRegistry.dialect(dialect.slug).name == dialect.slug)
    }
    do throws(CoalmineError) {
      _ = try DialectRegistry.dialect("openai")
      Issue.record("found")
    } catch {
      #expect(error.code == "unknown-dialect" && error.exit == .badConfiguration)
      #expect(error.help?.contains("openai-completions") == true)
    }
  }

  @Test(
    arguments: [
      ("openai-chat,n=1", nil), ("openai-chat,n=4,samplers=own", nil),
      ("openai-chat,n=0", "bad-dialect-option"), ("openai-chat,n=1,n=2", "bad-dialect-option"),
      ("openai-chat,m=1", "bad-dialect-option"), ("openai-chat,n", "bad-dialect-option"),
      ("openai-chat,samplers=mine", "bad-dialect-option"), ("vllm,n=1", "bad-dialect-option"),
      ("openai-chat,", "bad-dialect-option"),
    ] as [(String, String?)])
  func `options follow the name, each known and once`(_ name: String, _ code: String?) {
    do throws(CoalmineError) {
      let found = try DialectRegistry.dialect(name)
      #expect(code == nil && found.name == name)
    } catch {
      #expect(error.code == code && error.exit == .badConfiguration && error.help != nil)
    }
  }
}
