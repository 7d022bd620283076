// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import Foundation

/// OpenAI and Mistral: files of requests and of answers in the same form, jobs in two.
extension JobWords {
  static func openAI(_ request: JobRequest, _ provider: BatchProvider) -> Reply? {
    let path = Array(request.path.dropFirst())
    guard request.path.first == "v1" else { return nil }
    switch (path.first, path.count) {
    case ("files", _): return files(path, request, provider)
    case ("batches", 1) where request.body.isEmpty:
      return ScriptedModel.reply([
        "data": provider.list().map(openAIJob), "has_more": false,
      ])
    case ("batches", 1):
      let asked = request.object
      guard let file = asked["input_file_id"] as? String,
        asked["endpoint"] as? String == "/v1/completions",
        asked["completion_window"] as? String == "24h",
        let job = provider.make(
          file, mark: (asked["metadata"] as? [String: String])?["coalmine"] ?? "")
      else { return refusal("bad batch") }
      return ScriptedModel.reply(openAIJob(job))
    case ("batches", 2):
      return provider.look(path[1]).map { ScriptedModel.reply(openAIJob($0)) }
    default: return nil
    }
  }

  static func mistral(_ request: JobRequest, _ provider: BatchProvider) -> Reply? {
    let path = Array(request.path.dropFirst())
    guard request.path.first == "v1" else { return nil }
    if path.first == "files" { return files(path, request, provider) }
    guard path.starts(with: ["batch", "jobs"]) else { return nil }
    if path.count == 3 {
      return provider.look(path[2]).map { ScriptedModel.reply(mistralJob($0)) }
    }
    guard !request.body.isEmpty else {
      let jobs = provider.list()
      return ScriptedModel.reply(["data": jobs.map(mistralJob), "total": jobs.count])
    }
    let asked = request.object
    guard asked["model"] as? String == "tiny", asked["timeout_hours"] as? Int == 24,
      asked["endpoint"] as? String == "/v1/chat/completions",
      let files = asked["input_files"] as? [String], files.count == 1,
      let job = provider.make(
        files[0], mark: (asked["metadata"] as? [String: String])?["coalmine"] ?? "")
    else { return refusal("bad job", 422) }
    return ScriptedModel.reply(mistralJob(job))
  }

  private static func files(_ path: [String], _ request: JobRequest, _ provider: BatchProvider)
    -> Reply?
  {
    if path.count == 3, path[2] == "content", path[1].hasPrefix("out-") {
      return provider.answers(String(path[1].dropFirst("out-".count))).map { answers in
        provider.file(
          answers.compactMap { name, object in
            // At Mistral what was not asked is not there.
            provider.words == .mistral && isExpired(object)
              ? nil : object.merging(["custom_id": name]) { $1 }
          })
      }
    }
    guard path.count == 1, let parts = parts(request), parts.count == 2, parts[0] == "batch" else {
      return refusal("no form")
    }
    let name = provider.store(lines(parts[1], name: "custom_id", body: "body"))
    return ScriptedModel.reply(["id": name, "object": "file", "purpose": "batch"])
  }

  private static func openAIJob(_ shown: BatchProvider.Shown) -> [String: Any] {
    var object: [String: Any] = [
      "id": shown.job.name, "object": "batch",
      "status": shown.isDone ? "completed" : "in_progress", "input_file_id": shown.job.file,
      "errors": NSNull(),
      "request_counts": [
        "total": shown.requests, "completed": shown.isDone ? shown.requests : 0, "failed": 0,
      ],
    ]
    if let mark = shown.mark { object["metadata"] = ["coalmine": mark] }
    if shown.isDone { object["output_file_id"] = "out-\(shown.job.name)" }
    return object
  }

  private static func mistralJob(_ shown: BatchProvider.Shown) -> [String: Any] {
    var object: [String: Any] = [
      "id": shown.job.name, "input_files": [shown.job.file], "errors": [],
      "status": shown.isDone ? shown.isExpired ? "TIMEOUT_EXCEEDED" : "SUCCESS" : "RUNNING",
      "completed_requests": shown.isDone ? shown.requests : 0,
    ]
    if let mark = shown.mark { object["metadata"] = ["coalmine": mark] }
    if shown.isDone { object["output_file"] = "out-\(shown.job.name)" }
    return object
  }
}
