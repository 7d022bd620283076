// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger

/// What replies and failures mean for the questions that are left.
extension Flight {
  /// Reads a reply that is stored already, and stores what it says.
  func read(_ raw: RawReply, of pack: ProbePack, _ exchange: Int64, _ group: inout Group) throws {
    needsFreshConnection = false
    var reading = pack.read(pack.reply(DialectReply(raw), at: runner.endpoint))
    // A single text that is refused before anything was answered: the request itself is wrong.
    if case .refused(let error, _) = reading, pack.halves == nil, !trusted, !error.isFilter {
      reading = .stop(error)
    }
    if case .refused(let error, let lone) = reading, pack.halves == nil, !error.isFilter {
      // Kept back until it is seen whether the texts or the endpoint are the reason.
      refusals.append((exchange, lone, false))
    } else {
      try runner.store(reading, of: pack, exchange: exchange)
    }
    let asked = RateLimitHeaders.wait(raw.headers)
    switch reading {
    case .answers:
      pacing.answered(at: time, asked: asked)
      size.answered(pack.prompts)
      try settleRefusals()
      trusted = true
      count(pack)
    case .refused(let error, _):
      pacing.answered(at: time)
      if let halves = pack.halves?() {
        size.refused(pack.prompts)
        if ending == nil { divide(halves) }
      } else {
        refuse(pack, error)
      }
    case .retry(let reason): again(pack, reason, raw.headers, &group)
    case .stop(let error): end(error)
    }
  }

  private func count(_ pack: ProbePack) {
    tally.answered += 1
    packs[pack.number] = nil
    runner.progress(tally.answered, tally.packs)
  }

  /// One text that the endpoint does not take has no answer; the run goes on without it.
  private func refuse(_ pack: ProbePack, _ error: CoalmineError) {
    count(pack)
    size.foundText()
    if refusals.count >= runner.policy.refusedTextsInRow { end(error) }
  }

  /// Stores that single texts were refused; where nothing else was answered since the first of
  /// many, the endpoint is the reason, and the same command asks them again.
  func settleRefusals() throws {
    let isEndpoint = refusals.count >= runner.policy.refusedTextsInRow
    if isEndpoint { tally.answered -= refusals.count }
    try runner.ledger.store(
      refusals.map { ($0.exchange, isEndpoint ? [] : $0.answers, isEndpoint) },
      run: runner.run.number)
    refusals = []
  }

  /// The endpoint says "later", or its reply is of no use.
  private func again(
    _ pack: ProbePack, _ reason: Reason, _ headers: RateLimitHeaders.Headers,
    _ group: inout Group
  ) {
    tally.lastFailure = reason.evidence
    let asked = RateLimitHeaders.wait(headers)
    if let asked, asked > runner.policy.longestPauseSeconds {
      return end(.waitTooLong(asked, runner.endpoint, reason))
    }
    let isRefusedForGood = headers.contains {
      $0.name == "x-should-retry" && $0.value == "false"
    }
    if reason.slug == "http-429", !isRefusedForGood {
      let verdict = pacing.throttled(asked: asked, at: time, draw: jitter.unitInterval())
      if verdict == .giveUp { return end(.busy(runner.endpoint, runner.policy, reason)) }
      // What the endpoint did not look at is no attempt of the question.
      if trusted {
        states[pack.number]?.tries -= 1
        ready.append(pack)
        return
      }
    } else if let asked {
      pacing.pause(asked, at: time)
    }
    if reason.slug.hasPrefix("http-5"), pacing.failed(at: time) == .giveUp {
      return end(.down(runner.endpoint, runner.policy, reason.evidence))
    }
    let tries = states[pack.number]?.tries ?? 1
    let isSpent =
      reason.slug == "error-in-reply" && tries >= runner.policy.errorReplies
    let wait = runner.policy.wait(
      after: tries, ambiguous: states[pack.number]?.ambiguous ?? 0,
      failure: .refused(headers: headers), draw: jitter.unitInterval())
    guard let wait, !isSpent else {
      return giveUp(
        pack, reason.evidence,
        FailureAdvice.after(
          reason, headers: headers, policy: runner.policy, dialect: runner.dialect.slug))
    }
    putOff(pack, asked == nil ? wait : 0, &group)
  }

  /// A request without a whole reply.
  func fail(_ pack: ProbePack, _ error: TransportError, _ group: inout Group) {
    tally.lastFailure = error.message
    needsFreshConnection = true
    guard ending == nil else { return }
    if error.fate == .ambiguous { states[pack.number]?.ambiguous += 1 }
    let state = states[pack.number] ?? PackState()
    let halves = error.isTimeout ? pack.halves?() : nil
    if halves == nil,
      let fatal = CoalmineError(
        fatal: error, at: runner.endpoint, trusted: trusted, attempts: state.tries)
    {
      return end(fatal)
    }
    // Without one answer there is nothing to wait for.
    let verdict = pacing.failed(at: time)
    if verdict == .giveUp || pacing.isOpen && !trusted {
      return end(.down(runner.endpoint, runner.policy, error.message))
    }
    if let halves {
      pacing.slow()
      size.tookTooLong(pack.prompts)
      return divide(halves)
    }
    let wait = runner.policy.wait(
      after: state.tries, ambiguous: state.ambiguous, failure: .transport(error.fate),
      draw: jitter.unitInterval())
    guard let wait else { return giveUp(pack, error.message, FailureAdvice.after(error)) }
    putOff(pack, wait, &group)
  }

  /// Asks a pack again after a wait of its own, or with all others after the pause that holds them.
  private func putOff(_ pack: ProbePack, _ seconds: Double, _ group: inout Group) {
    if pacing.wait(at: time) > 0 || seconds == 0 {
      ready.append(pack)
    } else {
      rest(pack, seconds, &group)
    }
  }

  /// A pack that was asked as often as it may be stays without an answer.
  private func giveUp(_ pack: ProbePack, _ reason: String, _ advice: String) {
    tally.given += 1
    // An endpoint that never gave one good answer is not asked the next question.
    guard !trusted, !runner.stopping() else { return }
    end(.unusable(runner.endpoint, reason, advice))
  }
}
