// SPDX-License-Identifier: Apache-2.0

/// A test that takes part in the decision; the raw value is its name in protocols and reports.
///
/// Each has an exact null and its own share of α, so the decision needs no assumption about how they
/// depend on each other.
public enum EvidenceComponent: String, Codable, Sendable, CaseIterable {
  /// ``RankSum`` of the inserted secrets: finds many that are a little more likely.
  case rank
  /// ``MassTest``: finds few that are memorised.
  case mass
  /// ``ExtractionTest`` of secrets that stand in replies: needs text alone.
  case extraction
  /// Inserted against held-out canaries, labels permuted within kinds: the fewest assumptions.
  case coin
}
