// SPDX-License-Identifier: Apache-2.0

import CoalmineServing
import Testing

@Suite struct `Routes and their refusals` {
  @Test func `health and models answer`() async throws {
    try await ServiceFixture.with { port in
      let health = try ServiceFixture.ask(port, Array(ServiceFixture.get("/health").utf8))
      #expect(health.status == 200 && health.text == #"{"status":"ok"}"#)
      #expect(health.header("content-type") == "application/json")
      let models = try ServiceFixture.ask(port, Array(ServiceFixture.get("/v1/models?x=1").utf8))
      let list = try models.json()
      #expect(list["object"]?.string == "list")
      #expect(list["data"]?.elements?.map { $0["id"]?.string } == ["demo-model"])
    }
  }

  @Test(arguments: ["/health", "/v1/models"])
  func `HEAD has the head of GET and no body`(_ path: String) async throws {
    try await ServiceFixture.with { port in
      let client = try RawClient(port: port)
      try client.send(ServiceFixture.get(path))
      let get = try client.response()
      try client.send(ServiceFixture.get(path, method: "HEAD"))
      let head = try client.response(toHead: true)
      #expect(head.status == get.status)
      #expect(head.header("content-length") == String(get.body.count))
      // Nothing of a body stands before the next answer.
      try client.send(ServiceFixture.get(path))
      #expect(try client.response().body == get.body)
    }
  }

  @Test(arguments: ["/", "/v1", "/v1/completions/", "/V1/models", "/v1/models/x", "/../health"])
  func `an unknown path is 404`(_ path: String) async throws {
    let answer = try await ServiceFixture.with { port in
      try ServiceFixture.ask(port, Array(ServiceFixture.get(path).utf8))
    }
    #expect(answer.status == 404 && answer.code == "not_found")
  }

  @Test(arguments: [
    ("/health", "POST", "GET, HEAD"), ("/v1/models", "DELETE", "GET, HEAD"),
    ("/v1/completions", "GET", "POST"), ("/v1/completions", "PUT", "POST"),
    ("/v1/chat/completions", "PATCH", "POST"), ("/tokenize", "OPTIONS", "POST"),
    ("/detokenize", "GET", "POST"),
  ])
  func `a method that a route does not take is 405 with those it takes`(
    _ path: String, _ method: String, _ allowed: String
  ) async throws {
    let answer = try await ServiceFixture.with { port in
      try ServiceFixture.ask(
        port, Array(ServiceFixture.get(path, method: method, "Content-Length: 0\r\n").utf8))
    }
    #expect(answer.status == 405)
    #expect(answer.header("allow") == allowed)
    #expect(answer.code == "method_not_allowed")
  }

  @Test func `an error has OpenAI's shape, with every member`() async throws {
    let answer = try await ServiceFixture.complete(#"{"prompt":"a","n":0}"#)
    let error = try #require(try answer.json()["error"]?.members)
    #expect(answer.status == 400)
    #expect(error.map(\.key) == ["message", "type", "param", "code"])
    #expect(answer.parameter == "n")
    #expect(try answer.json()["error"]?["type"]?.string == "invalid_request_error")
  }

  @Test func `tokens are bytes, there and back`() async throws {
    try await ServiceFixture.with { port in
      let body = #"{"prompt":"é€🙂\u0000z"}"#
      let tokens = try ServiceFixture.ask(port, ServiceFixture.post("/tokenize", body)).json()
      let bytes = Array("é€🙂\u{0}z".utf8)
      #expect(tokens["count"]?.int == Int64(bytes.count))
      #expect(tokens["tokens"]?.elements?.map(\.int) == bytes.map { Int64($0) })
      let list = bytes.map(String.init).joined(separator: ",")
      let text = try ServiceFixture.ask(
        port, ServiceFixture.post("/detokenize", #"{"tokens":[256,\#(list)]}"#))
      #expect(try text.json()["prompt"]?.string == "é€🙂\u{0}z")
    }
  }

  @Test(arguments: [
    ("/tokenize", "{}"), ("/tokenize", #"{"prompt":5}"#), ("/tokenize", #"{"prompt":["a"]}"#),
    ("/detokenize", "{}"), ("/detokenize", #"{"tokens":"a"}"#),
    ("/detokenize", #"{"tokens":[257]}"#), ("/detokenize", #"{"tokens":[-1]}"#),
    ("/detokenize", #"{"tokens":[1.5]}"#), ("/detokenize", #"{"tokens":[[1]]}"#),
  ])
  func `bad token requests are 400 with the parameter`(_ path: String, _ body: String) async throws
  {
    let answer = try await ServiceFixture.with { port in
      try ServiceFixture.ask(port, ServiceFixture.post(path, body))
    }
    #expect(answer.status == 400)
    #expect(answer.parameter == (path == "/tokenize" ? "prompt" : "tokens"))
  }

  @Test(arguments: [
    "", "Authorization: Bearer wrong-key\r\n", "Authorization: Bearer marked-ke\r\n",
    "Authorization: Bearer marked-key2\r\n", "Authorization: marked-key\r\n",
    "Authorization: Bearer \r\n",
  ])
  func `a missing or wrong key is 401 and is not repeated`(_ field: String) async throws {
    try await ServiceFixture.with(key: "marked-key") { port in
      for path in ["/v1/models", "/unknown"] {
        let answer = try ServiceFixture.ask(port, Array(ServiceFixture.get(path, field).utf8))
        #expect(answer.status == 401 && answer.code == "invalid_api_key")
        #expect(answer.header("www-authenticate") == "Bearer")
        #expect(!answer.text.contains("key2") && !answer.text.contains("wrong-key"))
        #expect(!answer.text.contains("marked"))
      }
      let health = try ServiceFixture.ask(port, Array(ServiceFixture.get("/health", field).utf8))
      #expect(health.status == 200)
    }
  }

  @Test func `the right key is let in`() async throws {
    try await ServiceFixture.with(key: "marked-key") { port in
      let answer = try ServiceFixture.ask(
        port,
        ServiceFixture.post(
          "/v1/completions", #"{"prompt":"a","max_tokens":1}"#,
          "Authorization: Bearer marked-key\r\n"))
      #expect(answer.status == 200)
    }
  }

  @Test(arguments: [
    ("text/plain", 415), ("application/jsonx", 415), ("application/x-www-form-urlencoded", 415),
    ("application/json", 200), ("Application/JSON; charset=utf-8", 200),
  ])
  func `the body must be declared as JSON`(_ type: String, _ status: Int) async throws {
    let answer = try await ServiceFixture.with { port in
      let body = #"{"prompt":"a"}"#
      return try ServiceFixture.ask(
        port,
        Array(
          """
          POST /tokenize HTTP/1.1\r\nHost: localhost\r\nContent-Type: \(type)\r\n\
          Content-Length: \(body.utf8.count)\r\n\r\n\(body)
          """.utf8))
    }
    #expect(answer.status == status)
  }

  @Test func `requests are counted by route, unknown paths together`() async throws {
    let service = DemoModelService(model: ServiceFixture.model)
    let server = try await service.start(port: 0)
    try await blocking {
      let client = try RawClient(port: server.port)
      for path in ["/health", "/health", "/a", "/b", "/c"] {
        try client.send(ServiceFixture.get(path))
        _ = try client.response()
      }
    }
    try await server.stop()
    #expect(service.requestsServed == ["/health": 2, "other": 3])
  }
}
