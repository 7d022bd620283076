// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Batch jobs of OpenAI and of those that speak like it: a file of requests, `/v1/batches`.
///
/// ```
/// {"custom_id":"request-12","method":"POST","url":"/v1/chat/completions","body":{…}}
/// {"custom_id":"request-12","response":{"status_code":200,"body":{…}},"error":null}
/// ```
///
/// Source: OpenAI API reference, "Batch", https://platform.openai.com/docs/api-reference/batch.
struct OpenAIJobs: BatchJobs {
  private let routes: APIRoutes

  init(_ routes: APIRoutes) { self.routes = routes }

  var limits: JobLimits { JobLimits(requests: 50_000, bytes: 200_000_000) }

  /// The route of the requests in the file: always the provider's own, whatever stands before it.
  private var route: String { "/v1" + routes.main }

  private static let metadataKey = "coalmine"

  func upload(_ requests: [(name: String, body: [UInt8])], at endpoint: Endpoint) -> DialectRequest
  {
    var file: [UInt8] = []
    for request in requests {
      file += Array(
        #"{"custom_id":"\#(request.name)","method":"POST","url":"\#(route)","body":"#.utf8)
      file += JobReplies.line(request.body)
      file += Array("}\n".utf8)
    }
    return form(file, at: endpoint)
  }

  /// The request that uploads a file of requests: a form with its purpose.
  func form(_ file: [UInt8], at endpoint: Endpoint) -> DialectRequest {
    let boundary = JobReplies.boundary(in: file)
    let dashes = "--"
    let head = """
      \(dashes)\(boundary)\r
      content-disposition: form-data; name="purpose"\r
      \r
      batch\r
      \(dashes)\(boundary)\r
      content-disposition: form-data; name="file"; filename="requests.jsonl"\r
      content-type: application/jsonl\r
      \r

      """
    let end = "\r\n\(dashes)\(boundary)\(dashes)\r\n"
    var request = DialectRequest(
      path: routes.path("/files", at: endpoint),
      body: Array(head.utf8) + file + Array(end.utf8))
    request.contentType = "multipart/form-data; boundary=\(boundary)"
    return request
  }

  func file(_ reply: Reply, at endpoint: Endpoint) -> Reading<String> {
    replies("/files", endpoint).value(reply, orElse: "the reply names no file") { $0["id"]?.string }
  }

  func submit(
    _ requests: [(name: String, body: [UInt8])], file: String, mark: String, at endpoint: Endpoint
  ) throws(CoalmineError) -> DialectRequest {
    try .post(routes.path("/batches", at: endpoint)) { body in
      try body.field("input_file_id", file)
      try body.field("endpoint", route)
      try body.field("completion_window", "24h")
      try body.object("metadata") { try $0.field(Self.metadataKey, mark) }
    }
  }

  func look(_ job: String, at endpoint: Endpoint) -> DialectRequest {
    .get(routes.path("/batches/\(PathSegment.escaped(job))", at: endpoint))
  }

  func job(_ reply: Reply, at endpoint: Endpoint) -> Reading<BatchJob> {
    replies("/batches", endpoint).value(
      reply, orElse: "the reply names no job and its status", Self.job)
  }

  func list(after: String?, at endpoint: Endpoint) -> DialectRequest {
    let rest = after.map { "&after=\(PathSegment.escaped($0))" } ?? ""
    return .get(routes.path("/batches", at: endpoint) + "?limit=100" + rest)
  }

  func jobs(_ reply: Reply, at endpoint: Endpoint) -> Reading<(jobs: [BatchJob], next: String?)> {
    replies("/batches", endpoint).value(reply, orElse: "the reply lists no jobs") { root in
      root["data"]?.elements.map { data in
        let jobs = data.compactMap(Self.job)
        return (jobs, root["has_more"]?.bool == true ? jobs.last?.name : nil)
      }
    }
  }

  func fetch(_ file: String, at endpoint: Endpoint) -> DialectRequest {
    var request = DialectRequest.get(
      routes.path("/files/\(PathSegment.escaped(file))/content", at: endpoint))
    request.replyLimit = 1 << 30
    return request
  }

  func answers(_ reply: Reply, at endpoint: Endpoint) -> Reading<[JobAnswer]> {
    replies("/files", endpoint).lines(reply, Self.answer)
  }

  /// The body stays byte for byte as it stands in the line: it is what the model's server said.
  private static func answer(_ line: [UInt8]) -> JobAnswer? {
    guard let root = try? JSONDocument(parsing: line, repairing: true).root,
      let name = root["custom_id"]?.string
    else { return nil }
    let error = root["error"]?["code"]?.string ?? root["error"]?["message"]?.string
    guard let status = root["response"]?["status_code"]?.int.flatMap(Int.init(exactly:)),
      let body = JSONSpans.value(at: ["response", "body"], in: line)
    else {
      return JobAnswer(
        name: name, reply: nil, failure: error ?? "no response",
        isExpired: error == "batch_expired")
    }
    return JobAnswer(name: name, reply: JobReplies.reply(status, Array(line[body])))
  }

  private static func job(_ node: JSONNode) -> BatchJob? {
    guard let name = node["id"]?.string, let status = node["status"]?.string else { return nil }
    let files = ["output_file_id", "error_file_id"].compactMap { node[$0]?.string }
    let state: BatchJob.State
    switch status {
    case "completed": state = .ended(files: files, .completed)
    case "expired": state = .ended(files: files, .expired)
    case "cancelled": state = .ended(files: files, .cancelled)
    case "failed":
      let words = node["errors"]?["data"]?.elements?.first?["message"]?.string
      state = .ended(files: files, .refused(words ?? "it gives no reason"))
    default:
      let counts = node["request_counts"]
      state = .waiting(
        answered: Int(
          clamping: (counts?["completed"]?.int ?? 0) &+ (counts?["failed"]?.int ?? 0)))
    }
    return BatchJob(
      name: name, mark: node["metadata"]?[metadataKey]?.string,
      file: node["input_file_id"]?.string, status: status, state: state)
  }

  private func replies(_ route: String, _ endpoint: Endpoint) -> JobReplies {
    JobReplies(endpoint: endpoint, path: routes.path(route, at: endpoint))
  }
}
