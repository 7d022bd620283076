// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Batch jobs of Mistral: a file of requests as OpenAI has it, and `/v1/batch/jobs`.
///
/// ```
/// {"custom_id":"request-12","body":{…}}                                  the model is the job's
/// {"input_files":["F"],"model":"M","endpoint":"/v1/chat/completions","timeout_hours":24,"metadata":{…}}
/// {"id":"J","status":"SUCCESS","output_file":"O","error_file":null,"completed_requests":9,…}
/// ```
///
/// Source: Mistral's own client, mistralai 3.7.0, `CreateBatchJobRequest` and `BatchJob`.
struct MistralJobs: BatchJobs {
  private let routes: APIRoutes
  /// Files are as OpenAI has them.
  private let files: OpenAIJobs

  init(_ routes: APIRoutes) {
    self.routes = routes
    files = OpenAIJobs(routes)
  }

  /// The client tells no limits; these are small enough for those of others.
  var limits: JobLimits { JobLimits(requests: 10_000, bytes: 100_000_000) }

  private static let metadataKey = "coalmine"

  func upload(_ requests: [(name: String, body: [UInt8])], at endpoint: Endpoint) -> DialectRequest
  {
    var file: [UInt8] = []
    for request in requests {
      file += Array(#"{"custom_id":"\#(request.name)","body":"#.utf8)
      file += JobReplies.line(Self.withoutModel(request.body))
      file += Array("}\n".utf8)
    }
    return files.form(file, at: endpoint)
  }

  /// The body without its first member, where that is the model.
  static func withoutModel(_ body: [UInt8]) -> [UInt8] {
    let start = Array(#"{"model":"#.utf8)
    guard body.starts(with: start), let value = JSONSpans.value(at: ["model"], in: body),
      value.lowerBound == start.count, body.indices.contains(value.upperBound),
      body[value.upperBound] == UInt8(ascii: ",")
    else { return body }
    return [UInt8(ascii: "{")] + body[(value.upperBound + 1)...]
  }

  func file(_ reply: Reply, at endpoint: Endpoint) -> Reading<String> {
    files.file(reply, at: endpoint)
  }

  func submit(
    _ requests: [(name: String, body: [UInt8])], file: String, mark: String, at endpoint: Endpoint
  ) throws(CoalmineError) -> DialectRequest {
    try .post(routes.path("/batch/jobs", at: endpoint)) { body in
      try body.array("input_files") { try $0.value(file) }
      try body.field("model", endpoint.model)
      try body.field("endpoint", "/v1" + routes.main)
      try body.field("timeout_hours", 24)
      try body.object("metadata") { try $0.field(Self.metadataKey, mark) }
    }
  }

  func look(_ job: String, at endpoint: Endpoint) -> DialectRequest {
    .get(routes.path("/batch/jobs/\(PathSegment.escaped(job))", at: endpoint))
  }

  func job(_ reply: Reply, at endpoint: Endpoint) -> Reading<BatchJob> {
    replies(endpoint).value(reply, orElse: "the reply names no job and its status", Self.job)
  }

  /// Pages have numbers, and jobs are listed the newest first: one that was just made is among the
  /// first hundred.
  func list(after: String?, at endpoint: Endpoint) -> DialectRequest {
    .get(routes.path("/batch/jobs", at: endpoint) + "?page=0&page_size=100&order_by=-created")
  }

  func jobs(_ reply: Reply, at endpoint: Endpoint) -> Reading<(jobs: [BatchJob], next: String?)> {
    replies(endpoint).value(reply, orElse: "the reply lists no jobs") { root in
      // Without jobs the list may be left out.
      (root["data"]?.elements ?? (root["total"] == nil ? nil : [])).map {
        ($0.compactMap(Self.job), nil)
      }
    }
  }

  func fetch(_ file: String, at endpoint: Endpoint) -> DialectRequest {
    files.fetch(file, at: endpoint)
  }

  func answers(_ reply: Reply, at endpoint: Endpoint) -> Reading<[JobAnswer]> {
    files.answers(reply, at: endpoint)
  }

  private static func job(_ node: JSONNode) -> BatchJob? {
    guard let name = node["id"]?.string, let status = node["status"]?.string else { return nil }
    let files = ["output_file", "error_file"].compactMap { node[$0]?.string }
    let state: BatchJob.State
    switch status {
    case "SUCCESS": state = .ended(files: files, .completed)
    case "TIMEOUT_EXCEEDED": state = .ended(files: files, .expired)
    case "CANCELLED": state = .ended(files: files, .cancelled)
    case "FAILED":
      let words = node["errors"]?.elements?.first?["message"]?.string
      state = .ended(files: files, .refused(words ?? "it gives no reason"))
    // QUEUED, RUNNING, CANCELLATION_REQUESTED, and what may come.
    default:
      state = .waiting(answered: Int(clamping: node["completed_requests"]?.int ?? 0))
    }
    return BatchJob(
      name: name, mark: node["metadata"]?[metadataKey]?.string,
      file: node["input_files"]?.elements?.first?.string, status: status, state: state)
  }

  private func replies(_ endpoint: Endpoint) -> JobReplies {
    JobReplies(endpoint: endpoint, path: routes.path("/batch/jobs", at: endpoint))
  }
}
