// SPDX-License-Identifier: Apache-2.0

import CoalmineEndpoints

/// How many requests may leave now: one state for the whole endpoint.
///
/// It is pure: the time comes with every call, in seconds of any clock that never goes back.
///
/// ```
/// answers    ....x x x x x                                 ......
/// pauses                  |--2 s--|x|----10 s----|x|--- 30 s ---|
/// breaker                 open, one trial request at a time     closed
/// ```
///
/// A pause that the endpoint asks for holds all requests. After "too many requests" fewer are under
/// way, and they leave with a distance between them that keeps to the rate that was answered; both
/// relax with answers. The distance never exceeds the shortest time per answer that was seen, pauses
/// included: where requests are refused however slowly they leave, it does not grow with every refusal.
/// Where the first request after a pause is refused, the next pause is longer than the endpoint asks for.
package struct Pacing: Sendable {
  /// Whether the run can go on.
  package enum Verdict: Sendable, Equatable {
    case goOn
    /// The endpoint is down, or answers nothing but "too many requests".
    case giveUp
  }

  let policy: RetryPolicy
  /// The most requests under way.
  let most: Int
  /// The requests that may be under way now, at least 1.
  package private(set) var concurrency: Int
  /// Failures since the last answer.
  package private(set) var failures = 0
  /// Whether no request leaves but a trial.
  package private(set) var isOpen = false
  private var trialsFailed = 0
  private var isTrying = false
  /// No request leaves before.
  private var pausedUntil = -Double.infinity
  /// The distance between departures, in seconds.
  package private(set) var interval = 0.0
  private var nextDeparture = -Double.infinity
  private var answersInRow = 0
  /// Answers since the last refusal that followed answers, and when that was: the rate that the endpoint
  /// lets through. A request that left before is no part of it.
  private var answersSincePause = 0
  private var windowBegan = -Double.infinity
  /// When a refusal last counted.
  private var refusedAt = -Double.infinity
  /// How often in a row the first request after a pause was refused.
  package private(set) var throttles = 0
  /// The shortest time per answer between two refusals that answers came between, in seconds.
  private var fastest = Double.infinity
  private var throttledSeconds = 0.0

  package init(_ policy: RetryPolicy, concurrency: Int) {
    self.policy = policy
    most = max(1, concurrency)
    self.concurrency = max(1, concurrency)
  }

  /// How many requests may leave at `now`, where `active` are under way.
  package func room(active: Int, at now: Double) -> Int {
    guard wait(at: now) == 0 else { return 0 }
    if isOpen { return active == 0 ? 1 : 0 }
    return min(interval > 0 ? 1 : most, max(0, concurrency - active))
  }

  /// Seconds until a request may leave, as far as time alone decides it.
  package func wait(at now: Double) -> Double {
    max(0, max(pausedUntil, nextDeparture) - now)
  }

  /// Requests leave.
  package mutating func left(_ count: Int, at now: Double) {
    guard count > 0 else { return }
    if isOpen { isTrying = true }
    if interval > 0 { nextDeparture = now + interval }
  }

  /// The endpoint answered, with an answer or with a refusal that is about the request.
  ///
  /// - Parameters:
  ///   - leftAt: when the request left; `nil` for just before.
  ///   - asked: the seconds that it asks to wait although it answered.
  package mutating func answered(at now: Double, leftAt: Double? = nil, asked: Double? = nil) {
    if isOpen { concurrency = 1 }
    (failures, isOpen, trialsFailed, isTrying) = (0, false, 0, false)
    (throttles, throttledSeconds) = (0, 0)
    if leftAt ?? now >= windowBegan { answersSincePause += 1 }
    answersInRow += 1
    if answersInRow % policy.successesPerStep == 0 {
      concurrency = min(most, concurrency + 1)
      interval = interval < 0.005 ? 0 : interval * Self.relaxation
    }
    if let asked, asked > 0, asked <= policy.longestPauseSeconds { pause(asked, at: now) }
  }

  /// What is left of the distance between departures after each step of answers.
  private static let relaxation = 0.95

  /// The endpoint said "too many requests".
  ///
  /// - Parameters:
  ///   - asked: the seconds that it asks to wait; `nil` where it names none.
  ///   - leftAt: when the request left; `nil` for just before.
  ///   - draw: in 0…1, from the caller's generator.
  package mutating func throttled(
    asked: Double?, at now: Double, leftAt: Double? = nil, draw: Double
  ) -> Verdict {
    // Requests of one burst are refused together: they count once.
    if now < pausedUntil || leftAt ?? now < refusedAt {
      if let asked { pause(asked, at: now) }
      return .goOn
    }
    let ceiling = min(policy.capSeconds, policy.baseSeconds * Double(1 << min(throttles, 20)))
    let own = ceiling * (0.5 + draw / 2)
    let seconds = asked.map { throttles == 0 ? max($0, 0) : max($0, own) } ?? own
    throttles += 1
    throttledSeconds += seconds
    refusedAt = now
    slow()
    if answersSincePause > 0 {
      if windowBegan.isFinite {
        fastest = min(fastest, (now - windowBegan) / Double(answersSincePause))
        interval = min(policy.capSeconds, fastest)
      } else {
        interval = min(policy.capSeconds, seconds / Double(answersSincePause))
      }
      answersSincePause = 0
      windowBegan = now
    } else if !windowBegan.isFinite {
      windowBegan = now
    }
    pause(seconds, at: now)
    return throttledSeconds > policy.longestThrottleSeconds ? .giveUp : .goOn
  }

  /// A request failed: the transport, or the server by its own word (5xx).
  package mutating func failed(at now: Double) -> Verdict {
    answersInRow = 0
    failures += 1
    if isOpen {
      // What left before the breaker opened is no trial.
      guard isTrying else { return .goOn }
      isTrying = false
      trialsFailed += 1
      guard trialsFailed < policy.trialPauses.count else { return .giveUp }
      pause(policy.trialPauses[trialsFailed], at: now)
    } else if failures >= policy.failuresInRow {
      guard let first = policy.trialPauses.first else { return .giveUp }
      isOpen = true
      pause(first, at: now)
    }
    return .goOn
  }

  /// A request took too long: fewer may be under way.
  package mutating func slow() {
    answersInRow = 0
    concurrency = max(1, Int(Double(concurrency) * policy.cut))
  }

  /// Holds all requests.
  package mutating func pause(_ seconds: Double, at now: Double) {
    pausedUntil = max(pausedUntil, now + seconds)
  }

  /// Seconds of the system's clock that never goes back.
  package static let monotonic: @Sendable () -> Double = {
    let elapsed = origin.duration(to: .now).components
    return Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
  }

  private static let origin = ContinuousClock.now
}
