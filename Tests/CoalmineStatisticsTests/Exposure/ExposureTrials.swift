// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics

/// The share of trials in which something happens.
func shareOfTrials(
  _ trials: Int, seed: UInt8, _ happens: (inout ChaCha8Rand) throws -> Bool
) rethrows -> Double {
  var generator = seeded(seed)
  var count = 0
  for _ in 0..<trials where try happens(&generator) { count += 1 }
  return Double(count) / Double(trials)
}
