// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineEndpoints
import CoalmineTesting
import Testing

/// A hostile or dead server ends within its limits.
@Suite struct `Transport limits` {
  static let small = TransportLimits.with {
    $0.body = 64 << 10
    $0.headers = 8 << 10
  }

  struct Flood: Sendable, CustomTestStringConvertible {
    let name: String
    let script: @Sendable (FaultConnection) -> Void

    var testDescription: String { name }
  }

  static let floods: [Flood] = [
    Flood(name: "endless body without a length") { wire in
      _ = wire.readRequest()
      wire.send("HTTP/1.1 200 OK\r\n\r\n")
      while wire.send([UInt8](repeating: 0x20, count: 4_096)) {}
    },
    Flood(name: "endless chunks") { wire in
      _ = wire.readRequest()
      wire.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
      while wire.send("400\r\n" + String(repeating: " ", count: 1_024) + "\r\n") {}
    },
    Flood(name: "one byte over a stated length") { wire in
      _ = wire.readRequest()
      wire.send(wireReply(body: [UInt8](repeating: 0x20, count: small.body + 1)))
      wire.waitForClose()
    },
    Flood(name: "compression bomb, deflate") { wire in
      _ = wire.readRequest()
      let bomb = Deflate.compress([UInt8](repeating: 0, count: 32 << 20))
      wire.send(wireReply(headers: ["Content-Encoding: deflate"], body: bomb))
      wire.waitForClose()
    },
    Flood(name: "compression bomb, gzip") { wire in
      _ = wire.readRequest()
      // A gzip header before the raw stream; its trailer is never reached.
      let bomb: [UInt8] =
        [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
        + Deflate.compress([UInt8](repeating: 0, count: 32 << 20)).dropFirst(2)
      wire.send(wireReply(headers: ["Content-Encoding: gzip"], body: bomb))
      wire.waitForClose()
    },
    Flood(name: "bomb within a bomb") { wire in
      _ = wire.readRequest()
      let once = Deflate.compress([UInt8](repeating: 0, count: 64 << 20))
      wire.send(
        wireReply(
          headers: ["Content-Encoding: deflate, deflate"], body: Deflate.compress(once)))
      wire.waitForClose()
    },
    Flood(name: "many headers") { wire in
      _ = wire.readRequest()
      wire.send("HTTP/1.1 200 OK\r\n")
      var number = 0
      while wire.send("x-\(number): \(String(repeating: "y", count: 100))\r\n") { number += 1 }
    },
    Flood(name: "one header line over our limit") { wire in
      _ = wire.readRequest()
      wire.send("HTTP/1.1 200 OK\r\nx: \(String(repeating: "y", count: 9 << 10))\r\n\r\n")
      wire.waitForClose()
    },
    Flood(name: "one endless header line") { wire in
      _ = wire.readRequest()
      wire.send("HTTP/1.1 200 OK\r\nx: ")
      while wire.send(String(repeating: "y", count: 4_096)) {}
    },
    Flood(name: "endless interim replies") { wire in
      _ = wire.readRequest()
      while wire.send("HTTP/1.1 102 Processing\r\n\r\n") {}
    },
  ]

  @Test(arguments: floods) func `a reply over a limit ends at it`(_ flood: Flood) async throws {
    let server = try FaultServer(flood.script)
    let error = try #require(
      await Transport(limits: Self.small).failure(server.request("the secret body")))
    #expect(error.fate == .overLimit)
    #expect(error.message.contains("larger than"))
    #expect(!error.message.contains("secret body"))
  }

  @Test func `a body of exactly the limit is taken, compressed or not`() async throws {
    let body = [UInt8](repeating: 0x20, count: Self.small.body)
    let plain = try FaultServer.answering(wireReply(body: body))
    #expect(try await Transport(limits: Self.small).send(plain.request()).body == body)
    let packed = try FaultServer.answering(
      wireReply(headers: ["Content-Encoding: deflate"], body: Deflate.compress(body)))
    #expect(try await Transport(limits: Self.small).send(packed.request()).body == body)
  }

  @Test func `a request that needs a large reply takes one, and no larger one`() async throws {
    let body = [UInt8](repeating: 0x20, count: Self.small.body + 1_000)
    for (limit, isTaken) in [(body.count, true), (body.count - 1, false), (1, false)] {
      let server = try FaultServer.answering(wireReply(body: body))
      let plain = server.request()
      let request = HTTPRequest(
        url: plain.url, headers: [], body: plain.body, replyLimit: limit)
      let transport = Transport(limits: Self.small)
      if isTaken {
        #expect(try await transport.send(request).body == body)
      } else {
        #expect(await transport.failure(request)?.fate == .overLimit)
      }
    }
  }

  @Test func `a GET sends no body and no content type`() async throws {
    let server = try FaultServer.answering(wireReply(body: Array("{}".utf8)))
    let plain = server.request()
    let reply = try await Transport().send(HTTPRequest(url: plain.url, headers: [], body: nil))
    #expect(reply.status == 200)
    let head = try #require(server.requests.first?.head).lowercased()
    #expect(head.hasPrefix("get "))
    #expect(!head.contains("content-type") && !head.contains("content-length"))
  }

  @Test func `a server that never answers ends at the silence limit`() async throws {
    let server = try FaultServer { wire in
      _ = wire.readRequest()
      wire.waitForClose()
    }
    let transport = Transport(limits: .with { $0.silentSeconds = 1 })
    let clock = ContinuousClock()
    let start = clock.now
    let error = await transport.failure(server.request())
    #expect(error?.fate == .ambiguous && error?.code == 28)
    #expect(clock.now - start < .seconds(30))
  }

  @Test func `a server that stalls inside the body ends at the silence limit`() async throws {
    let server = try FaultServer { wire in
      _ = wire.readRequest()
      wire.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{")
      wire.waitForClose()
    }
    let transport = Transport(limits: .with { $0.silentSeconds = 1 })
    #expect(await transport.failure(server.request())?.fate == .ambiguous)
  }

  @Test func `a server that dribbles for ever ends at the total limit`() async throws {
    let server = try FaultServer { wire in
      _ = wire.readRequest()
      wire.send("HTTP/1.1 200 OK\r\n\r\n")
      while !wire.isClosed(within: 20), wire.send(" ") {}
    }
    let transport = Transport(
      limits: .with {
        $0.totalSeconds = 2
        $0.silentSeconds = 60
      })
    let clock = ContinuousClock()
    let start = clock.now
    let error = await transport.failure(server.request())
    #expect(error?.fate == .ambiguous && error?.code == 28)
    #expect(clock.now - start < .seconds(30))
  }
}
