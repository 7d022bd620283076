// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The log-probabilities of one distribution beside its probabilities, four at a time.
///
/// In memory that the caller owns, so that a text of many rows asks for it once and a row costs
/// neither an allocation nor reference counts.
struct LogProbabilityRow {
  struct Block {
    let chances: SIMD4<Double>
    /// Not below the ``least``, so that a product with 0 is 0.
    let logs: SIMD4<Double>
  }

  /// Room for some rows; it must outlive them and be given back.
  struct Memory {
    private let blocks: UnsafeMutableBufferPointer<Block>
    private let width: Int

    /// - Parameter values: the most that a row has.
    init(rows: Int, values: Int) {
      width = (values + 3) / 4
      blocks = .allocate(capacity: rows * width)
    }

    subscript(row: Int) -> UnsafeMutableBufferPointer<Block> {
      .init(rebasing: blocks[row * width..<(row + 1) * width])
    }

    func deallocate() { blocks.deallocate() }
  }

  /// Σ p.
  let total: Double
  /// Σ p log p, where 0 log 0 is 0.
  let weighted: Double
  private let blocks: UnsafeMutableBufferPointer<Block>

  /// Below this a probability is smaller than any that adds to a sum, and taken as 0.
  private static let least = -708.0

  /// - Throws: as ``lossScore(_:)``.
  @inline(__always)
  init(_ values: [Double], in memory: UnsafeMutableBufferPointer<Block>) throws(StatisticsError) {
    guard !values.isEmpty else { throw .empty }
    blocks = .init(rebasing: memory[..<((values.count + 3) / 4)])
    // Locals, which stay in registers.
    var (sum, weightedSum) = (SIMD4<Double>.zero, SIMD4<Double>.zero)
    var illegal = SIMD4<Double>.zero
    let blocks = blocks
    values.withUnsafeBufferPointer { values in
      for place in blocks.indices {
        let value = Self.four(values, from: 4 * place)
        // Also where one is not a number.
        illegal.replace(with: 1, where: .!(value .<= 1e-6))
        let below = value.replacing(with: 0, where: value .> 0)
        let isNothing = below .< Self.least
        let logs = below.replacing(with: Self.least, where: isNothing)
        let chances = exponential(logs).replacing(with: 0, where: isNothing)
        blocks.initializeElement(at: place, to: Block(chances: chances, logs: logs))
        sum += chances
        weightedSum += chances * logs
      }
    }
    total = sum.sum()
    weighted = weightedSum.sum()
    if illegal.sum() > 0 { for value in values { _ = try Exposure.checked(value) } }
  }

  /// Σ p (log p − center)².
  func spread(around center: Double) -> Double {
    var sum = SIMD4<Double>.zero
    for block in blocks {
      let distances = block.logs - center
      sum += block.chances * distances * distances
    }
    return sum.sum()
  }

  /// Four values, past the end those of probability 0.
  @inline(__always)
  private static func four(_ values: UnsafeBufferPointer<Double>, from start: Int)
    -> SIMD4<Double>
  {
    if start + 4 <= values.count {
      return SIMD4(values[start], values[start + 1], values[start + 2], values[start + 3])
    }
    var four = SIMD4(repeating: -Double.infinity)
    for place in start..<values.count { four[place - start] = values[place] }
    return four
  }
}
