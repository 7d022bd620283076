// SPDX-License-Identifier: Apache-2.0

import Glibc

/// How far each token of a text stands from the mean of its own distribution.
struct StandardisedTokens {
  /// By token, in standard deviations.
  private(set) var z: [Double] = []
  /// Σ of the probabilities that were not seen, and the largest of them.
  private(set) var residuals = 0.0
  private(set) var largestResidual = 0.0

  /// - Parameters:
  ///   - values: the tokens' log-probabilities, in nats.
  ///   - rows: one a token, the log-probabilities of its distribution; as many as values.
  ///   - vocabularySize: of rows that list equally many of the most likely tokens; `nil` where each
  ///     row is whole.
  /// - Throws: `empty_input`, and as ``NextTokenMoments/init(top:vocabularySize:)``.
  init(_ values: [Double], rows: [[Double]], vocabularySize: Int? = nil)
    throws(StatisticsError)
  {
    guard let first = rows.first else { throw .empty }
    let unseen = vocabularySize.map { $0 - first.count } ?? 0
    let logUnseen = log(Double(unseen))
    let longest = vocabularySize == nil ? rows.reduce(0) { max($0, $1.count) } : first.count
    // A row's moments wait for a logarithm and a root. Those of some rows wait together, in memory
    // that stays close to the processor.
    let batch = max(1, min(rows.count, 640 / max(1, longest)))
    let memory = LogProbabilityRow.Memory(rows: batch, values: longest)
    defer { memory.deallocate() }
    var filled: [LogProbabilityRow] = []
    filled.reserveCapacity(batch)
    z.reserveCapacity(rows.count)
    for start in stride(from: 0, to: rows.count, by: batch) {
      filled.removeAll(keepingCapacity: true)
      for place in start..<min(start + batch, rows.count) {
        if vocabularySize != nil { try Defined.sameCount(rows[place].count, first.count) }
        filled.append(try LogProbabilityRow(rows[place], in: memory[place - start]))
      }
      for (place, row) in filled.enumerated() {
        let moments = try NextTokenMoments(row, unseen: unseen, logUnseen: logUnseen)
        z.append(try moments.z(of: values[start + place]))
        residuals += moments.residual
        largestResidual = max(largestResidual, moments.residual)
      }
    }
  }
}
