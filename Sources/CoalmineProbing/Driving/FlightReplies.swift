// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger

/// What replies and failures mean for the questions that are left.
extension Flight {
  /// Reads a reply that is stored already.
  func read(_ reply: Reply, of request: BatchRequest, _ exchange: Int64, _ group: inout Group)
    throws
  {
    let verdict = Verdict(of: reply, request, driver.dialect, driver.endpoint, trusted: trusted)
    let leftAt = states[request.key]?.leftAt
    driver.tell(tally.note(served: verdict.served))
    if let one = Suspects.One(verdict, request, exchange) {
      return try suspect(one, asked: RateLimitHeaders.wait(reply.headers))
    }
    try driver.take(verdict, request, exchange, procedure, &pending)
    switch verdict {
    case .outcomes(let outcomes, _):
      let asked = RateLimitHeaders.wait(reply.headers)
      if pacing.wait(at: time) == 0 { tellPause(asked) }
      pacing.answered(at: time, leftAt: leftAt, asked: asked)
      driver.tell(
        tally.note(heldBack: outcomes.count(where: \.isFiltered), by: driver.endpoint.url))
      guard !request.answersNo(outcomes) else { return try settleNo(request, outcomes, exchange) }
      size(of: request) { $0.answered(request.count) }
      try settleSuspects(isAnswered: true)
      trusted = true
      count(request)
    case .refused(let error, _):
      pacing.answered(at: time, leftAt: leftAt)
      guard let halves = request.halves else {
        size(of: request) { $0.foundText() }
        return count(request)
      }
      if error.isFilter { driver.tell(tally.note(dividedBy: driver.endpoint.url)) }
      size(of: request) { $0.refused(request.count) }
      if ending == nil { divide(halves) }
    case .retry(let reason): again(request, reason, reply.pacingHeaders, &group)
    // Behind answers it is no wrong URL, but a gateway's page or a torn reply: that passes.
    case .stop(let error) where error.code == "not-json" && trusted:
      again(request, Reason("not-json", error.message), reply.pacingHeaders, &group)
    case .stop(let error): end(error)
    }
  }

  private func size(of request: BatchRequest, _ change: (inout RequestSize) -> Void) {
    change(&tally.sizes[request.unit, default: RequestSize()])
  }

  private func count(_ request: BatchRequest) {
    tally.answered += 1
    requests[request.key] = nil
    driver.progress(tally.answered, expected)
  }

  /// Keeps back what a reply without an answer says; the run goes on.
  ///
  /// - Parameter asked: the seconds that it asks to wait.
  private func suspect(_ one: Suspects.One, asked: Double?) throws {
    let leftAt = states[one.request.key]?.leftAt
    suspects.add(one)
    count(one.request)
    if pacing.wait(at: time) == 0 { tellPause(asked) }
    guard one.kind != .empty else {
      if let asked, asked <= driver.policy.longestPauseSeconds { pacing.pause(asked, at: time) }
      // A reply without any text is a failure of the endpoint, as one that cannot be read is; empty again,
      // that is how this question is answered.
      if let reason = one.outcomes.first?.reason, !uselessBefore.contains(one.request.key) {
        noteFailure(reason)
        endIfDown(after: reason.evidence, isReply: true)
      }
      return
    }
    driver.tell(tally.note(heldBack: one.heldBack, by: driver.endpoint.url))
    pacing.answered(at: time, leftAt: leftAt, asked: asked)
    if one.error != nil { size(of: one.request) { $0.foundText() } }
    guard let error = suspects.end(driver.policy, at: driver.endpoint) else { return }
    end(error)
    // At once: whoever ends the program while it waits for the others must not lose them.
    try settleSuspects()
    _ = try driver.journal.commit(pending, at: driver.now())
    pending = LedgerBatch()
  }

  /// The endpoint says that it cannot do what is asked, before it gave any answer: what is left of
  /// the same batch need not be asked.
  private func settleNo(
    _ request: BatchRequest, _ outcomes: [Outcome<Answer>], _ exchange: Int64
  ) throws {
    count(request)
    guard !trusted, let outcome = outcomes.first else { return }
    for other in drop(partsOf: request.key.whole) {
      for place in other.places {
        _ = try procedure.take(outcome, at: place, exchange: exchange)
      }
    }
  }

