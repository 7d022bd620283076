// SPDX-License-Identifier: Apache-2.0

// One import for programs that use coalmine as a library.
@_exported import CoalmineBytes
@_exported import CoalmineCatalogue
@_exported import CoalmineCore
@_exported import CoalmineDemoModel
@_exported import CoalmineEndpoints
@_exported import CoalmineLedger
@_exported import CoalmineProbing
@_exported import CoalmineReporting
@_exported import CoalmineScoring
@_exported import CoalmineSeeding
@_exported import CoalmineServing
@_exported import CoalmineStatistics
@_exported import CoalmineStudy

/// The version of coalmine.
public enum CoalmineVersion {
  /// `MAJOR.MINOR.PATCH`; the first number is 0 while formats may still change.
  public static let current = "0.1.0"
}
