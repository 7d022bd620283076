// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import Foundation
import Testing

@Suite struct `Keys in requests about batch jobs` {
  private static let key = "marked-key-4711"

  @Test(arguments: [
    "openai-chat", "mistral-chat", "anthropic-messages", "gemini", "openai-completions",
    "mistral-fim",
  ])
  func `a key stands in one header of every request, and nowhere else`(_ name: String) throws {
    let dialect = try DialectRegistry.dialect(name)
    let jobs = try #require(dialect.jobs)
    let endpoint = try Endpoint(
      url: "https://api.test", model: "m", key: Secret(Self.key), dialect: dialect)
    let requests: [(name: String, body: [UInt8])] = [("request-1", Array("{}".utf8))]
    let mark = String(repeating: "a", count: 32)
    for request in [
      jobs.upload(requests, at: endpoint),
      try jobs.submit(requests, file: "files/f", mark: mark, at: endpoint),
      jobs.look("batches/j", at: endpoint), jobs.list(after: nil, at: endpoint),
      jobs.list(after: "n", at: endpoint), jobs.fetch("files/f", at: endpoint),
    ] {
      let sent = HTTPRequest(request, to: endpoint)
      #expect(!sent.url.contains(Self.key) && sent.url.hasPrefix("https://api.test/"))
      let body = String(decoding: sent.body?.reveal() ?? [], as: UTF8.self)
      #expect(!body.contains(Self.key))
      let holders = sent.headers.filter { $0.value.reveal().contains(Self.key) }.map(\.name)
      #expect(holders == [dialect.keyHeader ?? "authorization"])
    }
  }
}
