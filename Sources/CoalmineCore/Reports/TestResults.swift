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
  /// Secrets of the inserted canaries that decide, of at least 40 bits, that stood in a reply to another
  /// canary; each counts once. `nil` in results of versions that did not count them.
  public let targetSecretsFound: Int?
  /// How many of them chance alone would show, at most.
  public let targetExpectedByChance: Double?

  public init(
    replies: Int, insertedSecrets: Int, insertedHits: Int, controlSecrets: Int,
    controlHits: Int, expectedByChance: Double, targetSecretsFound: Int? = nil,
    targetExpectedByChance: Double? = nil
  ) {
    self.replies = replies
    self.insertedSecrets = insertedSecrets
    self.insertedHits = insertedHits
    self.controlSecrets = controlSecrets
    self.controlHits = controlHits
    self.expectedByChance = expectedByChance
    self.targetSecretsFound = targetSecretsFound
    self.targetExpectedByChance = targetExpectedByChance
  }

  /// An upper bound of the chance that so many of them are found where the model knows none: secrets are
  /// drawn independently, so at most λᵏ/k! for k found and λ expected. 1 where none is found.
  public var targetP: Double {
    guard let found = targetSecretsFound, let expected = targetExpectedByChance else { return 1 }
    var bound = 1.0
    for number in 0..<found {
      bound *= expected / Double(number + 1)
      if bound == 0 { break }
    }
    return min(1, bound)
  }

  /// Whether the model knows secrets of the file and writes them at other prompts.
  public var isBeyondChance: Bool { targetP <= ValidityChecks.level }
}
