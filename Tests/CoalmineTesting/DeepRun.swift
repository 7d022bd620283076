// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Whether the deep variants were asked for, by `COALMINE_DEEP=1`.
public let isDeep = ProcessInfo.processInfo.environment["COALMINE_DEEP"] == "1"

/// The places in a list of scenarios that are run: all, or those that `COALMINE_PLACES=13,15` names, so
/// that a long deep test can be run in parts.
public func chosenPlaces(of scenarios: Range<Int>) -> [Int] {
  guard let list = ProcessInfo.processInfo.environment["COALMINE_PLACES"] else {
    return Array(scenarios)
  }
  let named = Set(list.split(separator: ",").compactMap { Int($0) })
  return scenarios.filter(named.contains)
}
