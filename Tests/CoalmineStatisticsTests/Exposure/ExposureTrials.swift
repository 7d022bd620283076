// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation

/// Whether the long simulations run too.
let isDeepExposureRun = ProcessInfo.processInfo.environment["COALMINE_DEEP"] == "1"

/// The code with which a call is refused; `nil` where it is not.
func exposureRefusal<T>(_ call: () throws -> T) -> String? {
  do {
    _ = try call()
    return nil
  } catch {
    return (error as? StatisticsError)?.code ?? "\(error)"
  }
}

/// The share of trials in which something happens.
func shareOfTrials(
  _ trials: Int, seed: UInt8, _ happens: (inout ChaCha8Rand) throws -> Bool
) rethrows -> Double {
  var generator = seeded(seed)
  var count = 0
  for _ in 0..<trials where try happens(&generator) { count += 1 }
  return Double(count) / Double(trials)
}
