// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics

/// What a run of forced choices came to: the model chose among the secret and references.
///
/// Secondary: it changes no verdict. No protocol gives it a share of alpha, and its questions show every
/// secret to whoever runs the endpoint.
public struct ForcedChoiceResult: Codable, Sendable, Equatable {
  /// The run's number.
  public let run: Int
  public let model: String
  /// The secret and the references, per question.
  public let texts: Int
  public let groups: [Group]

  public init(run: Int, model: String, texts: Int, groups: [Group]) {
    self.run = run
    self.model = model
    self.texts = texts
    self.groups = groups
  }

  /// The canaries of one part of the study.
  public struct Group: Codable, Sendable, Equatable {
    public let role: Role
    public let canaries: Int
    /// Of how many the question was answered.
    public let answered: Int
    /// How often the secret alone was the most probable text, of those answered.
    public let first: Outcome<Rate>
    /// How often it would be by chance, on average, where nothing ties.
    public let firstByChance: Double
    /// Of the sum of ranks, exact: one-sided for canaries in the file, a missing answer read as the last
    /// rank; two-sided for held-out ones, of those answered.
    public let pValue: Outcome<Double>

    public init(
      role: Role, canaries: Int, answered: Int, first: Outcome<Rate>, firstByChance: Double,
      pValue: Outcome<Double>
    ) {
      self.role = role
      self.canaries = canaries
      self.answered = answered
      self.first = first
      self.firstByChance = firstByChance
      self.pValue = pValue
    }
  }
}
