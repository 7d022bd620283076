// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Testing

@Suite struct `Smallest values` {
  @Test func `they are the first of the sorted list, in its order`() {
    var random = seeded(62)
    for trial in 0..<1_000 {
      let size = 1 + Int(random.uniform(below: UInt64(60)))
      // Few distinct values, many, and infinities.
      let values = (0..<size).map { place in
        switch trial % 3 {
        case 0: Double(random.uniform(below: UInt64(4)))
        case 1: random.normalPair().0
        default: place % 4 == 0 ? -Double.infinity : Double(place % 5)
        }
      }
      for count in 0...size {
        #expect(smallest(count, of: values) == Array(values.sorted()[..<count]))
      }
    }
  }

  @Test func `lists that are hard to divide are divided all the same`() {
    // Rising, falling, a valley and the order against the middle of three.
    let size = 20_000
    let rising = (0..<size).map { Double($0) }
    let valley = rising.map { abs($0 - Double(size / 2)) }
    var against = rising
    for place in 1..<size { against.swapAt(place, place / 2) }
    let alike = [Double](repeating: 7, count: size)
    let lists: [[Double]] = [rising, rising.reversed(), valley, alike, against]
    for list in lists {
      let sorted = list.sorted()
      for count in [1, 100, size / 2, size - 1, size] {
        #expect(smallest(count, of: list) == Array(sorted[..<count]))
      }
    }
  }
}
