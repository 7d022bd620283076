// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// What the connections of one service have in common: how many there are, and how many requests
/// are being answered, so that a service can end without cutting an answer.
final class Traffic: Sendable {
  private struct State {
    var connections = 0
    var requests = 0
    var isStopping = false
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let connectionLimit: Int
  private let state = Mutex(State())

  init(connectionLimit: Int) { self.connectionLimit = connectionLimit }

  /// Counts a connection; `false` where there are too many. Every call has its ``disconnected()``.
  func connected() -> Bool {
    state.withLock { state in
      state.connections += 1
      return state.connections <= connectionLimit
    }
  }

  func disconnected() { state.withLock { $0.connections -= 1 } }

  /// Counts a request; `false` where the service is about to end. After `true` comes
  /// ``finished()``, once, whatever became of the answer.
  func began() -> Bool {
    state.withLock { state in
      guard !state.isStopping else { return false }
      state.requests += 1
      return true
    }
  }

  func finished() {
    let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
      state.requests -= 1
      guard state.requests == 0, state.isStopping else { return [] }
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in waiting { continuation.resume() }
  }

  /// No request begins from now on; `false` where that was so already.
  func stop() -> Bool {
    state.withLock { state in
      defer { state.isStopping = true }
      return !state.isStopping
    }
  }

  /// Returns when no request is being answered.
  func settled() async {
    await withCheckedContinuation { continuation in
      let idle = state.withLock { state in
        if state.requests > 0 { state.waiting.append(continuation) }
        return state.requests == 0
      }
      if idle { continuation.resume() }
    }
  }
}
