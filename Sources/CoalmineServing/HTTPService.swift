// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1
import NIOPosix

/// An HTTP/1.1 server on one event loop. Its handler runs off the loop.
///
/// ``HTTPLimits`` bounds what a client may send and how long it may take; a request that breaks
/// them, or the protocol, is answered in OpenAI's error shape and its connection is closed.
/// Pipelined requests are answered in order, one at a time. Bound to loopback, it answers only
/// requests whose `Host` is loopback (``HostCheck``).
public final class HTTPService: Sendable {
  /// The largest body that is read, in bytes.
  public static let bodyLimit = 16 << 20
  /// How long a connection may wait for its next request.
  public static let idleSeconds: Int64 = 60

  private let group: MultiThreadedEventLoopGroup
  private let channel: any Channel
  private let traffic: Traffic

  /// Listens; `port` 0 takes a free one.
  ///
  /// - Throws: what NIO throws where the address cannot be bound.
  public init(
    host: String = "127.0.0.1", port: Int, limits: HTTPLimits = HTTPLimits(),
    handler: @escaping @Sendable (ServedRequest) async -> ServedResponse
  ) async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let traffic = Traffic(connectionLimit: limits.connections)
    let onLoopback = HostCheck.isLoopback(host)
    do {
      channel = try await ServerBootstrap(group: group)
        .serverChannelOption(.backlog, value: 256)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
        // A client may close its sending side after the request and still wait for the answer.
        .childChannelOption(.allowRemoteHalfClosure, value: true)
        .childChannelInitializer { channel in
          var decoding = NIOHTTPDecoderLimitConfiguration()
          decoding.maxHeaderFieldSize = limits.headBytes
          decoding.maxHeaderListSize = limits.headBytes
          decoding.maxHeaderFieldCount = limits.headFields
          return channel.pipeline.configureHTTPServerPipeline(
            withErrorHandling: false, withDecoderLimitConfiguration: decoding
          ).flatMapThrowing {
            try channel.pipeline.syncOperations.addHandler(
              HTTPConnection(
                limits: limits, onLoopback: onLoopback, traffic: traffic, handler: handler))
          }
        }
        .bind(host: host, port: port).get()
      self.group = group
      self.traffic = traffic
    } catch {
      try? await group.shutdownGracefully()
      throw error
    }
  }

  /// The port that it listens on.
  public var port: Int { channel.localAddress?.port ?? 0 }

  /// Stops listening, lets the requests under way get their answers, and closes every connection.
  public func stop() async throws {
    // A loop that has ended never answers a second close.
    guard traffic.stop() else { return await traffic.settled() }
    try await channel.close()
    await traffic.settled()
    try await group.shutdownGracefully()
  }
}
