// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Events of many tasks for one reader, which takes all that are there at once: replies that arrive
/// together are committed together.
final class EventQueue<Event: Sendable>: Sendable {
  private struct State {
    var events: [Event] = []
    var reader: CheckedContinuation<[Event], Never>?
  }

  private let state = Mutex(State())

  /// Adds an event; from any task.
  func push(_ event: Event) {
    let reader = state.withLock { state in
      guard let reader = state.reader else {
        state.events.append(event)
        return nil as CheckedContinuation<[Event], Never>?
      }
      state.reader = nil
      return reader
    }
    reader?.resume(returning: [event])
  }

  /// All events that wait, at least one; only one task may read.
  func next() async -> [Event] {
    await withCheckedContinuation { continuation in
      let events = state.withLock { state in
        guard !state.events.isEmpty else {
          state.reader = continuation
          return nil as [Event]?
        }
        defer { state.events = [] }
        return state.events
      }
      if let events { continuation.resume(returning: events) }
    }
  }
}

/// Counts from 1, from any task.
final class Counter: Sendable {
  private let value = Atomic<Int64>(0)

  var count: Int { Int(value.load(ordering: .relaxed)) }

  func next() -> Int64 { value.add(1, ordering: .relaxed).newValue }
}
