// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// How many references a canary gets.
package enum ReferenceCount {
  /// A small space has fewer other candidates than the protocol asks for.
  package static func due(_ canary: Canary, asked: Int) -> Int {
    guard canary.bits < 40 else { return max(0, asked) }
    let others = Int(exp2(canary.bits).rounded()) - 1
    return max(0, min(asked, others))
  }
}
