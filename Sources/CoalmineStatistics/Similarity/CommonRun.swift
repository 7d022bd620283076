// SPDX-License-Identifier: Apache-2.0

/// The length of the longest run of symbols that stands in both sequences without a gap.
///
/// On scalars it is the longest common substring, on tokens the longest common token run (50
/// tokens and more are held to be copied).
///
/// - Returns: 0…min(|a|, |b|); 0 where one is empty.
/// - Complexity: O(|a| + |b|) steps, each at most the number of different symbols; memory
///   O(min(|a|, |b|) + symbols).
/// Source: Blumer et al. 1985 for the automaton; Nasr et al. 2023 for the use.
public func longestCommonRun<Symbol: Hashable>(_ a: [Symbol], _ b: [Symbol]) -> Int {
  let codes = a.count <= b.count ? SymbolCodes(a, b) : SymbolCodes(b, a)
  let automaton = SuffixAutomaton(codes.first, alphabet: codes.count)
  return automaton.longestRun(in: codes.second)
}

/// The smallest automaton that knows every run of a sequence.
///
/// A state stands for runs that end at the same places; its link leads to the longest shorter run
/// that ends at more.
private struct SuffixAutomaton {
  /// The longest run of each state.
  private var lengths: [Int] = [0]
  private var links: [Int] = [-1]
  /// The edges of a state are a chain in `edges`: most have one, the root has its own table.
  private var chains: [Int] = [-1]
  private var edges: [Edge] = []
  private var roots: [Int]

  private struct Edge {
    let symbol: Int
    var target: Int
    let next: Int
  }

  init(_ symbols: [Int], alphabet: Int) {
    roots = [Int](repeating: -1, count: alphabet)
    var last = 0
    for symbol in symbols { last = append(symbol, after: last) }
  }

  /// The longest run of `symbols` that the automaton knows.
  func longestRun(in symbols: [Int]) -> Int {
    var state = 0
    var length = 0
    var best = 0
    for symbol in symbols {
      var target = follow(symbol, from: state)
      while target < 0, state != 0 {
        state = links[state]
        length = lengths[state]
        target = follow(symbol, from: state)
      }
      guard target >= 0 else { continue }
      state = target
      length += 1
      best = max(best, length)
    }
    return best
  }

  /// The state behind `symbol`, or −1.
  private func follow(_ symbol: Int, from state: Int) -> Int {
    if state == 0 { return roots[symbol] }
    let edge = edge(symbol, from: state)
    return edge < 0 ? -1 : edges[edge].target
  }

  private func edge(_ symbol: Int, from state: Int) -> Int {
    var edge = chains[state]
    while edge >= 0, edges[edge].symbol != symbol { edge = edges[edge].next }
    return edge
  }

  private mutating func connect(_ symbol: Int, from state: Int, to target: Int) {
    if state == 0 {
      roots[symbol] = target
      return
    }
    let known = edge(symbol, from: state)
    if known >= 0 {
      edges[known].target = target
    } else {
      edges.append(Edge(symbol: symbol, target: target, next: chains[state]))
      chains[state] = edges.count - 1
    }
  }

  private mutating func addState(length: Int, link: Int) -> Int {
    lengths.append(length)
    links.append(link)
    chains.append(-1)
    return lengths.count - 1
  }

  /// Takes in one more symbol; returns the state of the whole sequence so far.
  private mutating func append(_ symbol: Int, after last: Int) -> Int {
    let whole = addState(length: lengths[last] + 1, link: 0)
    var state = last
    while state >= 0, follow(symbol, from: state) < 0 {
      connect(symbol, from: state, to: whole)
      state = links[state]
    }
    guard state >= 0 else { return whole }
    let known = follow(symbol, from: state)
    guard lengths[known] != lengths[state] + 1 else {
      links[whole] = known
      return whole
    }
    // Some runs of `known` end here too and others do not: the shorter ones get a state.
    let shorter = addState(length: lengths[state] + 1, link: links[known])
    var edge = chains[known]
    while edge >= 0 {
      connect(edges[edge].symbol, from: shorter, to: edges[edge].target)
      edge = edges[edge].next
    }
    while state >= 0, follow(symbol, from: state) == known {
      connect(symbol, from: state, to: shorter)
      state = links[state]
    }
    links[known] = shorter
    links[whole] = shorter
    return whole
  }
}
