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
    // Kept back until it is seen whether the texts or the endpoint are the reason.
    if case .refused(let error, let lone?) = verdict, request.halves == nil, !error.isFilter,
      !request.isOneLongText
    {
      refusals.append((request, exchange, lone))
      pacing.answered(at: time)
      return refuse(request, error)
    }
    try driver.take(verdict, request, exchange, procedure, &pending)
    switch verdict {
    case .outcomes(let outcomes, _):
      pacing.answered(at: time, asked: RateLimitHeaders.wait(reply.headers))
      guard !request.answersNo(outcomes) else { return try settleNo(request, outcomes, exchange) }
      size(of: request) { $0.answered(request.count) }
      try settleRefusals()
      trusted = true
      count(request)
    case .refused:
      pacing.answered(at: time)
      guard let halves = request.halves else { return refuse(request) }
      size(of: request) { $0.refused(request.count) }
      if ending == nil { divide(halves) }
    case .retry(let reason): again(request, reason, reply.pacingHeaders, &group)
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

  /// One text that the endpoint does not take has no answer; the run goes on without it.
  private func refuse(_ request: BatchRequest, _ error: CoalmineError? = nil) {
    count(request)
    size(of: request) { $0.foundText() }
    if let error, refusals.count >= driver.policy.refusedTextsInRow { end(error) }
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

  /// Stores that single texts were refused; where nothing else was answered since the first of
  /// many, the endpoint is the reason, and the same command asks them again.
  func settleRefusals() throws {
    let isEndpoint = refusals.count >= driver.policy.refusedTextsInRow
    if isEndpoint { tally.answered -= refusals.count }
    for (request, exchange, lone) in refusals {
      if isEndpoint {
        pending.read.append((exchange, .useless, nil))
      } else {
        try driver.take(.outcomes(lone, served: nil), request, exchange, procedure, &pending)
      }
    }
    refusals = []
  }

  /// The endpoint says "later", or its reply is of no use.
  private func again(
    _ request: BatchRequest, _ reason: Reason, _ headers: RateLimitHeaders.Headers,
    _ group: inout Group
  ) {
    tally.lastFailure = (
      reason.evidence,
      FailureAdvice.after(
        reason, headers: headers, policy: driver.policy, dialect: driver.dialect.name)
    )
    let asked = RateLimitHeaders.wait(headers)
    if let asked, asked > driver.policy.longestPauseSeconds {
      return end(.waitTooLong(asked, driver.endpoint, reason))
    }
    let isRefusedForGood = headers.contains {
      $0.name == "x-should-retry" && $0.value == "false"
    }
    if reason.slug == "http-429", !isRefusedForGood {
      let wasPaused = pacing.wait(at: time) > 0
      let verdict = pacing.throttled(asked: asked, at: time, draw: jitter.unitInterval())
      if !wasPaused { tellPause(asked) }
      if verdict == .giveUp { return end(.busy(driver.endpoint, driver.policy, reason)) }
      // What the endpoint did not look at is no attempt of the question.
      if trusted {
        states[request.key]?.tries -= 1
        ready.append(request)
        return
      }
    } else if let asked {
      if pacing.wait(at: time) == 0 { tellPause(asked) }
      pacing.pause(asked, at: time)
    }
    if reason.slug.hasPrefix("http-5"), failed(reason.evidence) == .giveUp {
      return end(.down(driver.endpoint, driver.policy, reason.evidence))
    }
    let tries = states[request.key]?.tries ?? 1
    let isSpent =
      reason.slug == "error-in-reply" && tries >= driver.policy.errorReplies
    let wait = driver.policy.wait(
      after: tries, ambiguous: states[request.key]?.ambiguous ?? 0,
      failure: .refused(headers: headers), draw: jitter.unitInterval())
    guard let wait, !isSpent else { return giveUp() }
    putOff(request, asked == nil ? wait : 0, &group)
  }

  /// A request without a whole reply.
  func fail(_ request: BatchRequest, _ error: TransportError, _ group: inout Group) {
    tally.lastFailure = (error.message, FailureAdvice.after(error))
    needsFreshConnection = true
    guard ending == nil else { return }
    if error.fate == .ambiguous { states[request.key]?.ambiguous += 1 }
    let state = states[request.key] ?? Attempts()
    let halves = error.isTimeout ? request.halves : nil
    if halves == nil,
      let fatal = CoalmineError(
        fatal: error, at: driver.endpoint, trusted: trusted, attempts: state.tries)
    {
      return end(fatal)
    }
    // Without one answer there is nothing to wait for.
    let verdict = failed(error.message)
    if verdict == .giveUp || pacing.isOpen && !trusted {
      return end(.down(driver.endpoint, driver.policy, error.message))
    }
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

  /// Takes a failure of the endpoint into account. That nothing but trials leaves from now on is
  /// told: a log would be silent until the last of them.
  private func failed(_ words: String) -> Pacing.Verdict {
    let wasOpen = pacing.isOpen
    let verdict = pacing.failed(at: time)
    if verdict == .goOn, pacing.isOpen, !wasOpen, trusted {
      let pauses = driver.policy.trialPauses.map { Prose.decimal($0, 0) }.joined(separator: ", ")
      driver.note(
        "\(driver.endpoint.url) does not answer (\(terminalSafe(words))); one request tries it "
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
