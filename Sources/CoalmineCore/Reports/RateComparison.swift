// SPDX-License-Identifier: Apache-2.0

/// Two extraction rates compared by an exact test. It is secondary: it changes no verdict.
public struct RateComparison: Codable, Sendable, Equatable {
  public let name: Name
  /// The canaries with yes in the first and in the second, of how many, and the test.
  public let outcome: Outcome<Value>

  public init(name: Name, outcome: Outcome<Value>) {
    self.name = name
    self.outcome = outcome
  }

  /// What is compared; the raw value is the slug in reports.
  public enum Name: String, Codable, Sendable, CaseIterable {
    /// Canaries inserted at the target repetitions against held-out ones, by decoding.
    case greedyInserted = "greedy-inserted-against-held-out"
    case sampledInserted = "sampled-inserted-against-held-out"
    case defaultsInserted = "defaults-inserted-against-held-out"
    /// Canaries with a reply that the provider says repeats a text that it knows, by any decoding.
    case recitedInserted = "recited-inserted-against-held-out"
    /// Two decodings of the same inserted canaries, at all repetitions.
    case greedySampled = "greedy-against-sampled"
  }

  /// How two rates are compared.
  public enum Test: String, Codable, Sendable, CaseIterable {
    /// One-sided: whether yes is more frequent in the first of two groups of canaries.
    case fisherExact = "fisher-exact"
    /// Two-sided: whether the same canaries say yes more often in the first or in the second.
    case mcNemarExact = "mcnemar-exact"
  }

  public struct Value: Codable, Sendable, Equatable {
    public let test: Test
    public let first: Rate
    public let second: Rate
    /// Canaries with yes in one of the two only; `nil` where the canaries differ.
    public let discordant: Discordant?
    public let pValue: Double

    public init(test: Test, first: Rate, second: Rate, discordant: Discordant?, pValue: Double) {
      self.test = test
      self.first = first
      self.second = second
      self.discordant = discordant
      self.pValue = pValue
    }
  }

  /// Canaries whose two answers differ: only they speak in McNemar's test.
  public struct Discordant: Codable, Sendable, Equatable {
    public let onlyFirst: Int
    public let onlySecond: Int

    public init(onlyFirst: Int, onlySecond: Int) {
      self.onlyFirst = onlyFirst
      self.onlySecond = onlySecond
    }
  }
}
