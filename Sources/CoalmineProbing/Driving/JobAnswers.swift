// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger

/// What jobs come to: their answers are stored before they are read.
extension JobFlight {
  func lookAtAll() async throws {
    for name in open.keys.sorted() {
      let job = try await provider.look(name)
      switch job.state {
      case .waiting(let answered):
        underWay[name] = min(answered, open[name]?.count ?? 0)
        if statuses.updateValue(job.status, forKey: name) != job.status {
          driver.note("batch job \(terminalSafe(name)): \(terminalSafe(job.status))")
        }
      case .ended(let files, let how):
        underWay[name] = nil
        var suspects = Suspects()
        for file in files { try read(try await provider.answers(file), of: name, &suspects) }
        try settle(suspects)
        try end(name, how)
        let kept = ([job.file].compactMap { $0 } + files).map(terminalSafe)
        driver.note(
          "batch job \(terminalSafe(name)) has ended; the provider keeps its files until you delete "
            + "them: \(kept.joined(separator: ", "))")
      }
      driver.progress(tally.answered + underWay.values.reduce(0, +), tally.planned)
    }
  }

  /// Reads what a job's files hold in place of answers. Where no job gave an answer, many refusals are not
  /// about single texts: then they are asked again by a later call.
  private func settle(_ suspects: Suspects) throws {
    var suspects = suspects
    let error =
      hasAnswers
      ? nil
      : suspects.end(driver.policy, at: driver.endpoint)
        ?? suspects.endOfEmpty(driver.policy, at: driver.endpoint)
    ending = ending ?? error
    if error == nil { tally.answered += suspects.count }
    var batch = LedgerBatch()
    try suspects.settle(isRead: error == nil, driver, procedure, &batch)
    _ = try driver.journal.commit(batch, at: driver.now())
  }

  /// Stores answers, some at a time, and reads them.
  private func read(_ answers: [JobAnswer], of job: String, _ suspects: inout Suspects) throws {
    let requests = Dictionary(
      uniqueKeysWithValues: (open[job] ?? [:]).keys.map { (Self.name($0), $0) })
    var batch = LedgerBatch()
    var replies: [(BatchRequest, Int64, Reply)] = []
    func settle() throws {
      _ = try driver.journal.commit(batch, at: driver.now())
      batch = LedgerBatch()
      for (request, exchange, reply) in replies {
        try read(reply, request, exchange, &batch, &suspects)
      }
      replies = []
    }
    for answer in answers {
      // Lines that are not ours, and a second answer to one request, are nobody's.
      guard let exchange = requests[answer.name],
        let request = open[job]?.removeValue(forKey: exchange)
      else { continue }
      guard let reply = answer.reply else {
        batch.ended.append((exchange, .failed(answer.failure)))
        driver.spending.release(request.key)
        let words = "the provider did not ask the model: \(answer.failure)"
        if answer.isExpired { again(request, words) } else { giveUp(words) }
        continue
      }
      let hidden = reply.hiding(driver.endpoint.secrets)
      driver.spending.take(hidden, request.key, inBatch: true)
      batch.ended.append((exchange, .answered(hidden)))
      replies.append((request, exchange, hidden))
      if replies.count == 64 { try settle() }
    }
    try settle()
    _ = try driver.journal.commit(batch, at: driver.now())
  }

  private func read(
    _ reply: Reply, _ request: BatchRequest, _ exchange: Int64, _ batch: inout LedgerBatch,
    _ suspects: inout Suspects
  ) throws {
    let verdict = Verdict(of: reply, request, driver.dialect, driver.endpoint, trusted: true)
    driver.tell(tally.note(served: verdict.served))
    if let one = Suspects.One(verdict, request, exchange) {
      driver.tell(tally.note(heldBack: one.heldBack, by: driver.endpoint.url))
      return suspects.add(one)
    }
    try driver.take(verdict, request, exchange, procedure, &batch)
    switch verdict {
    case .outcomes(let outcomes, _):
      driver.tell(
        tally.note(heldBack: outcomes.count(where: \.isFiltered), by: driver.endpoint.url))
      hasAnswers = true
      tally.answered += 1
    case .refused:
      guard let halves = request.halves else {
        tally.answered += 1
        return
      }
      ready += halves
      tally.planned += halves.count - 1
    case .retry(let reason): again(request, reason.evidence)
    case .stop(let error): ending = ending ?? error
    }
  }

  /// What is left of a job that has ended has no answer.
  private func end(_ job: String, _ how: BatchJob.End) throws {
    switch how {
    case .completed: try end(job, because: "the files of its batch job hold no answer to it")
    case .expired: try end(job, because: "its batch job expired", isAskedAgain: true)
    case .cancelled: try end(job, because: "its batch job was cancelled at the provider")
    case .refused(let words):
      try end(job, because: "the provider refused its batch job: \(words)")
      ending =
        ending
        ?? CoalmineError(
          code: "batch-job-refused",
          "\(driver.endpoint.url) refused batch job '\(terminalSafe(job))'",
          details: ["the provider says: \(terminalSafe(words))"],
          help: "when the cause is mended, the same command makes a new job",
          exit: .endpointUnavailable)
    }
  }

  func end(_ job: String, because words: String, isAskedAgain: Bool = false) throws {
    let rest = (open.removeValue(forKey: job) ?? [:]).sorted { $0.key < $1.key }
    var batch = LedgerBatch()
    for (exchange, request) in rest {
      driver.spending.release(request.key)
      batch.ended.append((exchange, .failed(words)))
      if isAskedAgain { again(request, words) } else { giveUp(words) }
    }
    _ = try driver.journal.commit(batch, at: driver.now())
  }

  /// Asks a request in another job, unless it was asked often enough.
  private func again(_ request: BatchRequest, _ why: String) {
    guard jobs[request.key, default: 0] < driver.policy.jobAttempts else { return giveUp(why) }
    ready.append(request)
  }

  private func giveUp(_ why: String) {
    tally.lastFailure = (terminalSafe(why), "the same command asks in another job")
    tally.given += 1
  }
}
