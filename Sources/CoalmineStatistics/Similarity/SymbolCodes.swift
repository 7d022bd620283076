// SPDX-License-Identifier: Apache-2.0

/// Two sequences with their symbols numbered from 0, equal symbols alike.
///
/// The algorithms of this folder work on the numbers, so that Unicode scalars, tokens and words
/// share them and only this step hashes.
struct SymbolCodes: Sendable {
  let first: [Int]
  let second: [Int]
  /// How many different symbols there are.
  let count: Int

  /// - Complexity: O(symbols), each hashed once.
  init<Symbol: Hashable>(_ first: [Symbol], _ second: [Symbol]) {
    var codes: [Symbol: Int] = [:]
    func numbered(_ symbols: [Symbol]) -> [Int] {
      symbols.map { symbol in
        if let code = codes[symbol] { return code }
        let code = codes.count
        codes[symbol] = code
        return code
      }
    }
    self.first = numbered(first)
    self.second = numbered(second)
    self.count = codes.count
  }

  /// What is left of both after their common beginning and end, the longer one first.
  ///
  /// The edit distance does not change by this, and near-verbatim outputs shrink to little.
  func differing() -> (long: ArraySlice<Int>, short: ArraySlice<Int>) {
    let shorter = min(first.count, second.count)
    var head = 0
    while head < shorter, first[head] == second[head] { head += 1 }
    var tail = 0
    while tail < shorter - head,
      first[first.count - 1 - tail] == second[second.count - 1 - tail]
    { tail += 1 }
    let one = first[head..<(first.count - tail)]
    let other = second[head..<(second.count - tail)]
    return one.count >= other.count ? (one, other) : (other, one)
  }
}
