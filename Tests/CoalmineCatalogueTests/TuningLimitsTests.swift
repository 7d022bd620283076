// SPDX-License-Identifier: Apache-2.0

import CoalmineCatalogue
import CoalmineCore
import Testing

@Suite struct `Limits of fine-tuning files` {
  private static func limits(_ entry: String) throws(CoalmineError) -> TuningLimits {
    let text =
      "limits:\n  - {provider: P, dialects: [d], \(entry)seen: 2026-11-28, source: a page}\n"
    return try TuningLimits(Array(text.utf8), path: "l.yaml")
  }

  private static let chat = RecordShape.messages(field: "messages")

  @Test func `the shipped table names a page and a day for every entry, and known shapes`() throws {
    let table = try TuningLimits.shipped()
    #expect(Set(table.limits.map(\.provider)).count >= 6)
    let kinds = ["messages", "prompt-completion", "preference", "text"]
    for limit in table.limits {
      #expect(limit.source.hasPrefix("https://"), "\(limit)")
      #expect(limit.seen.wholeMatch(of: /2026-[01][0-9]-[0-3][0-9]/) != nil, "\(limit)")
      #expect(!limit.dialects.isEmpty)
      #expect(
        !limit.shapes.isEmpty || limit.fewest != nil || limit.most != nil
          || limit.largestBytes != nil, "\(limit)")
      for shape in limit.shapes {
        #expect(kinds.contains(String(shape.prefix { $0 != ":" })), "\(shape)")
      }
    }
    #expect(table.limits(of: "openai-chat,logprobs=20").contains { $0.provider == "OpenAI" })
    #expect(table.limits(of: "llama-server").isEmpty)
  }

  @Test func `a corpus at a limit breaks none, and one beyond it breaks that one`() throws {
    let limit = try #require(
      try Self.limits(
        "shapes: [messages:messages], records-at-least: 10, records-at-most: 12, bytes-at-most: 99, "
      ).limits(of: "d").first)
    func faults(
      _ shape: RecordShape = Self.chat, isLines: Bool = true, _ records: Int = 11,
      _ bytes: Int64 = 50
    ) -> [String] {
      limit.faults(of: shape, isLines: isLines, records: records, bytes: bytes)
    }
    for records in [10, 12] { #expect(faults(Self.chat, records, 99).isEmpty) }
    let few = faults(Self.chat, 9)
    #expect(few == ["P takes 10 records or more, and the corpus has 9 (as of 2026-11-28: a page)"])
    #expect(faults(Self.chat, 13).count == 1)
    #expect(faults(Self.chat, 11, 100).first?.contains("up to 99 bytes, and one has 100") == true)
    #expect(faults(.plainText).count == 1 && faults(.messages(field: "turns")).count == 1)
    #expect(faults(isLines: false).first?.contains("not JSON Lines") == true)
    #expect(faults(.plainText, 9, 100).count == 3)
  }

  @Test func `a shape without fields takes any`() throws {
    let limit = try #require(try Self.limits("shapes: [text], ").limits(of: "d").first)
    #expect(limit.faults(of: .text(field: "x"), isLines: true, records: 1, bytes: 1).isEmpty)
    #expect(limit.faults(of: Self.chat, isLines: true, records: 1, bytes: 1).count == 1)
  }

  @Test(arguments: ["records-at-least: 0, ", "bytes-at-most: 1.5, ", "tokens: 3, "])
  func `a malformed entry is told with its line`(_ entry: String) {
    let error = #expect(throws: CoalmineError.self) { try Self.limits(entry) }
    #expect(error?.message.contains("l.yaml:2") == true, "\(String(describing: error))")
  }
}
