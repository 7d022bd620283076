// SPDX-License-Identifier: Apache-2.0

/// SplitMix64: a small generator with a seed that no code under test takes part in.
///
/// It gives the same numbers on every run and every machine, so that a failure can be run again.
/// Source: Steele, Lea and Flood 2014, https://doi.org/10.1145/2660193.2660195.
public struct SplitMix: RandomNumberGenerator, Sendable {
  private var state: UInt64

  public init(_ seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
