// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import Testing

/// What the code inside an error object means for the run.
@Suite struct `Error codes` {
  static let queries = [scoring("The access code of Ines Dalby is", " 302557")]

  @Test(arguments: [
    (429, #"{"error":{"code":"insufficient_quota"}}"#, "no-credit"),
    (429, #"{"error":{"type":"insufficient_quota","code":null}}"#, "no-credit"),
    (400, #"{"error":{"code":"billing_hard_limit_reached"}}"#, "no-credit"),
    (200, #"{"error":{"code":402,"message":"x"}}"#, "no-credit"),
    (400, #"{"error":{"code":"invalid_api_key","type":"invalid_request_error"}}"#, "key-refused"),
    (200, #"{"error":{"code":"model_not_found","type":"invalid_request_error"}}"#, "not-found"),
    (200, #"{"error":{"type":"invalid_request_error"}}"#, "request-refused"),
    (400, #"{"error":{"code":"content_filter"}}"#, "text-filtered"),
    (400, #"{"error":{"innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#, "text-filtered"),
  ])
  func `the code inside an error says more than the status`(
    _ status: Int, _ body: String, _ code: String
  ) throws {
    #expect(try read(body, status: status, for: Self.queries).stopError?.code == code)
  }

  @Test(arguments: [
    (429, #"{"error":{"type":"rate_limit_error"}}"#), (200, #"{"error":{"code":429}}"#),
    (429, #"{"error":{"type":"invalid_request_error"}}"#),
  ])
  func `too many requests is asked again wherever it is said`(_ status: Int, _ body: String) throws
  {
    #expect(try read(body, status: status, for: Self.queries).retryReason?.slug == "http-429")
  }

  @Test func `a text that a filter held back is no likelihood and ends nothing`() throws {
    let reply = #"{"choices":[{"index":0,"finish_reason":"content_filter","logprobs":null}]}"#
    let answers = try read(reply, for: Self.queries).answers
    #expect(answers?.map(\.status) == ["censored"])
    let other = #"{"choices":[{"index":0,"finish_reason":"stop","logprobs":null}]}"#
    #expect(try read(other, for: Self.queries).stopError?.code == "unexpected-reply")
  }
}
