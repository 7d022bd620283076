// SPDX-License-Identifier: Apache-2.0

/// What followed earlier occurrences of the last eight tokens of a prompt, in the prompt itself.
package struct PromptMemory: Sendable {
  /// How many tokens must match before the model copies.
  package static let matchLength = 8

  /// Only so many latest occurrences of a run are compared, each over at most the longest context,
  /// so that a repetitive prompt costs no more than a varied one.
  private static let candidateLimit = 16

  private var tokens: [Int] = []
  /// Positions right after each run of eight tokens, by the run, nine bits a token.
  private var positions: [UInt128: [Int]] = [:]
  private var key: UInt128 = 0
  private static let keyMask: UInt128 = (1 << 72) - 1

  package init() {}

  /// Adds a token at the end.
  package mutating func append(_ token: Int) {
    // A run is entered together with its successor, at the next call.
    if tokens.count >= Self.matchLength { positions[key, default: []].append(tokens.count) }
    tokens.append(token)
    key = (key << 9 | UInt128(token & 0x1FF)) & Self.keyMask
  }

  /// How often each token followed the longest matching run; `nil` without a match.
  package func followers() -> [Int: Double]? {
    guard tokens.count > Self.matchLength, let candidates = positions[key] else { return nil }
    var longest = 0
    var followers: [Int: Double] = [:]
    for position in candidates.suffix(Self.candidateLimit) {
      let length = matchLength(endingAt: position)
      if length > longest {
        longest = length
        followers = [:]
      }
      if length == longest { followers[tokens[position], default: 0] += 1 }
    }
    return followers
  }

  private func matchLength(endingAt position: Int) -> Int {
    var length = 0
    while length < min(position, DemoModel.longestContext),
      tokens[position - 1 - length] == tokens[tokens.count - 1 - length]
    {
      length += 1
    }
    return length
  }
}
