// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import Testing

@Suite struct `Waits that a body names` {
  private static func reply(
    _ delay: String, status: Int = 429, _ headers: [(name: String, value: String)] = [],
    type: String = "type.googleapis.com/google.rpc.RetryInfo", list: Bool = false
  ) -> Reply {
    let body =
      #"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"slow down","details":["#
      + #"{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[]},"#
      + #"{"@type":"\#(type)","retryDelay":\#(delay)}]}}"#
    return Reply(
      status: status, headers: headers, body: Array((list ? "[\(body)]" : body).utf8))
  }

  @Test func `count where no header says more`() {
    #expect(RateLimitHeaders.wait(Self.reply(#""17s""#).pacingHeaders) == 17)
    #expect(RateLimitHeaders.wait(Self.reply(#""0.5s""#, status: 503).pacingHeaders) == 0.5)
    #expect(RateLimitHeaders.wait(Self.reply(#""17s""#, list: true).pacingHeaders) == 17)
    let header = Self.reply(#""17s""#, [(name: "retry-after", value: "3")])
    #expect(RateLimitHeaders.wait(header.pacingHeaders) == 3)
    // The reply itself stays as it came.
    #expect(Self.reply(#""17s""#).headers.isEmpty)
  }

  @Test(arguments: [
    reply(#""soon""#), reply("17"), reply("null"), reply(#""-3s""#), reply(#""17s""#, status: 200),
    reply(#""17s""#, type: "type.googleapis.com/google.rpc.ErrorInfo"),
    Reply(status: 429, headers: [], body: Array("RetryInfo".utf8)),
  ])
  func `are nothing where they cannot be read`(_ reply: Reply) {
    #expect(RateLimitHeaders.wait(reply.pacingHeaders) == nil)
  }
}
