// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import Foundation

/// Anthropic, whose jobs hold their requests and show no mark, and the Gemini API.
extension JobWords {
  static func anthropic(_ request: JobRequest, _ provider: BatchProvider) -> Reply? {
    guard request.path.starts(with: ["v1", "messages", "batches"]) else { return nil }
    let path = Array(request.path.dropFirst(3))
    switch path.count {
    case 0 where request.body.isEmpty:
      let jobs = provider.list()
      let limit = request.query.contains("limit=1&") || request.query.hasSuffix("limit=1") ? 1 : 100
      return ScriptedModel.reply([
        "data": jobs.prefix(limit).map(anthropicJob), "has_more": jobs.count > limit,
      ])
    case 0:
      guard let asked = request.object["requests"] as? [[String: Any]] else {
        return refusal("no requests")
      }
      let lines = asked.compactMap { entry -> BatchProvider.Line? in
        guard let name = entry["custom_id"] as? String,
          name.wholeMatch(of: /[a-zA-Z0-9_-]{1,64}/) != nil,
          let body = entry["params"] as? [String: Any]
        else { return nil }
        return line(name, body)
      }
      guard lines.count == asked.count, Set(lines.map(\.name)).count == lines.count else {
        return refusal("bad names")
      }
      let mark = String(lines.first?.name.prefix(32) ?? "")
      return provider.make(provider.store(lines), mark: mark).map {
        ScriptedModel.reply(anthropicJob($0))
      }
    case 1: return provider.look(path[0]).map { ScriptedModel.reply(anthropicJob($0)) }
    case 2 where path[1] == "results":
      return provider.answers(path[0]).map { answers in
        provider.file(
          answers.map { name, object in ["custom_id": name, "result": anthropicResult(object)] })
      }
    default: return nil
    }
  }

  private static func anthropicJob(_ shown: BatchProvider.Shown) -> [String: Any] {
    [
      "id": shown.job.name, "type": "message_batch",
      "processing_status": shown.isDone ? "ended" : "in_progress",
      "cancel_initiated_at": NSNull(),
      "request_counts": [
        "processing": shown.isDone ? 0 : shown.requests,
        "succeeded": shown.isDone ? shown.requests : 0, "errored": 0, "canceled": 0, "expired": 0,
      ],
      "results_url": shown.isDone
        ? "https://api.anthropic.com/v1/messages/batches/\(shown.job.name)/results" : NSNull(),
    ]
  }

  private static func anthropicResult(_ object: [String: Any]) -> [String: Any] {
    guard let response = object["response"] as? [String: Any],
      let status = response["status_code"] as? Int, let body = response["body"]
    else { return ["type": isExpired(object) ? "expired" : "canceled"] }
    guard status != 200 else { return ["type": "succeeded", "message": body] }
    let type = [401: "authentication_error", 413: "request_too_large"][status] ?? "api_error"
    return [
      "type": "errored",
      "error": ["type": "error", "error": ["type": type, "message": "no"]] as [String: Any],
    ]
  }

  static func gemini(_ request: JobRequest, _ provider: BatchProvider) -> Reply? {
    let path = request.path
    switch path.first {
    case "upload" where path == ["upload", "v1beta", "files"]:
      guard request.contentType.hasPrefix("multipart/related"), let parts = parts(request),
        parts.count == 2
      else { return refusal("no form") }
      let name = provider.store(lines(parts[1], name: "key", body: "request"))
      return ScriptedModel.reply(["file": ["name": "files/\(name)"]])
    case "download" where path.count == 4 && path[3].hasSuffix(":download"):
      let job = String(path[3].dropFirst("out-".count).dropLast(":download".count))
      return provider.answers(job).map { answers in
        provider.file(answers.map { name, object in geminiLine(name, object) })
      }
    case "v1beta" where path.dropFirst() == ["models", "tiny:batchGenerateContent"]:
      let batch = request.object["batch"] as? [String: Any]
      guard
        let file = (batch?["inputConfig"] as? [String: Any])?["fileName"] as? String,
        let job = provider.make(
          String(file.dropFirst("files/".count)), mark: batch?["displayName"] as? String ?? "")
      else { return refusal("bad batch") }
      return ScriptedModel.reply(geminiJob(job))
    case "v1beta" where path.count == 2 && path[1] == "batches":
      let jobs = provider.list()
      // The API leaves an empty list out.
      return ScriptedModel.reply(jobs.isEmpty ? [:] : ["operations": jobs.map(geminiJob)])
    case "v1beta" where path.count == 3 && path[1] == "batches":
      return provider.look(path[2]).map { ScriptedModel.reply(geminiJob($0)) }
    default: return nil
    }
  }

  private static func geminiJob(_ shown: BatchProvider.Shown) -> [String: Any] {
    let state = shown.isDone ? shown.isExpired ? "EXPIRED" : "SUCCEEDED" : "RUNNING"
    var metadata: [String: Any] = [
      "state": "BATCH_STATE_\(state)", "inputConfig": ["fileName": "files/\(shown.job.file)"],
      "batchStats": ["requestCount": String(shown.requests)],
    ]
    metadata["displayName"] = shown.mark
    var object: [String: Any] = ["name": "batches/\(shown.job.name)", "metadata": metadata]
    if shown.isDone {
      object["done"] = true
      // A job that expired has no results at all.
      if !shown.isExpired {
        object["response"] = ["responsesFile": "files/out-\(shown.job.name)"]
      }
    }
    return object
  }

  private static func geminiLine(_ name: String, _ object: [String: Any]) -> [String: Any] {
    let response = object["response"] as? [String: Any]
    guard let status = response?["status_code"] as? Int, let body = response?["body"] else {
      return ["key": name]
    }
    return status == 200
      ? ["key": name, "response": body]
      : ["key": name, "error": ["code": status, "message": "no"] as [String: Any]]
  }
}
