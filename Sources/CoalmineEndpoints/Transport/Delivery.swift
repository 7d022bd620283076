// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

/// The way on which requests leave and replies come back: HTTP, or a local program.
public protocol Delivery: Sendable {
  /// Sends a request and waits for its whole reply, whatever the status.
  ///
  /// - Throws: ``TransportError``. A cancelled task gives up at once.
  func send(_ request: HTTPRequest) async throws(TransportError) -> Reply

  /// Ends what was started for it; nothing is sent after that.
  func close() async
}

extension Transport: Delivery {
  public func close() {}
}

extension Endpoint {
  /// Opens the way to this endpoint, lets `work` use it, and closes it whatever becomes of the work.
  ///
  /// ```swift
  /// let reply = try await endpoint.delivering(limits, settings) { try await $0.send(request) }
  /// ```
  ///
  /// - Throws: what `work` throws.
  public func delivering<Value>(
    _ limits: TransportLimits, _ settings: TransportSettings,
    _ work: (any Delivery) async throws -> Value
  ) async throws -> Value {
    let delivery: any Delivery =
      if let command {
        CommandTransport(command, limits: limits)
      } else {
        Transport(limits: limits, settings: settings)
      }
    do {
      let value = try await work(delivery)
      await delivery.close()
      return value
    } catch {
      await delivery.close()
      throw error
    }
  }
}
