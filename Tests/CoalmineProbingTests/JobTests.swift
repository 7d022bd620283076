// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger
import CoalmineProbing
import CoalmineTesting
import Foundation
import Synchronization
import Testing

/// Questions in the batch jobs of every provider; the ledger is a real one.
@Suite struct `Batch jobs` {
  static func study(canaries: Int = 6) throws -> ProbedStudy {
    try ProbedStudy(canaries: canaries, probes: `Driver of requests`.probes)
  }

  /// Asks the study's questions in jobs.
  static func run(
    _ study: ProbedStudy, _ provider: BatchProvider, writingTo copy: Ledger? = nil,
    usesJobs: Bool = true, stopping: @escaping @Sendable () -> Bool = { false }
  ) async throws -> Driver.Tally {
    var driver = try study.driver(
      provider.words.dialect, writingTo: copy, stopping: stopping, send: provider.send)
    driver.usesJobs = usesJobs
    return try await driver.run(study.questions(try study.plan().direct))
  }

  /// The study's observations are those of a run without jobs and without trouble.
  static func expectWhole(_ study: ProbedStudy) async throws {
    let whole = try await `Driver of requests`.undisturbed()
    #expect(try `Driver of requests`.observations(study) == whole)
  }

  @Test(arguments: JobWords.allCases)
  func `one job answers what single requests answer, and is paid for once`(_ words: JobWords)
    async throws
  {
    let study = try Self.study()
    let provider = BatchProvider(words, looks: 3)
    let tally = try await Self.run(study, provider)
    let requests = try study.plan().direct.count
    #expect(tally.isComplete && tally.sent == requests && tally.answered == requests)
    #expect(provider.now.jobs.count == 1 && provider.now.bill.count == requests)
    #expect(provider.now.bill.values.allSatisfy { $0 == 1 })
    try await Self.expectWhole(study)
    // A finished round asks nothing of the provider.
    let before = provider.requests
    #expect(try await Self.run(study, provider).isComplete && provider.requests == before)
  }

  @Test(arguments: JobWords.allCases)
  func `a form travels whole over a real connection`(_ words: JobWords)
    async throws
  {
    let study = try Self.study()
    let provider = BatchProvider(words)
    let server = try BilledServer { asked in
      let lines = asked.head.components(separatedBy: "\r\n")
      let words = lines[0].split(separator: " ")
      let types = lines.filter { $0.lowercased().hasPrefix("content-type: ") }
      guard types.count == (words[0] == "POST" ? 1 : 0) else { return .reply(.refusal(400)) }
      return .reply(
        provider.answer(
          URL(string: "http://host" + words[1])!,
          contentType: String(types.first?.dropFirst("content-type: ".count) ?? ""), asked.body))
    }
    var driver = try study.driver(words.dialect, send: server.send)
    driver.usesJobs = true
    let tally = try await driver.run(study.questions(try study.plan().direct))
    #expect(tally.isComplete && provider.now.jobs.count == 1)
    try await Self.expectWhole(study)
  }

  /// What a process leaves that is killed after the n-th request was carried out, before its reply
  /// came.
  struct Instant: Sendable {
    let folder: String
    let provider: BatchProvider.State
  }

  @Test(arguments: JobWords.allCases)
  func `a process that is killed after any request pays for nothing twice`(_ words: JobWords)
    async throws
  {
    let study = try Self.study()
    let root = study.folder.file("instants")
    let instants = Mutex<[Instant]>([])
    let held = Mutex<BatchProvider?>(nil)
    let provider = BatchProvider(words, looks: 2) { _, _ in
      nil
    } fault: { number in
      let folder = root + "/\(number)"
      try? FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
      for suffix in ["", "-wal"] {
        try? FileManager.default.copyItem(
          atPath: study.folder.file("study.coalmine") + suffix,
          toPath: folder + "/study.coalmine" + suffix)
      }
      let state = held.withLock { $0?.now } ?? BatchProvider.State()
      instants.withLock { $0.append(Instant(folder: folder, provider: state)) }
      return nil
    }
    held.withLock { $0 = provider }
    #expect(try await Self.run(study, provider).isComplete)
    let whole = try `Driver of requests`.observations(study)
    let all = instants.withLock { $0 }
    // The file, the job, three looks, the answers.
    #expect(all.count == 6)
    for (number, instant) in all.enumerated() {
      let copy = try Ledger.open(at: instant.folder + "/study.coalmine")
      let next = BatchProvider(words, instant.provider)
      #expect(try await Self.run(study, next, writingTo: copy).isComplete, "\(number)")
      #expect(try copy.observations(run: study.run.number) == whole, "\(number)")
      #expect(next.now.bill.values.allSatisfy { $0 == 1 }, "\(number)")
      #expect(next.now.jobs.count == 1, "\(number)")
      try copy.close()
    }
    held.withLock { $0 = nil }
  }

