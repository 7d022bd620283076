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
      // One line a request: no string of JSON holds a line feed.
      file += request.body.filter { $0 != UInt8(ascii: "\n") }
      file += Array("}\n".utf8)
    }
    return form(file, at: endpoint)
  }

  /// The request that uploads a file of requests: a form with its purpose.
  func form(_ file: [UInt8], at endpoint: Endpoint) -> DialectRequest {
    let boundary = Self.boundary(in: file)
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

  /// A line that the file does not hold.
  private static func boundary(in file: [UInt8]) -> String {
    var number = 0
    while ByteSearch.contains(file, Array("coalmine-\(number)".utf8)) { number += 1 }
    return "coalmine-\(number)"
  }

  func file(_ reply: Reply, at endpoint: Endpoint) -> Reading<String> {
    document(reply, "/files", endpoint).flatMap {
      $0.root["id"]?.string.map { .value($0) }
        ?? .stop(HTTPFault.shape("the reply names no file", endpoint, Self.help))
    }
  }

  func submit(file: String, mark: String, at endpoint: Endpoint) throws(CoalmineError)
    -> DialectRequest
  {
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
    document(reply, "/batches", endpoint).flatMap {
      Self.job($0.root).map { .value($0) }
        ?? .stop(HTTPFault.shape("the reply names no job and its status", endpoint, Self.help))
    }
  }

  func list(after: String?, at endpoint: Endpoint) -> DialectRequest {
    let rest = after.map { "&after=\(PathSegment.escaped($0))" } ?? ""
    return .get(routes.path("/batches", at: endpoint) + "?limit=100" + rest)
  }

  func jobs(_ reply: Reply, at endpoint: Endpoint) -> Reading<(jobs: [BatchJob], more: Bool)> {
    document(reply, "/batches", endpoint).flatMap { document in
      guard let data = document.root["data"]?.elements else {
        return .stop(HTTPFault.shape("the reply lists no jobs", endpoint, Self.help))
      }
      return .value((data.compactMap(Self.job), document.root["has_more"]?.bool ?? false))
    }
  }

  func fetch(_ file: String, at endpoint: Endpoint) -> DialectRequest {
    var request = DialectRequest.get(
      routes.path("/files/\(PathSegment.escaped(file))/content", at: endpoint))
    request.replyLimit = 1 << 30
    return request
  }

  func answers(_ reply: Reply, at endpoint: Endpoint) -> Reading<[JobAnswer]> {
    guard reply.status == 200 else {
      return document(reply, "/files", endpoint).flatMap { _ in
        .stop(HTTPFault.shape("the reply is no file of answers", endpoint, Self.help))
      }
    }
    var answers: [JobAnswer] = []
    var lines = 0
    for line in reply.body.split(separator: UInt8(ascii: "\n"))
    where line.contains(where: { $0 > 32 }) {
      lines += 1
      // What is cut off or spoilt takes no other answer with it.
      if let answer = Self.answer(Array(line)) { answers.append(answer) }
    }
    guard lines == 0 || !answers.isEmpty else {
      return .stop(
        HTTPFault.shape(
          "no line of the file of answers can be read", endpoint,
          "run the same command again: it fetches the file once more"))
    }
    return .value(answers)
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
    return JobAnswer(
      name: name,
      reply: Reply(
        status: status, headers: [(name: "content-type", value: "application/json")],
        body: Array(line[body])))
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

  private func document(_ reply: Reply, _ route: String, _ endpoint: Endpoint) -> Reading<
    JSONDocument
  > {
    // A job that could not be done holds an error of its own, and so does no other reply of 200.
    if reply.status == 200, let document = try? JSONDocument(parsing: reply.body, repairing: true) {
      return .value(document)
    }
    return HTTPFault(asks: [], endpoint: endpoint) {
      endpoint.address(routes.path(route, at: endpoint))
    }.document(of: reply)
  }

  private static let help = "does this server have batch jobs? without '--batch' it needs none"
}
