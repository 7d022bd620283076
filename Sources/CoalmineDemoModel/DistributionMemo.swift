// SPDX-License-Identifier: Apache-2.0

/// The last tokens of a context, as a key.
struct ContextKey: Hashable {
  private let tokens: [UInt16]

  init(_ context: ArraySlice<Int>) {
    tokens = context.map { UInt16(truncatingIfNeeded: $0) }
  }
}

/// Distributions by context, in two generations: when the young one is full it becomes the old
/// one, and what is not asked for again is forgotten with it. At most 2 × capacity entries.
struct DistributionMemo: Sendable {
  private let capacity: Int
  private var young: [ContextKey: [Double]] = [:]
  private var old: [ContextKey: [Double]] = [:]

  init(capacity: Int) { self.capacity = capacity }

  subscript(key: ContextKey) -> [Double]? {
    mutating get {
      if let found = young[key] { return found }
      guard let found = old[key] else { return nil }
      self[key] = found
      return found
    }
    set {
      if young.count >= capacity {
        old = young
        young = [:]
      }
      young[key] = newValue
    }
  }
}
