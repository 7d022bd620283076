// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineTesting
import Foundation
import Testing

/// Hand-made cases, after Google's pages on the Batch API and on files.
@Suite struct `Batch jobs as the Gemini API takes them` {
  private let endpoint = try! Endpoint(url: "https://api.test", model: "m/1", key: nil)
  private let jobs = try! DialectRegistry.dialect("gemini").jobs!

  private func reply(_ text: String, status: Int = 200) -> Reply {
    Reply(status: status, headers: [], body: Array(text.utf8))
  }

  private func value<Value>(_ reading: Reading<Value>) -> Value? {
    if case .value(let value) = reading { value } else { nil }
  }

  private func error<Value>(_ reading: Reading<Value>) -> CoalmineError? {
    switch reading {
    case .stop(let error), .unanswerable(let error): error
    default: nil
    }
  }

  @Test func `a file holds a key and a request per line, in a form with what it is`() throws {
    let bodies = [#"{"contents":[{"parts":[{"text":"a\nb --coalmine-0"}]}]}"#, "{\n \"x\": 1\n}"]
    let request = jobs.upload(
      bodies.enumerated().map { ("request-\($0.offset)", Array($0.element.utf8)) }, at: endpoint)
    #expect(request.contentType == "multipart/related; boundary=coalmine-1")
    #expect(
      request.headers.map { "\($0.name): \($0.value)" } == ["x-goog-upload-protocol: multipart"])
    let text = String(decoding: try #require(request.body), as: UTF8.self)
    let parts = text.components(separatedBy: "--coalmine-1")
    #expect(parts.count == 4 && parts[0].isEmpty && parts[3] == "--\r\n")
    #expect(
      parts[1]
        == "\r\ncontent-type: application/json\r\n\r\n"
        + "{\"file\":{\"displayName\":\"requests.jsonl\"}}\r\n")
    let head = "\r\ncontent-type: application/jsonl\r\n\r\n"
    #expect(parts[2].hasPrefix(head))
    let lines = parts[2].dropFirst(head.count).dropLast().split(separator: "\n")
    #expect(lines.count == 2)
    for (number, line) in lines.enumerated() {
      let parsed = try jsonObject(Array(line.utf8))
      #expect(parsed["key"] as? String == "request-\(number)" && parsed.count == 2)
      let body = try #require(parsed["request"] as? NSDictionary)
      #expect(try jsonObject(Array(bodies[number].utf8)) as NSDictionary == body)
    }
    let stored = reply(#"{"file":{"name":"files/abc","uri":"https://x.test/files/abc"}}"#)
    #expect(value(jobs.file(stored, at: endpoint)) == "files/abc")
  }

  @Test func `files move by services of their own before the version of the API`() throws {
    func urls(_ base: String, _ query: [String] = []) throws -> [String] {
      var extras = Endpoint.Extras()
      extras.query = try EndpointQuery(query)
      let place = try Endpoint(url: base, model: "m", key: nil, extras: extras)
      return [jobs.upload([], at: place), jobs.fetch("files/abc", at: place)].map {
        HTTPRequest($0, to: place).url
      }
    }
    #expect(
      try urls("https://api.test") == [
        "https://api.test/upload/v1beta/files",
        "https://api.test/download/v1beta/files/abc:download?alt=media",
      ])
    #expect(
      try urls("https://gate.test/google/v1", ["team=a"]) == [
        "https://gate.test/google/upload/v1/files?team=a",
        "https://gate.test/google/download/v1/files/abc:download?alt=media&team=a",
      ])
  }

  @Test func `a job is made of a file, with a mark`() throws {
    let request = try jobs.submit([], file: "files/abc", mark: "0a", at: endpoint)
    #expect(request.path == "/v1beta/models/m%2F1:batchGenerateContent")
    // google-genai 3.6.1 has the same fields, with the requests in place of the file.
    let expected: NSDictionary = [
      "batch": ["displayName": "0a", "inputConfig": ["fileName": "files/abc"]] as [String: Any]
    ]
    #expect(try jsonObject(request.body ?? []) as NSDictionary == expected)
    #expect(jobs.look("batches/x?y", at: endpoint).path == "/v1beta/batches/x%3Fy")
    #expect(jobs.fetch("batches/x", at: endpoint).path == "/v1beta/batches/x")
    #expect(jobs.list(after: nil, at: endpoint).path == "/v1beta/batches?pageSize=100")
    #expect(
      jobs.list(after: "a&b", at: endpoint).path == "/v1beta/batches?pageSize=100&pageToken=a%26b")
  }

  @Test func `Vertex AI, whose jobs need a bucket, has none`() throws {
    #expect(try DialectRegistry.dialect("gemini,host=vertex").jobs == nil)
  }

  @Test(arguments: [
    ("BATCH_STATE_PENDING", "", BatchJob.State.waiting(answered: 5)),
    ("BATCH_STATE_RUNNING", "", .waiting(answered: 5)),
    ("JOB_STATE_NEW", "", .waiting(answered: 5)),
    (
      "BATCH_STATE_SUCCEEDED", #","done":true,"response":{"responsesFile":"files/o"}"#,
      .ended(files: ["files/o"], .completed)
    ),
    (
      "JOB_STATE_SUCCEEDED",
      #","done":true,"response":{"inlinedResponses":{"inlinedResponses":[]}}"#,
      .ended(files: ["batches/j"], .completed)
    ),
    ("BATCH_STATE_EXPIRED", #","done":true"#, .ended(files: [], .expired)),
    ("BATCH_STATE_CANCELLED", #","done":true"#, .ended(files: [], .cancelled)),
    (
      "BATCH_STATE_FAILED", #","done":true,"error":{"code":3,"message":"bad line"}"#,
      .ended(files: [], .refused("bad line"))
    ),
    ("BATCH_STATE_FAILED", "", .ended(files: [], .refused("it gives no reason"))),
  ])
  func `every state is read`(_ status: String, _ rest: String, _ state: BatchJob.State) {
    let text =
      #"{"name":"batches/j","metadata":{"displayName":"0a","inputConfig":{"fileName":"files/i"},"#
      + #""state":"\#(status)","batchStats":{"requestCount":"9","successfulRequestCount":"3","#
      + #""failedRequestCount":"2"}}\#(rest)}"#
    let job = BatchJob(
      name: "batches/j", mark: "0a", file: "files/i", status: status, state: state)
    #expect(value(jobs.job(reply(text), at: endpoint)) == job)
    let page = value(
      jobs.jobs(reply(#"{"operations":[\#(text)],"nextPageToken":"t"}"#), at: endpoint))
    #expect(page?.jobs == [job] && page?.next == "t")
  }

  @Test func `the state and the output may stand in the metadata alone`() {
    let text =
      #"{"name":"batches/j","metadata":{"state":"BATCH_STATE_SUCCEEDED","#
      + #""output":{"responsesFile":"files/o"}}}"#
    #expect(
      value(jobs.job(reply(text), at: endpoint))?.state == .ended(files: ["files/o"], .completed))
    let broken = #"{"name":"batches/j","done":true,"error":{"code":13,"message":"internal"}}"#
    #expect(
      value(jobs.job(reply(broken), at: endpoint))?.state == .ended(files: [], .refused("internal"))
    )
  }

  @Test func `an account without jobs lists nothing, and another object is no list`() {
    #expect(value(jobs.jobs(reply("{}"), at: endpoint))?.jobs == [])
    #expect(value(jobs.jobs(reply(#"{"nextPageToken":""}"#), at: endpoint))?.next == nil)
    for text in [#"{"data":[]}"#, #"{"operations":{}}"#, "[]", "<html>"] {
      #expect(error(jobs.jobs(reply(text), at: endpoint))?.exit == .endpointUnavailable)
    }
  }

  /// Answers of a file and those inside an operation, which come with their key in another place.
  @Test(arguments: [true, false])
  func `an answer keeps the bytes of its response`(_ inlined: Bool) throws {
    let body = #"{"candidates":[],  "x": 1.10, "s":"\ud83d\ude00 }{"}"#
    let entries = [
      (7, #""response":\#(body)"#), (8, #""error":{"code":3,"message":"no","details":[]}"#),
      (9, #""error":{"code":8,"message":"busy"}"#), (10, #""other":1"#),
    ].map { number, rest in
      inlined
        ? #"{"metadata":{"key":"request-\#(number)"},\#(rest)}"#
        : #"{"key":"request-\#(number)",\#(rest)}"#
    }
    let list = "[" + entries.joined(separator: " ,\n ") + "]"
    let texts =
      inlined
      ? [
        #"{"name":"batches/j","response":{"inlinedResponses":{"inlinedResponses":\#(list)}}}"#,
        #"{"name":"batches/j","response":{"inlinedResponses":\#(list)}}"#,
        #"{"name":"batches/j","metadata":{"output":{"inlinedResponses":{"inlinedResponses":\#(list)}}}}"#,
      ] : [entries.joined(separator: "\n") + "\n"]
    for text in texts {
      let answers = try #require(value(jobs.answers(reply(text), at: endpoint)))
      #expect(answers.map(\.name) == ["request-7", "request-8", "request-9", "request-10"])
      #expect(answers[0].reply?.body == Array(body.utf8) && answers[0].reply?.status == 200)
      #expect(answers[1].reply?.status == 400)
      #expect(
        answers[1].reply?.body
          == Array(#"{"error":{"code":3,"message":"no","details":[]}}"#.utf8))
      #expect(answers[2].reply?.status == 429)
      #expect(answers[3].reply == nil && answers[3].failure == "no response")
    }
  }

  /// Codes of google.rpc.Code, and those that are statuses already.
  @Test(arguments: [
    (1, 503), (2, 500), (3, 400), (4, 504), (5, 404), (7, 403), (8, 429), (9, 400), (12, 501),
    (13, 500), (14, 503), (16, 401), (429, 429), (500, 500), (99, 500),
  ])
  func `a code means what it means of a single request`(_ code: Int, _ status: Int) throws {
    let line = #"{"key":"request-1","error":{"code":\#(code),"message":"no"}}"#
    let answer = try #require(value(jobs.answers(reply(line), at: endpoint))?.first)
    #expect(answer.reply?.status == status)
  }

  @Test(arguments: ["", "{}", "[]", "{\"id\":1}", "not JSON"])
  func `a reply of another shape is refused`(_ text: String) {
    #expect(error(jobs.file(reply(text), at: endpoint))?.exit == .endpointUnavailable)
    #expect(error(jobs.job(reply(text), at: endpoint))?.exit == .endpointUnavailable)
    if !text.isEmpty {
      #expect(error(jobs.answers(reply(text), at: endpoint))?.exit == .endpointUnavailable)
    }
  }
}
