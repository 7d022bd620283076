// SPDX-License-Identifier: Apache-2.0

import CoalmineEndpoints
import CoalmineProbing
import Testing

/// When requests may leave, by a clock that the test sets.
@Suite struct `Pacing of requests` {
  static let policy = RetryPolicy()

  @Test func `five failures in a row open the breaker and three failed trials end the run`() {
    var pacing = Pacing(Self.policy, concurrency: 4)
    var now = 0.0
    for _ in 0..<5 {
      #expect(!pacing.isOpen && pacing.room(active: 0, at: now) == 4)
      #expect(pacing.failed(at: now) == .goOn)
    }
    var pauses: [Double] = []
    for trial in 1...3 {
      #expect(pacing.isOpen && pacing.room(active: 0, at: now) == 0)
      pauses.append(pacing.wait(at: now))
      now += pacing.wait(at: now)
      #expect(pacing.room(active: 0, at: now) == 1 && pacing.room(active: 1, at: now) == 0)
      pacing.left(1, at: now)
      #expect(pacing.failed(at: now) == (trial == 3 ? .giveUp : .goOn))
    }
    #expect(pauses == Self.policy.trialPauses && pauses == pauses.sorted())
  }

  @Test func `requests that left before the breaker opened are no trials`() {
    var pacing = Pacing(Self.policy, concurrency: 32)
    for _ in 0..<32 { #expect(pacing.failed(at: 0) == .goOn) }
    #expect(pacing.isOpen && pacing.wait(at: 0) == Self.policy.trialPauses[0])
  }

  @Test func `an answer closes the breaker and one request at a time begins`() {
    var pacing = Pacing(Self.policy, concurrency: 4)
    for _ in 0..<5 { _ = pacing.failed(at: 0) }
    pacing.left(1, at: 2)
    pacing.answered(at: 2)
    #expect(!pacing.isOpen && pacing.failures == 0 && pacing.concurrency == 1)
    for _ in 0..<4 { #expect(pacing.failed(at: 3) == .goOn && !pacing.isOpen) }
  }

  @Test func `failures with answers between them open nothing`() {
    var pacing = Pacing(Self.policy, concurrency: 4)
    for turn in 0..<100 {
      if turn % 5 == 4 { pacing.answered(at: 0) } else { _ = pacing.failed(at: 0) }
      #expect(!pacing.isOpen)
    }
  }

  @Test func `a wait that the endpoint asks for holds all requests`() {
    var pacing = Pacing(Self.policy, concurrency: 4)
    #expect(pacing.throttled(asked: 7, at: 10, draw: 0.5) == .goOn)
    #expect(pacing.room(active: 0, at: 16.9) == 0 && pacing.wait(at: 16) == 1)
    #expect(pacing.room(active: 0, at: 17) > 0)
    pacing.answered(at: 20, asked: 5)
    #expect(pacing.wait(at: 20) == 5)
  }

  @Test func `concurrency is halved once per pause and grows by one per eight answers`() {
    var pacing = Pacing(Self.policy, concurrency: 8)
    for _ in 0..<4 { _ = pacing.throttled(asked: 1, at: 0, draw: 0.5) }
    #expect(pacing.concurrency == 4)
    _ = pacing.throttled(asked: 1, at: 2, draw: 0.5)
    _ = pacing.throttled(asked: 1, at: 4, draw: 0.5)
    _ = pacing.throttled(asked: 1, at: 6, draw: 0.5)
    #expect(pacing.concurrency == 1)
    for _ in 0..<8 { pacing.answered(at: 8) }
    #expect(pacing.concurrency == 2)
    for _ in 0..<800 { pacing.answered(at: 8) }
    #expect(pacing.concurrency == 8 && pacing.room(active: 0, at: 9) == 8)
  }

  @Test func `requests keep to the rate that was answered`() {
    var pacing = Pacing(Self.policy, concurrency: 4)
    for _ in 0..<5 { pacing.answered(at: 0.1) }
    _ = pacing.throttled(asked: 1, at: 0.1, draw: 0.5)
    #expect(pacing.interval == 0.2)
    #expect(pacing.room(active: 0, at: 1.1) == 1)
    pacing.left(1, at: 1.1)
    #expect(pacing.room(active: 0, at: 1.2) == 0 && abs(pacing.wait(at: 1.2) - 0.1) < 1e-9)
  }

  @Test func `refusals that no distance mends cost the pauses and no more`() {
    var pacing = Pacing(Self.policy, concurrency: 4)
    var now = 0.0
    for _ in 0..<30 { pacing.answered(at: now) }
    // Every third request is refused, however slowly they leave.
    for request in 1...300 {
      now += pacing.wait(at: now)
      pacing.left(1, at: now)
      if request.isMultiple(of: 3) {
        #expect(pacing.throttled(asked: 1, at: now, draw: 0.5) == .goOn)
      } else {
        pacing.answered(at: now)
      }
    }
    // A hundred pauses of a second, and as much for the distance.
    #expect(now < 250, "\(now)")
  }

  @Test func `an endpoint that asks for a second and refuses again is asked ever later`() {
    var pacing = Pacing(Self.policy, concurrency: 4)
    for _ in 0..<30 { pacing.answered(at: 0) }
    var now = 0.0
    var refusals = 0
    while pacing.throttled(asked: 1, at: now, draw: 0.5) == .goOn {
      refusals += 1
      now += pacing.wait(at: now)
    }
    #expect(refusals < 60 && (1_700..<2_000).contains(now), "\(refusals) in \(now)")
    // What the pauses were says nothing of the rate that is answered afterwards.
    #expect(pacing.interval <= 1)
  }

  @Test(arguments: [0.2, 0.5, 1, 5, 20])
  func `a limit per second is found`(_ rate: Double) {
    var pacing = Pacing(Self.policy, concurrency: 4)
    var (now, tokens, filled) = (0.0, 5.0, 0.0)
    var (answers, refusals) = (0, 0)
    while answers < 200 {
      now += max(pacing.wait(at: now), 0.01)
      guard pacing.room(active: 0, at: now) > 0 else { continue }
      pacing.left(1, at: now)
      tokens = min(5, tokens + rate * (now - filled))
      filled = now
      if tokens >= 1 {
        tokens -= 1
        answers += 1
        pacing.answered(at: now)
      } else {
        refusals += 1
        #expect(pacing.throttled(asked: 1, at: now, draw: 0.5) == .goOn)
      }
    }
    #expect(refusals <= 20, "\(refusals)")
    #expect(now <= 200 / rate + 20, "\(now)")
  }

  /// Limits, requests under way at most, what a refusal asks for.
  static let limits: [(rate: Double, concurrency: Int, asked: Double?)] = [
    (0.5, 4, nil), (0.5, 4, 1), (1, 16, 1), (1, 16, 0), (2, 4, 1), (5, 32, nil), (20, 8, 0),
  ]

  @Test(arguments: limits.indices)
  func `requests that left before a refusal say nothing of the rate after it`(_ place: Int) {
    let (rate, concurrency, asked) = Self.limits[place]
    var pacing = Pacing(Self.policy, concurrency: concurrency)
    // A bucket of five; an answer takes longer than a refusal.
    var (now, tokens, filled) = (0.0, 5.0, 0.0)
    var (answers, refusals) = (0, 0)
    var flying: [(arrives: Double, left: Double, isAnswer: Bool)] = []
    while answers < 500 {
      while pacing.room(active: flying.count, at: now) > 0 {
        pacing.left(1, at: now)
        tokens = min(5, tokens + rate * (now - filled))
        filled = now
        let isAnswer = tokens >= 1
        if isAnswer { tokens -= 1 }
        flying.append((now + (isAnswer ? 0.2 : 0.02), now, isAnswer))
      }
      flying.sort { $0.arrives < $1.arrives }
      let wait = pacing.wait(at: now)
      // A moment later, so that a wait is over when it ends.
      if wait > 0, now + wait < flying.first?.arrives ?? .infinity {
        now += wait + 1e-9
        continue
      }
      let reply = flying.removeFirst()
      now = max(now, reply.arrives)
      if reply.isAnswer {
        answers += 1
        pacing.answered(at: now, leftAt: reply.left)
      } else {
        refusals += 1
        #expect(
          pacing.throttled(asked: asked, at: now, leftAt: reply.left, draw: 0.5) == .goOn)
      }
    }
    #expect(refusals <= 60, "\(refusals)")
    #expect(now <= 500 / rate * 1.7 + 30, "\(now)")
  }

  @Test func `nothing but refusals ends after half an hour of waiting`() {
    var pacing = Pacing(Self.policy, concurrency: 4)
    var now = 0.0
    var refusals = 0
    while pacing.throttled(asked: 60, at: now, draw: 0.5) == .goOn {
      refusals += 1
      now += pacing.wait(at: now)
    }
    #expect(refusals == 30)
  }

  @Test func `the prompts per request go down to what is accepted`() {
    var size = RequestSize()
    for prompts in [64, 32, 16, 8] { size.refused(prompts) }
    #expect(size.limit == 4)
    size.answered(4)
    // As many were accepted before: a text is the cause.
    size.refused(4)
    #expect(size.limit == 4)
    size.foundText()
    #expect(size.limit == .max)
    var asked = RequestSize(most: 3)
    asked.tookTooLong(3)
    asked.foundText()
    #expect(asked.limit == 3)
  }
}
