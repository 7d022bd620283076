// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineTesting
import Foundation
import Testing

/// Hand-made cases, after the types of Mistral's own client (mistralai 3.7.0).
@Suite struct `Batch jobs as Mistral takes them` {
  private let endpoint = try! Endpoint(url: "https://api.test/v1", model: "m", key: nil)
  private let jobs = try! DialectRegistry.dialect("mistral-chat").jobs!

  private func reply(_ text: String, status: Int = 200) -> Reply {
    Reply(status: status, headers: [], body: Array(text.utf8))
  }

  private func value<Value>(_ reading: Reading<Value>) -> Value? {
    if case .value(let value) = reading { value } else { nil }
  }

  @Test func `a line holds the body without the model, which is the job's`() throws {
    let bodies = [
      #"{"model":"m","messages":[{"content":"a \"model\":\"m\", b"}]}"#, #"{"messages":[]}"#,
      #"{"model":"m"}"#,
    ]
    let request = jobs.upload(
      bodies.enumerated().map { ("request-\($0.offset)", Array($0.element.utf8)) }, at: endpoint)
    #expect(request.path == "/files")
    let lines = try #require(request.body).split(separator: UInt8(ascii: "\n")).map {
      String(decoding: $0, as: UTF8.self)
    }.filter { $0.hasPrefix("{\"custom_id\"") }
    #expect(
      lines == [
        #"{"custom_id":"request-0","body":{"messages":[{"content":"a \"model\":\"m\", b"}]}}"#,
        #"{"custom_id":"request-1","body":{"messages":[]}}"#,
        #"{"custom_id":"request-2","body":{"model":"m"}}"#,
      ])
  }

  @Test func `a job is made as Mistral's own client makes it, with a mark`() throws {
    let request = try jobs.submit([], file: "f", mark: "abc", at: endpoint)
    #expect(request.path == "/batch/jobs")
    let expected: NSDictionary = [
      "input_files": ["f"], "model": "m", "endpoint": "/v1/chat/completions", "timeout_hours": 24,
      "metadata": ["coalmine": "abc"],
    ]
    #expect(try jsonObject(request.body ?? []) as NSDictionary == expected)
    #expect(jobs.look("../x?y", at: endpoint).path == "/batch/jobs/..%2Fx%3Fy")
    #expect(
      jobs.list(after: "j", at: endpoint).path
        == "/batch/jobs?page=0&page_size=100&order_by=-created")
    #expect(try DialectRegistry.dialect("mistral-fim").jobs != nil)
  }

  @Test(arguments: [
    ("QUEUED", BatchJob.State.waiting(answered: 3)), ("RUNNING", .waiting(answered: 3)),
    ("CANCELLATION_REQUESTED", .waiting(answered: 3)), ("NEW_WORD", .waiting(answered: 3)),
    ("SUCCESS", .ended(files: ["o", "e"], .completed)),
    ("TIMEOUT_EXCEEDED", .ended(files: ["o", "e"], .expired)),
    ("CANCELLED", .ended(files: ["o", "e"], .cancelled)),
    ("FAILED", .ended(files: ["o", "e"], .refused("bad line"))),
  ])
  func `every status is read`(_ status: String, _ state: BatchJob.State) {
    let text =
      #"{"id":"j","object":"batch","input_files":["f"],"metadata":{"coalmine":"abc"},"#
      + #""status":"\#(status)","completed_requests":3,"output_file":"o","error_file":"e","#
      + #""errors":[{"message":"bad line","count":2}]}"#
    let job = value(jobs.job(reply(text), at: endpoint))
    #expect(
      job == BatchJob(name: "j", mark: "abc", file: "f", status: status, state: state))
    let page = value(jobs.jobs(reply("{\"total\":1,\"data\":[\(text)]}"), at: endpoint))
    #expect(page?.jobs == [job].compactMap { $0 } && page?.next == nil)
  }

  @Test func `a list may be empty, and another reply is none`() {
    #expect(value(jobs.jobs(reply(#"{"total":0,"object":"list"}"#), at: endpoint))?.jobs == [])
    for text in ["{}", "[]", "<html>"] {
      #expect(value(jobs.jobs(reply(text), at: endpoint)) == nil)
      #expect(value(jobs.job(reply(text), at: endpoint)) == nil)
    }
    #expect(value(jobs.job(reply("{}", status: 500), at: endpoint)) == nil)
  }
}
