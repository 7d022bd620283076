// SPDX-License-Identifier: Apache-2.0

/// The values in rising order, none of them NaN; −0 comes before 0.
///
/// Small lists by comparison, large ones by their bits, which order as the numbers do once negative
/// ones are inverted and the sign of the others is set.
///
/// - Complexity: O(n) for large lists, memory for two more of them.
func ascending(_ values: [Double]) -> [Double] {
  guard values.count >= 2_000 else { return values.sorted() }
  var keys = values.map(orderedBits)
  var other = [UInt64](repeating: 0, count: keys.count)
  radixSort(&keys, &other) { $0 }
  return keys.map(number)
}

/// The places of the values in rising order of their values, equal ones as they come.
func ascendingOrder(_ values: [Double]) -> [Int] {
  guard values.count >= 2_000, values.count <= 1 << 32 else {
    return values.indices.sorted { values[$0] < values[$1] }
  }
  // −0 and 0 are equal and keep their order.
  var items = values.indices.map { Keyed(key: orderedBits(values[$0] + 0), place: UInt32($0)) }
  var other = items
  radixSort(&items, &other) { $0.key }
  return items.map { Int($0.place) }
}

private struct Keyed {
  let key: UInt64
  let place: UInt32
}

/// A key that orders as the numbers do, with −0 before 0.
func orderedBits(_ value: Double) -> UInt64 {
  let bits = value.bitPattern
  return bits >> 63 == 1 ? ~bits : bits | 1 << 63
}

/// The number of a key.
func number(_ key: UInt64) -> Double {
  Double(bitPattern: key >> 63 == 1 ? key & ~(1 << 63) : ~key)
}

/// A stable sort by key: counting sorts by 11 bits at a time.
///
/// The upper half of the bits puts nearly all in order and insertion the rest; where many keys
/// share that half, all bits are counted.
@inline(__always)
private func radixSort<Item>(
  _ items: inout [Item], _ other: inout [Item], _ key: (Item) -> UInt64
) {
  countingPasses(3..<6, &items, &other, key)
  if !isInserted(&items, budget: 4 * items.count, key) {
    countingPasses(0..<6, &items, &other, key)
  }
}

/// Insertion sort, given up where it has moved more than `budget` items.
@inline(__always)
private func isInserted<Item>(
  _ items: inout [Item], budget: Int, _ key: (Item) -> UInt64
) -> Bool {
  var left = budget
  return items.withUnsafeMutableBufferPointer { items in
    for place in 1..<items.count {
      let item = items[place]
      var hole = place
      while hole > 0, key(items[hole - 1]) > key(item) {
        items[hole] = items[hole - 1]
        hole -= 1
        left -= 1
      }
      items[hole] = item
      if left < 0 { return false }
    }
    return true
  }
}

@inline(__always)
private func countingPasses<Item>(
  _ passes: Range<Int>, _ items: inout [Item], _ other: inout [Item], _ key: (Item) -> UInt64
) {
  var counts = [Int](repeating: 0, count: 6 << 11)
  for item in items {
    let bits = key(item)
    for pass in passes { counts[pass << 11 | Int(bits >> UInt64(11 * pass) & 2047)] += 1 }
  }
  for pass in passes {
    let shift = UInt64(11 * pass)
    var next = 0
    var isTrivial = false
    for digit in 0..<2048 {
      let here = counts[pass << 11 | digit]
      if here == items.count { isTrivial = true }
      counts[pass << 11 | digit] = next
      next += here
    }
    // All alike in these bits.
    if isTrivial { continue }
    items.withUnsafeBufferPointer { from in
      other.withUnsafeMutableBufferPointer { to in
        counts.withUnsafeMutableBufferPointer { counts in
          for item in from {
            let slot = pass << 11 | Int(key(item) >> shift & 2047)
            to[counts[slot]] = item
            counts[slot] += 1
          }
        }
      }
    }
    swap(&items, &other)
  }
}
