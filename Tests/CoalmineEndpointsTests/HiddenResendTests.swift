// SPDX-License-Identifier: Apache-2.0

import CoalmineEndpoints
import CoalmineTesting
import Foundation
import Synchronization
import Testing

/// libcurl may send a request again when a kept connection dies before the first byte of a reply.
/// A paid request must never go out twice without its caller knowing.
@Suite struct `Hidden re-sends` {
  /// How a kept connection dies once its second request was read to the end.
  enum Death: CaseIterable {
    case close, reset
  }

  @Test(arguments: Death.allCases)
  func `a kept connection that dies after the body costs one POST and comes back as ambiguous`(
    _ death: Death
  ) async throws {
    try await Self.killKept(death, rounds: 300)
  }

  @Test(.enabled(if: isDeep), arguments: Death.allCases)
  func `no re-send hides in ten thousand dropped requests`(_ death: Death) async throws {
    try await Self.killKept(death, rounds: 10_000)
  }

  private static func killKept(_ death: Death, rounds: Int) async throws {
    let server = try FaultServer { wire in
      guard wire.readRequest() != nil else { return }
      wire.send(wireReply("{}"))
      guard wire.readRequest() != nil else { return }
      if death == .reset { wire.reset() }
    }
    let transport = Transport()
    var ambiguous = 0
    for round in 0..<rounds {
      let first = try await transport.send(server.request("first \(round)"))
      #expect(first.status == 200)
      let error = await transport.failure(server.request("second \(round)"))
      if error?.fate == .ambiguous { ambiguous += 1 }
    }
    #expect(ambiguous == rounds)
    let seen = server.requests
    #expect(seen.count == 2 * rounds)
    #expect(Set(seen.map(\.bodyText)).count == seen.count, "a body arrived twice")
    // The trap was set: each second request came on the connection of its first one.
    #expect(Set(seen.map(\.connection)).count == rounds)
  }

  @Test func `connections that die while idle cost no POST more than were asked`() async throws {
    let server = try FaultServer { wire in
      if wire.readRequest() != nil { wire.send(wireReply("{}")) }
    }
    let transport = Transport()
    let rounds = 300
    var answered = 0
    for round in 0..<rounds {
      switch await transport.attempt(server.request("\(round)")) {
      case .success: answered += 1
      case .failure(let error): #expect(error.fate == .ambiguous, "\(error)")
      }
    }
    #expect(answered > 0)
    let seen = server.requests
    #expect(seen.count >= answered && seen.count <= rounds)
    #expect(Set(seen.map(\.bodyText)).count == seen.count, "a body arrived twice")
  }

  @Test func `where the server is gone, too, the words say that the request had left`()
    async throws
  {
    let held = Mutex<FaultServer?>(nil)
    let server = try FaultServer { wire in
      guard wire.readRequest() != nil else { return }
      wire.send(wireReply("{}"))
      guard wire.readRequest() != nil else { return }
      held.withLock { $0?.stop() }
      usleep(50_000)
    }
    held.withLock { $0 = server }
    let transport = Transport()
    #expect(try await transport.send(server.request("first")).status == 200)
    let error = try #require(await transport.failure(server.request("second")))
    #expect(error.fate == .ambiguous)
    #expect(error.message.contains("the connection ended without a reply"), "\(error)")
    #expect(server.requests.count == 2)
    held.withLock { $0 = nil }
  }

  @Test func `many kept connections that die at once cost one POST each`() async throws {
    let server = try FaultServer { wire in
      guard wire.readRequest() != nil else { return }
      wire.send(wireReply("{}"))
      _ = wire.readRequest()
    }
    let transport = Transport()
    let width = 32
    for wave in ["first", "second"] {
      let fates = await withTaskGroup(of: TransportError.Fate?.self) { group in
        for number in 0..<width {
          group.addTask { await transport.failure(server.request("\(wave) \(number)"))?.fate }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(fates.allSatisfy { $0 == nil || $0 == .ambiguous })
    }
    let seen = server.requests
    #expect(seen.count == 2 * width)
    #expect(Set(seen.map(\.bodyText)).count == 2 * width, "a body arrived twice")
  }
}
