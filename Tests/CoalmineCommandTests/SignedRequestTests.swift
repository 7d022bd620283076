// SPDX-License-Identifier: Apache-2.0

import CoalmineTesting
import Foundation
import Testing

/// AWS keys of the environment, through the program.
@Suite struct `Signed requests` {
  static let keys = [
    "AWS_ACCESS_KEY_ID": "AKIDMARKED0031415", "AWS_SECRET_ACCESS_KEY": "marked/secret+27182",
    "AWS_SESSION_TOKEN": "marked-session-14142", "AWS_REGION": "eu-west-1",
  ]
  static let marked = ["AKIDMARKED0031415", "marked/secret+27182", "marked-session-14142"]

  /// A server that repeats all that it is sent, and refuses the signature.
  private static func repeating(_ type: String) throws -> FaultServer {
    try FaultServer { wire in
      guard let request = wire.readRequest() else { return }
      let said = request.head.replacingOccurrences(of: "\r\n", with: " ")
      wire.send(
        wireReply(
          status: "403 No",
          headers: ["Connection: close", "x-amzn-errortype: \(type)", "x-repeated: \(said)"],
          #"{"message":"\#(said)","__type":"\#(said)"}"#))
    }
  }

  @Test func `marked keys and their token appear nowhere`() async throws {
    let server = try Self.repeating("InvalidSignatureException")
    let small = try await SmallStudy(canaries: 8, references: 3)
    for more in [[], ["--study", small.study]] {
      let outcome = try await CoalmineProgram.started(
        [
          "check", "--endpoint", server.url, "--model", "eu.m-v1:0", "--dialect",
          "bedrock-converse,sign=on",
        ] + more, environment: Self.keys
      ).outcome()
      #expect(outcome.code == 77, "\(outcome.notes)")
      #expect(outcome.notes.contains("signed with the AWS keys"), "\(outcome.notes)")
      for word in Self.marked {
        #expect(!(outcome.notes + outcome.text).contains(word), "\(outcome.notes)")
      }
    }
    let sent = try #require(server.requests.last).headers
    #expect(sent.contains("x-amz-security-token: marked-session-14142"))
    let prefix = "authorization: AWS4-HMAC-SHA256 Credential=AKIDMARKED0031415/"
    #expect(sent.contains { $0.hasPrefix(prefix) && $0.contains("/eu-west-1/bedrock/") })
    #expect(!sent.contains { $0.contains("27182") })
    for name in small.folder.names {
      let bytes = try Data(contentsOf: small.folder.url(name))
      for word in Self.marked {
        #expect(bytes.range(of: Data(word.utf8)) == nil, "\(name)")
      }
    }
    server.stop()
  }

  @Test func `a bearer key comes before the AWS keys, and a region that is missing is named`()
    async throws
  {
    let server = try Self.repeating("InvalidSignatureException")
    let words = [
      "check", "--endpoint", server.url, "--model", "m", "--dialect", "bedrock-converse,sign=on",
    ]
    let bearer = try await CoalmineProgram.started(
      words, environment: Self.keys.merging(["COALMINE_API_KEY": "bearer-16180"]) { $1 }
    ).outcome()
    #expect(!bearer.notes.contains("signed with"), "\(bearer.notes)")
    let sent = try #require(server.requests.last).headers
    #expect(sent.contains("authorization: Bearer bearer-16180"))
    #expect(!sent.contains { $0.hasPrefix("x-amz-") })
    let count = server.requests.count
    let none = try await CoalmineProgram.started(
      words, environment: Self.keys.filter { $0.key != "AWS_REGION" }
    ).outcome()
    #expect(none.code == 78 && none.notes.contains("set AWS_REGION"), "\(none.notes)")
    #expect(server.requests.count == count)
    server.stop()
  }
}
