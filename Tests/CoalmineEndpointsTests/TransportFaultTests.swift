// SPDX-License-Identifier: Apache-2.0

import CoalmineEndpoints
import CoalmineTesting
import Testing

/// What a broken server does to a request, and what the caller is told about its money.
@Suite struct `Transport faults` {
  struct Fault: Sendable, CustomTestStringConvertible {
    let name: String
    let fate: TransportError.Fate
    let script: @Sendable (FaultConnection) -> Void

    var testDescription: String { name }
  }

  static let faults: [Fault] = [
    Fault(name: "reset before the request is read", fate: .ambiguous) { wire in
      _ = wire.readHead()
      // Before that the client has sent nothing that could be billed, and knows it.
      wire.waitForBody()
      wire.reset()
    },
    Fault(name: "close after the request, no reply", fate: .ambiguous) { wire in
      _ = wire.readRequest()
    },
    Fault(name: "reset after the request, no reply", fate: .ambiguous) { wire in
      _ = wire.readRequest()
      wire.reset()
    },
    Fault(name: "close inside the status line", fate: .ambiguous) { wire in
      _ = wire.readRequest()
      wire.send("HTTP/1.")
    },
    Fault(name: "close inside the body", fate: .ambiguous) { wire in
      _ = wire.readRequest()
      wire.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"choices\":")
    },
    Fault(name: "reset inside the body", fate: .ambiguous) { wire in
      _ = wire.readRequest()
      wire.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"choices\":")
      wire.reset()
    },
    Fault(name: "chunked body without its last chunk", fate: .ambiguous) { wire in
      _ = wire.readRequest()
      wire.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n")
    },
    Fault(name: "chunk length that is no number", fate: .ambiguous) { wire in
      _ = wire.readRequest()
      wire.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n")
    },
    Fault(name: "negative Content-Length", fate: .ambiguous) { wire in
      _ = wire.readRequest()
      wire.send("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{}")
    },
    Fault(name: "damaged compression", fate: .ambiguous) { wire in
      _ = wire.readRequest()
      wire.send(wireReply(headers: ["Content-Encoding: gzip"], "this is not gzip at all"))
    },
    Fault(name: "no HTTP at all", fate: .ambiguous) { wire in
      _ = wire.readRequest()
      wire.send("220 mail.example ESMTP\r\n")
    },
  ]

  @Test(arguments: faults) func `a broken reply is an error that tells the fate`(_ fault: Fault)
    async throws
  {
    let server = try FaultServer(fault.script)
    let transport = Transport(limits: .with { $0.silentSeconds = 20 })
    let error = try #require(await transport.failure(server.request("the secret body")))
    #expect(error.fate == fault.fate)
    #expect(error.message.hasPrefix("\(server.url)/v1/completions: "))
    #expect(!error.message.contains("secret body"))
    #expect(server.requests.count <= 1)
  }

  @Test func `a refused connection costs nothing`() async throws {
    let port = try closedPort()
    let request = HTTPRequest(url: "http://127.0.0.1:\(port)/v1", headers: [], body: .init([0x7B]))
    let error = await Transport().failure(request)
    #expect(error?.fate == .notSent)
  }

  @Test func `a name that does not resolve costs nothing`() async {
    let request = HTTPRequest(
      url: "http://nobody.invalid/v1", headers: [], body: .init([0x7B]))
    #expect(await Transport().failure(request)?.fate == .notSent)
  }

  @Test func `a reply cut at every byte boundary arrives whole`() async throws {
    let reply = wireReply(headers: ["Retry-After: 7"], #"{"choices":[{"text":"é"}]}"#)
    let server = try FaultServer { wire in
      while let request = wire.readRequest() {
        let cut = Int(request.bodyText) ?? 0
        wire.send(Array(reply[..<cut]))
        wire.send(Array(reply[cut...]))
      }
    }
    let transport = Transport()
    for cut in 0...reply.count {
      let answer = try await transport.send(server.request("\(cut)"))
      #expect(answer.text == #"{"choices":[{"text":"é"}]}"#, "cut at \(cut)")
      #expect(answer.header("retry-after") == "7")
    }
  }

  @Test func `a reply of one byte a segment arrives whole`() async throws {
    let server = try FaultServer { wire in
      while wire.readRequest() != nil { for byte in wireReply("{}") { wire.send([byte]) } }
    }
    #expect(try await Transport().send(server.request()).text == "{}")
  }

  @Test func `bytes after the stated length are never taken for the next reply`() async throws {
    let server = try FaultServer { wire in
      while let request = wire.readRequest() {
        wire.send(wireReply(request.bodyText) + wireReply("smuggled"))
      }
    }
    let transport = Transport()
    for number in 0..<20 {
      switch await transport.attempt(server.request("own \(number)")) {
      case .success(let reply): #expect(reply.text == "own \(number)")
      case .failure(let error): #expect(error.fate == .ambiguous)
      }
    }
  }

  @Test func `interim replies are not the reply`() async throws {
    let server = try FaultServer.answering(
      Array("HTTP/1.1 103 Early Hints\r\nretry-after: 9\r\n\r\n".utf8) + wireReply("{}"))
    let reply = try await Transport().send(server.request())
    #expect(reply.status == 200 && reply.text == "{}")
    #expect(reply.header("retry-after") == nil)
  }

  @Test(arguments: ["204 No Content", "429 Too Many Requests", "500 Oops", "529 Overloaded"])
  func `any status is a reply and no error`(_ status: String) async throws {
    let body = status.hasPrefix("204") ? "" : "{}"
    let server = try FaultServer.answering(wireReply(status: status, body))
    let reply = try await Transport().send(server.request())
    #expect(reply.status == Int(status.prefix(3)))
    #expect(reply.elapsedMilliseconds >= 0)
  }
}