  /// Reads what was kept back, or leaves it to the same command where the run ends before its questions do.
  ///
  /// - Parameters:
  ///   - isAnswered: whether an answer stands behind them.
  ///   - isCancelled: whether whoever asked wants no more.
  func settleSuspects(isAnswered: Bool = false, isCancelled: Bool = false) throws {
    let isRead = isAnswered || ending == nil && !isCancelled && !driver.stopping()
    if !isRead { tally.answered -= suspects.count }
    try suspects.settle(isRead: isRead, driver, procedure, &pending)
  }

  /// The endpoint says "later", or its reply is of no use.
  private func again(
    _ request: BatchRequest, _ reason: Reason, _ headers: RateLimitHeaders.Headers,
    _ group: inout Group
  ) {
    noteFailure(reason, headers)
    let asked = RateLimitHeaders.wait(headers)
    if let asked, asked > driver.policy.longestPauseSeconds {
      return end(.waitTooLong(asked, driver.endpoint, reason))
    }
    let isRefusedForGood = headers.contains {
      $0.name == "x-should-retry" && $0.value == "false"
    }
    if reason.slug == "http-429" {
      let wasPaused = pacing.wait(at: time) > 0
      let verdict = pacing.throttled(
        asked: asked, at: time, leftAt: states[request.key]?.leftAt, draw: jitter.unitInterval())
      if !wasPaused { tellThrottling(asked) }
      driver.progress(tally.answered, expected)
      if verdict == .giveUp { return end(.busy(driver.endpoint, driver.policy, reason)) }
      // What the endpoint did not look at is no attempt of the question.
      if trusted, !isRefusedForGood {
        states[request.key]?.tries -= 1
        ready.append(request)
        return
      }
    } else if let asked {
      if pacing.wait(at: time) == 0 { tellPause(asked) }
      pacing.pause(asked, at: time)
    }
    if reason.slug != "http-429", isUseless(request, reason), failed(reason.evidence) == .giveUp {
      return end(
        .down(
          driver.endpoint, driver.policy, tally.lastFailure, isReply: true, triedAgain: true))
    }
    driver.progress(tally.answered, expected)
    let tries = states[request.key]?.tries ?? 1
    let isSpent =
      reason.slug == "error-in-reply" && tries >= driver.policy.errorReplies
    let wait = driver.policy.wait(
      after: tries, ambiguous: states[request.key]?.ambiguous ?? 0,
      failure: .refused(headers: headers), draw: jitter.unitInterval())
    guard let wait, !isSpent else { return giveUp() }
    putOff(request, asked == nil ? wait : 0, &group)
  }

  /// Whether a reply of no use counts as a failure of the endpoint. The server's own word (5xx) does;
  /// another one does if its question is not one of those that failed since the last answer: a single
  /// text can be the reason.
  private func isUseless(_ request: BatchRequest, _ reason: Reason) -> Bool {
    if pacing.failures == 0 { useless = [] }
    return useless.insert(request.key).inserted || pacing.isOpen
      || reason.slug.hasPrefix("http-5")
  }

  /// A request without a whole reply.
  func fail(_ request: BatchRequest, _ error: TransportError, _ group: inout Group) {
    tally.lastFailure = (error.message, FailureAdvice.after(error))
    needsFreshConnection = true
    guard ending == nil else { return }
    if error.fate == .ambiguous { states[request.key]?.ambiguous += 1 }
    let state = states[request.key] ?? Attempts()
    let halves =
      error.isTimeout || error.fate == .overLimit && trusted ? request.halves : nil
    if halves == nil,
      let fatal = CoalmineError(
        fatal: error, at: driver.endpoint, trusted: trusted, attempts: state.tries)
    {
      return end(fatal)
    }
    // A reply that was too large says nothing of the endpoint's health.
    if error.fate == .overLimit {
      guard let halves else { return giveUp() }
      size(of: request) { $0.refused(request.count) }
      return divide(halves)
    }
    // Without one answer there is nothing to wait for.
    if endIfDown(after: error.message, isReply: false) { return }
    driver.progress(tally.answered, expected)
    if let halves {
      pacing.slow()
      size(of: request) { $0.tookTooLong(request.count) }
      return divide(halves)
    }
    let wait = driver.policy.wait(
      after: state.tries, ambiguous: state.ambiguous, failure: .transport(error.fate),
      draw: jitter.unitInterval())
    guard let wait else { return giveUp() }
    putOff(request, wait, &group)
  }

