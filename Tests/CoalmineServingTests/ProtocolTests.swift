// SPDX-License-Identifier: Apache-2.0

import CoalmineServing
import CoalmineTesting
import Testing

@Suite struct `HTTP on the wire` {
  private let body = #"{"prompt":"The access code","max_tokens":4,"temperature":0,"logprobs":1}"#

  @Test func `a connection is kept for the next request`() async throws {
    try await ServiceFixture.with { port in
      let client = try RawClient(port: port)
      var answers: Set<[UInt8]> = []
      for _ in 0..<20 {
        try client.send(ServiceFixture.post("/v1/completions", body))
        let answer = try client.response()
        #expect(answer.status == 200 && answer.header("connection") == nil)
        answers.insert(answer.body)
      }
      #expect(answers.count == 1)
    }
  }

  @Test func `pipelined requests are answered in order`() async throws {
    try await ServiceFixture.with { port in
      let client = try RawClient(port: port)
      var requests: [UInt8] = []
      for number in 0..<40 {
        // Some quick, some slow, some wrong.
        switch number % 4 {
        case 0:
          requests += ServiceFixture.post("/tokenize", #"{"prompt":"\#(number)"}"#)
        case 1:
          requests += ServiceFixture.post(
            "/v1/completions",
            #"{"prompt":"\#(number)","echo":true,"max_tokens":\#(200 - 4 * number),"seed":1}"#)
        case 2: requests += Array(ServiceFixture.get("/nowhere/\(number)").utf8)
        default: requests += ServiceFixture.post("/v1/completions", "{\(number)")
        }
      }
      try client.send(requests)
      for number in 0..<40 {
        let answer = try client.response()
        switch number % 4 {
        case 0:
          let bytes = "\(number)".utf8.map { Int64($0) }
          #expect(try answer.json()["tokens"]?.elements?.map(\.int) == bytes)
        case 1:
          #expect(try answer.json().choices[0]["text"]?.string?.hasPrefix("\(number)") == true)
        case 2: #expect(answer.status == 404)
        default: #expect(answer.status == 400)
        }
      }
    }
  }

  @Test func `nothing is answered after a request that closes`() async throws {
    try await ServiceFixture.with { port in
      let client = try RawClient(port: port)
      try client.send(
        ServiceFixture.get("/health", "Connection: close\r\n") + ServiceFixture.get("/v1/models"))
      let answer = try client.response()
      #expect(answer.status == 200 && answer.header("connection") == "close")
      #expect(client.remainder().isEmpty)
    }
  }

  @Test func `HTTP 1.0 closes unless it asks to stay`() async throws {
    try await ServiceFixture.with { port in
      let closing = try RawClient(port: port)
      try closing.send("GET /health HTTP/1.0\r\n\r\n")
      #expect(try closing.response().header("connection") == "close")
      #expect(closing.remainder().isEmpty)
      let staying = try RawClient(port: port)
      for _ in 0..<2 {
        try staying.send("GET /health HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        #expect(try staying.response().header("connection") == "keep-alive")
      }
    }
  }

  @Test func `a client that has closed its sending side still gets its answers`() async throws {
    try await ServiceFixture.with { port in
      let client = try RawClient(port: port)
      try client.send(
        ServiceFixture.post("/v1/completions", body) + ServiceFixture.post("/v1/completions", body))
      client.finishSending()
      let first = try client.response()
      let second = try client.response()
      #expect(first.status == 200 && first.body == second.body)
      #expect(client.remainder().isEmpty)
    }
  }

  @Test func `a request cut at any byte boundary is the same request`() async throws {
    try await ServiceFixture.with { port in
      let request = ServiceFixture.post("/v1/completions", body)
      let client = try RawClient(port: port)
      try client.send(request)
      let expected = try client.response().body
      for cut in 1..<request.count {
        try client.send(Array(request[..<cut]))
        try client.send(Array(request[cut...]))
        let answer = try client.response()
        #expect(answer.status == 200 && answer.body == expected, "cut at \(cut)")
      }
    }
  }

  @Test func `a request sent byte by byte is the same request`() async throws {
    try await ServiceFixture.with { port in
      let client = try RawClient(port: port)
      for byte in ServiceFixture.post("/tokenize", #"{"prompt":"é"}"#) { try client.send([byte]) }
      #expect(try client.response().text == #"{"count":2,"tokens":[195,169]}"#)
    }
  }

  private func chunked(_ path: String, _ chunks: [[UInt8]], _ trailer: String = "") -> [UInt8] {
    var request = Array(
      """
      POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
      Transfer-Encoding: chunked\r\n\r\n
      """.utf8)
    for chunk in chunks {
      request += Array("\(String(chunk.count, radix: 16))\r\n".utf8) + chunk + [0x0D, 0x0A]
    }
    return request + Array("0\r\n\(trailer)\r\n".utf8)
  }

  @Test func `chunks of any slicing are joined`() async throws {
    try await ServiceFixture.with { port in
      let client = try RawClient(port: port)
      let bytes = Array(body.utf8)
      try client.send(ServiceFixture.post("/v1/completions", bytes))
      let expected = try client.response().body
      for cut in 1..<bytes.count {
        try client.send(chunked("/v1/completions", [Array(bytes[..<cut]), Array(bytes[cut...])]))
        #expect(try client.response().body == expected, "cut at \(cut)")
      }
      try client.send(chunked("/v1/completions", bytes.map { [$0] }, "X-Trailer: 1\r\n"))
      #expect(try client.response().body == expected)
    }
  }

  @Test func `a client that expects to be told to go on is told, once`() async throws {
    try await ServiceFixture.with { port in
      let client = try RawClient(port: port)
      let request = ServiceFixture.post(
        "/tokenize", #"{"prompt":"a"}"#, "Expect: 100-continue\r\n")
      let end = request.count - 14
      try client.send(Array(request[..<end]))
      #expect(try client.response().status == 100)
      try client.send(Array(request[end...]))
      #expect(try client.response().status == 200)
      // The connection is in step: the next answer belongs to the next request.
      try client.send(ServiceFixture.get("/health"))
      #expect(try client.response().text == #"{"status":"ok"}"#)
    }
  }

  @Test func `a body that will be too large is refused instead of asked for`() async throws {
    try await ServiceFixture.with { port in
      let client = try RawClient(port: port)
      try client.send(
        """
        POST /tokenize HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\
        Expect: 100-continue\r\n\r\n
        """)
      #expect(try client.response().status == 413)
      #expect(client.remainder().isEmpty)
    }
  }

  @Test func `another expectation is refused`() async throws {
    try await ServiceFixture.with { port in
      let client = try RawClient(port: port)
      try client.send(ServiceFixture.get("/health", "Expect: miracles\r\n"))
      #expect(try client.response().status == 417)
    }
  }

  @Test(arguments: [
    "GARBAGE\r\n\r\n", "GET /health HTTP/3.0\r\nHost: localhost\r\n\r\n",
    "GET /health HTTP/1.1\r\nHost localhost\r\n\r\n",
    "GET /health HTTP/1.1\r\nHost: localhost\r\n Folded: x\r\nBad\u{1}: y\r\n\r\n",
    "POST /tokenize HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    "POST /tokenize HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    """
    POST /tokenize HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\
    Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n
    """,
    "POST /tokenize HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "BREW /pot HTTP/1.1\r\nHost: localhost\r\n\r\n", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}",
  ])
  func `what is not HTTP gets 400 in OpenAI's shape, and the connection ends`(_ request: String)
    async throws
  {
    try await ServiceFixture.with { port in
      let client = try RawClient(port: port)
      try client.send(request)
      let answer = try client.response()
      #expect(answer.status == 400 && answer.code == "bad_http")
      #expect(answer.header("connection") == "close")
      #expect(client.remainder().isEmpty)
    }
  }

  @Test func `garbage after a good request does not take its answer`() async throws {
    try await ServiceFixture.with { port in
      let client = try RawClient(port: port)
      try client.send(ServiceFixture.get("/health") + "GARBAGE\r\n\r\n")
      #expect(try client.response().status == 200)
      #expect(try client.response().status == 400)
      #expect(client.remainder().isEmpty)
    }
  }

  @Test func `a client that leaves in the middle does no harm`() async throws {
    try await ServiceFixture.with { port in
      let request = ServiceFixture.post("/v1/completions", body)
      for cut in stride(from: 1, through: request.count, by: 7) {
        let client = try RawClient(port: port)
        try client.send(Array(request.prefix(cut)))
      }
      #expect(try ServiceFixture.ask(port, request).status == 200)
    }
  }

  @Test func `random bytes never stop the server`() async throws {
    try await ServiceFixture.with { port in
      let request = ServiceFixture.post("/v1/completions", body)
      var state: UInt64 = 9
      for _ in 0..<(isDeep ? 20_000 : 400) {
        var mutated = request
        for _ in 0..<4 {
          state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
          mutated[Int((state >> 33) % UInt64(mutated.count))] = UInt8(
            truncatingIfNeeded: state >> 20)
        }
        let client = try RawClient(port: port)
        try client.send(mutated)
        client.finishSending()
        _ = client.remainder()
      }
      #expect(try ServiceFixture.ask(port, request).status == 200)
    }
  }
}
