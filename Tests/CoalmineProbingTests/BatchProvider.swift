// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineTesting
import Foundation
import Synchronization

/// A provider that takes batch jobs as OpenAI does, and answers them by ``ScriptedModel``.
///
/// A job is answered after so many looks. Its state is a value, so that a test can go back to any
/// instant of it.
final class BatchProvider: Sendable {
  struct Job: Sendable {
    let name: String
    let mark: String
    let file: String
    var looks = 0
  }

  struct State: Sendable {
    var files: [String: [UInt8]] = [:]
    var jobs: [Job] = []
    var lists = 0
    /// Bodies of requests that were paid for: those of every job.
    var bill: [Data: Int] = [:]
  }

  private let state: Mutex<State>
  private let count = Mutex(0)
  /// How many looks find a job waiting.
  let looks: Int
  /// What becomes of a request of a job; `nil` for the model's answer.
  let line: @Sendable (Data, _ job: Int) -> [String: Any]?
  /// Whether jobs are shown with the metadata that they were made with.
  let keepsMetadata: Bool
  /// How many looks at the list do not show a new job.
  let listLag: Int
  /// What becomes of a file of answers.
  let spoil: @Sendable (String) -> String
  /// Called with the number of the request from 0 after it was carried out; what it throws or gives
  /// is the reply.
  let fault: @Sendable (Int) async throws(TransportError) -> Reply?

  init(
    _ state: State = State(), looks: Int = 1, keepsMetadata: Bool = true, listLag: Int = 0,
    line: @escaping @Sendable (Data, Int) -> [String: Any]? = { _, _ in nil },
    fault: @escaping @Sendable (Int) async throws(TransportError) -> Reply? = { _ in nil },
    spoil: @escaping @Sendable (String) -> String = { $0 }
  ) {
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
    state.withLock { state in
      switch url.pathComponents.dropFirst(2).map({ $0 }) {
      case ["files"]: Self.store(contentType, body, &state)
      case ["batches"] where body.isEmpty: list(&state)
      case ["batches"]: make(body, &state)
      case let path where path.count == 2 && path[0] == "batches": look(path[1], &state)
      case let path where path.count == 3 && path[2] == "content": results(path[1], state)
      default: ScriptedModel.reply(["error": ["message": "unknown route"]], status: 404)
      }
    }
  }

  private static func store(_ contentType: String, _ body: [UInt8], _ state: inout State) -> Reply {
    let text = String(decoding: body, as: UTF8.self)
    guard let boundary = contentType.components(separatedBy: "boundary=").last,
      text.hasPrefix("--\(boundary)\r\n"), text.hasSuffix("\r\n--\(boundary)--\r\n")
    else { return ScriptedModel.reply(["error": ["message": "no form"]], status: 400) }
    let parts = text.components(separatedBy: "--\(boundary)")
    guard parts.count == 4, parts[1].hasSuffix("name=\"purpose\"\r\n\r\nbatch\r\n"),
      let start = parts[2].range(of: "\r\n\r\n")
    else { return ScriptedModel.reply(["error": ["message": "no file"]], status: 400) }
    let name = "file-\(state.files.count)"
    state.files[name] = Array(parts[2][start.upperBound...].dropLast().utf8)
    return ScriptedModel.reply(["id": name, "object": "file", "purpose": "batch"])
  }

  private func make(_ body: [UInt8], _ state: inout State) -> Reply {
    let asked = (try? jsonObject(body)) ?? [:]
    let mark = (asked["metadata"] as? [String: String])?["coalmine"] ?? ""
    guard let file = asked["input_file_id"] as? String, state.files[file] != nil,
      asked["endpoint"] as? String == "/v1/completions",
      asked["completion_window"] as? String == "24h"
    else { return ScriptedModel.reply(["error": ["message": "bad batch"]], status: 400) }
    let job = Job(name: "batch_\(state.jobs.count)", mark: mark, file: file)
    state.jobs.append(job)
    for line in Self.lines(state.files[file] ?? []) {
      state.bill[Self.body(line), default: 0] += 1
    }
    return ScriptedModel.reply(shown(job, state))
  }

  private func list(_ state: inout State) -> Reply {
    state.lists += 1
    let shown = state.lists <= listLag ? [] : state.jobs.reversed()
    return ScriptedModel.reply([
      "data": shown.map { self.shown($0, state) }, "has_more": false,
    ])
  }

  private func look(_ name: String, _ state: inout State) -> Reply {
    guard let place = state.jobs.firstIndex(where: { $0.name == name }) else {
      return ScriptedModel.reply(["error": ["message": "no such batch"]], status: 404)
    }
    defer { state.jobs[place].looks += 1 }
    return ScriptedModel.reply(shown(state.jobs[place], state))
  }

  private func shown(_ job: Job, _ state: State) -> [String: Any] {
    let isDone = job.looks >= looks
    let total = Self.lines(state.files[job.file] ?? []).count
    var object: [String: Any] = [
      "id": job.name, "object": "batch", "status": isDone ? "completed" : "in_progress",
      "input_file_id": job.file, "errors": NSNull(),
      "request_counts": ["total": total, "completed": isDone ? total : 0, "failed": 0],
    ]
    if keepsMetadata { object["metadata"] = ["coalmine": job.mark] }
    if isDone { object["output_file_id"] = "out-\(job.name)" }
    return object
  }

  /// Answers come in another order than the requests.
  private func results(_ file: String, _ state: State) -> Reply {
    guard let place = state.jobs.firstIndex(where: { "out-\($0.name)" == file }) else {
      return ScriptedModel.reply(["error": ["message": "no such file"]], status: 404)
    }
    var text = Data()
    for line in Self.lines(state.files[state.jobs[place].file] ?? []).reversed() {
      let body = Self.body(line)
      var object: [String: Any]? = self.line(body, place)
      if object == nil {
        let reply = ScriptedModel.completions(line["body"] as? [String: Any] ?? [:])
        object = [
          "response": [
            "status_code": reply.status,
            "body": (try? JSONSerialization.jsonObject(with: Data(reply.body))) as Any,
          ] as [String: Any], "error": NSNull(),
        ]
      }
      object?["custom_id"] = line["custom_id"]
      text += (try? JSONSerialization.data(withJSONObject: object as Any)) ?? Data()
      text.append(0x0A)
    }
    return Reply(
      status: 200, headers: [],
      body: Array(spoil(String(decoding: text, as: UTF8.self)).utf8))
  }

  private static func lines(_ file: [UInt8]) -> [[String: Any]] {
    file.split(separator: 0x0A).compactMap { try? jsonObject($0) }
  }

  private static func body(_ line: [String: Any]) -> Data {
    (try? JSONSerialization.data(withJSONObject: line["body"] as Any, options: .sortedKeys))
      ?? Data()
  }
}
