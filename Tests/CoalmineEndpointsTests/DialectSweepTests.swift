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

  @Test func `every dialect says what it is and where it is written down`() {
    for dialect in DialectRegistry.all {
      for line in [dialect.summary, dialect.source] {
        #expect(line.count >= 10 && line.count <= 100 && !line.contains("\n"), "\(dialect.slug)")
      }
      #expect(dialect.packLimit >= 1, "\(dialect.slug)")
    }
  }

  @Test func `every dialect has recorded cases with an answer and with a refusal`() {
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
      if dialect.tier == .teacherForced {
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
    for dialect in DialectRegistry.all {
      for probe in Probe.allCases {
        let query = `Completions requests`.query(probe)
        for status in [200, 204, 302, 400, 401, 404, 429, 500, 529] {
          for body in bodies {
            let reading = dialect.read(
              DialectReply(status: status, headers: [], body: Array(body.utf8)), for: [query],
              at: try endpoint())
            guard let answers = reading.answers else { continue }
            #expect(answers.allSatisfy { $0.value == nil }, "\(dialect.slug) \(status) \(body)")
          }
        }
      }
    }
  }

  @Test func `a name is found, and a wrong one is answered with the right ones`() throws {
    for dialect in DialectRegistry.all {
      #expect(try DialectRegistry.dialect(dialect.slug).slug == dialect.slug)
    }
    do throws(CoalmineError) {
      _ = try DialectRegistry.dialect("openai")
      Issue.record("found")
    } catch {
      #expect(error.code == "unknown-dialect" && error.exit == .badConfiguration)
      #expect(error.help?.contains("openai-completions") == true)
    }
  }
}
