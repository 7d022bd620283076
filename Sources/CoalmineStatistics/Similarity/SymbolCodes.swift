// SPDX-License-Identifier: Apache-2.0

/// Two sequences with their symbols numbered from 0, equal symbols alike.
///
/// The algorithms of this folder work on the numbers, so that Unicode scalars, tokens and words
/// share them and only this step hashes.
struct SymbolCodes: Sendable {
  let first: [Int]
  let second: [Int]
  /// All numbers are below this.
  let count: Int

  /// - Complexity: O(symbols), each hashed once; scalars below U+0400 and bytes are their own
  ///   numbers.
  init<Symbol: Hashable>(_ first: [Symbol], _ second: [Symbol]) {
    if let one = Self.list(first, of: Unicode.Scalar.self),
      let other = Self.list(second, of: Unicode.Scalar.self),
      Self.bits(one) | Self.bits(other) < 1024
    {
      self.init(
        one.map { Int($0.value) }, other.map { Int($0.value) },
        count: Int(Self.bits(one) | Self.bits(other)) + 1)
    } else if let one = Self.list(first, of: UInt8.self),
      let other = Self.list(second, of: UInt8.self)
    {
      self.init(one.map { Int($0) }, other.map { Int($0) }, count: 256)
    } else {
      var codes: [Symbol: Int] = [:]
      func numbered(_ symbols: [Symbol]) -> [Int] {
        symbols.map { symbol in
          if let code = codes[symbol] { return code }
          let code = codes.count
          codes[symbol] = code
          return code
        }
      }
      let (one, other) = (numbered(first), numbered(second))
      self.init(one, other, count: codes.count)
    }
  }

  /// The list where it is one of this type.
  ///
  /// A cast would go through its elements, and one of a list as Any through the runtime.
  private static func list<Symbol, Wanted>(_ symbols: [Symbol], of type: Wanted.Type) -> [Wanted]? {
    Symbol.self == Wanted.self ? unsafeBitCast(symbols, to: [Wanted].self) : nil
  }

  /// All bits that some scalar has: no scalar is larger.
  private static func bits(_ scalars: [Unicode.Scalar]) -> UInt32 {
    scalars.reduce(0) { $0 | $1.value }
  }

  private init(_ first: [Int], _ second: [Int], count: Int) {
    self.first = first
    self.second = second
    self.count = count
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