  @Test(arguments: JobWords.allCases, 0..<6)
  func `a connection that breaks at any request costs nothing`(_ words: JobWords, _ broken: Int)
    async throws
  {
    let study = try Self.study()
    let provider = BatchProvider(words, looks: 2) { _, _ in
      nil
    } fault: { number throws(TransportError) in
      if number == broken { throw `Driver of requests`.failure(.ambiguous) }
      return nil
    }
    #expect(try await Self.run(study, provider).isComplete)
    #expect(provider.now.bill.values.allSatisfy { $0 == 1 } && provider.now.jobs.count == 1)
    try await Self.expectWhole(study)
  }

  @Test(arguments: JobWords.allCases)
  func `requests that expired are asked in one more job, and no more`(_ words: JobWords)
    async throws
  {
    let study = try Self.study()
    let once = BatchProvider(words) { body, job in
      job == 0 && body.count % 2 == 0
        ? ["error": ["code": "batch_expired"], "response": NSNull()] : nil
    }
    #expect(try await Self.run(study, once).isComplete && once.now.jobs.count == 2)
    try await Self.expectWhole(study)
    let other = try Self.study()
    let never = BatchProvider(words) { _, _ in
      ["error": ["code": "batch_expired"], "response": NSNull()]
    }
    let tally = try await Self.run(other, never)
    #expect(!tally.isComplete && tally.answered == 0 && never.now.jobs.count == 2)
    #expect(tally.lastFailure?.words == words.expiredWords)
  }

  @Test(arguments: JobWords.allCases)
  func `a line that cannot be read takes no other answer with it`(_ words: JobWords)
    async throws
  {
    let study = try Self.study()
    let cut = BatchProvider(words, spoil: { String($0.dropLast(40)) })
    let tally = try await Self.run(study, cut)
    let requests = try study.plan().direct.count
    #expect(!tally.isComplete && tally.answered == requests - 1 && cut.now.jobs.count == 1)
    #expect(tally.lastFailure?.words.contains("hold no answer to it") == true)
    // A person asks for the rest, and only that is asked.
    let whole = BatchProvider(words)
    #expect(try await Self.run(study, whole).isComplete && whole.now.bill.count == 1)
    try await Self.expectWhole(study)
    let other = try Self.study()
    let page = BatchProvider(words, spoil: { _ in "<html>busy</html>" })
    let error = await `Driver of requests`.error { try await Self.run(other, page) }
    #expect(error?.code == "unexpected-reply" && page.now.jobs.count == 1)
    let later = BatchProvider(words, page.now)
    #expect(try await Self.run(other, later).isComplete && later.now.jobs.count == 1)
  }

  @Test(arguments: JobWords.allCases)
  func `a job that ended without answers is not made again by itself`(_ words: JobWords)
    async throws
  {
    let study = try Self.study()
    let empty = BatchProvider(words, spoil: { _ in "" })
    let tally = try await Self.run(study, empty)
    #expect(!tally.isComplete && tally.answered == 0 && empty.now.jobs.count == 1)
  }

  @Test(arguments: JobWords.allCases, [true, false])
  func `a job whose name was lost is found by its mark or its file`(
    _ words: JobWords, _ keeps: Bool
  ) async throws {
    let study = try Self.study()
    let provider = BatchProvider(words, keepsMetadata: keeps, listLag: 3) { _, _ in
      nil
    } fault: { number throws(TransportError) in
      if number == 1 { throw `Driver of requests`.failure(.ambiguous) }
      return nil
    }
    #expect(try await Self.run(study, provider).isComplete)
    #expect(provider.now.jobs.count == 1 && provider.now.bill.values.allSatisfy { $0 == 1 })
  }

  @Test(arguments: JobWords.allCases)
  func `a job that may be there is not made again before a person asks`(_ words: JobWords)
    async throws
  {
    let study = try Self.study()
    let provider = BatchProvider(words, listLag: 6) { _, _ in
      nil
    } fault: { number throws(TransportError) in
      if number == 1 { throw `Driver of requests`.failure(.ambiguous) }
      return nil
    }
    let error = await `Driver of requests`.error { try await Self.run(study, provider) }
    #expect(error?.code == "batch-job-uncertain" && provider.now.jobs.count == 1)
    // By then the list shows it.
    #expect(try await Self.run(study, provider).isComplete)
    #expect(provider.now.jobs.count == 1 && provider.now.bill.values.allSatisfy { $0 == 1 })
  }

