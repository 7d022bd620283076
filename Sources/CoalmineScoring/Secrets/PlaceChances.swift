// SPDX-License-Identifier: Apache-2.0

import CoalmineCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// How many of the secrets of a group chance puts into a text: every place of the text holds a secret with
/// the chance of one member of its space.
struct PlaceChances {
  /// The sum of the chances of all secrets of one length.
  private var byLength: [Int: Double] = [:]
  private var members: Set<String> = []

  init(_ canaries: some Sequence<Canary>) {
    for canary in canaries {
      members.insert(canary.id)
      byLength[canary.secret.reveal().count, default: 0] += exp2(-canary.bits)
    }
  }

  /// At most so many, without the secret of the canary whose reply the text is.
  ///
  /// - Complexity: O(lengths).
  func hits(in text: Int, but own: Canary) -> Double {
    var sum = 0.0
    for (length, chance) in byLength where length <= text {
      sum += Double(text - length + 1) * chance
    }
    guard members.contains(own.id) else { return sum }
    let length = own.secret.reveal().count
    guard length <= text else { return sum }
    return max(0, sum - Double(text - length + 1) * exp2(-own.bits))
  }
}
