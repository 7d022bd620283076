// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation
import Testing

@Suite struct `McNemar test` {
  /// P(Bin(n, ½) = k) by Pascal's triangle.
  static func row(_ n: Int) -> [Double] {
    var row = [1.0]
    for _ in 0..<n {
      row = (0...row.count).map {
        ($0 > 0 ? row[$0 - 1] / 2 : 0) + ($0 < row.count ? row[$0] / 2 : 0)
      }
    }
    return row
  }

  @Test func `exact and mid-p are sums over Pascal's triangle`() throws {
    for b in 0...14 {
      for c in 0...14 {
        let row = Self.row(b + c)
        let below = row[...min(b, c)].reduce(0, +)
        let test = try McNemar(onlyFirst: b, onlySecond: c)
        #expect(near(exp(try test.logExact()), min(1, 2 * below)))
        #expect(near(exp(try test.logMid()), min(1, 2 * below - row[min(b, c)])))
        let distance = Double(b - c)
        let n = Double(max(1, b + c))
        #expect(near(test.chiSquare, distance * distance / n))
        #expect(near(exp(test.logChiSquareP), erfc((distance * distance / n / 2).squareRoot())))
        #expect(test.correctedChiSquare <= test.chiSquare)
        #expect(try test.logMid() <= test.logExact() + 1e-12)
        let swapped = try McNemar(onlyFirst: c, onlySecond: b)
        #expect(try test.logExact() == swapped.logExact() && test.logMid() == swapped.logMid())
      }
    }
  }

  @Test func `as many one way as the other gives a corrected statistic of 0`() throws {
    for count in [0, 1, 7, 1_000_000] {
      let test = try McNemar(onlyFirst: count, onlySecond: count)
      #expect(test.correctedChiSquare == 0 && test.logCorrectedChiSquareP == 0)
      #expect(try test.logExact() == 0 && test.logMid() == 0)
    }
  }

  @Test func `tails keep their logarithm where p underflows`() throws {
    let test = try McNemar(onlyFirst: 3000, onlySecond: 0)
    #expect(near(try test.logExact(), log(2) - 3000 * log(2), 1e-12))
    #expect(near(try test.logMid(), -3000 * log(2), 1e-12))
    #expect(test.logChiSquareP < -1500 && test.logChiSquareP.isFinite)
  }

  @Test func `impossible counts are refused`() throws {
    #expect(refusal { try McNemar(onlyFirst: -1, onlySecond: 2) } == "invalid_parameter")
    #expect(refusal { try McNemar(onlyFirst: 1, onlySecond: .min) } == "invalid_parameter")
    #expect(refusal { try McNemar(onlyFirst: .max, onlySecond: .max) } == "invalid_parameter")
    let largest = try McNemar(onlyFirst: 1 << 52, onlySecond: 0)
    #expect(largest.logChiSquareP.isFinite)
  }

  @Test func `under the null it rejects seldom enough`() throws {
    var mid = 0
    let exact = try EvaluationTrials.share("McNemar exact size, 25 pairs", seed: 41) { random in
      let first = random.hits(25, p: 0.5)
      let test = try McNemar(onlyFirst: first, onlySecond: 25 - first)
      if try test.logMid() <= log(0.05) { mid += 1 }
      return try test.logExact() <= log(0.05)
    }
    print("measured: McNemar mid-p size: \(Double(mid) / Double(EvaluationTrials.closed))")
    #expect(try exact <= EvaluationTrials.most(0.05))
    #expect(try Double(mid) / Double(EvaluationTrials.closed) <= EvaluationTrials.most(0.05))
  }
}
