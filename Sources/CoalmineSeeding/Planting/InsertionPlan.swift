// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineStatistics

/// Which copy of which canary goes to which place between the records that stay.
///
/// Slot `s` of `0...records` is the boundary before record `s`, the last one the end of the
/// records. Every copy draws its slot on its own and every slot is equally likely. Copies that meet
/// in one slot stand in random order; where two copies of one canary would then be neighbours, the
/// order is changed as far as the slot's other canaries allow. Slots never change for it.
package struct InsertionPlan: Sendable, Equatable {
  /// A copy and its slot.
  package struct Entry: Sendable, Equatable {
    /// The canary's position in the list that was given.
    package let canary: Int
    /// From 1 on, in the order of the file.
    package let copy: Int
    package let slot: Int
  }

  /// In the order of the file.
  package let entries: [Entry]

  /// - Parameters:
  ///   - repetitions: copies wanted of each canary.
  ///   - records: how many records stay in the corpus.
  package init(repetitions: [Int], records: Int, using generator: inout ChaCha8Rand) {
    var drawn: [(canary: Int, slot: Int)] = []
    for (canary, copies) in repetitions.enumerated() {
      for _ in 0..<max(0, copies) {
        drawn.append((canary, Int(generator.uniform(below: UInt64(records) + 1))))
      }
    }
    self.init(drawn, using: &generator)
  }

  /// - Parameters:
  ///   - repetitions: copies wanted of each canary.
  ///   - slots: for each canary, the slots that its copies can go to; not empty where it has copies.
  package init(repetitions: [Int], slots: [[Int]], using generator: inout ChaCha8Rand) {
    var drawn: [(canary: Int, slot: Int)] = []
    for (canary, copies) in repetitions.enumerated() where !slots[canary].isEmpty {
      for _ in 0..<max(0, copies) {
        let choice = Int(generator.uniform(below: UInt64(slots[canary].count)))
        drawn.append((canary, slots[canary][choice]))
      }
    }
    self.init(drawn, using: &generator)
  }

  private init(_ all: [(canary: Int, slot: Int)], using generator: inout ChaCha8Rand) {
    var drawn = all
    generator.shuffle(&drawn)
    // Ties keep the shuffled order, so a sort that is not stable would not do.
    let inOrder = drawn.enumerated().sorted {
      ($0.element.slot, $0.offset) < ($1.element.slot, $1.offset)
    }.map(\.element)

    var entries: [Entry] = []
    var copies: [Int: Int] = [:]
    var rest = inOrder[...]
    while let slot = rest.first?.slot {
      let here = rest.prefix { $0.slot == slot }
      rest = rest.dropFirst(here.count)
      for canary in Self.separated(here.map(\.canary)) {
        copies[canary, default: 0] += 1
        entries.append(Entry(canary: canary, copy: copies[canary] ?? 1, slot: slot))
      }
    }
    self.entries = entries
  }

  /// The same values with equal ones apart wherever that is possible; unchanged where they are.
  ///
  /// Takes the most frequent value that differs from the one before, the earliest among equals:
  /// this fails only where one value fills more than half of the places.
  package static func separated(_ values: [Int]) -> [Int] {
    guard zip(values, values.dropFirst()).contains(where: { $0 == $1 }) else { return values }
    var left: [Int: Int] = [:]
    var first: [Int] = []
    for value in values {
      if left[value] == nil { first.append(value) }
      left[value, default: 0] += 1
    }
    var result: [Int] = []
    while result.count < values.count {
      let open = first.filter { (left[$0] ?? 0) > 0 }
      let others = open.filter { $0 != result.last }
      var best: Int?
      for value in others.isEmpty ? open : others
      where best.map({ (left[value] ?? 0) > (left[$0] ?? 0) }) ?? true {
        best = value
      }
      guard let best else { break }
      result.append(best)
      left[best, default: 0] -= 1
    }
    return result
  }
}
