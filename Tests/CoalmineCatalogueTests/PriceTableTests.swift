// SPDX-License-Identifier: Apache-2.0

import CoalmineCatalogue
import CoalmineCore
import CoalmineTesting
import Testing

@Suite struct `Prices` {
  static func table(_ entries: String) throws(CoalmineError) -> PriceTable {
    try PriceTable(Array("prices:\n\(entries)".utf8), path: "p.yaml")
  }

  static func entry(
    _ host: String, _ models: String, _ input: String = "1", _ rest: String = ""
  ) -> String {
    "  - {host: \(host), models: [\(models)], input: \(input), output: 2, seen: 2026-11-27, "
      + "source: a page\(rest)}\n"
  }

  @Test func `the shipped table names a page and a day for every price`() throws {
    let table = try PriceTable.shipped()
    #expect(table.prices.count >= 10)
    for price in table.prices {
      #expect(price.source.hasPrefix("https://"), "\(price)")
      #expect(price.seen.wholeMatch(of: /2026-[01][0-9]-[0-3][0-9]/) != nil, "\(price)")
      #expect(price.input > 0 && price.output > price.input, "\(price)")
      #expect(!price.model.hasPrefix("ft:"))
    }
    let opus = try #require(table.price(host: "api.anthropic.com", model: "claude-opus-5"))
    #expect(opus.input == 5 && opus.output == 25 && opus.batch == 0.5)
    #expect(
      table.price(host: "api.anthropic.com", model: "claude-haiku-4-5-20251001")?.output == 5)
  }

  @Test(arguments: [
    ("api.openai.com", "ft:gpt-4.1-mini:me::x"), ("api.anthropic.com", "claude-opus-5-1"),
    ("127.0.0.1", "tuned"), ("evil.example", "claude-opus-5"), ("api.anthropic.com", ""),
  ])
  func `what is not in the table has no price`(_ host: String, _ model: String) throws {
    #expect(try PriceTable.shipped().price(host: host, model: model) == nil)
  }

  @Test func `the longest name that fits counts, whole names without a star`() throws {
    let table = try Self.table(
      Self.entry("Host.example", "a-*, a-b-*, a-b-c", "1")
        + Self.entry("host.example", "a-b-c-*", "7"))
    func input(_ model: String) -> Double? {
      table.price(host: "host.EXAMPLE", model: model)?.input
    }
    #expect(input("a-x") == 1 && input("a-b-c") == 1 && input("a-b-c-d") == 7 && input("a") == nil)
  }

  @Test func `dollars are those of a million tokens, and of a share in batch jobs`() throws {
    let table = try Self.table(
      Self.entry("h", "m", "4", ", batch: 0.5") + Self.entry("h", "n", "4"))
    let price = try #require(table.price(host: "h", model: "m"))
    #expect(price.dollars(input: 1_000_000, output: 500_000) == 5)
    #expect(price.dollars(input: 1_000_000, output: 500_000, inBatch: true) == 2.5)
    let whole = try #require(table.price(host: "h", model: "n"))
    #expect(whole.dollars(input: 1_000_000, output: 0, inBatch: true) == 4)
  }

  @Test(arguments: [
    (entry("h", "m", "-1"), "out-of-range"), (entry("h", "m", "x"), "yaml-wrong-type"),
    (entry("h", "m, m"), "price-twice"), (entry("h", "'*'"), "bad-name"),
    (entry("h", "'a*b'"), "bad-name"), (entry("h", "m", "1", ", batch: 2"), "out-of-range"),
    (entry("h", "m", "1", ", cached: 2"), "yaml-unknown-key"),
    ("  - {host: h}\n", "yaml-missing-key"),
  ])
  func `a table that cannot be meant is refused with its line`(_ text: String, _ code: String) {
    do throws(CoalmineError) {
      _ = try Self.table(text)
      Issue.record("taken")
    } catch {
      #expect(error.code == code && error.exit == .badConfiguration, "\(error)")
      #expect(error.message.contains("p.yaml:2"), "\(error)")
    }
  }
}
