// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineLedger
import CoalmineProbing
import CoalmineTesting
import Foundation
import Synchronization
import Testing

/// The jobs of ``BatchProvider`` in the words of Mistral: a hand-made stand-in.
private struct MistralProvider: Sendable {
  let provider: BatchProvider

  func send(_ request: HTTPRequest) async throws(TransportError) -> Reply {
    let url = URL(string: request.url)!
    let path = Array(url.pathComponents.dropFirst(2))
    guard path.starts(with: ["batch", "jobs"]) else { return try await provider.send(request) }
    let name = path.dropFirst(2).map { "/\($0)" }.joined()
    var body = request.body
    if let made = body {
      let asked = (try? jsonObject(made.reveal())) ?? [:]
      guard name.isEmpty, asked["model"] as? String == "tiny", asked["timeout_hours"] as? Int == 24,
        asked["endpoint"] as? String == "/v1/chat/completions",
        let files = asked["input_files"] as? [String], files.count == 1
      else { return .refusal(422) }
      let other: [String: Any] = [
        "input_file_id": files[0], "endpoint": "/v1/completions", "completion_window": "24h",
        "metadata": asked["metadata"] ?? [:],
      ]
      body = (try? JSONSerialization.data(withJSONObject: other)).map { Secret(Array($0)) }
    }
    let reply = try await provider.send(
      HTTPRequest(
        url: "http://127.0.0.1:1/v1/batches\(name)", headers: request.headers, body: body))
    guard reply.status == 200, let object = try? jsonObject(reply.body) else { return reply }
    if let data = object["data"] as? [[String: Any]] {
      return ScriptedModel.reply(["data": data.map(Self.job), "total": data.count])
    }
    return ScriptedModel.reply(Self.job(object))
  }

  private static func job(_ object: [String: Any]) -> [String: Any] {
    var job: [String: Any] = [
      "id": object["id"] ?? "", "input_files": [object["input_file_id"] ?? ""],
      "status": object["status"] as? String == "completed" ? "SUCCESS" : "RUNNING", "errors": [],
      "completed_requests": (object["request_counts"] as? [String: Int])?["completed"] ?? 0,
    ]
    job["metadata"] = object["metadata"]
    job["output_file"] = object["output_file_id"]
    return job
  }
}

/// Questions of the legacy completions in the jobs of Mistral.
private struct CompletionsInMistralJobs: Dialect {
  private let inner = dialect()
  let jobs: (any BatchJobs)? = dialect("mistral-chat").jobs
  var name: String { inner.name }
  var abilities: Abilities { inner.abilities }
  var presentation: Presentation.Form { inner.presentation }
  var limits: RequestLimits { inner.limits }
  var routes: APIRoutes { inner.routes }

  func encode(_ asks: [Ask], to endpoint: Endpoint, seed: UInt64) throws(CoalmineError)
    -> DialectRequest
  { try inner.encode(asks, to: endpoint, seed: seed) }

  func decode(_ reply: Reply, _ asks: [Ask], at endpoint: Endpoint) -> Reading<RequestAnswers> {
    inner.decode(reply, asks, at: endpoint)
  }
}

@Suite struct `Batch jobs of Mistral` {
  private static func run(
    _ study: ProbedStudy, _ provider: BatchProvider, writingTo copy: Ledger? = nil
  ) async throws -> Driver.Tally {
    let mistral = MistralProvider(provider: provider)
    var driver = Driver(
      ledger: copy ?? study.ledger, run: study.run, dialect: CompletionsInMistralJobs(),
      endpoint: ProbedStudy.endpoint,
      send: { request async throws(TransportError) in try await mistral.send(request) },
      policy: RetryPolicy(), concurrency: 4, progress: { _, _ in }, now: { ProbedStudy.time },
      sleep: { seconds in study.waited.withLock { $0 += seconds } },
      clock: { study.waited.withLock { $0 } }, stopping: { false })
    driver.usesJobs = true
    return try await driver.run(study.questions(try study.plan().direct))
  }

  @Test func `one job answers what single requests answer, and is paid for once`() async throws {
    let study = try `Batch jobs`.study()
    let provider = BatchProvider(looks: 3)
    #expect(try await Self.run(study, provider).isComplete)
    #expect(provider.now.jobs.count == 1 && provider.now.bill.values.allSatisfy { $0 == 1 })
    try await `Batch jobs`.expectWhole(study)
  }

  @Test func `a process that is killed after any request pays for nothing twice`() async throws {
    let study = try `Batch jobs`.study()
    let root = study.folder.file("instants")
    let instants = Mutex<[`Batch jobs`.Instant]>([])
    let held = Mutex<BatchProvider?>(nil)
    let provider = BatchProvider(looks: 2) { _, _ in
      nil
    } fault: { number in
      let folder = root + "/\(number)"
      try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      for suffix in ["", "-wal"] {
        try? FileManager.default.copyItem(
          atPath: study.folder.file("study.coalmine") + suffix,
          toPath: folder + "/study.coalmine" + suffix)
      }
      let state = held.withLock { $0?.now } ?? BatchProvider.State()
      instants.withLock { $0.append(`Batch jobs`.Instant(folder: folder, provider: state)) }
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
      let next = BatchProvider(instant.provider)
      #expect(try await Self.run(study, next, writingTo: copy).isComplete, "\(number)")
      #expect(try copy.observations(run: study.run.number) == whole, "\(number)")
      #expect(next.now.bill.values.allSatisfy { $0 == 1 }, "\(number)")
      #expect(next.now.jobs.count == 1, "\(number)")
      try copy.close()
    }
    held.withLock { $0 = nil }
  }

  @Test(arguments: 0..<6)
  func `a connection that breaks at any request costs nothing`(_ broken: Int) async throws {
    let study = try `Batch jobs`.study()
    let provider = BatchProvider(looks: 2) { _, _ in
      nil
    } fault: { number throws(TransportError) in
      if number == broken { throw `Driver of requests`.failure(.ambiguous) }
      return nil
    }
    #expect(try await Self.run(study, provider).isComplete)
    #expect(provider.now.bill.values.allSatisfy { $0 == 1 } && provider.now.jobs.count == 1)
    try await `Batch jobs`.expectWhole(study)
  }
}
