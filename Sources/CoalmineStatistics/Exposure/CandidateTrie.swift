// SPDX-License-Identifier: Apache-2.0

/// One way on from a path: the next symbol and what lies below it.
public struct CandidateBranch: Sendable, Equatable {
  /// The next symbol: a token id, a byte, whatever the rows are keyed by.
  public let symbol: Int
  /// How many candidates start with the path and this symbol, at least 1.
  public let candidates: UInt128
  /// Whether path and symbol are a whole candidate; then ``candidates`` is 1.
  public let isEnd: Bool

  public init(symbol: Int, candidates: UInt128, isEnd: Bool) {
    self.symbol = symbol
    self.candidates = candidates
    self.isEnd = isEnd
  }
}

/// The candidates of a rank search, as a tree of symbols.
///
/// No candidate may be the beginning of another one: where one could be, its terminator belongs to
/// it.
public protocol CandidateTrie: Sendable {
  /// The ways on from a path, each symbol once; empty where no candidate starts so.
  func branches(after path: [Int]) -> [CandidateBranch]
}

/// What a model said about the symbol that follows a path.
public struct NextSymbolRow: Sendable, Equatable {
  /// Natural logarithms of probabilities by symbol, at most 0; symbols outside the trie count too,
  /// since they use up probability.
  public let logProbabilities: [Int: Double]
  /// What is known of symbols that are not listed.
  public let unlisted: Unlisted

  /// What a row says about symbols that it does not list.
  public enum Unlisted: Sendable, Equatable {
    /// The row is whole: they have probability 0.
    case impossible
    /// Each is at most as likely as the least likely of the top k: this log-probability.
    case atMost(Double)
  }

  /// A row of the whole vocabulary.
  public init(all logProbabilities: [Int: Double]) {
    self.logProbabilities = logProbabilities
    unlisted = .impossible
  }

  /// The k most likely symbols, none added by request.
  public init(top logProbabilities: [Int: Double]) {
    self.logProbabilities = logProbabilities
    unlisted = .atMost(logProbabilities.values.min() ?? 0)
  }

  /// The k most likely symbols and some others asked for by name.
  ///
  /// - Parameter leastOfTop: the log-probability of the least likely of the top k.
  public init(_ logProbabilities: [Int: Double], leastOfTop: Double) {
    self.logProbabilities = logProbabilities
    unlisted = .atMost(leastOfTop)
  }
}
