// SPDX-License-Identifier: Apache-2.0

/// A path of a rank search whose continuations are not known yet.
struct OpenPath: Sendable {
  let path: [Int]
  /// Its log-probability, or no less than it.
  let bound: Double
  /// Whether ``bound`` is the log-probability itself.
  let isExact: Bool
  /// Candidates below it other than the canary.
  let others: UInt128
  let holdsCanary: Bool
  /// The members of a group: unlisted continuations of ``path``; empty for a path.
  let unlisted: [OpenPath]
  /// No less than the log of all probability below it.
  let together: Double

  init(
    path: [Int], bound: Double, isExact: Bool, others: UInt128, holdsCanary: Bool,
    unlisted: [OpenPath] = [], together: Double? = nil
  ) {
    self.path = path
    self.bound = bound
    self.isExact = isExact
    self.others = others
    self.holdsCanary = holdsCanary
    self.unlisted = unlisted
    self.together = together ?? bound
  }

  /// The most likely first; then by path, so that the order never hangs on the order of arrival.
  func comes(before other: OpenPath) -> Bool {
    if bound != other.bound { return bound > other.bound }
    if path != other.path { return path.lexicographicallyPrecedes(other.path) }
    return unlisted.isEmpty && !other.unlisted.isEmpty
  }
}

/// Open paths, the most likely first: a binary heap.
struct OpenPaths: Sendable {
  private var heap: [OpenPath] = []

  var isEmpty: Bool { heap.isEmpty }

  mutating func insert(_ path: OpenPath) {
    heap.append(path)
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[child].comes(before: heap[parent]) else { break }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  mutating func popFirst() -> OpenPath? {
    guard let first = heap.first else { return nil }
    let last = heap.removeLast()
    guard !heap.isEmpty else { return first }
    heap[0] = last
    var parent = 0
    while true {
      var best = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
        if heap[child].comes(before: heap[best]) { best = child }
      }
      if best == parent { return first }
      heap.swapAt(parent, best)
      parent = best
    }
  }
}
