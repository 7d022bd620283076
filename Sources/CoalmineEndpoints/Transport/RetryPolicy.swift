// SPDX-License-Identifier: Apache-2.0

/// When a failed request is asked again: the one place that decides it.
///
/// Full jitter below 0.5 s · 2^(attempt − 1), at most 60 s, six attempts in all. What the endpoint
/// asks for in `retry-after-ms` or `retry-after` wins over the jitter, up to ten minutes; a plain
/// `x-should-retry: false` is obeyed. A request that may have been billed is asked once more and no
/// oftener.
public struct RetryPolicy: Sendable {
  public var attempts = 6
  public var baseSeconds = 0.5
  public var capSeconds = 60.0
  public var longestPauseSeconds = 600.0

  public init() {}

  /// Why a request has no answer.
  public enum Failure: Sendable {
    /// The endpoint said "later", with these headers.
    case refused(headers: [(name: String, value: String)])
    /// The transport failed.
    case transport(TransportError.Fate)
  }

  /// How long to wait before the next attempt; `nil` gives up.
  ///
  /// - Parameters:
  ///   - attempts: made so far, at least 1.
  ///   - ambiguous: of these, how many may have been billed.
  ///   - draw: in 0…1, from the caller's generator.
  public func wait(
    after attempts: Int, ambiguous: Int, failure: Failure, draw: Double
  ) -> Double? {
    guard attempts < self.attempts else { return nil }
    let ceiling = min(capSeconds, baseSeconds * Double(1 << min(attempts - 1, 20)))
    switch failure {
    case .refused(let headers):
      if headers.contains(where: { $0.name == "x-should-retry" && $0.value == "false" }) {
        return nil
      }
      guard let asked = Self.retryAfter(headers) else { return draw * ceiling }
      return asked <= longestPauseSeconds ? max(asked, 0) : nil
    case .transport(.notSent): return draw * ceiling
    case .transport(.ambiguous): return ambiguous <= 1 ? draw * ceiling : nil
    case .transport(.untrusted), .transport(.overLimit), .transport(.cancelled): return nil
    }
  }

  /// Seconds that the endpoint asks to wait; `nil` where it says nothing that can be read.
  package static func retryAfter(_ headers: [(name: String, value: String)]) -> Double? {
    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
    if let text = header("retry-after-ms"), let value = Double(text), value.isFinite, value >= 0 {
      return value / 1_000
    }
    guard let text = header("retry-after") else { return nil }
    if let value = Double(text) { return value.isFinite && value >= 0 ? value : nil }
    // Relative to the server's own clock: ours may be wrong.
    guard let then = HTTPDate.seconds(text), let now = header("date").flatMap(HTTPDate.seconds)
    else { return nil }
    return Double(max(0, then - now))
  }
}

/// The fixed form of HTTP dates, `Sun, 06 Nov 1994 08:49:37 GMT`.
package enum HTTPDate {
  /// Seconds since 1970; `nil` for any other form.
  package static func seconds(_ text: String) -> Int? {
    let parts = text.split(whereSeparator: { $0 == " " || $0 == ":" || $0 == "," }).map(String.init)
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    guard parts.count == 8, parts[7] == "GMT", let day = Int(parts[1]), (1...31).contains(day),
      let month = months.firstIndex(of: parts[2]), let year = Int(parts[3]),
      (1970...9999).contains(year), let hour = Int(parts[4]), (0...23).contains(hour),
      let minute = Int(parts[5]), (0...59).contains(minute), let second = Int(parts[6]),
      (0...60).contains(second)
    else { return nil }
    // Days since 1970 with years that begin in March, so that the leap day comes last.
    let shifted = month < 2 ? year - 1 : year
    let march = (month + 10) % 12
    let leaps = shifted / 4 - shifted / 100 + shifted / 400
    let days = shifted * 365 + leaps + (march * 306 + 5) / 10 + day - 1 - 719_468
    return ((days * 24 + hour) * 60 + minute) * 60 + second
  }
}
