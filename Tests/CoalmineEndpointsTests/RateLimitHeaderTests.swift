// SPDX-License-Identifier: Apache-2.0

import CoalmineEndpoints
import Testing

/// How long endpoints ask to wait, in the headers of several providers.
@Suite struct `Rate-limit headers` {
  static func wait(_ lines: [String]) -> Double? {
    RateLimitHeaders.wait(
      lines.map { line in
        let name = line.prefix { $0 != ":" }
        return (name: String(name), value: String(line.dropFirst(name.count + 2)))
      })
  }

  @Test(arguments: [
    ("1s", 1.0), ("6m0s", 360), ("1h2m3.5s", 3_723.5), ("2m59.56s", 179.56), ("88ms", 0.088),
    ("0s", 0), ("7", 7), ("1d", 86_400),
  ])
  func `durations are read as they are published`(_ text: String, _ seconds: Double) throws {
    let read = try #require(RateLimitHeaders.duration(text))
    #expect(abs(read - seconds) < 1e-9)
  }

  @Test(arguments: ["", "s", "1x", "1s2", "-1s", "1 s", "soon", "1..2s", "1s "])
  func `anything else is no duration`(_ text: String) {
    #expect(RateLimitHeaders.duration(text) == nil)
  }

  @Test func `a reset counts only where nothing is left`() {
    #expect(
      Self.wait(["x-ratelimit-remaining-requests: 0", "x-ratelimit-reset-requests: 6m0s"]) == 360)
    #expect(
      Self.wait(["x-ratelimit-remaining-requests: 1", "x-ratelimit-reset-requests: 6m0s"]) == nil)
    #expect(Self.wait(["x-ratelimit-reset-requests: 6m0s"]) == nil)
    #expect(
      Self.wait([
        "x-ratelimit-remaining-requests: 0", "x-ratelimit-reset-requests: 1s",
        "x-ratelimit-remaining-tokens: 0", "x-ratelimit-reset-tokens: 9s",
      ]) == 9)
  }

  @Test func `a reset as a date is relative to the server's own clock`() {
    let date = "date: Sun, 06 Nov 1994 08:49:37 GMT"
    let left = "anthropic-ratelimit-tokens-remaining: 0"
    func reset(_ text: String) -> String { "anthropic-ratelimit-tokens-reset: \(text)" }
    #expect(Self.wait([date, left, reset("1994-11-06T08:50:07Z")]) == 30)
    #expect(Self.wait([date, left, reset("1994-11-06T09:50:07.5+01:00")]) == 31)
    #expect(Self.wait([date, left, reset("1994-11-06T08:00:00Z")]) == 0)
    #expect(Self.wait([left, reset("1994-11-06T08:50:07Z")]) == nil)
    #expect(
      Self.wait([
        date, "anthropic-ratelimit-tokens-remaining: 5", reset("1994-11-06T08:50:07Z"),
      ]) == nil)
  }

  @Test func `retry-after counts before any reset`() {
    #expect(
      Self.wait([
        "retry-after: 2", "x-ratelimit-remaining-requests: 0", "x-ratelimit-reset-requests: 9s",
      ]) == 2)
  }

  @Test(arguments: [
    "", "2026-11-26", "2026-11-26T13:00:30", "2026-13-26T13:00:30Z", "2026-11-26T13:00:30ZZ",
    "2026-11-26T13:00:30.Z", "2026-11-26T13:00:30+1:00", "2026-11-26T24:00:30Z",
  ])
  func `what is no date of RFC 3339 is not read`(_ text: String) {
    #expect(HTTPDate.internet(text) == nil)
  }
}
