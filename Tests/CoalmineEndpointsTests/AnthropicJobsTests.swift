// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineTesting
import Foundation
import Testing

/// Hand-made cases, after Anthropic's API reference, and the request of Anthropic's own client (2.14.0).
@Suite struct `Batch jobs as Anthropic takes them` {
  private let endpoint = try! Endpoint(url: "https://api.test", model: "m", key: nil)
  private let jobs = try! DialectRegistry.dialect("anthropic-messages").jobs!
  private let mark = String(repeating: "0a", count: 16)

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

  @Test func `a job holds the requests themselves, as Anthropic's own client sends them`() throws {
    let bodies = [
      #"{"model":"M","max_tokens":8,"messages":[{"role":"user","content":"a\nb"}]}"#, "{}",
    ]
    let requests = bodies.enumerated().map {
      (name: "request-\($0.offset)", body: Array($0.element.utf8))
    }
    let request = try jobs.submit(requests, file: "none", mark: mark, at: endpoint)
    #expect(request.path == "/v1/messages/batches" && request.service.isEmpty)
    #expect(request.contentType == "application/json")
    #expect(request.headers.map { "\($0.name): \($0.value)" } == ["anthropic-version: 2023-06-01"])
    let expected: NSDictionary = [
      "requests": [
        [
          "custom_id": "\(mark)-request-0",
          "params": [
            "model": "M", "max_tokens": 8, "messages": [["role": "user", "content": "a\nb"]],
          ] as [String: Any],
        ], ["custom_id": "\(mark)-request-1", "params": [:] as [String: Any]],
      ] as [[String: Any]]
    ]
    #expect(try jsonObject(request.body ?? []) as NSDictionary == expected)
    // A name may have 64 letters, digits, '-' and '_': also that of the last request of a ledger.
    #expect("\(mark)-request-\(Int64.max)".utf8.count <= 64)
  }

  @Test func `every request says its version, and none leaves its place in the URL`() {
    let all = [
      jobs.upload([], at: endpoint), jobs.look("j", at: endpoint), jobs.fetch("j", at: endpoint),
      jobs.list(after: "j", at: endpoint),
    ]
    #expect(all.allSatisfy { $0.headers.map(\.name) == ["anthropic-version"] && $0.body == nil })
    #expect(
      all.map(\.path) == [
        "/v1/messages/batches?limit=1", "/v1/messages/batches/j", "/v1/messages/batches/j/results",
        "/v1/messages/batches?limit=100&after_id=j",
      ])
    #expect(jobs.look("../x?y", at: endpoint).path == "/v1/messages/batches/..%2Fx%3Fy")
    #expect(jobs.fetch("a#b", at: endpoint).path == "/v1/messages/batches/a%23b/results")
  }

  private static func shown(_ status: String, _ rest: String) -> String {
    #"{"id":"j","type":"message_batch","processing_status":"\#(status)","request_counts":{\#(rest)}}"#
  }

  @Test(arguments: [
    ("in_progress", #""processing":9,"succeeded":0"#, BatchJob.State.waiting(answered: 0)),
    ("canceling", #""processing":4,"succeeded":5"#, .waiting(answered: 5)),
    ("new_word", #""processing":4,"errored":2,"canceled":1,"expired":2"#, .waiting(answered: 5)),
    (
      "ended", #""processing":0,"succeeded":6,"errored":1,"expired":2"#,
      .ended(files: ["j"], .completed)
    ),
  ])
  func `every status is read`(_ status: String, _ counts: String, _ state: BatchJob.State) {
    let text = Self.shown(status, counts)
    let job = BatchJob(
      name: "j", mark: nil, file: nil, requests: 9, status: status, state: state)
    #expect(value(jobs.job(reply(text), at: endpoint)) == job)
    let page = value(
      jobs.jobs(reply(#"{"data":[\#(text)],"has_more":true,"last_id":"z"}"#), at: endpoint))
    #expect(page?.jobs == [job] && page?.next == "z")
    let newest = value(jobs.file(reply(#"{"data":[\#(text)],"has_more":true}"#), at: endpoint))
    #expect(newest == "j")
  }

  @Test func `a job that somebody cancelled says so, and an account may have none`() {
    let text =
      #"{"id":"j","processing_status":"ended","cancel_initiated_at":"2026-11-27T10:00:00Z"}"#
    let job = value(jobs.job(reply(text), at: endpoint))
    #expect(job?.state == .ended(files: ["j"], .cancelled) && job?.requests == nil)
    let empty = reply(#"{"data":[],"has_more":false,"first_id":null,"last_id":null}"#)
    #expect(value(jobs.file(empty, at: endpoint)) == "none")
    #expect(value(jobs.jobs(empty, at: endpoint))?.next == nil)
  }

  @Test func `an answer keeps the bytes of its message, and an error the status of its type`()
    throws
  {
    let message = #"{"content":[],  "stop_reason":"refusal", "s":"\ud83d\ude00 }{"}"#
    let text = """
      {"custom_id":"\(mark)-request-7","result":{"type":"succeeded","message":\(message)}}
      {"custom_id":"\(mark)-request-8","result":{"type":"expired"}}

      {"custom_id":"\(mark)-request-9","result":{"type":"canceled"}}
      {"custom_id":"other","result":{"type":"canceled"}}

      """
    let answers = try #require(value(jobs.answers(reply(text), at: endpoint)))
    #expect(answers.map(\.name) == ["request-7", "request-8", "request-9", "other"])
    #expect(answers.map(\.mark) == [mark, mark, mark, nil])
    #expect(answers[0].reply?.body == Array(message.utf8) && answers[0].reply?.status == 200)
    #expect(
      answers[1]
        == JobAnswer(
          name: "request-8", mark: mark, reply: nil, failure: "expired", isExpired: true))
    #expect(answers[2].reply == nil && answers[2].failure == "canceled" && !answers[2].isExpired)
  }

  @Test(arguments: [
    ("invalid_request_error", 400), ("authentication_error", 401), ("permission_error", 403),
    ("not_found_error", 404), ("request_too_large", 413), ("rate_limit_error", 429),
    ("api_error", 500), ("timeout_error", 504), ("overloaded_error", 529), ("new_error", 500),
  ])
  func `an error means what it means of a single request`(_ type: String, _ status: Int) throws {
    let inner = #"{"type":"\#(type)","message":"no"}"#
    let whole = #"{"type":"error","error":\#(inner)}"#
    for error in [whole, inner] {
      let line =
        #"{"custom_id":"\#(mark)-request-1","result":{"type":"errored","error":\#(error)}}"#
      let answer = try #require(value(jobs.answers(reply(line), at: endpoint))?.first)
      #expect(answer.reply?.status == status && answer.reply?.body == Array(error.utf8))
    }
  }

  @Test(arguments: ["", "{}", "[]", "{\"id\":1}", "not JSON", "{\"data\":{}}"])
  func `a reply of another shape is refused`(_ text: String) {
    #expect(error(jobs.file(reply(text), at: endpoint))?.exit == .endpointUnavailable)
    #expect(error(jobs.job(reply(text), at: endpoint))?.exit == .endpointUnavailable)
    #expect(error(jobs.jobs(reply(text), at: endpoint))?.exit == .endpointUnavailable)
    if !text.isEmpty {
      #expect(error(jobs.answers(reply(text), at: endpoint))?.exit == .endpointUnavailable)
    }
    let refused = reply(
      #"{"type":"error","error":{"type":"not_found_error","message":"gone away"}}"#, status: 404)
    #expect(error(jobs.answers(refused, at: endpoint))?.code == "not-found")
  }
}
