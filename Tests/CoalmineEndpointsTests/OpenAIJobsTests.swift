// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineEndpoints
import CoalmineTesting
import Foundation
import Testing

@Suite struct `Batch jobs as OpenAI takes them` {
  private let endpoint = try! Endpoint(url: "https://api.test/v1", model: "m", key: nil)
  private let jobs = try! DialectRegistry.dialect("openai-chat").jobs!

  private func object(_ bytes: [UInt8]?) throws -> [String: Any] {
    try jsonObject(bytes ?? [])
  }

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

  @Test func `a file holds one line per request, in a form with its purpose`() throws {
    let bodies = [
      #"{"model":"m","messages":[{"content":"a\nb --coalmine-0"}]}"#, "{\n \"x\": 1\n}",
    ]
    let request = jobs.upload(
      bodies.enumerated().map { ("request-\($0.offset)", Array($0.element.utf8)) }, at: endpoint)
    #expect(request.path == "/files")
    // A boundary that no request holds.
    #expect(request.contentType == "multipart/form-data; boundary=coalmine-1")
    let text = String(decoding: try #require(request.body), as: UTF8.self)
    let parts = text.components(separatedBy: "--coalmine-1")
    #expect(parts.count == 4 && parts[0].isEmpty && parts[3] == "--\r\n")
    #expect(
      parts[1] == "\r\ncontent-disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n")
    let head = try #require(parts[2].range(of: "\r\n\r\n"))
    #expect(parts[2][..<head.lowerBound].contains("name=\"file\"; filename=\"requests.jsonl\""))
    let lines = parts[2][head.upperBound...].dropLast().split(separator: "\n")
    #expect(lines.count == 2)
    for (number, line) in lines.enumerated() {
      let parsed = try object(Array(line.utf8))
      #expect(parsed["custom_id"] as? String == "request-\(number)")
      #expect(parsed["method"] as? String == "POST")
      #expect(parsed["url"] as? String == "/v1/chat/completions")
      let body = try #require(parsed["body"] as? NSDictionary)
      #expect(try object(Array(bodies[number].utf8)) as NSDictionary == body)
    }
  }

  @Test func `a job is made as OpenAI's own client makes it, with a mark`() throws {
    let request = try jobs.submit([], file: "f", mark: "abc", at: endpoint)
    // What openai-python 3.57.0 sends, and the metadata beside it.
    let client =
      #"{"completion_window":"24h","endpoint":"/v1/chat/completions","input_file_id":"f"}"#
    var expected = try object(Array(client.utf8))
    expected["metadata"] = ["coalmine": "abc"]
    #expect(request.path == "/batches" && request.contentType == "application/json")
    #expect(try object(request.body) as NSDictionary == expected as NSDictionary)
  }

