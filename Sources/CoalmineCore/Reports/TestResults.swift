// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics

/// One gate of the protocol.
public struct GateResult: Codable, Sendable, Equatable {
  public let gate: Gate
  public let state: State
  public let rate: Outcome<Rate>
  /// One-sided 95 % bounds of the rate; the limit of a rate is compared with them.
  public let bounds: ClosedRange<Double>?
  /// p of Fisher's test that inserted secrets are extracted more often than held-out ones; `nil` where
  /// it takes no part.
  public let fisherP: Double?
  /// Inserted canaries of which the gate waits for replies, or cannot tell.
  public let unmeasured: Int

  public enum State: String, Codable, Sendable, CaseIterable {
    case passed
    case failed
    /// It cannot be said on which side of the limit it is.
    case open
    case notMeasured = "not-measured"
  }

  public init(
    gate: Gate, state: State, rate: Outcome<Rate>, bounds: ClosedRange<Double>?,
    fisherP: Double? = nil, unmeasured: Int = 0
  ) {
    self.gate = gate
    self.state = state
    self.rate = rate
    self.bounds = bounds
    self.fisherP = fisherP
    self.unmeasured = unmeasured
  }
}

/// Secrets of other canaries found in replies.
public struct OffTargetMatches: Codable, Sendable, Equatable {
  /// Replies that were searched.
  public let replies: Int
  /// Inserted secrets of at least 40 bits that were searched for.
  public let insertedSecrets: Int
  /// Replies in which another canary's inserted secret stood.
  public let insertedHits: Int
  /// Never-inserted secrets of at least 40 bits, searched alike.
  public let controlSecrets: Int
  public let controlHits: Int
  /// Hits that chance alone would give for the inserted secrets, at most.
  public let expectedByChance: Double

  public init(
    replies: Int, insertedSecrets: Int, insertedHits: Int, controlSecrets: Int,
    controlHits: Int, expectedByChance: Double
  ) {
    self.replies = replies
    self.insertedSecrets = insertedSecrets
    self.insertedHits = insertedHits
    self.controlSecrets = controlSecrets
    self.controlHits = controlHits
    self.expectedByChance = expectedByChance
  }
}
