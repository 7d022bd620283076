// SPDX-License-Identifier: Apache-2.0

import CoalmineSeeding
import CoalmineStatistics
import Testing

@Suite struct InsertionPlanTests {
  private func generator(_ byte: UInt8) -> ChaCha8Rand {
    ChaCha8Rand(seed: [UInt8](repeating: byte, count: 32))
  }

  @Test func `every slot from before the first to after the last record is equally likely`() {
    var generator = generator(1)
    var counts = Array(repeating: 0, count: 21)
    for _ in 0..<500 {
      for entry in InsertionPlan(repetitions: [1, 2, 5, 13], records: 20, using: &generator).entries
      {
        counts[entry.slot] += 1
      }
    }
    #expect(counts.reduce(0, +) == 10_500)
    // Twenty degrees of freedom, upper 0.1 % point 45.31.
    #expect(Naive.chiSquare(counts) < 45.31)
  }

  @Test func `two copies of one canary choose their slots independently`() {
    var generator = generator(2)
    var cells = Array(repeating: 0, count: 9)
    for _ in 0..<9_000 {
      let entries = InsertionPlan(repetitions: [2], records: 2, using: &generator).entries
      // The plan is ordered by slot: one cell of each unordered pair, doubled where they differ.
      cells[entries[0].slot * 3 + entries[1].slot] += 1
    }
    let expected = [1_000.0, 2_000, 2_000, 0, 1_000, 2_000, 0, 0, 1_000]
    var statistic = 0.0
    for (seen, wanted) in zip(cells, expected) where wanted > 0 {
      statistic += (Double(seen) - wanted) * (Double(seen) - wanted) / wanted
    }
    // Five degrees of freedom, upper 0.1 % point 20.52.
    #expect(statistic < 20.52)
    #expect(cells[3] + cells[6] + cells[7] == 0)
  }

  @Test func `copies are counted from one in the order of the file`() {
    var generator = generator(3)
    let entries = InsertionPlan(repetitions: [4, 0, 7], records: 9, using: &generator).entries
    #expect(entries.map(\.slot) == entries.map(\.slot).sorted())
    #expect(entries.filter { $0.canary == 0 }.map(\.copy) == [1, 2, 3, 4])
    #expect(entries.filter { $0.canary == 1 }.isEmpty)
    #expect(entries.filter { $0.canary == 2 }.map(\.copy) == Array(1...7))
  }

  @Test func `equal values stand apart wherever that is possible`() {
    var generator = generator(4)
    for _ in 0..<5_000 {
      let kinds = 1 + generator.uniform(below: UInt64(4))
      let count = Int(generator.uniform(below: UInt64(9)))
      var values: [Int] = []
      for _ in 0..<count { values.append(Int(generator.uniform(below: kinds))) }
      let result = InsertionPlan.separated(values)
      #expect(result.sorted() == values.sorted())
      let most = Dictionary(grouping: values, by: { $0 }).values.map(\.count).max() ?? 0
      let touching = zip(result, result.dropFirst()).contains { $0 == $1 }
      // More than half of the places, rounded up, cannot be kept apart; anything less can.
      #expect(touching == (most > (count + 1) / 2))
    }
    #expect(InsertionPlan.separated([1, 2, 1, 3]) == [1, 2, 1, 3])
  }

  @Test func `canaries that meet in one slot stand in random order`() {
    var generator = generator(5)
    var orders: [[Int]: Int] = [:]
    for _ in 0..<6_000 {
      let plan = InsertionPlan(repetitions: [1, 1, 1], records: 0, using: &generator)
      orders[plan.entries.map(\.canary), default: 0] += 1
    }
    #expect(orders.count == 6)
    // Five degrees of freedom, upper 0.1 % point 20.52.
    #expect(Naive.chiSquare(Array(orders.values)) < 20.52)
  }
}