  @Test func `names of the provider cannot leave their place in a URL`() throws {
    #expect(jobs.look("batch_1", at: endpoint).path == "/batches/batch_1")
    #expect(jobs.look("../x?y#z", at: endpoint).path == "/batches/..%2Fx%3Fy%23z")
    #expect(jobs.fetch("file-1", at: endpoint).path == "/files/file-1/content")
    #expect(jobs.fetch("file-1", at: endpoint).body == nil)
    #expect(jobs.list(after: nil, at: endpoint).path == "/batches?limit=100")
    #expect(jobs.list(after: "a&b", at: endpoint).path == "/batches?limit=100&after=a%26b")
    // A query of the user's own stands behind ours.
    var extras = Endpoint.Extras()
    extras.query = try EndpointQuery(["api-version=1"])
    let azure = try Endpoint(
      url: "https://x.test/openai/v1", model: "m", key: nil, extras: extras)
    #expect(
      azure.address(jobs.list(after: nil, at: azure).path)
        == "https://x.test/openai/v1/batches?limit=100&api-version=1")
  }

  @Test func `the last job of a page tells where the next one begins`() {
    func page(_ more: String) -> String? {
      value(
        jobs.jobs(
          reply(
            #"{"data":[{"id":"a","status":"completed"},{"id":"b","status":"completed"}]\#(more)}"#),
          at: endpoint))?.next
    }
    #expect(page(#","has_more":true"#) == "b")
    #expect(page(#","has_more":false"#) == nil && page("") == nil)
  }

  private func job(_ text: String) -> BatchJob? { value(jobs.job(reply(text), at: endpoint)) }

  @Test func `a job waits until its status says that it ended`() throws {
    for status in ["validating", "in_progress", "finalizing", "cancelling", "some_new_word"] {
      let text =
        #"{"id":"b","status":"\#(status)","request_counts":{"completed":3,"failed":2},"metadata":null}"#
      #expect(
        job(text)
          == BatchJob(
            name: "b", mark: nil, file: nil, status: status, state: .waiting(answered: 5)))
    }
    let ends: [(String, BatchJob.End)] = [
      ("completed", .completed), ("expired", .expired), ("cancelled", .cancelled),
      ("failed", .refused("it gives no reason")),
    ]
    for (status, end) in ends {
      let text =
        #"{"id":"b","status":"\#(status)","metadata":{"coalmine":"m"},"input_file_id":"i","#
        + #""output_file_id":"o","error_file_id":"e"}"#
      #expect(
        job(text)
          == BatchJob(
            name: "b", mark: "m", file: "i", status: status, state: .ended(files: ["o", "e"], end)))
    }
    let refused = job(
      #"{"id":"b","status":"failed","errors":{"data":[{"message":"bad line"}]},"output_file_id":null}"#
    )
    #expect(refused?.state == .ended(files: [], .refused("bad line")))
  }

  @Test func `an answer keeps the bytes of its body`() throws {
    let body = #"{"choices":[],  "x": 1.10, "s":"\ud83d\ude00 }{"}"#
    let text = """
      {"custom_id":"request-7","response":{"status_code":200,"request_id":"r","body":\(body)},"error":null}

      {"id":"l","custom_id":"request-8","response":null,"error":{"code":"batch_expired","message":"m"}}
      {"custom_id":"request-9","response":{"status_code":400,"body":{"error":{"message":"no"}}}}

      """
    let answers = try #require(value(jobs.answers(reply(text), at: endpoint)))
    #expect(answers.map(\.name) == ["request-7", "request-8", "request-9"])
    #expect(answers[0].reply?.body == Array(body.utf8) && answers[0].reply?.status == 200)
    #expect(answers[1].reply == nil && answers[1].failure == "batch_expired")
    #expect(answers[1].isExpired && !answers[0].isExpired)
    #expect(answers[2].reply?.status == 400)
  }

  @Test(arguments: ["", "{}", "[]", "{\"id\":1}", "not JSON", "{\"data\":{}}"])
  func `a reply of another shape is refused`(_ text: String) {
    #expect(error(jobs.file(reply(text), at: endpoint))?.exit == .endpointUnavailable)
    #expect(error(jobs.job(reply(text), at: endpoint))?.exit == .endpointUnavailable)
    #expect(error(jobs.jobs(reply(text), at: endpoint))?.exit == .endpointUnavailable)
    if !text.isEmpty {
      #expect(error(jobs.answers(reply(text), at: endpoint))?.exit == .endpointUnavailable)
    }
  }

  @Test func `an error of the provider is told in its words`() {
    let refused = reply(#"{"error":{"message":"Unknown route"}}"#, status: 404)
    for error in [
      error(jobs.file(refused, at: endpoint)), error(jobs.job(refused, at: endpoint)),
      error(jobs.jobs(refused, at: endpoint)), error(jobs.answers(refused, at: endpoint)),
    ] {
      #expect(error?.code == "not-found")
      #expect(error?.details.contains { $0.contains("Unknown route") } == true)
    }
  }
}
