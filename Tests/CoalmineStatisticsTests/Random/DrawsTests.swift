// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation
import Testing

@Suite struct `Random draws` {
  /// Σ (o − e)²/e.
  private func chiSquare(_ counts: [Int]) -> Double {
    let expected = Double(counts.reduce(0, +)) / Double(counts.count)
    return counts.reduce(0) { $0 + pow(Double($1) - expected, 2) / expected }
  }

  @Test(arguments: [UInt64(1), 2, 3, 6, 7, 10, 255])
  func `A bounded draw stays below its bound and is even`(bound: UInt64) throws {
    var generator = seeded(1)
    var counts = [Int](repeating: 0, count: Int(bound))
    for _ in 0..<20_000 { counts[Int(generator.uniform(below: bound))] += 1 }
    guard bound > 1 else { return }
    let log = try ChiSquare.logSF(chiSquare(counts), degrees: Double(bound - 1))
    #expect(log > Foundation.log(1e-4))
  }

  @Test func `The uneven rest of the smallest words is drawn again`() {
    // 2^64 = 3k + 1: exactly one word must be rejected for the bound 3, the word 0.
    var generator = ScriptedGenerator(numbers: [0, 1])
    #expect(generator.uniform(below: UInt64(3)) == 0)
    #expect(generator.position == 2)
  }

  @Test func `The largest bounds are reached`() {
    var generator = ScriptedGenerator(numbers: [.max])
    #expect(generator.uniform(below: UInt64.max) == UInt64.max - 1)
    // The word that is all ones is beyond the last multiple, and drawn again.
    var other = ScriptedGenerator(numbers: [.max, .max, .max, 0])
    #expect(other.uniform(below: UInt128.max) == UInt128(UInt64.max) << 64)
    var small = seeded(2)
    #expect((0..<100).allSatisfy { _ in small.uniform(below: UInt128(1) << 100 + 1) < 1 << 101 })
  }

  @Test func `A wide bound is even over its halves and thirds`() throws {
    var generator = seeded(3)
    let bound = UInt128(3) << 70
    var counts = [0, 0, 0]
    for _ in 0..<20_000 { counts[Int(generator.uniform(below: bound) >> 70)] += 1 }
    #expect(try ChiSquare.logSF(chiSquare(counts), degrees: 2) > log(1e-4))
  }

  @Test func `Every order of four is as likely as any other`() throws {
    var generator = seeded(4)
    var counts: [[Int]: Int] = [:]
    for _ in 0..<24_000 {
      var list = [0, 1, 2, 3]
      generator.shuffle(&list)
      counts[list, default: 0] += 1
    }
    #expect(counts.count == 24)
    #expect(try ChiSquare.logSF(chiSquare(Array(counts.values)), degrees: 23) > log(1e-4))
  }

  @Test func `A shuffle keeps every element, also of lists of none and one`() {
    var generator = seeded(5)
    for count in [0, 1, 2, 17, 1000] {
      var list = Array(0..<count)
      generator.shuffle(&list)
      #expect(list.sorted() == Array(0..<count))
    }
  }

  @Test func `Every subset of three of six is as likely as any other, and sorted`() throws {
    var generator = seeded(6)
    var counts: [[Int]: Int] = [:]
    for _ in 0..<20_000 { counts[generator.sample(3, below: 6), default: 0] += 1 }
    #expect(counts.count == 20)
    #expect(counts.keys.allSatisfy { $0 == $0.sorted() && Set($0).count == 3 })
    #expect(try ChiSquare.logSF(chiSquare(Array(counts.values)), degrees: 19) > log(1e-4))
  }

  @Test func `Samples of nothing and of everything`() {
    var generator = seeded(7)
    #expect(generator.sample(0, below: 5) == [])
    #expect(generator.sample(0, below: 0) == [])
    #expect(generator.sample(5, below: 5) == [0, 1, 2, 3, 4])
  }

  @Test func `Numbers of the unit interval lie in it, with mean a half`() {
    var generator = seeded(8)
    let values = (0..<20_000).map { _ in generator.unitInterval() }
    #expect(values.allSatisfy { $0 >= 0 && $0 < 1 })
    #expect(abs(values.reduce(0, +) / 20_000 - 0.5) < 0.01)
    var coin = seeded(9)
    #expect(abs((0..<20_000).count { _ in coin.coin() } - 10_000) < 400)
  }

  @Test func `Normal pairs are standard normal and uncorrelated, also at the edge of their draws`()
    throws
  {
    var generator = seeded(10)
    let pairs = (0..<5_000).map { _ in generator.normalPair() }
    let all = pairs.flatMap { [$0.0, $0.1] }
    let test = try KolmogorovSmirnov(all) { x in Normal.cdf(x) }
    #expect(test.pValue > 1e-4)
    #expect(abs(pairs.reduce(0) { $0 + $1.0 * $1.1 } / 5_000) < 0.08)
    var edge = ScriptedGenerator(numbers: [0, .max])
    #expect(edge.normalPair().0.isFinite)
    var other = ScriptedGenerator(numbers: [.max, 0])
    #expect(other.normalPair().0.isFinite)
  }
}
