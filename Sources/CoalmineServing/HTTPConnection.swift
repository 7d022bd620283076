// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1

/// One connection: collects the parts of a request, lets the handler answer, writes the answer.
///
/// ```
/// waiting ──head──► receiving ──end──► answering ──taken──► waiting
///    │                  │                  │
///    └── broken, late, too large ──────────┴── close ──► leaving ──► closed
/// ```
///
/// It lives on the event loop of its channel; the handler's task comes back through the loop. The
/// end of an answer is written only when the system has taken the rest of it: until then NIO's
/// pipelining handler holds the next request back, so a client that does not read its answers
/// fills no memory.
final class HTTPConnection: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private enum Stage {
    case waiting
    case receiving(HTTPRequestHead)
    case answering(HTTPRequestHead)
    /// The answer is written and the connection ends; what still arrives is dropped.
    case leaving
  }

  private let limits: HTTPLimits
  private let onLoopback: Bool
  private let traffic: Traffic
  private let handler: @Sendable (ServedRequest) async -> ServedResponse
  private var stage = Stage.waiting
  private var body = ByteBuffer()
  private var deadline: Scheduled<Void>?
  private var work: Task<Void, Never>?
  /// No request comes after this one: the client closed its sending side, or was refused.
  private var isLast = false

  init(
    limits: HTTPLimits, onLoopback: Bool, traffic: Traffic,
    handler: @escaping @Sendable (ServedRequest) async -> ServedResponse
  ) {
    self.limits = limits
    self.onLoopback = onLoopback
    self.traffic = traffic
    self.handler = handler
  }

  func channelActive(context: ChannelHandlerContext) {
    if traffic.connected() {
      wait(limits.headMilliseconds, context)
    } else {
      context.close(promise: nil)
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    traffic.disconnected()
    deadline?.cancel()
    work?.cancel()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch (unwrapInboundIn(data), stage) {
    case (.head(let head), .waiting): begin(head, context)
    case (.body(var part), .receiving(let head)):
      if body.readableBytes + part.readableBytes > limits.bodyBytes {
        refuse(head, RequestFault.bodyTooLarge(limits.bodyBytes), context)
      } else {
        body.writeBuffer(&part)
      }
    case (.end, .receiving(let head)): answer(head, context)
    default: break
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard let event = event as? ChannelEvent, event == .inputClosed else { return }
    isLast = true
    // While an answer is being made, the client may still wait for it.
    if case .answering = stage { return }
    context.close(promise: nil)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard let error = error as? HTTPParserError else { return context.close(promise: nil) }
    switch stage {
    case .waiting, .receiving: refuse(nil, RequestFault.broken(error, limits), context)
    case .answering, .leaving: context.close(promise: nil)
    }
  }

  private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    body.clear()
    if let fault = RequestFault.inHead(head, limits, onLoopback: onLoopback) {
      return refuse(head, fault, context)
    }
    stage = .receiving(head)
    wait(limits.bodyMilliseconds, context)
    if head.version == .http1_1, head.headers.contains(name: "expect") {
      let go = HTTPResponseHead(version: .http1_1, status: .continue)
      context.writeAndFlush(wrapOutboundOut(.head(go)), promise: nil)
    }
  }

  private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    guard traffic.began() else { return refuse(head, RequestFault.stopping, context) }
    stage = .answering(head)
    deadline?.cancel()
    let request = ServedRequest(
      method: head.method.rawValue, path: String(head.uri.prefix { $0 != "?" }),
      headers: head.headers.map { ($0.name.lowercased(), $0.value) },
      body: Array(body.readableBytesView))
    body.clear()
    let handler = self.handler
    let promise = context.eventLoop.makePromise(of: ServedResponse.self)
    work = promise.completeWithTask { await handler(request) }
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    let traffic = self.traffic
    promise.futureResult.flatMap { response -> EventLoopFuture<Void> in
      let (connection, context) = bound.value
      return connection.write(response, to: head, context)
    }.whenComplete { _ in traffic.finished() }
  }

  /// Answers before the request is whole, or instead of it, and ends the connection.
  private func refuse(
    _ head: HTTPRequestHead?, _ fault: ServiceError, _ context: ChannelHandlerContext
  ) {
    let head = head ?? HTTPRequestHead(version: .http1_0, method: .GET, uri: "/")
    stage = .answering(head)
    isLast = true
    body = ByteBuffer()
    _ = write(fault.response, to: head, context)
  }

  /// Completes when the answer is taken, or with the error that prevented it.
  private func write(
    _ response: ServedResponse, to head: HTTPRequestHead, _ context: ChannelHandlerContext
  ) -> EventLoopFuture<Void> {
    work = nil
    guard context.channel.isActive else {
      return context.eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel)
    }
    let keepAlive = head.isKeepAlive && !isLast
    var headers = HTTPHeaders(response.headers.map { ($0.name, $0.value) })
    headers.add(name: "content-type", value: response.contentType)
    headers.add(name: "content-length", value: String(response.body.count))
    if !keepAlive {
      headers.add(name: "connection", value: "close")
    } else if head.version != .http1_1 {
      headers.add(name: "connection", value: "keep-alive")
    }
    let first = HTTPResponseHead(
      version: .http1_1, status: HTTPResponseStatus(statusCode: response.status), headers: headers)
    wait(limits.answerMilliseconds, context)
    var taken = context.write(wrapOutboundOut(.head(first)))
    if head.method != .HEAD {
      let buffer = context.channel.allocator.buffer(bytes: response.body)
      taken = context.write(wrapOutboundOut(.body(.byteBuffer(buffer))))
    }
    context.flush()
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    taken.whenComplete { result in
      let (connection, context) = bound.value
      switch result {
      case .success: connection.finish(keepAlive: keepAlive, context)
      case .failure: context.close(promise: nil)
      }
    }
    return taken
  }

  private func finish(keepAlive: Bool, _ context: ChannelHandlerContext) {
    let closing = !keepAlive || isLast
    // Before the end is written: that may bring in the next request at once.
    stage = closing ? .leaving : .waiting
    wait(closing ? limits.lingerMilliseconds : limits.headMilliseconds, context)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    guard closing else { return }
    // Only the sending side: closing both with unread bytes would reset the connection, and the
    // client might lose the answer.
    context.close(mode: .output, promise: nil)
  }

  private func wait(_ milliseconds: Int64, _ context: ChannelHandlerContext) {
    deadline?.cancel()
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    deadline = context.eventLoop.scheduleTask(in: .milliseconds(milliseconds)) {
      let (connection, context) = bound.value
      if case .receiving(let head) = connection.stage {
        connection.refuse(head, RequestFault.bodyTooSlow, context)
      } else {
        context.close(promise: nil)
      }
    }
  }
}
