// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics

/// References: other candidates of a canary's space.
package enum ReferenceDraw {
  /// `wanted` distinct numbers of `0..<count` other than `own`, every set equally likely, in rising
  /// order; all others where there are fewer.
  ///
  /// Robert Floyd's sampling over the `count - 1` others: one draw a reference, whatever the share
  /// of the space that is wanted.
  ///
  /// - Precondition: `own < count`, `wanted >= 0`.
  /// - Complexity: O(wanted · log wanted).
  package static func draw(
    _ wanted: Int, of count: UInt128, except own: UInt128, using generator: inout ChaCha8Rand
  ) -> [UInt128] {
    let others = count - 1
    let taken = min(UInt128(wanted), others)
    var chosen: Set<UInt128> = []
    var bound = others - taken
    while bound < others {
      let candidate = generator.uniform(below: bound + 1)
      chosen.insert(chosen.contains(candidate) ? bound : candidate)
      bound += 1
    }
    return chosen.map { $0 < own ? $0 : $0 + 1 }.sorted()
  }
}
