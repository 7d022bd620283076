// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineTesting
import Synchronization
import Testing

/// Where keys of AWS come from, when a request is signed, and what a refusal says.
@Suite struct `Requests that are signed` {
  static let bedrock = "https://bedrock-runtime.eu-west-1.amazonaws.com"
  static let keys = [
    "AWS_ACCESS_KEY_ID": "AKIDMARKED01", "AWS_SECRET_ACCESS_KEY": "marked/secret+key",
  ]

  private static func find(
    _ url: String, _ environment: [String: String], dialect name: String = "bedrock-converse",
    beside headers: String = ""
  ) throws -> AWSSigner? {
    let rule = try #require(dialect(name).signing)
    return try AWSSigner.find(
      for: url, rule, beside: try ExtraHeaders(Array(headers.utf8), from: "a test")
    ) { environment[$0] }
  }

  @Test func `only a dialect of AWS signs`() {
    let signing = DialectRegistry.all.filter { dialect($0.slug).signing != nil }.map(\.slug)
    #expect(signing == ["bedrock-converse"])
  }

  @Test func `keys of the environment sign at Bedrock's hosts alone`() throws {
    #expect(try Self.find(Self.bedrock, Self.keys)?.region == "eu-west-1")
    #expect(try Self.find(Self.bedrock, [:]) == nil)
    // The host says for which region it is, whatever a variable says.
    let other = Self.keys.merging(["AWS_REGION": "us-east-1"]) { $1 }
    #expect(try Self.find(Self.bedrock, other)?.region == "eu-west-1")
    // The key may be among the user's own headers.
    #expect(try Self.find(Self.bedrock, Self.keys, beside: "x-gate: 1\n") == nil)
    for url in [
      "https://models.example", "http://bedrock-runtime.eu-west-1.amazonaws.com",
      "https://bedrock-runtime.s3.amazonaws.com",
    ] {
      #expect(try Self.find(url, other) == nil, "\(url)")
    }
  }