  private func noteFailure(_ reason: Reason, _ headers: RateLimitHeaders.Headers = []) {
    tally.lastFailure = (
      reason.evidence,
      FailureAdvice.after(
        reason, headers: headers, policy: driver.policy, dialect: driver.dialect.name,
        trusted: trusted)
    )
  }

  /// Takes a failure of the endpoint into account, and ends the run where it is down: where the last trial
  /// failed, and without one answer where the first would be due.
  ///
  /// - Returns: whether it ended.
  @discardableResult private func endIfDown(after words: String, isReply: Bool) -> Bool {
    let verdict = failed(words)
    guard verdict == .giveUp || pacing.isOpen && !trusted else { return false }
    end(
      .down(
        driver.endpoint, driver.policy, tally.lastFailure, isReply: isReply,
        triedAgain: verdict == .giveUp))
    return true
  }

  /// Takes a failure of the endpoint into account. That nothing but trials leaves from now on is
  /// told: a log would be silent until the last of them.
  private func failed(_ words: String) -> Pacing.Verdict {
    let wasOpen = pacing.isOpen
    let verdict = pacing.failed(at: time)
    if verdict == .goOn, pacing.isOpen, !wasOpen, trusted {
      let pauses = driver.policy.trialPauses.map { Prose.decimal($0, 0) }.joined(separator: ", ")
      driver.note(
        "\(driver.endpoint.url) gives no answer (\(terminalSafe(words))); one request tries it "
          + "again after pauses of \(pauses) seconds")
    }
    return verdict
  }

  /// Tells a pause that a person would wonder about.
  private func tellPause(_ asked: Double?) {
    guard let asked, asked >= 10, asked <= driver.policy.longestPauseSeconds else { return }
    driver.note(
      "\(driver.endpoint.url) asks to wait \(Prose.decimal(asked, 0, .up)) seconds; nothing is sent "
        + "until then")
  }

  /// Tells "too many requests" once, a long pause always, and an endpoint that says nothing else.
  private func tellThrottling(_ asked: Double?) {
    let isLong = asked.map { $0 >= 10 } == true
    if isLong {
      tellPause(asked)
    } else if !tally.told.contains(.throttling) {
      driver.note(
        "\(driver.endpoint.url) says 'too many requests'; requests leave more slowly from now on")
    }
    tally.told.insert(.throttling)
    // A first question has its attempts, and no more.
    guard pacing.throttles == 5, trusted else { return }
    driver.note(
      "\(driver.endpoint.url) says nothing but 'too many requests'; it is asked again after longer and "
        + "longer pauses, for \(CoalmineError.duration(driver.policy.longestThrottleSeconds)) of waiting "
        + "in all")
  }

  /// Asks a request again after a wait of its own, or with all others after the pause that holds them.
  private func putOff(_ request: BatchRequest, _ seconds: Double, _ group: inout Group) {
    if pacing.wait(at: time) > 0 || seconds == 0 {
      ready.append(request)
    } else {
      rest(request, seconds, &group)
    }
  }

  /// A request that was asked as often as it may be stays without an answer; the last failure is
  /// its own.
  private func giveUp() {
    tally.given += 1
    // An endpoint that never gave one good answer is not asked the next question.
    guard !trusted, !driver.stopping(), let (words, advice) = tally.lastFailure else { return }
    end(.unusable(driver.endpoint, words, advice))
  }
}
