// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Batch jobs of Anthropic: the requests stand in the request that makes the job.
///
/// ```
/// {"requests":[{"custom_id":"MARK-request-12","params":{…}}]}
/// {"id":"J","processing_status":"ended","request_counts":{"succeeded":8,"expired":1,…},…}
/// {"custom_id":"MARK-request-12","result":{"type":"succeeded","message":{…}}}
/// ```
///
/// A job has no field for a mark, so every request's name begins with it. The list shows how many
/// requests a job holds, and the newest job comes first.
///
/// Source: Anthropic API reference, "Message Batches",
/// https://platform.claude.com/docs/en/api/messages/batches/create.
struct AnthropicJobs: BatchJobs {
  private let routes: APIRoutes
  /// The version of the API, on every request.
  private let headers: [(name: String, value: String)]

  init(_ routes: APIRoutes, headers: [(name: String, value: String)]) {
    self.routes = routes
    self.headers = headers
  }

  var limits: JobLimits { JobLimits(requests: 100_000, bytes: 256_000_000) }
  var showsMarks: Bool { false }

  private static let route = "/v1/messages/batches"

  func upload(_ requests: [(name: String, body: [UInt8])], at endpoint: Endpoint) -> DialectRequest
  {
    get("", "?limit=1", endpoint)
  }

  func file(_ reply: Reply, at endpoint: Endpoint) -> Reading<String> {
    jobs(reply, at: endpoint).map { $0.jobs.first?.name ?? Self.noJob }
  }

  func submit(
    _ requests: [(name: String, body: [UInt8])], file: String, mark: String, at endpoint: Endpoint
  ) throws(CoalmineError) -> DialectRequest {
    var body = Array(#"{"requests":["#.utf8)
    for (place, request) in requests.enumerated() {
      let start = place == 0 ? "" : ","
      body += Array(#"\#(start){"custom_id":"\#(mark)-\#(request.name)","params":"#.utf8)
      body += request.body
      body.append(UInt8(ascii: "}"))
    }
    body += Array("]}".utf8)
    var made = DialectRequest(path: routes.path(Self.route, at: endpoint), body: body)
    made.headers = headers
    return made
  }

  func look(_ job: String, at endpoint: Endpoint) -> DialectRequest {
    get("/" + PathSegment.escaped(job), "", endpoint)
  }

  func job(_ reply: Reply, at endpoint: Endpoint) -> Reading<BatchJob> {
    replies(endpoint).value(reply, orElse: "the reply names no job and its status", Self.job)
  }

  func list(after: String?, at endpoint: Endpoint) -> DialectRequest {
    let rest = after.map { "&after_id=\(PathSegment.escaped($0))" } ?? ""
    return get("", "?limit=100" + rest, endpoint)
  }

  func jobs(_ reply: Reply, at endpoint: Endpoint) -> Reading<(jobs: [BatchJob], next: String?)> {
    replies(endpoint).value(reply, orElse: "the reply lists no jobs") { root in
      root["data"]?.elements.map { data in
        let jobs = data.compactMap(Self.job)
        return (
          jobs, root["has_more"]?.bool == true ? root["last_id"]?.string ?? jobs.last?.name : nil
        )
      }
    }
  }

  func fetch(_ file: String, at endpoint: Endpoint) -> DialectRequest {
    var request = get("/\(PathSegment.escaped(file))/results", "", endpoint)
    request.replyLimit = 1 << 30
    return request
  }

  func answers(_ reply: Reply, at endpoint: Endpoint) -> Reading<[JobAnswer]> {
    replies(endpoint).lines(reply, Self.answer)
  }

  /// The message stays byte for byte as it stands in the line.
  private static func answer(_ line: [UInt8]) -> JobAnswer? {
    guard let root = try? JSONDocument(parsing: line, repairing: true).root,
      let identity = root["custom_id"]?.string, let result = root["result"],
      let type = result["type"]?.string
    else { return nil }
    let parts = identity.split(separator: "-", maxSplits: 1).map(String.init)
    // A name of ours is a mark and the request's own name.
    let (mark, name) =
      parts.count == 2 && parts[0].utf8.count == 32 ? (parts[0], parts[1]) : (nil, identity)
    func body(_ key: String) -> [UInt8]? {
      JSONSpans.value(at: ["result", key], in: line).map { Array(line[$0]) }
    }
    switch type {
    case "succeeded":
      return body("message").map {
        JobAnswer(name: name, mark: mark, reply: JobReplies.reply(200, $0))
      }
    case "errored":
      guard let body = body("error") else { break }
      // The whole reply of an error, or what stands in it.
      let error = result["error"]
      let status = status(of: (error?["error"] ?? error)?["type"]?.string)
      return JobAnswer(name: name, mark: mark, reply: JobReplies.reply(status, body))
    default: break
    }
    return JobAnswer(
      name: name, mark: mark, reply: nil, failure: type, isExpired: type == "expired")
  }

  /// The status with which a single request gets an error of this type.
  ///
  /// Source: Anthropic, "Errors", https://platform.claude.com/docs/en/api/errors.
  private static func status(of type: String?) -> Int {
    switch type {
    case "invalid_request_error"?, "invalid_request"?: 400
    case "authentication_error"?: 401
    case "billing_error"?: 402
    case "permission_error"?: 403
    case "not_found_error"?: 404
    case "request_too_large"?: 413
    case "rate_limit_error"?: 429
    case "timeout_error"?: 504
    case "overloaded_error"?: 529
    default: 500
    }
  }

  private static func job(_ node: JSONNode) -> BatchJob? {
    guard let name = node["id"]?.string, let status = node["processing_status"]?.string else {
      return nil
    }
    func count(_ words: String...) -> Int {
      Int(clamping: words.reduce(0) { $0 &+ (node["request_counts"]?[$1]?.int ?? 0) })
    }
    let answered = count("succeeded", "errored", "canceled", "expired")
    let isCancelled = node["cancel_initiated_at"]?.string != nil
    return BatchJob(
      name: name, mark: nil, file: nil,
      requests: node["request_counts"] == nil ? nil : answered + count("processing"),
      status: status,
      // Each answer says by itself whether its request succeeded, expired or was cancelled.
      state: status == "ended"
        ? .ended(files: [name], isCancelled ? .cancelled : .completed)
        : .waiting(answered: answered))
  }

  private func get(_ rest: String, _ query: String, _ endpoint: Endpoint) -> DialectRequest {
    var request = DialectRequest.get(routes.path(Self.route + rest, at: endpoint) + query)
    request.headers = headers
    return request
  }

  private func replies(_ endpoint: Endpoint) -> JobReplies {
    JobReplies(endpoint: endpoint, path: routes.path(Self.route, at: endpoint))
  }
}
