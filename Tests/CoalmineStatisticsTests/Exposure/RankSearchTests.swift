// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation
import Testing

@Suite struct `Rank search` {
  private struct Truth {
    let optimistic: UInt128
    let conservative: UInt128

    /// Counts every candidate.
    init(_ chain: MarkovChain, _ canary: [Int], tieEpsilon: Double) {
      let own = chain.logProbability(canary)
      var better: UInt128 = 0
      var tied: UInt128 = 0
      for path in chain.all where path != canary {
        let difference = chain.logProbability(path) - own
        if difference > tieEpsilon { better += 1 } else if difference >= -tieEpsilon { tied += 1 }
      }
      optimistic = better + 1
      conservative = better + tied + 1
    }
  }

  private func chain(_ generator: inout ChaCha8Rand) -> MarkovChain {
    let shapes = [(2, 6), (3, 4), (4, 4), (6, 3), (10, 2), (5, 1)]
    let (alphabet, length) = shapes[Int(generator.uniform(below: UInt64(shapes.count)))]
    let sharpness = [0, 0.3, 1, 2, 5][Int(generator.uniform(below: UInt64(5)))]
    return .random(
      alphabet: alphabet, length: length, sharpness: sharpness, using: &generator)
  }

  @Test func `With whole rows and no budget the rank is that of enumeration`() throws {
    var generator = seeded(40)
    for _ in 0..<300 {
      let chain = chain(&generator)
      let canary = (0..<chain.length).map { _ in
        Int(generator.uniform(below: UInt64(chain.alphabet)))
      }
      let truth = Truth(chain, canary, tieEpsilon: 1e-9)
      for certificate in [RankCertificate.mass, .monotony] {
        let bounds = try chain.search(
          canary, topK: nil, tieEpsilon: 1e-9, certificate: certificate)
        #expect(bounds.optimistic == truth.optimistic...truth.optimistic)
        #expect(bounds.conservative == truth.conservative...truth.conservative)
      }
    }
  }

  @Test func `Bounds hold the truth and narrow after every row, whatever is cut off`() throws {
    var generator = seeded(41)
    for round in 0..<400 {
      let chain = chain(&generator)
      let canary = (0..<chain.length).map { _ in
        Int(generator.uniform(below: UInt64(chain.alphabet)))
      }
      let tie = [1e-9, 0.05, 1][round % 3]
      let truth = Truth(chain, canary, tieEpsilon: tie)
      let topK = 1 + Int(generator.uniform(below: UInt64(chain.alphabet + 1)))
      var search = try RankSearch(
        trie: chain, canary: canary, logProbability: chain.logProbability(canary),
        tieEpsilon: tie, budget: Int(generator.uniform(below: UInt64(40))),
        certificate: round % 2 == 0 ? .mass : .monotony)
      var last = search.bounds
      while !search.isFinished {
        for path in search.nextBatch(limit: 3) {
          if generator.uniform(below: UInt64(10)) == 0 {
            try search.giveUp(on: path)
          } else {
            try search.receive(chain.row(after: path, topK: topK), after: path)
          }
          let bounds = search.bounds
          #expect(bounds.optimistic.contains(truth.optimistic))
          #expect(bounds.conservative.contains(truth.conservative))
          #expect(bounds.optimistic.clamped(to: last.optimistic) == bounds.optimistic)
          #expect(bounds.conservative.clamped(to: last.conservative) == bounds.conservative)
          last = bounds
        }
      }
      #expect(search.rows <= search.budget)
    }
  }

  @Test func `A memorised canary in a space of 10 to the 30 needs few rows`() throws {
    // Each symbol of the canary has probability 0.9, the rest share 0.1.
    let rest = log(0.1 / 10)
    let rows = (0...10).map { row in (0...10).map { $0 == (row + 1) % 10 ? log(0.9) : rest } }
    let chain = MarkovChain(rows: rows, alphabet: 10, length: 30)
    let canary = (0..<30).map { ($0 + 1) % 10 }
    var search = try RankSearch(
      trie: chain, canary: canary, logProbability: chain.logProbability(canary), budget: 10_000)
    while !search.isFinished {
      for path in search.nextBatch(limit: 16) {
        try search.receive(chain.row(after: path, topK: nil), after: path)
      }
    }
    let bounds = search.bounds
    #expect(bounds.conservative == 1...1)
    #expect(search.rows < 2_000)
    #expect(isNear(bounds.exposure.bits, 30 * log2(10), relative: 1e-12))
    #expect(bounds.exposure.method == .exactRank)
  }

