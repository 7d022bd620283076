// SPDX-License-Identifier: Apache-2.0

/// When a failed request is asked again: the one place that decides it.
///
/// Full jitter below 0.5 s · 2^(attempt − 1), at most 60 s, six attempts in all. What the endpoint
/// asks for in `retry-after-ms` or `retry-after` wins over the jitter, up to ten minutes; a plain
/// `x-should-retry: false` is obeyed. A request that may have been billed is asked once more and no
/// oftener.
///
/// What holds for the whole endpoint and not for one question stands here, too: pauses, the circuit
/// breaker, and how many requests are under way at once.
public struct RetryPolicy: Sendable {
  /// How often one question is asked in all. "Too many requests" (429) does not count once the
  /// endpoint has given an answer.
  public var attempts = 6
  /// The ceiling of the first wait, in seconds; it doubles with each attempt.
  public var baseSeconds = 0.5
  /// The highest ceiling of a wait, in seconds.
  public var capSeconds = 60.0
  /// The longest wait that an endpoint may ask for, in seconds. More ends the run.
  public var longestPauseSeconds = 600.0
  /// How often a question is asked that is answered with status 200 and an unknown error inside.
  public var errorReplies = 2
  /// After so many failures in a row without an answer between them, no new request leaves.
  public var failuresInRow = 5
  /// The pauses before each single trial request after that, in seconds. When the last trial fails,
  /// the run ends.
  public var trialPauses = [2.0, 10.0, 30.0]
  /// How long an endpoint may answer nothing but "too many requests", in seconds of waiting.
  public var longestThrottleSeconds = 1_800.0
  /// What is left of the number of requests under way after "too many requests" or a timeout.
  public var cut = 0.5
  /// After so many answers in a row, one more request may be under way.
  public var successesPerStep = 8
  /// After so many single texts in a row that the endpoint refused, with no text accepted between
  /// them, the run ends. Content filters do not count.
  public var refusedTextsInRow = 8
  /// After so many single texts in a row that a content filter held back, with no answer between them,
  /// the run ends.
  public var filteredTextsInRow = 64
  /// How long requests under way may take when a run ends, in seconds.
  public var drainSeconds = 30.0
  /// The pauses between two looks at a batch job, in seconds; they double while nothing moves.
  public var jobPauses = 5.0...60.0
  /// How often the provider's list is looked through for a job whose name was lost.
  public var jobLooks = 5
  /// In how many batch jobs a question is asked in all.
  public var jobAttempts = 2

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
    let ceiling = ceiling(after: attempts)
    switch failure {
    case .refused(let headers):
      if headers.contains(where: { $0.name == "x-should-retry" && $0.value == "false" }) {
        return nil
      }
      guard let asked = RateLimitHeaders.wait(headers) else { return draw * ceiling }
      return asked <= longestPauseSeconds ? max(asked, 0) : nil
    case .transport(.notSent): return draw * ceiling
    case .transport(.ambiguous): return ambiguous <= 1 ? draw * ceiling : nil
    case .transport(.untrusted), .transport(.overLimit), .transport(.cancelled): return nil
    }
  }

  /// The longest wait after so many attempts of which none was answered, in seconds.
  public func ceiling(after attempts: Int) -> Double {
    min(capSeconds, baseSeconds * Double(1 << min(max(attempts, 1) - 1, 20)))
  }

  /// Seconds that the endpoint asks to wait; `nil` where it says nothing that can be read.
  package static func retryAfter(_ headers: [(name: String, value: String)]) -> Double? {
    RateLimitHeaders.retryAfter(headers)
  }
}