  @Test(arguments: JobWords.allCases)
  func `a request that is refused is asked in halves`(_ words: JobWords)
    async throws
  {
    let study = try Self.study()
    let provider = BatchProvider(words) { body, _ in
      let asked = try? jsonObject(body)
      guard (asked?["prompt"] as? [String])?.count ?? 0 > 4 else { return nil }
      return [
        "response": [
          "status_code": 413, "body": ["error": ["message": "too many prompts"]],
        ] as [String: Any]
      ]
    }
    #expect(try await Self.run(study, provider).isComplete)
    #expect(provider.now.jobs.count > 2)
    try await Self.expectWhole(study)
  }

  @Test(arguments: JobWords.allCases)
  func `a request holds no more prompts than the user allows`(_ words: JobWords)
    async throws
  {
    let study = try Self.study()
    let provider = BatchProvider(words)
    var driver = try study.driver(
      words.dialect, promptsPerRequest: 3, send: provider.send)
    driver.usesJobs = true
    let tally = try await driver.run(study.questions(try study.plan().direct))
    let asked = provider.now.bill.keys.compactMap {
      (try? jsonObject($0))?["prompt"] as? [String]
    }
    #expect(tally.isComplete && tally.planned == asked.count)
    #expect(asked.allSatisfy { $0.count <= 3 } && provider.now.jobs.count == 1)
    try await Self.expectWhole(study)
  }

  @Test(arguments: JobWords.allCases)
  func `a key that the job's requests are refused for ends the run`(_ words: JobWords)
    async throws
  {
    let study = try Self.study()
    let provider = BatchProvider(words) { _, _ in
      ["response": ["status_code": 401, "body": ["error": ["message": "no"]]] as [String: Any]]
    }
    let error = await `Driver of requests`.error { try await Self.run(study, provider) }
    #expect(error?.code == "key-refused" && provider.now.jobs.count == 1)
  }

  @Test(arguments: JobWords.allCases)
  func `a stopped run leaves its job at the provider, and the next finds it`(_ words: JobWords)
    async throws
  {
    let study = try Self.study()
    let isStopped = Mutex(false)
    let provider = BatchProvider(words, looks: 5) { _, _ in
      nil
    } fault: { number in
      if number == 2 { isStopped.withLock { $0 = true } }
      return nil
    }
    await #expect(throws: CancellationError.self) {
      try await Self.run(study, provider, stopping: { isStopped.withLock { $0 } })
    }
    #expect(try study.ledger.queued(run: study.run.number).count == study.plan().direct.count)
    isStopped.withLock { $0 = false }
    // Also without the wish for jobs: what is paid for is fetched.
    #expect(try await Self.run(study, provider, usesJobs: false).isComplete)
    #expect(provider.now.jobs.count == 1 && provider.now.bill.values.allSatisfy { $0 == 1 })
    #expect(try study.ledger.queued(run: study.run.number).isEmpty)
  }

  @Test(arguments: JobWords.allCases)
  func `a provider without batch jobs is told at the first request`(_ words: JobWords)
    async throws
  {
    let study = try Self.study()
    let provider = BatchProvider(words) { _, _ in
      nil
    } fault: { _ in
      .refusal(404)
    }
    let error = await `Driver of requests`.error { try await Self.run(study, provider) }
    #expect(error?.code == "no-batch-jobs" && provider.requests == 1)
    #expect(provider.now.jobs.isEmpty)
  }

  @Test(arguments: JobWords.allCases)
  func `a job of another user is not taken for a lost one`(_ words: JobWords) async throws {
    let study = try Self.study()
    let held = Mutex<BatchProvider?>(nil)
    let provider = BatchProvider(words, keepsMetadata: false) { _, _ in
      nil
    } fault: { number throws(TransportError) in
      guard number == 1 else { return nil }
      // The other job is as large, and newer.
      held.withLock { $0?.makeForeign() }
      throw `Driver of requests`.failure(.ambiguous)
    }
    held.withLock { $0 = provider }
    #expect(try await Self.run(study, provider).isComplete)
    #expect(provider.now.jobs.count == 2 && provider.now.bill.values.allSatisfy { $0 == 1 })
    try await Self.expectWhole(study)
    held.withLock { $0 = nil }
  }

  @Test func `jobs that were there before are not looked into`() async throws {
    let first = try Self.study()
    let account = BatchProvider(.anthropic)
    #expect(try await Self.run(first, account).isComplete)
    let study = try Self.study()
    let provider = BatchProvider(.anthropic, account.now) { _, _ in
      nil
    } fault: { number throws(TransportError) in
      if number == 1 { throw `Driver of requests`.failure(.ambiguous) }
      return nil
    }
    #expect(try await Self.run(study, provider).isComplete && provider.now.jobs.count == 2)
    #expect(provider.now.fetched.count { $0 == "batch_0" } == 1)
    #expect(provider.now.fetched.contains("batch_1"))
  }
}
