// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1
import NIOPosix

/// A request as a service sees it.
public struct ServedRequest: Sendable {
  /// `GET`, `POST`, …
  public let method: String
  /// Without query.
  public let path: String
  /// Names in lower case.
  public let headers: [(name: String, value: String)]
  public let body: [UInt8]

  /// The first header of that name.
  public func header(_ name: String) -> String? {
    headers.first { $0.name == name }?.value
  }
}

/// What a service answers.
public struct ServedResponse: Sendable {
  public let status: Int
  public let contentType: String
  public let body: [UInt8]
  public let headers: [(name: String, value: String)]

  public init(
    status: Int, contentType: String = "application/json", body: [UInt8],
    headers: [(name: String, value: String)] = []
  ) {
    self.status = status
    self.contentType = contentType
    self.body = body
    self.headers = headers
  }
}

/// An HTTP/1.1 server on one event loop. Its handler runs off the loop.
///
/// Bodies above ``bodyLimit`` are answered with 413 and the connection is closed; a connection
/// without a byte for ``idleSeconds`` is closed; pipelined requests are answered in order.
public final class HTTPService: Sendable {
  /// The largest body that is read, in bytes.
  public static let bodyLimit = 16 << 20
  /// How long a connection may be silent.
  public static let idleSeconds: Int64 = 60

  private let group: MultiThreadedEventLoopGroup
  private let channel: any Channel

  /// Listens; `port` 0 takes a free one.
  ///
  /// - Throws: what NIO throws where the address cannot be bound.
  public init(
    host: String = "127.0.0.1", port: Int,
    handler: @escaping @Sendable (ServedRequest) async -> ServedResponse
  ) async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    do {
      channel = try await ServerBootstrap(group: group)
        .serverChannelOption(.backlog, value: 256)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
        .childChannelInitializer { channel in
          channel.pipeline.configureHTTPServerPipeline(withErrorHandling: true).flatMapThrowing {
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(
              IdleStateHandler(readTimeout: .seconds(Self.idleSeconds)))
            try pipeline.addHandler(RequestCollector(handler: handler))
          }
        }
        .bind(host: host, port: port).get()
      self.group = group
    } catch {
      try? await group.shutdownGracefully()
      throw error
    }
  }

  /// The port that it listens on.
  public var port: Int { channel.localAddress?.port ?? 0 }

  /// Stops listening and closes every connection.
  public func stop() async throws {
    try await channel.close()
    try await group.shutdownGracefully()
  }
}

/// Collects the parts of one request and writes back what the handler answers.
///
/// It lives on the event loop of its channel; the handler's task comes back through the loop.
private final class RequestCollector: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let handler: @Sendable (ServedRequest) async -> ServedResponse
  private var head: HTTPRequestHead?
  private var body = ByteBuffer()
  private var tooLarge = false

  init(handler: @escaping @Sendable (ServedRequest) async -> ServedResponse) {
    self.handler = handler
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      self.head = head
      body.clear()
      tooLarge = false
    case .body(var part):
      if body.readableBytes + part.readableBytes > HTTPService.bodyLimit {
        tooLarge = true
        body.clear()
      } else if !tooLarge {
        body.writeBuffer(&part)
      }
    case .end:
      guard let head else { return }
      self.head = nil
      answer(head, context)
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is IdleStateHandler.IdleStateEvent { context.close(promise: nil) }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    if tooLarge {
      write(
        ServedResponse(
          status: 413, contentType: "text/plain",
          body: Array("the body is larger than 16 MiB\n".utf8)),
        to: head, keepAlive: false, context)
      return
    }
    let request = ServedRequest(
      method: head.method.rawValue, path: String(head.uri.prefix { $0 != "?" }),
      headers: head.headers.map { ($0.name.lowercased(), $0.value) },
      body: Array(body.readableBytesView))
    body.clear()
    let handler = self.handler
    let promise = context.eventLoop.makePromise(of: ServedResponse.self)
    promise.completeWithTask { await handler(request) }
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    promise.futureResult.whenSuccess { response in
      let (collector, context) = bound.value
      collector.write(response, to: head, keepAlive: head.isKeepAlive, context)
    }
  }

  private func write(
    _ response: ServedResponse, to head: HTTPRequestHead, keepAlive: Bool,
    _ context: ChannelHandlerContext
  ) {
    guard context.channel.isActive else { return }
    var headers = HTTPHeaders(response.headers.map { ($0.name, $0.value) })
    headers.add(name: "content-type", value: response.contentType)
    headers.add(name: "content-length", value: String(response.body.count))
    if !keepAlive { headers.add(name: "connection", value: "close") }
    let status = HTTPResponseStatus(statusCode: response.status)
    context.write(
      wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))),
      promise: nil)
    if head.method != .HEAD {
      context.write(
        wrapOutboundOut(.body(.byteBuffer(context.channel.allocator.buffer(bytes: response.body)))),
        promise: nil)
    }
    let done = context.writeAndFlush(wrapOutboundOut(.end(nil)))
    if !keepAlive {
      let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
      done.whenComplete { _ in bound.value.close(promise: nil) }
    }
  }
}
