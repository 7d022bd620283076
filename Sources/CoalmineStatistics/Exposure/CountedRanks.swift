// SPDX-License-Identifier: Apache-2.0

extension ReferenceRanks {
  /// Ranks of many canaries among the same references, in their order: those found one by one.
  ///
  /// The references are not sorted: they are counted into the intervals between the canaries'
  /// limits. What shared references mean for p-values is said at ``SortedReferences``, which is for
  /// canaries that come one at a time.
  ///
  /// - Parameters:
  ///   - canaries: scores, higher is more leaked; infinities order.
  ///   - references: scores of candidates that were never inserted, in any order.
  ///   - tieEpsilon: in the unit of the scores, at least 0.
  /// - Throws: `empty_input` for no references, `nan`, `invalid_parameter` for a negative tie width
  ///   or more than 2^31 − 1 references.
  /// - Complexity: O(n log n + m) for n canaries that are spread out, O((n + m) log n) for any.
  public static func ranks(
    of canaries: [Double], among references: [Double], tieEpsilon: Double = 1e-9
  ) throws(StatisticsError) -> [ReferenceRanks] {
    guard !references.isEmpty else { throw .empty }
    guard references.count < 1 << 31 else { throw .parameter("there are too many references") }
    try StatisticsError.refuseNaN(canaries)
    if tieEpsilon.isNaN { throw .nan }
    guard tieEpsilon >= 0 else { throw .parameter("a tie width is negative") }
    let order = ascendingOrder(canaries)
    let limits = TieLimits(rising: order.map { canaries[$0] }, width: tieEpsilon)
    let atLeast = try limits.countAtLeast(references)
    let none = ReferenceRanks(better: 0, tied: 0, references: references.count)
    var ranks = [ReferenceRanks](repeating: none, count: canaries.count)
    for (place, canary) in order.enumerated() {
      let better = atLeast[limits.better[place]]
      let tied = atLeast[limits.tied[place]] - better
      ranks[canary] = ReferenceRanks(better: better, tied: tied, references: references.count)
    }
    return ranks
  }
}

/// Where the references begin that tie with each canary, and those that are better.
private struct TieLimits {
  /// All limits, rising.
  private var limits: [Double] = []
  /// By canary, the place of its limits; the end of the list where no number would be better.
  private(set) var tied: [Int] = []
  private(set) var better: [Int] = []

  /// - Parameter scores: rising, so that both kinds of limits rise too.
  init(rising scores: [Double], width: Double) {
    // Both conditions hold from some number on, since a rounded difference rises with the
    // reference. Equal infinities have no difference and tie.
    let first = scores.map { score in
      Self.least(near: score - width) { $0 >= score || score - $0 <= width } ?? score
    }
    let second = scores.compactMap { score in
      Self.least(near: score + width) { $0 > score && $0 - score > width }
    }
    limits.reserveCapacity(2 * scores.count)
    for limit in first {
      while better.count < second.count, second[better.count] < limit { place(second) }
      tied.append(limits.count)
      limits.append(limit)
    }
    while better.count < second.count { place(second) }
    better += [Int](repeating: limits.count, count: scores.count - second.count)
  }

  private mutating func place(_ second: [Double]) {
    limits.append(second[better.count])
    better.append(limits.count - 1)
  }

  /// The least number from which on a condition holds.
  private static func least(near guess: Double, _ holds: (Double) -> Bool) -> Double? {
    if holds(guess) {
      if !holds(guess.nextDown) { return guess }
    } else if holds(guess.nextUp) {
      return guess.nextUp
    }
    // Infinity, or a difference that rounds coarsely, leaves it far from the guess.
    guard holds(.infinity) else { return nil }
    var (low, high) = (orderedBits(-.infinity), orderedBits(.infinity))
    while low < high {
      let middle = low + (high - low) / 2
      if holds(number(middle)) { high = middle } else { low = middle + 1 }
    }
    return number(high)
  }

