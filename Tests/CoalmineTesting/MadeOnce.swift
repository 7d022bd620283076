// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// What several tests need and takes long to make: made when the first one asks, by what it is made of.
///
/// ```swift
/// static let plans = MadeOnce<[String], String>()
/// let text = try await plans.value(options) { try await plan(options) }
/// ```
public final class MadeOnce<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private let tasks = Mutex<[Key: Task<Value, any Error>]>([:])

  public init() {}

  /// - Throws: what `make` throws, each time that the key is asked for.
  public func value(_ key: Key, make: @escaping @Sendable () async throws -> Value) async throws
    -> Value
  {
    try await tasks.withLock { tasks -> Task<Value, any Error> in
      if let task = tasks[key] { return task }
      let task = Task { try await make() }
      tasks[key] = task
      return task
    }.value
  }
}
