// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineTesting
import Foundation
import Synchronization

/// A provider that takes batch jobs in the words of one API, and answers them by ``ScriptedModel``: a
/// hand-made stand-in.
///
/// A job is answered after so many looks. Its state is a value, so that a test can go back to any
/// instant of it.
final class BatchProvider: Sendable {
  /// A request of a job.
  struct Line: Sendable {
    /// As the job has it.
    let name: String
    let body: Data
  }

  struct Job: Sendable {
    let name: String
    let mark: String
    /// The file of its requests, or what stands for it.
    let file: String
    var looks = 0
    /// How often the jobs were listed since it was made.
    var lists = 0
  }

  struct State: Sendable {
    var files: [String: [Line]] = [:]
    var jobs: [Job] = []
    /// Bodies of requests that were paid for: those of every job.
    var bill: [Data: Int] = [:]
    /// Jobs whose answers were fetched, in order.
    var fetched: [String] = []
  }

  /// A job as the words of an API show it.
  struct Shown {
    let job: Job
    let isDone: Bool
    let requests: Int
    /// Whether its time was over before all requests were asked.
    let isExpired: Bool
    /// `nil` where the provider loses marks.
    let mark: String?
  }

  private let state: Mutex<State>
  private let count = Mutex(0)
  let words: JobWords
  /// How many looks find a job waiting.
  let looks: Int
  /// What becomes of a request of a job, in the words of OpenAI's files of answers; `nil` for the
  /// model's answer.
  let line: @Sendable (Data, _ job: Int) -> [String: Any]?
  /// Whether jobs are shown with the mark that they were made with.
  let keepsMetadata: Bool
  /// How many looks at the list do not show a new job.
  let listLag: Int
  /// What becomes of a file of answers.
  let spoil: @Sendable (String) -> String
  /// Called with the number of the request from 0 after it was carried out; what it throws or gives
  /// is the reply.
  let fault: @Sendable (Int) async throws(TransportError) -> Reply?

  init(
    _ words: JobWords = .openAI, _ state: State = State(), looks: Int = 1,
    keepsMetadata: Bool = true, listLag: Int = 0,
    line: @escaping @Sendable (Data, Int) -> [String: Any]? = { _, _ in nil },
    fault: @escaping @Sendable (Int) async throws(TransportError) -> Reply? = { _ in nil },
    spoil: @escaping @Sendable (String) -> String = { $0 }
  ) {
    self.words = words
    self.state = Mutex(state)
    self.looks = looks
    self.keepsMetadata = keepsMetadata
    self.listLag = listLag
    self.spoil = spoil
    self.line = line
    self.fault = fault
  }

  var now: State { state.withLock { $0 } }
  var requests: Int { count.withLock { $0 } }

  func send(_ request: HTTPRequest) async throws(TransportError) -> Reply {
    let reply = answer(
      URL(string: request.url)!, contentType: request.contentType, request.body?.reveal() ?? [])
    let number = count.withLock { count in
      defer { count += 1 }
      return count
    }
    return try await fault(number) ?? reply
  }

  func answer(_ url: URL, contentType: String, _ body: [UInt8]) -> Reply {
    words.answer(
      JobRequest(
        path: Array(url.pathComponents.dropFirst()), query: url.query() ?? "",
        contentType: contentType, body: body), self)
      ?? ScriptedModel.reply(["error": ["message": "unknown route"]], status: 404)
  }

  /// Keeps a file; its name.
  func store(_ lines: [Line]) -> String {
    state.withLock { state in
      let name = "file-\(state.files.count)"
      state.files[name] = lines
      return name
    }
  }

  /// Makes the job of a file, which is paid for at once; `nil` where there is no such file.
  func make(_ file: String, mark: String) -> Shown? {
    state.withLock { state in
      guard let lines = state.files[file] else { return nil }
      state.jobs.append(Job(name: "batch_\(state.jobs.count)", mark: mark, file: file))
      for line in lines { state.bill[line.body, default: 0] += 1 }
      return state.jobs.last.map { shown($0, state) }
    }
  }

  /// A job of another user with the requests of the last one.
  func makeForeign() {
    state.withLock { state in
      guard let last = state.jobs.last else { return }
      let mark = String(repeating: "f", count: 32)
      let lines = state.files[last.file] ?? []
      state.files["foreign"] = lines.map {
        Line(name: $0.name.replacingOccurrences(of: last.mark, with: mark), body: $0.body)
      }
      state.jobs.append(Job(name: "batch_foreign", mark: mark, file: "foreign"))
    }
  }

  /// The newest first.
  func list() -> [Shown] {
    state.withLock { state in
      for place in state.jobs.indices { state.jobs[place].lists += 1 }
      return state.jobs.reversed().filter { $0.lists > listLag }.map { shown($0, state) }
    }
  }

  func look(_ name: String) -> Shown? {
    state.withLock { state in
      guard let place = state.jobs.firstIndex(where: { $0.name == name }) else { return nil }
      defer { state.jobs[place].looks += 1 }
      return shown(state.jobs[place], state)
    }
  }

  /// The answers of a job, in another order than the requests.
  func answers(_ name: String) -> [(name: String, object: [String: Any])]? {
    let found = state.withLock { state -> (Int, [Line])? in
      guard let place = state.jobs.firstIndex(where: { $0.name == name }) else { return nil }
      state.fetched.append(name)
      return (place, state.files[state.jobs[place].file] ?? [])
    }
    return found.map { place, lines in
      lines.reversed().map { line in
        if let object = self.line(line.body, place) { return (line.name, object) }
        let reply = ScriptedModel.completions((try? jsonObject(line.body)) ?? [:])
        let body = try? JSONSerialization.jsonObject(with: Data(reply.body))
        return (
          line.name,
          [
            "response": ["status_code": reply.status, "body": body as Any] as [String: Any],
            "error": NSNull(),
          ]
        )
      }
    }
  }

  /// A file of answers, one per line.
  func file(_ lines: [[String: Any]]) -> Reply {
    var text = Data()
    for line in lines {
      text += (try? JSONSerialization.data(withJSONObject: line)) ?? Data()
      text.append(0x0A)
    }
    return Reply(
      status: 200, headers: [],
      body: Array(spoil(String(decoding: text, as: UTF8.self)).utf8))
  }

  private func shown(_ job: Job, _ state: State) -> Shown {
    let lines = state.files[job.file] ?? []
    let place = state.jobs.firstIndex { $0.name == job.name } ?? 0
    let isExpired = lines.contains { JobWords.isExpired(line($0.body, place) ?? [:]) }
    return Shown(
      job: job, isDone: job.looks >= looks, requests: lines.count, isExpired: isExpired,
      mark: keepsMetadata ? job.mark : nil)
  }
}
