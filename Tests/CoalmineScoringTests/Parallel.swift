// SPDX-License-Identifier: Apache-2.0

/// Many studies on all cores.
enum Parallel {
  /// How many of the seeds 1…studies a condition holds for.
  static func count(_ studies: Int, _ holds: @escaping @Sendable (UInt64) throws -> Bool)
    async throws -> Int
  {
    let parts = 8
    return try await withThrowingTaskGroup(of: Int.self) { group in
      for part in 0..<parts {
        group.addTask {
          try stride(from: part + 1, through: studies, by: parts).count { try holds(UInt64($0)) }
        }
      }
      return try await group.reduce(0, +)
    }
  }
}

extension Sequence {
  fileprivate func count(_ holds: (Element) throws -> Bool) rethrows -> Int {
    try reduce(0) { try holds($1) ? $0 + 1 : $0 }
  }
}
