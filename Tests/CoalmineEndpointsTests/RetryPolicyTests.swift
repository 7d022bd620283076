// SPDX-License-Identifier: Apache-2.0

import CoalmineEndpoints
import CoalmineStatistics
import Foundation
import Testing

@Suite struct `Retry policy` {
  static let policy = RetryPolicy()

  static func refused(_ headers: [(name: String, value: String)]) -> Double? {
    policy.wait(after: 1, ambiguous: 0, failure: .refused(headers: headers), draw: 0.25)
  }

  @Test(arguments: 1...5)
  func `waits are full jitter: uniform from 0 to a ceiling that doubles`(_ attempt: Int) throws {
    var generator = ChaCha8Rand(seed: [UInt8](repeating: UInt8(attempt), count: 32))
    let ceiling = 0.5 * pow(2, Double(attempt - 1))
    let count = 100_000
    let shares = try (0..<count).map { _ in
      let wait = try #require(
        Self.policy.wait(
          after: attempt, ambiguous: 0, failure: .refused(headers: []),
          draw: generator.unitInterval()))
      return wait / ceiling
    }.sorted()
    #expect(shares[0] >= 0 && shares[count - 1] <= 1)
    // Kolmogorov and Smirnov against the uniform distribution; 1.63 is their bound at 1 %.
    let distance = shares.enumerated().map { rank, share in
      max(abs(share - Double(rank) / Double(count)), abs(share - Double(rank + 1) / Double(count)))
    }.max()
    #expect(try #require(distance) < 1.63 / sqrt(Double(count)))
  }

  @Test func `the ceiling stops at a minute`() {
    var policy = RetryPolicy()
    policy.attempts = 100
    let waits = (1..<100).compactMap {
      policy.wait(after: $0, ambiguous: 0, failure: .transport(.notSent), draw: 1)
    }
    #expect(waits == (1..<100).map { min(60, 0.5 * pow(2, Double($0 - 1))) })
  }

  @Test func `six attempts and no more, whatever the failure`() {
    let failures: [RetryPolicy.Failure] = [
      .refused(headers: []), .refused(headers: [(name: "retry-after", value: "1")]),
      .transport(.notSent),
    ]
    for failure in failures {
      let allowed = (1...20).filter {
        Self.policy.wait(after: $0, ambiguous: 0, failure: failure, draw: 0.5) != nil
      }
      #expect(allowed == [1, 2, 3, 4, 5])
    }
  }

  @Test func `a request that may have been billed is asked once more and no oftener`() {
    func wait(_ ambiguous: Int) -> Double? {
      Self.policy.wait(after: 2, ambiguous: ambiguous, failure: .transport(.ambiguous), draw: 1)
    }
    #expect(wait(1) == 1)
    #expect(wait(2) == nil)
    #expect(wait(3) == nil)
  }

  @Test(arguments: [TransportError.Fate.untrusted, .overLimit, .cancelled])
  func `what another attempt cannot mend is not attempted`(_ fate: TransportError.Fate) {
    #expect(
      Self.policy.wait(after: 1, ambiguous: 0, failure: .transport(fate), draw: 0.5) == nil)
  }

  @Test func `a server that says not to retry is obeyed`() {
    #expect(Self.refused([("x-should-retry", "false"), ("retry-after", "1")]) == nil)
    #expect(Self.refused([("x-should-retry", "true"), ("retry-after", "1")]) == 1)
  }

  static let date = "Mon, 23 Nov 2026 10:00:00 GMT"

  /// Headers as `name: value` lines, and the wait they ask for.
  static let asked: [(lines: [String], seconds: Double)] = [
    (["retry-after: 7"], 7),
    (["retry-after: 0"], 0),
    (["retry-after: 1.5"], 1.5),
    (["retry-after: 600"], 600),
    (["retry-after-ms: 1500", "retry-after: 9"], 1.5),
    (["retry-after-ms: soon", "retry-after: 9"], 9),
    (["retry-after-ms: -1", "retry-after: 9"], 9),
    (["retry-after: Mon, 23 Nov 2026 10:00:30 GMT", "date: \(date)"], 30),
    (["retry-after: Mon, 23 Nov 2026 09:00:00 GMT", "date: \(date)"], 0),
    (["retry-after: Tue, 24 Nov 2026 00:00:10 GMT", "date: \(date)"], 50_410),
  ]

  @Test(arguments: asked) func `what Retry-After asks for is waited`(
    _ lines: [String], _ seconds: Double
  ) {
    let headers = lines.map { line in
      (name: String(line.prefix { $0 != ":" }), value: String(line.drop { $0 != " " }.dropFirst()))
    }
    #expect(RetryPolicy.retryAfter(headers) == seconds)
    #expect(Self.refused(headers) == (seconds <= 600 ? seconds : nil))
  }

  @Test(arguments: [
    "", "soon", "-5", "nan", "inf", "-inf", "1e400", "7 seconds", "0x10 s",
    "Mon, 23 Nov 2026 10:00:30", "2026-11-23T10:00:30Z", "Mon, 23 Nov 2026 10:00:30 GMT",
  ])
  func `what cannot be read as a wait falls back to the jitter`(_ value: String) {
    // The last one is a date, and no Date header says what time it is there.
    #expect(Self.refused([("retry-after", value)]) == 0.125)
  }

  @Test(arguments: ["601", "1000000000000000000", "1e300"])
  func `a wait beyond ten minutes gives up rather than hangs`(_ value: String) {
    #expect(Self.refused([("retry-after", value)]) == nil)
  }

  @Test func `the wait is right on a machine whose clock is wrong by years`() {
    let headers = [
      (name: "retry-after", value: "Sun, 06 Nov 1994 08:50:07 GMT"),
      (name: "date", value: "Sun, 06 Nov 1994 08:49:37 GMT"),
    ]
    #expect(RetryPolicy.retryAfter(headers) == 30)
  }
}

@Suite struct `HTTP dates` {
  static let writer: DateFormatter = {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(identifier: "GMT")
    formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
    return formatter
  }()

  @Test func `dates of eight centuries read as the system writes them`() {
    var generator = ChaCha8Rand(seed: [UInt8](repeating: 3, count: 32))
    for _ in 0..<2_000 {
      let seconds = Int(generator.uniform(below: UInt64(800 * 365 * 86_400)))
      let text = Self.writer.string(from: Date(timeIntervalSince1970: Double(seconds)))
      #expect(HTTPDate.seconds(text) == seconds, "\(text)")
    }
  }

  @Test(arguments: [
    ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
    ("Tue, 29 Feb 2000 00:00:00 GMT", 951_782_400), ("Tue, 19 Jan 2038 03:14:08 GMT", 1 << 31),
    ("Mon, 01 Mar 2100 00:00:00 GMT", 4_107_542_400),
  ])
  func `known instants read as published`(_ text: String, _ seconds: Int) {
    #expect(HTTPDate.seconds(text) == seconds)
  }

  @Test(arguments: [
    "", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 PST",
    "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 32 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nox 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
    "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 06 Nov 99999999999999999999 08:49:37 GMT",
    "Sun, 06 Nov 1994 08:49:99999999999999999999 GMT",
  ])
  func `anything else is no date`(_ text: String) {
    #expect(HTTPDate.seconds(text) == nil)
  }
}
