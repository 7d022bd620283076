// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation

/// A first-order model over an alphabet and one outcome outside of it; its candidates are all
/// strings of one length.
struct MarkovChain: CandidateTrie {
  /// Row `alphabet` follows the start, row s the symbol s; column `alphabet` is "outside".
  let rows: [[Double]]
  let alphabet: Int
  let length: Int

  func branches(after path: [Int]) -> [CandidateBranch] {
    guard path.count < length else { return [] }
    var below: UInt128 = 1
    for _ in 0..<(length - path.count - 1) { below *= UInt128(alphabet) }
    return (0..<alphabet).map {
      CandidateBranch(symbol: $0, candidates: below, isEnd: path.count + 1 == length)
    }
  }

  func row(after path: [Int], topK: Int?) -> NextSymbolRow {
    let row = rows[path.last ?? alphabet]
    let all = Dictionary(uniqueKeysWithValues: row.enumerated().map { ($0.offset, $0.element) })
    guard let topK else { return NextSymbolRow(all: all) }
    let order = row.indices.sorted { row[$0] != row[$1] ? row[$0] > row[$1] : $0 < $1 }
    let kept = Set(order.prefix(topK))
    return NextSymbolRow(top: all.filter { kept.contains($0.key) })
  }

  func logProbability(_ path: [Int]) -> Double {
    var sum = 0.0
    for (index, symbol) in path.enumerated() {
      sum += rows[index == 0 ? alphabet : path[index - 1]][symbol]
    }
    return sum
  }

  /// Every candidate.
  var all: [[Int]] {
    (0..<length).reduce([[]]) { paths, _ in
      paths.flatMap { path in (0..<alphabet).map { path + [$0] } }
    }
  }

  /// A search run to its end.
  func search(
    _ canary: [Int], topK: Int?, tieEpsilon: Double, certificate: RankCertificate,
    budget: Int = .max, batch: Int = 7
  ) throws -> RankBounds {
    var search = try RankSearch(
      trie: self, canary: canary, logProbability: logProbability(canary), tieEpsilon: tieEpsilon,
      budget: budget, certificate: certificate, rowError: 1e-9)
    while !search.isFinished {
      for path in search.nextBatch(limit: batch) {
        try search.receive(row(after: path, topK: topK), after: path)
      }
    }
    return search.bounds
  }

  /// A random chain with normalised rows; `sharpness` 0 is uniform.
  static func random(
    alphabet: Int, length: Int, sharpness: Double, using generator: inout ChaCha8Rand
  ) -> MarkovChain {
    let rows = (0...alphabet).map { _ in
      let weights = (0...alphabet).map { _ in sharpness * log(1 - generator.unitInterval()) }
      let total = log(weights.reduce(0) { $0 + exp($1) })
      return weights.map { $0 - total }
    }
    return MarkovChain(rows: rows, alphabet: alphabet, length: length)
  }
}
