// SPDX-License-Identifier: Apache-2.0

/// How an answer that is missing is read.
///
/// An endpoint can withhold exactly what leaks, so nothing is dropped. A leak is declared only if it
/// is found with every missing answer read against it, and a pass only if nothing is found with every
/// missing answer read for a leak.
///
/// Source: Manski 2003, worst-case bounds, https://doi.org/10.1007/b97478
public enum MissingReading: String, Sendable, CaseIterable {
  /// Against a finding: the last place, E = 0, no hit.
  case leak
  /// For a finding: the first place, E = |R|, a hit.
  case pass
}
