// SPDX-License-Identifier: Apache-2.0

/// A token that a model wrote, and the likeliest ones at its place.
///
/// Chat APIs name no token numbers: a token is its bytes.
public struct WrittenToken: Sendable, Equatable {
  /// A token that could stand there.
  public struct Candidate: Sendable, Equatable {
    public let bytes: [UInt8]
    /// In nats, at most 0.
    public let logProbability: Double

    public init(bytes: [UInt8], logProbability: Double) {
      self.bytes = bytes
      self.logProbability = logProbability
    }
  }

  /// How far the probabilities that are listed at one place may sum beyond 1: they come rounded.
  package static let sumError = 2e-3

  public let bytes: [UInt8]
  /// In nats, at most 0; `nil` where the endpoint gives none. OpenAI's -9999 is none: it says that
  /// the token is not among the likeliest.
  public let logProbability: Double?
  /// As many as were asked for, or fewer, as the endpoint lists them.
  public let likeliest: [Candidate]

  public init(bytes: [UInt8], logProbability: Double?, likeliest: [Candidate] = []) {
    self.bytes = bytes
    self.logProbability = logProbability
    self.likeliest = likeliest
  }
}
