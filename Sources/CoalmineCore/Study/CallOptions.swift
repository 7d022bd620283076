// SPDX-License-Identifier: Apache-2.0

/// What a call of `probe` stated beside the facts of its run: how the run is asked, and what it may cost.
///
/// The same words go on with the run in the same way.
///
///     CallOptions(batch: true, maxCost: 5).words  // ["--batch", "--max-cost 5"]
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

  /// The options as words of a shell; a path that cannot be written as one is left out.
  package var words: [String] {
    var words: [String] = []
    if batch { words.append("--batch") }
    if let concurrency { words.append("--concurrency \(concurrency)") }
    if let promptsPerRequest { words.append("--prompts-per-request \(promptsPerRequest)") }
    if let rankBudget { words.append("--rank-budget \(rankBudget)") }
    if plainScore { words.append("--score plain") }
    if let path = prices.flatMap(ShellWord.path) { words.append("--prices \(path)") }
    if let maxCost {
      // Whole dollars without a point.
      let text = maxCost < 1e15 ? Int64(exactly: maxCost).map { String($0) } : nil
      words.append("--max-cost \(text ?? String(maxCost))")
    }
    return words
  }
}
