// SPDX-License-Identifier: Apache-2.0

import CoalmineBytes
import CoalmineCore
import CoalmineEndpoints

/// Between which bounds the requests lie that score texts token by token.
///
/// The lower bound takes tokens of ``longestToken`` bytes, texts that share every prefix they can,
/// and rows that list what is wanted at once. The upper bound takes a token per byte, a prefix of
/// its own for every token, and every row asked again at each longer length, as where no token is
/// among the likeliest. Requests that are sent again after a failure are in neither.
///
/// ```
/// The code is 96     asked: the row after "…is", the row after "…is 9"
/// The code is 41     shared: the row after "…is";   its own: the row after "…is 4"
/// ```
public struct StepwiseEstimate: Sendable, Equatable {
  /// The bytes of the longest token that the lower bound takes.
  public static let longestToken = 8
  /// The bytes that one token's number takes in a request, with its comma.
  private static let number = 2...8

  public let requests: ClosedRange<Int>
  /// Bytes of texts and of lists of token numbers.
  public let bytes: ClosedRange<Int>

  /// - Complexity: O(n log n) comparisons of texts.
  package init(_ texts: [PlannedQuestion], by dialect: any Dialect) {
    // Each text is cut into tokens by a request of its own.
    let spelled = texts.reduce(0) { $0 + $1.passage.text.count + $1.passage.renderedBytes }
    // Short endings may all come in one request each, so that no row is asked for them.
    let canForce = dialect.abilities.contains(.forcesText)
    var rows = 0
    var bytes = spelled
    var before: [UInt8] = []
    let sorted = texts.filter {
      !canForce || $0.passage.ending.count > StepwiseScoring.longestForced
    }
    .map { (text: $0.passage.text, prompt: $0.passage.before.count) }
    .sorted { $0.text.lexicographicallyPrecedes($1.text) }
    for (text, prompt) in sorted {
      let shared = zip(text, before).prefix { $0 == $1 }.count
      let own = text.count - max(prompt, shared)
      // The row before the first own byte may be shared, since a token may begin before it; and the
      // first token of all has no row.
      let isFirst = before.isEmpty ? prompt > 0 : shared + Self.longestToken <= prompt
      let fresh = max(0, Self.tokens(own) - (isFirst ? 0 : 1))
      rows += fresh
      let ahead = max(0, max(prompt, shared) - Self.longestToken)
      bytes += fresh * Self.tokens(ahead) * Self.number.lowerBound
      before = text
    }
    let width = dialect.limit(of: .next(.top(StepwiseScoring.rowLength)))
    let least = texts.count + Self.pieces(rows, width)

    let own = Self.places(texts.filter { !$0.isOfReference })
    let references = Self.places(texts.filter(\.isOfReference))
    // Rows, and what no row lists by itself.
    let all = own + references
    var most = texts.count * (canForce ? 2 : 1) + Self.pieces(all, width)
    if dialect.abilities.contains(.scoresWantedTokens) { most += all }
    for places in [own, references] {
      for listing in StepwiseScoring.longer {
        most += Self.pieces(places, dialect.limit(of: .next(listing)))
      }
    }
    let lists = texts.reduce(0) { sum, text in
      let (prompt, target) = (
        text.passage.before.count + text.passage.renderedBytes + 1, text.passage.ending.count + 1
      )
      return sum + target * prompt + target * (target - 1) / 2
    }
    self.requests = least...max(least, most)
    let mostBytes =
      spelled + lists * Self.number.upperBound * (2 + StepwiseScoring.longer.count)
      + (canForce ? 2 * spelled : 0)
    self.bytes = bytes...max(bytes, mostBytes)
  }

  /// The search for ranks: none may be needed, and each asks up to its budget of prefixes, 32 or
  /// fewer per request.
  package init(ranksOf canaries: [PlannedQuestion], budget: Int) {
    let most = max(0, budget - 31)
    requests = 0...(canaries.count * most)
    bytes =
      0...canaries.reduce(0) {
        $0 + budget * ($1.passage.text.count + $1.passage.renderedBytes + 1)
          * Self.number.upperBound
      }
  }

  /// The most prefixes that texts want.
  private static func places(_ texts: [PlannedQuestion]) -> Int {
    texts.reduce(0) { $0 + $1.passage.ending.count + 1 }
  }

  private static func tokens(_ bytes: Int) -> Int { pieces(bytes, longestToken) }

  private static func pieces(_ count: Int, _ size: Int) -> Int { (count + size - 1) / size }
}

extension Passage {
  /// What a template puts around one turn, in bytes, as far as it can be known before the server is asked.
  private static var bytesOfTurn: Int { 64 }

  /// The bytes of what stands before a passage in a rendered conversation.
  fileprivate var renderedBytes: Int {
    guard case .prefilled(let turns) = presentation else { return 0 }
    return turns.earlier.reduce(Self.bytesOfTurn) { $0 + $1.text.count + Self.bytesOfTurn }
  }
}