  @Test func `any host gets signed requests where the option says so`() throws {
    let name = "bedrock-converse,sign=on"
    let region = Self.keys.merging(["AWS_REGION": "us-east-1"]) { $1 }
    #expect(try Self.find("https://a.example", region, dialect: name)?.region == "us-east-1")
    let second = Self.keys.merging(["AWS_REGION": "", "AWS_DEFAULT_REGION": "ap-south-1"]) { $1 }
    #expect(try Self.find("https://a.example", second, dialect: name)?.region == "ap-south-1")
    #expect(throws: CoalmineError.self) {
      _ = try Self.find("https://a.example", Self.keys, dialect: name)
    }
    #expect(throws: CoalmineError.self) {
      _ = try Self.find("https://a.example", ["AWS_REGION": "us-east-1"], dialect: name)
    }
  }

  @Test(arguments: [
    (["AWS_ACCESS_KEY_ID": "AKIDMARKED01"], "AWS_SECRET_ACCESS_KEY"),
    (["AWS_SECRET_ACCESS_KEY": "marked-secret"], "AWS_ACCESS_KEY_ID"),
    (
      ["AWS_ACCESS_KEY_ID": "AKID MARKED01", "AWS_SECRET_ACCESS_KEY": "marked-secret"],
      "AWS_ACCESS_KEY_ID"
    ),
    (
      ["AWS_ACCESS_KEY_ID": "AKIDMARKED01", "AWS_SECRET_ACCESS_KEY": "marked-secret\nx"],
      "AWS_SECRET_ACCESS_KEY"
    ),
    (
      [
        "AWS_ACCESS_KEY_ID": "AKIDMARKED01", "AWS_SECRET_ACCESS_KEY": "marked-secret",
        "AWS_SESSION_TOKEN": "marked token",
      ], "AWS_SESSION_TOKEN"
    ),
  ])
  func `keys that cannot sign are named by their variable, without a value`(
    _ environment: [String: String], _ variable: String
  ) throws {
    let error = #expect(throws: CoalmineError.self) {
      _ = try Self.find(Self.bedrock, environment)
    }
    #expect(error?.code == "bad-key" && error?.message.contains(variable) == true)
    let said = "\(String(describing: error))\(error?.help ?? "")"
    #expect(!said.contains("MARKED01") && !said.contains("marked"), "\(said)")
  }

  private static func endpoint(
    _ url: String, key: String? = nil, headers: String = "", token: String? = nil
  ) throws -> Endpoint {
    var extras = Endpoint.Extras()
    extras.headers = try ExtraHeaders(Array(headers.utf8), from: "a test")
    extras.signer = try AWSSigner(
      keyID: "AKIDMARKED01", secretKey: "marked/secret+key", sessionToken: token,
      region: "eu-west-1")
    return try Endpoint(
      url: url, model: "eu.m-v1:0", key: key.map { Secret($0) },
      dialect: dialect("bedrock-converse"), extras: extras)
  }

  @Test func `a key or a second authorization beside a signature is refused`() throws {
    #expect(throws: CoalmineError.self) { _ = try Self.endpoint(Self.bedrock, key: "k") }
    for name in ["authorization", "X-Amz-Date", "x-amz-security-token"] {
      #expect(throws: CoalmineError.self) {
        _ = try Self.endpoint(Self.bedrock, headers: "\(name): x\n")
      }
    }
    #expect(try Self.endpoint(Self.bedrock, headers: "x-gate: 1\n").signer != nil)
  }

  /// The same request twice: a signature is good for some minutes only.
  @Test func `a request that is sent again is signed again, at its own time`() async throws {
    let server = try FaultServer { wire in
      while wire.readRequest() != nil {
        wire.send(wireReply(status: "503 Busy", headers: [], "{}"))
      }
    }
    let clock = Mutex(1_795_773_491)
    let transport = Transport(now: {
      clock.withLock {
        $0 += 3_600
        return $0
      }
    })
    let endpoint = try Self.endpoint(server.url, token: "marked-session-token")
    let speaker = dialect("bedrock-converse")
    var query = continuing("The code is", probe: .greedyExtraction)
    query.form = speaker.presentation
    let request = HTTPRequest(try speaker.encode(query.asks, to: endpoint, seed: 0), to: endpoint)
    for _ in 0..<2 { _ = try await transport.send(request) }
    let sent = server.requests.map { Set($0.headers.map { $0.lowercased() }) }
    try #require(sent.count == 2)
    for (headers, seconds) in zip(sent, [1_795_777_091, 1_795_780_691]) {
      for header in request.allHeaders(at: seconds) {
        let line = "\(header.name): \(header.value.reveal())".lowercased()
        #expect(headers.contains(line), "\(header.name)")
      }
      #expect(headers.filter { $0.hasPrefix("host:") }.count == 1)
    }
    let signatures = sent.map { $0.first { $0.hasPrefix("authorization:") } }
    #expect(signatures[0] != signatures[1])
    server.stop()
  }

  private static func refusal(_ type: String, _ body: String, status: Int = 403) throws
    -> CoalmineError?
  {
    let reply = Reply(
      status: status,
      headers: type.isEmpty ? [] : [(name: "x-amzn-errortype", value: type)],
      body: Array(body.utf8))
    let speaker = dialect("bedrock-converse")
    var query = continuing("The code is", probe: .greedyExtraction)
    query.form = speaker.presentation
    return Read(
      speaker, reply, for: [query], at: try endpoint(bedrock, token: "marked-session-token")
    ).stopError
  }

  @Test(arguments: [
    (
      "InvalidSignatureException:http://internal.amazon.com/coral/", 403,
      #"{"message":"Signature expired: 20261126T095811Z is now earlier than 20261126T100311Z"}"#
    ),
    (
      "InvalidSignatureException", 403,
      #"{"message":"Signature not yet current: 20261126T105811Z is still later than now"}"#
    ),
    ("RequestTimeTooSkewed", 403, #"{"message":"The difference is too large."}"#),
    ("RequestExpired", 400, "{}"),
    ("", 403, #"{"__type":"com.amazon.coral.service#RequestExpired"}"#),
  ])
  func `a clock that is not right is named`(_ type: String, _ status: Int, _ body: String) throws {
    let error = try #require(try Self.refusal(type, body, status: status))
    #expect(error.code == "clock-differs" && error.exit == .credentialsRefused)
    #expect(error.help?.contains("set the clock") == true)
  }

  @Test func `another signature, an old token and a missing right have texts of their own`() throws
  {
    let mismatch = try #require(
      try Self.refusal(
        "InvalidSignatureException:",
        #"{"message":"The canonical string should have been 'x-amz-security-token:marked-session-token'"}"#
      ))
    #expect(mismatch.code == "signature-refused" && mismatch.details.isEmpty)
    let old = try #require(
      try Self.refusal("ExpiredTokenException", #"{"message":"The token is expired"}"#))
    #expect(old.code == "key-refused" && old.help?.contains("AWS_SESSION_TOKEN") == true)
    let right = try #require(
      try Self.refusal("AccessDeniedException", #"{"message":"not authorized"}"#))
    #expect(right.code == "key-refused" && right.help?.contains("'eu.m-v1:0'") == true)
  }

  @Test func `no stored reply repeats keys or token, and no program sees them`() throws {
    let endpoint = try Self.endpoint(Self.bedrock, token: "marked-session-token")
    let words = ["AKIDMARKED01", "marked/secret+key", "marked-session-token"]
    let reply = Reply(
      status: 403, headers: [(name: "x-echo", value: words.joined(separator: " "))],
      body: Array(words.joined(separator: ",").utf8))
    let hidden = reply.hiding(endpoint.secrets)
    let text = String(decoding: hidden.body, as: UTF8.self) + hidden.headers[0].value
    for word in words { #expect(!text.contains(word)) }
    let all = [
      "PATH=/bin", "AWS_REGION=eu-west-1", "AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b",
      "AWS_SESSION_TOKEN=c",
    ]
    #expect(
      try LocalCommand(["x"]).environment(of: all) == ["PATH=/bin", "AWS_REGION=eu-west-1"])
  }
}
