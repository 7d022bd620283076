// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Testing

@Suite struct `Counted ranks` {
  /// Every pair compared.
  private func naive(_ score: Double, _ references: [Double], _ width: Double) -> (Int, Int) {
    var (better, tied) = (0, 0)
    for reference in references {
      let isNear = reference == score || abs(reference - score) <= width
      if isNear { tied += 1 } else if reference > score { better += 1 }
    }
    return (better, tied)
  }

  private func expectNaive(_ canaries: [Double], _ references: [Double], _ width: Double) throws {
    let ranks = try ReferenceRanks.ranks(of: canaries, among: references, tieEpsilon: width)
    #expect(ranks.count == canaries.count)
    for (canary, rank) in zip(canaries, ranks) {
      let (better, tied) = naive(canary, references, width)
      #expect(
        rank.better == better && rank.tied == tied && rank.references == references.count,
        "\(canary) ± \(width) of \(references.count)")
      #expect(
        try rank == ReferenceRanks(score: canary, references: references, tieEpsilon: width))
    }
  }

  @Test func `ranks are those of every pair compared, also with ties and infinities`() throws {
    var random = seeded(57)
    let special: [Double] = [
      0, -0.0, 1, -1, .infinity, -.infinity, 1e300, -1e300, .leastNonzeroMagnitude,
      -.leastNonzeroMagnitude, .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
    ]
    for trial in 0..<400 {
      func score() -> Double {
        switch (trial % 4, random.uniform(below: UInt64(8))) {
        case (_, 0): special[Int(random.uniform(below: UInt64(special.count)))]
        case (0, _): random.normalPair().0
        case (1, _): Double(random.uniform(below: UInt64(5))) * 1e-9
        case (2, _): 1e9 + Double(random.uniform(below: UInt64(40))) * 0x1p-23
        default: Double(bitPattern: random.next() & ~(0x7ff << 52) | (random.next() % 2047) << 52)
        }
      }
      let references = (0..<1 + Int(random.uniform(below: UInt64(60)))).map { _ in score() }
      let canaries = (0..<Int(random.uniform(below: UInt64(30)))).map { _ in score() } + references
      for width in [0, 1e-9, 1, 1e300, .infinity] {
        try expectNaive(canaries, references, width)
      }
    }
  }

  @Test func `a limit far from score ± width, where the difference rounds coarsely, is found`()
    throws
  {
    // 1 + 2^-53 rounds to 1: −2^-53 ties with 1 at width 1, and the number before it does not.
    let tie = -0x1p-53
    try expectNaive([1], [tie, tie.nextDown, tie.nextUp, 0, 2, 2.0.nextUp], 1)
    let ranks = try ReferenceRanks.ranks(
      of: [1], among: [tie, tie.nextDown, 0, 2, 2.0.nextUp], tieEpsilon: 1)
    #expect(ranks[0].tied == 3 && ranks[0].better == 1)
  }

  @Test func `neighbours of every limit fall on the right side`() throws {
    var random = seeded(58)
    for width in [0, 1e-9, 1e-3, 0.1, 3] {
      let canaries = (0..<300).map { _ in 10 * random.normalPair().0 }
      let limits = canaries.flatMap { [$0 - width, $0, $0 + width] }
      try expectNaive(
        canaries, limits.flatMap { [$0.nextDown.nextDown, $0.nextDown, $0, $0.nextUp] }, width)
    }
  }

  @Test(arguments: [1, 30, 3_000])
  func `many references give what one canary at a time gives`(count: Int) throws {
    var random = seeded(59)
    let references = (0..<20_000).map { _ in random.normalPair().0 }
    let sorted = try SortedReferences(references)
    for shift in [0, 3, -40, 1e6] {
      // Some far out, and so many alike that cells hold hundreds of limits.
      let canaries = (0..<count).map { place in
        place % 50 == 7 ? 1e12 : place % 3 == 1 ? shift : random.normalPair().0 + shift
      }
      for width in [0, 1e-9, 0.05] {
        let ranks = try ReferenceRanks.ranks(of: canaries, among: references, tieEpsilon: width)
        #expect(try ranks == sorted.ranks(of: canaries, tieEpsilon: width))
      }
    }
  }

  @Test func `nonsense is refused`() throws {
    func code(_ canaries: [Double], _ references: [Double], _ width: Double = 0) -> String? {
      refusal {
        try ReferenceRanks.ranks(of: canaries, among: references, tieEpsilon: width)
      }
    }
    #expect(code([1], []) == "empty_input")
    #expect(code([1], [2, .nan]) == "nan")
    #expect(code([], [.nan]) == "nan")
    #expect(code([1, .nan], [2]) == "nan")
    #expect(code([1], [2], .nan) == "nan")
    #expect(code([1], [2], -1) == "invalid_parameter")
    #expect(code([], [1]) == nil)
  }
}
