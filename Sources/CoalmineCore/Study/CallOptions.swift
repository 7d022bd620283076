// SPDX-License-Identifier: Apache-2.0

/// What a call of `probe` stated beside the facts of its run: how the run is asked, and what it may cost.
///
/// The same words go on with the run in the same way.
///
///     try ledger.note(CallOptions(batch: true, maxCost: 5), of: run.number)
public struct CallOptions: Codable, Sendable, Equatable {
  public var batch: Bool
  /// The path of a table of prices, as it was stated.
  public var prices: String?
  /// In US dollars.
  public var maxCost: Double?
  public var concurrency: Int?
  public var promptsPerRequest: Int?
  public var rankBudget: Int?
  /// Whether the tuned model's own log-probabilities decide.
  public var plainScore: Bool

  /// Nothing is stated.
  public static let none = CallOptions()

  public init(
    batch: Bool = false, prices: String? = nil, maxCost: Double? = nil, concurrency: Int? = nil,
    promptsPerRequest: Int? = nil, rankBudget: Int? = nil, plainScore: Bool = false
  ) {
    self.batch = batch
    self.prices = prices
    self.maxCost = maxCost
    self.concurrency = concurrency
    self.promptsPerRequest = promptsPerRequest
    self.rankBudget = rankBudget
    self.plainScore = plainScore
  }
}