  /// How many references reach each limit; none reaches the place after the last.
  ///
  ///     cells      |    |  ¦ |    |    | ¦¦ |    |      ¦ a limit
  ///     references  count keep count count keep count
  ///
  /// A cell without a limit is counted as a whole. Only what falls into the others is compared.
  func countAtLeast(_ references: [Double]) throws(StatisticsError) -> [Int] {
    let grid = Grid(limits)
    var cells = [UInt32](repeating: 0, count: grid.count)
    for limit in limits { cells[grid.cell(limit)] = Grid.hasLimit }
    guard let kept = grid.count(references, into: &cells) else { throw .nan }
    // References by how many limits they reach.
    var reaching = [Int](repeating: 0, count: limits.count + 1)
    var place = 0
    for cell in cells.indices {
      if cells[cell] < Grid.hasLimit {
        reaching[place] += Int(cells[cell])
      } else {
        cells[cell] = UInt32(place)
        while place < limits.count, grid.cell(limits[place]) == cell { place += 1 }
      }
    }
    // Comparisons with what is no number fail.
    let padded = limits + [.nan, .nan]
    for reference in kept {
      // Mostly the two limits of one canary, so that two steps without a branch suffice.
      var place = Int(cells[grid.cell(reference)])
      place += padded[place] <= reference ? 1 : 0
      place += padded[place] <= reference ? 1 : 0
      if padded[place] <= reference { place = firstLimit(above: reference, from: place) }
      reaching[place] += 1
    }
    var sum = 0
    for place in reaching.indices.reversed() {
      (reaching[place], sum) = (sum, sum + reaching[place])
    }
    return reaching
  }

  private func firstLimit(above value: Double, from start: Int) -> Int {
    var (low, high) = (start, limits.count)
    while low < high {
      let middle = low + (high - low) / 2
      if limits[middle] > value { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

/// Cells of equal width around most limits, the outer ones without end.
private struct Grid {
  /// Marks a cell with a limit in it; the other bits count.
  static let hasLimit: UInt32 = 1 << 31

  let count: Int
  private let start: Double
  private let cellsPerUnit: Double
  private let last: Double

  init(_ limits: [Double]) {
    // As many as stay close to the processor.
    var size = 256
    while size < 8 * limits.count, size < 1 << 17 { size *= 2 }
    count = size
    last = Double(size - 1)
    // The middle seven eighths and half their width on each side, so that outliers do not widen it.
    let finite = limits.filter(\.isFinite)
    let low = finite.isEmpty ? 0 : finite[finite.count / 16]
    let high = finite.isEmpty ? 0 : finite[finite.count - 1 - finite.count / 16]
    start = low - (high - low) / 2
    let scale = Double(size) / (2 * (high - low))
    cellsPerUnit = start.isFinite && scale.isFinite ? scale : 0
  }

  /// Never falls with the value; 0 for what is no number.
  @inline(__always)
  func cell(_ value: Double) -> Int {
    let raw = (value - start) * cellsPerUnit
    let raised = raw > 0 ? raw : 0
    let place = raised < last ? raised : last
    // Rounds to a whole number in the low bits, in one addition.
    return Int(truncatingIfNeeded: (place + 0x1p52).bitPattern & 0xFFFF_FFFF)
  }

  /// Counts values into their cells and gives those in marked ones; `nil` where one is no number.
  func count(_ values: [Double], into cells: inout [UInt32]) -> [Double]? {
    var isNumber = true
    let kept = [Double](unsafeUninitializedCapacity: values.count) { kept, size in
      // Locals, which no store through a pointer can change.
      var (keptCount, areNumbers) = (0, true)
      values.withUnsafeBufferPointer { values in
        cells.withUnsafeMutableBufferPointer { cells in
          for value in values {
            let cell = cell(value)
            let before = cells[cell]
            cells[cell] = before &+ 1
            // No branch: what is not kept is written over.
            kept[keptCount] = value
            keptCount &+= Int(before >> 31)
            areNumbers = areNumbers && value == value
          }
        }
      }
      (size, isNumber) = (keptCount, areNumbers)
    }
    return isNumber ? kept : nil
  }
}
