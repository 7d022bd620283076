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

  @Test func `every dialect has recorded cases with an answer and with a refusal`() throws {
    for dialect in DialectRegistry.all {
      let cases = RecordedCase.all.filter { $0.dialect == dialect.slug }
      let answered = cases.contains {
        switch $0.expected {
        case .scores, .texts: true
        case .stop, .retry: false
        }
      }
      let refused = cases.contains {
        if case .stop = $0.expected { true } else { false }
      }
      #expect(answered && refused, "\(dialect.slug)")
      if try dialect.plain.abilities.contains(.scoresText) {
        let scored = cases.contains { if case .scores = $0.expected { true } else { false } }
        #expect(scored, "\(dialect.slug)")
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
        let query = `Completions requests`.query(probe)
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
