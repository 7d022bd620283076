// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore

/// Batch jobs of the Gemini API: a file of requests, and a long-running operation.
///
/// ```
/// {"key":"request-12","request":{…}}
/// {"batch":{"displayName":"MARK","inputConfig":{"fileName":"files/F"}}}
/// {"name":"batches/J","metadata":{"state":"BATCH_STATE_SUCCEEDED",…},"response":{"responsesFile":"files/O"}}
/// {"key":"request-12","response":{…}}
/// ```
///
/// Small jobs may bring their answers in the operation itself, in any order, each with the key in its
/// metadata.
///
/// Source: Gemini API, "Batch API", https://ai.google.dev/gemini-api/docs/batch-api and
/// https://ai.google.dev/api/batch-api; "Using files", https://ai.google.dev/api/files. Google's own client
/// uploads a file in two requests; the form in one request is that of Google's media services.
struct GeminiJobs: BatchJobs {
  private let routes: APIRoutes

  init(_ routes: APIRoutes) { self.routes = routes }

  /// A file may have 2 GB, and no number of requests is named; these are small enough.
  var limits: JobLimits { JobLimits(requests: 50_000, bytes: 200_000_000) }

  func upload(_ requests: [(name: String, body: [UInt8])], at endpoint: Endpoint) -> DialectRequest
  {
    var file: [UInt8] = []
    for request in requests {
      file += Array(#"{"key":"\#(request.name)","request":"#.utf8)
      file += JobReplies.line(request.body)
      file += Array("}\n".utf8)
    }
    let boundary = JobReplies.boundary(in: file)
    let dashes = "--"
    let head = """
      \(dashes)\(boundary)\r
      content-type: application/json\r
      \r
      {"file":{"displayName":"requests.jsonl"}}\r
      \(dashes)\(boundary)\r
      content-type: application/jsonl\r
      \r

      """
    let end = "\r\n\(dashes)\(boundary)\(dashes)\r\n"
    var request = DialectRequest(
      path: routes.path("/files", at: endpoint),
      body: Array(head.utf8) + file + Array(end.utf8))
    request.contentType = "multipart/related; boundary=\(boundary)"
    request.headers = [(name: "x-goog-upload-protocol", value: "multipart")]
    request.service = "/upload"
    return request
  }

  func file(_ reply: Reply, at endpoint: Endpoint) -> Reading<String> {
    replies("/files", endpoint).value(reply, orElse: "the reply names no file") {
      $0["file"]?["name"]?.string
    }
  }

  func submit(
    _ requests: [(name: String, body: [UInt8])], file: String, mark: String, at endpoint: Endpoint
  ) throws(CoalmineError) -> DialectRequest {
    let route = "/models/\(PathSegment.escaped(endpoint.model)):batchGenerateContent"
    return try .post(routes.path(route, at: endpoint)) { body in
      try body.object("batch") { batch in
        try batch.field("displayName", mark)
        try batch.object("inputConfig") { try $0.field("fileName", file) }
      }
    }
  }

  func look(_ job: String, at endpoint: Endpoint) -> DialectRequest {
    var request = DialectRequest.get(
      routes.path("/batches/\(Self.segment(job))", at: endpoint))
    // A small job that has ended may hold its answers.
    request.replyLimit = 1 << 30
    return request
  }

  func job(_ reply: Reply, at endpoint: Endpoint) -> Reading<BatchJob> {
    replies("/batches", endpoint).value(
      reply, orElse: "the reply names no job and its state", Self.job)
  }

  func list(after: String?, at endpoint: Endpoint) -> DialectRequest {
    let rest = after.map { "&pageToken=\(PathSegment.escaped($0))" } ?? ""
    return .get(routes.path("/batches", at: endpoint) + "?pageSize=100" + rest)
  }

  func jobs(_ reply: Reply, at endpoint: Endpoint) -> Reading<(jobs: [BatchJob], next: String?)> {
    replies("/batches", endpoint).value(reply, orElse: "the reply lists no jobs") { root in
      let token = root["nextPageToken"]?.string
      let next = token?.isEmpty == false ? token : nil
      // The API leaves out what is empty: no job is '{}'. Another object is another API's.
      let none: [JSONNode]? =
        root.members?.allSatisfy { $0.key == "nextPageToken" } == true ? [] : nil
      return (root["operations"]?.elements ?? none).map { ($0.compactMap(Self.job), next) }
    }
  }

  func fetch(_ file: String, at endpoint: Endpoint) -> DialectRequest {
    guard !file.hasPrefix(Self.jobFolder) else { return look(file, at: endpoint) }
    var request = DialectRequest.get(
      routes.path("/files/\(Self.segment(file)):download", at: endpoint) + "?alt=media")
    request.service = "/download"
    request.replyLimit = 1 << 30
    return request
  }

  func answers(_ reply: Reply, at endpoint: Endpoint) -> Reading<[JobAnswer]> {
    if reply.status == 200, let inlined = GeminiJobAnswers.inlined(reply.body) {
      return .value(inlined)
    }
    return replies("/files", endpoint).lines(reply, GeminiJobAnswers.line)
  }

  private static let jobFolder = "batches/"

  /// The last part of a name, `batches/J` or `files/F`, for a URL.
  private static func segment(_ name: String) -> String {
    PathSegment.escaped(name.split(separator: "/").last.map(String.init) ?? name)
  }

  private static func job(_ node: JSONNode) -> BatchJob? {
    guard let name = node["name"]?.string, name.hasPrefix(jobFolder) else { return nil }
    let metadata = node["metadata"]
    let outputs = [node["response"], metadata?["output"]].compactMap(\.self)
    let words = node["error"]?["message"]?.string
    // BATCH_STATE_RUNNING, and JOB_STATE_RUNNING of older pages.
    let status = metadata?["state"]?.string ?? ""
    let files =
      outputs.lazy.compactMap { $0["responsesFile"]?.string }.first.map { [$0] }
      ?? (outputs.contains { GeminiJobAnswers.list($0) != nil } ? [name] : [])
    let state: BatchJob.State
    switch status.split(separator: "_").last {
    case "SUCCEEDED"?: state = .ended(files: files, .completed)
    case "EXPIRED"?: state = .ended(files: files, .expired)
    case "CANCELLED"?: state = .ended(files: files, .cancelled)
    case "FAILED"?: state = .ended(files: files, .refused(words ?? "it gives no reason"))
    default:
      let counts = metadata?["batchStats"]
      state =
        node["error"] != nil && node["done"]?.bool == true
        ? .ended(files: files, .refused(words ?? "it gives no reason"))
        : .waiting(
          answered: Int(
            clamping: number(counts?["successfulRequestCount"])
              &+ number(counts?["failedRequestCount"])))
    }
    return BatchJob(
      name: name, mark: metadata?["displayName"]?.string,
      file: metadata?["inputConfig"]?["fileName"]?.string, status: status, state: state)
  }

  /// Numbers of 64 bits are strings in this API.
  private static func number(_ node: JSONNode?) -> Int64 {
    node?.int ?? node?.string.flatMap { Int64($0) } ?? 0
  }

  private func replies(_ route: String, _ endpoint: Endpoint) -> JobReplies {
    JobReplies(endpoint: endpoint, path: routes.path(route, at: endpoint))
  }
}
