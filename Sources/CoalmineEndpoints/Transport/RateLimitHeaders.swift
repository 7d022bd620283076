// SPDX-License-Identifier: Apache-2.0

/// How long an endpoint asks to wait, in the headers that providers use.
///
/// ```
/// retry-after-ms: 1500                                             also with other replies
/// retry-after: 7                                                   or an HTTP date
/// x-ratelimit-remaining-requests: 0                                OpenAI and those like it
/// x-ratelimit-reset-requests: 6m0s
/// anthropic-ratelimit-tokens-remaining: 0                          Anthropic
/// anthropic-ratelimit-tokens-reset: 2026-11-26T13:00:30Z
/// ```
///
/// Source: OpenAI, "Rate limits"; Anthropic, "Rate limits"; RFC 9110, section 10.2.3.
package enum RateLimitHeaders {
  package typealias Headers = [(name: String, value: String)]

  /// Seconds to wait before the next request; `nil` where the headers ask for nothing.
  ///
  /// `retry-after` counts alone where it is given. Otherwise the longest reset counts of all limits
  /// that have nothing left.
  package static func wait(_ headers: Headers) -> Double? {
    retryAfter(headers) ?? reset(headers)
  }

  /// Seconds of `retry-after-ms` or `retry-after`; `nil` where neither can be read.
  package static func retryAfter(_ headers: Headers) -> Double? {
    if let text = value("retry-after-ms", headers), let value = Double(text), value.isFinite,
      value >= 0
    {
      return value / 1_000
    }
    guard let text = value("retry-after", headers) else { return nil }
    if let value = Double(text) { return value.isFinite && value >= 0 ? value : nil }
    // Relative to the server's own clock: ours may be wrong.
    guard let then = HTTPDate.seconds(text), let now = date(headers) else { return nil }
    return Double(max(0, then - now))
  }

  /// Seconds until the last of the limits with nothing left is reset.
  private static func reset(_ headers: Headers) -> Double? {
    var longest: Double?
    for (name, left) in headers where Double(left) == 0 {
      let wait: Double?
      if name.hasPrefix("x-ratelimit-remaining-") {
        let limit = name.dropFirst("x-ratelimit-remaining-".count)
        wait = value("x-ratelimit-reset-\(limit)", headers).flatMap(duration)
      } else if name.hasPrefix("anthropic-ratelimit-"), name.hasSuffix("-remaining") {
        let limit = name.dropLast("remaining".count)
        guard let then = value("\(limit)reset", headers).flatMap(HTTPDate.internet),
          let now = date(headers)
        else { continue }
        wait = Double(max(0, then - now))
      } else {
        continue
      }
      if let wait { longest = max(longest ?? 0, wait) }
    }
    return longest
  }

  /// Seconds of a duration such as `1s`, `6m0s`, `1h2m3.5s` or `88ms`, or of a plain number.
  package static func duration(_ text: String) -> Double? {
    let units = ["d": 86_400.0, "h": 3_600, "m": 60, "s": 1, "ms": 0.001, "us": 1e-6, "µs": 1e-6]
    var rest = Substring(text)
    guard !rest.isEmpty else { return nil }
    var sum = 0.0
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
      rest = rest.dropFirst(digits.count)
      let unit = rest.prefix { $0.isLetter }
      rest = rest.dropFirst(unit.count)
      guard let value = Double(digits), value.isFinite else { return nil }
      if unit.isEmpty {
        guard sum == 0, rest.isEmpty else { return nil }
        return value
      }
      guard let scale = units[String(unit)] else { return nil }
      sum += value * scale
    }
    return sum
  }

  private static func value(_ name: String, _ headers: Headers) -> String? {
    headers.first { $0.name == name }?.value
  }

  private static func date(_ headers: Headers) -> Int? {
    value("date", headers).flatMap(HTTPDate.seconds)
  }
}