  @Test func `Before any row the mass bound stands`() throws {
    var generator = seeded(42)
    let chain = MarkovChain.random(alphabet: 10, length: 4, sharpness: 3, using: &generator)
    let canary = [1, 2, 3, 4]
    let own = chain.logProbability(canary)
    let search = try RankSearch(trie: chain, canary: canary, logProbability: own, budget: 0)
    #expect(search.isFinished)
    let bound = try Exposure.massBound(logProbability: own, spaceBits: log2(10_000))
    #expect(isNear(search.bounds.exposure.bits, bound.bits, absolute: 1e-6))
  }

  @Test func `The proposals do not depend on the order in which a batch is answered`() throws {
    var generator = seeded(43)
    let chain = MarkovChain.random(alphabet: 5, length: 5, sharpness: 1, using: &generator)
    let canary = [0, 1, 2, 3, 4]
    func proposals(reversed: Bool) throws -> [[[Int]]] {
      var search = try RankSearch(
        trie: chain, canary: canary, logProbability: chain.logProbability(canary), budget: 300)
      var all: [[[Int]]] = []
      while !search.isFinished {
        let batch = search.nextBatch(limit: 5)
        all.append(batch)
        for path in reversed ? batch.reversed() : batch {
          try search.receive(chain.row(after: path, topK: 3), after: path)
        }
      }
      return all
    }
    #expect(try proposals(reversed: false) == proposals(reversed: true))
  }

  @Test func `What does not fit is refused`() throws {
    var generator = seeded(44)
    let chain = MarkovChain.random(alphabet: 3, length: 2, sharpness: 1, using: &generator)
    func start(_ canary: [Int], _ log: Double, tie: Double = 0, budget: Int = 9) -> String? {
      refusal {
        try RankSearch(
          trie: chain, canary: canary, logProbability: log, tieEpsilon: tie, budget: budget)
      }
    }
    #expect(start([0, 1], -1) == nil)
    #expect(start([0], -1) == "invalid_parameter")
    #expect(start([], -1) == "invalid_parameter")
    #expect(start([0, 7], -1) == "invalid_parameter")
    #expect(start([0, 1, 2], -1) == "invalid_parameter")
    #expect(start([0, 1], .nan) == "nan")
    #expect(start([0, 1], 0.5) == "invalid_logprob")
    #expect(start([0, 1], -.infinity) == "invalid_parameter")
    #expect(start([0, 1], -1, tie: -1) == "invalid_parameter")
    #expect(start([0, 1], -1, budget: -1) == "invalid_parameter")
    var search = try RankSearch(trie: chain, canary: [0, 1], logProbability: -3, budget: 9)
    let row = chain.row(after: [], topK: nil)
    #expect(refusal { try search.receive(row, after: []) } == "invalid_parameter")
    #expect(refusal { try search.giveUp(on: [0]) } == "invalid_parameter")
    #expect(search.nextBatch(limit: 0) == [] && search.nextBatch(limit: -1) == [])
    #expect(search.nextBatch(limit: 4) == [[]])
    let before = search.bounds
    for (bad, code) in [
      ([0: Double.nan], "nan"), ([0: 1], "invalid_logprob"),
      ([0: -0.1, 1: -0.1], "invalid_logprob"),
    ] {
      #expect(
        refusal { try search.receive(NextSymbolRow(all: bad), after: []) } == code)
    }
    #expect(search.bounds == before)
    try search.receive(NextSymbolRow(all: [0: -.infinity]), after: [])
    #expect(search.isFinished && search.bounds.conservative == 1...1)
  }

  @Test func `A trie that contradicts itself is refused`() throws {
    struct Liar: CandidateTrie {
      let first: UInt128
      func branches(after path: [Int]) -> [CandidateBranch] {
        path.isEmpty
          ? [CandidateBranch(symbol: 0, candidates: first, isEnd: false)]
          : [CandidateBranch(symbol: 1, candidates: 1, isEnd: true)]
      }
    }
    var search = try RankSearch(
      trie: Liar(first: 4), canary: [0, 1], logProbability: -9, budget: 9)
    #expect(search.nextBatch(limit: 1) == [[]])
    try search.receive(NextSymbolRow(all: [0: -0.1]), after: [])
    #expect(search.nextBatch(limit: 1) == [[0]])
    #expect(
      refusal { try search.receive(NextSymbolRow(all: [1: -0.1]), after: [0]) }
        == "invalid_parameter")
    for count in [0, UInt128.max] {
      #expect(
        refusal {
          try RankSearch(
            trie: Liar(first: count), canary: [0, 1], logProbability: -9, budget: 9)
        } == "invalid_parameter")
    }
  }
}
