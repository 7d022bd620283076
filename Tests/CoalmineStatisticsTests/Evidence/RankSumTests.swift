// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation
import Testing

@Suite struct `Rank sum` {
  /// How many of the choices of one value per list have each sum, from the least on, in whole
  /// numbers.
  static func exact(_ lists: [[Int]]) -> (least: Int, ways: [UInt128]) {
    var ways: [UInt128] = [1]
    var least = 0
    for list in lists {
      let first = list.min() ?? 0
      least += first
      var next = [UInt128](repeating: 0, count: ways.count + (list.max() ?? 0) - first)
      for value in list {
        for (place, count) in ways.enumerated() where count > 0 {
          next[place + value - first] += count
        }
      }
      ways = next
    }
    return (least, ways)
  }

  static func logShare(_ exact: (least: Int, ways: [UInt128]), atMost sum: Int) -> Double {
    let count = exact.ways.prefix(max(0, sum - exact.least + 1)).reduce(0, +)
    return log(Double(count)) - log(Double(exact.ways.reduce(0, +)))
  }

  /// g of each text, from the definition: the number of better ones and half of the ties.
  static func steps(_ scores: [Double]) -> [Int] {
    scores.map { own in
      let better = scores.count { $0 > own }
      let rank = Double(better) + Double(scores.count { $0 == own } + 1) / 2
      return Int((4096 * rank / Double(scores.count)).rounded(.up))
    }
  }

  @Test func `p is the share of all choices of secrets that rank no worse, ties included`() throws {
    var random = EvaluationTrials.generator(110)
    for trial in 0..<300 {
      let sizes = [[1], [2, 5], [4, 4, 4], [3, 7, 2, 6], [5, 5, 9]][trial % 5]
      let scores = sizes.map { size -> [Double] in
        var scores = random.digits(size, below: 4)
        if random.coin() { scores[0] = -.infinity }
        return scores
      }
      let secrets = sizes.map { Int(random.uniform(below: UInt64($0))) }
      let canaries = try zip(scores, secrets).map { try RankedSecret(scores: $0, secret: $1) }
      let lists = scores.map(Self.steps)
      let own = zip(lists, secrets).map { $0[$1] }
      #expect(canaries.map(\.steps) == own && canaries.map(\.texts) == sizes)
      let test = try RankSum(canaries)
      #expect(test.sum == own.reduce(0, +) && test.canaries == sizes.count)
      let expected = Self.logShare(Self.exact(lists), atMost: test.sum)
      #expect(near(test.logPValue, expected, 1e-12), "\(test.logPValue) \(expected)")
      #expect(near(test.mean, lists.reduce(0) { $0 + $1.mean }))
      // The other tail: the same with every value turned.
      let tails = try RankSum.tails(canaries)
      let turned = Self.exact(lists.map { $0.map { -$0 } })
      let greater = Self.logShare(turned, atMost: -test.sum)
      #expect(near(tails.logGreater, greater, 1e-12) && tails.logLess == test.logPValue)
    }
  }

  @Test(arguments: [
    [Int](repeating: 256, count: 15), [Int](repeating: 257, count: 14), [100, 256, 999, 4000],
    [1000, 1000, 1000, 1000, 1000, 1000],
  ])
  func `tails keep ten digits against whole numbers, from the smallest to 1`(sizes: [Int]) throws {
    // Scores without ties, but for one canary with several.
    let lists = sizes.enumerated().map { place, size in
      Self.steps((0..<size).map { Double(place == 1 ? $0 / 3 : $0) })
    }
    let sum = SumOfEquallyLikely(lists.map(EquallyLikely.init))
    let exact = Self.exact(lists)
    var worst = 0.0
    for share in [0, 1e-4, 0.01, 0.05, 0.2, 0.4, 0.5, 0.6, 0.9, 0.999] {
      let target = sum.least + Int(share * Double(sum.largest - sum.least))
      let expected = Self.logShare(exact, atMost: target)
      worst = max(worst, abs(sum.logAtMost(target) - expected))
    }
    print("measured: rank sum, \(sizes.count) canaries, worst relative error of p: \(worst)")
    #expect(worst < 1e-11)
    #expect(sum.logAtMost(sum.least - 1) == -.infinity && sum.logAtMost(sum.largest) == 0)
    #expect(abs(sum.distribution().reduce(0, +) - 1) < 1e-12)
    for level in [1e-14, 0.01, 0.02, 0.3] {
      let critical = sum.critical(level: level)
      #expect(sum.logAtMost(critical) <= log(level))
      #expect(sum.logAtMost(critical + sum.step) > log(level))
    }
  }

  @Test func `the critical sum of hundreds of canaries is that of convolved chances`() {
    let own = [Array(0..<256), Array(0..<101).map { 3 * $0 }].map(EquallyLikely.init)
    let sum = SumOfEquallyLikely(
      Array(repeating: own[0], count: 400) + Array(repeating: own[1], count: 300))
    #expect((sum.largest - sum.least) / sum.step > SumOfEquallyLikely.longestSummed)
    for level in [1e-9, 0.002, 0.02, 0.5] {
      let critical = sum.critical(level: level)
      #expect(sum.logAtMost(critical, inverted: false) <= log(level))
      #expect(sum.logAtMost(critical + sum.step, inverted: false) > log(level))
    }
  }

  @Test func `forty canaries with ties agree with plain sums of positive numbers`() throws {
    var random = EvaluationTrials.generator(124)
    let lists = (0..<40).map { place in
      Self.steps(random.digits(place % 3 == 0 ? 100 : 257, below: 5000))
    }
    var chances = [1.0]
    var least = 0
    for list in lists {
      let first = list.min() ?? 0
      least += first
      var next = [Double](repeating: 0, count: chances.count + (list.max() ?? 0) - first)
      for value in list {
        for (place, chance) in chances.enumerated() {
          next[place + value - first] += chance / Double(list.count)
        }
      }
      chances = next
    }
    let sum = SumOfEquallyLikely(lists.map(EquallyLikely.init))
    #expect(sum.least == least && sum.largest == least + chances.count - 1)
    var worst = 0.0
    for share in [0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7] {
      let place = Int(share * Double(chances.count))
      let expected = log(chances[...place].reduce(0, +))
      worst = max(worst, abs(sum.logAtMost(least + place) - expected))
    }
    print("measured: rank sum, 40 canaries with ties, worst relative error of p: \(worst)")
    #expect(worst < 1e-11)
  }

  @Test(arguments: [4, 10, 33])
  func `the tail by frequencies is that by convolution, with ties and unequal sizes`(most: Int)
    throws
  {
    var random = EvaluationTrials.generator(126)
    var worst = 0.0
    for canaries in [3, 40, 120] {
      let lists = (0..<canaries).map { place in
        Self.steps(random.digits(place % 2 == 0 ? 10 : most, below: place % 3 == 0 ? 5 : 5000))
      }
      let sum = SumOfEquallyLikely(lists.map(EquallyLikely.init))
      for share in [0, 1e-4, 0.01, 0.05, 0.2, 0.4, 0.48, 0.5, 0.52, 0.6, 0.9, 0.999] {
        let target = sum.least + Int(share * Double(sum.largest - sum.least))
        let convolved = sum.logAtMost(target, inverted: false)
        worst = max(worst, abs(sum.logAtMost(target, inverted: true) - convolved))
      }
    }
    print("measured: rank sum by frequencies, worst relative error of p: \(worst)")
    #expect(worst < 1e-11)
  }

  @Test(arguments: [0, 1_000, 500_000, 999_000, 1_000_000, 1_000_500, 1_003_000, 1_999_999])
  func `two million coins are a binomial number`(heads: Int) throws {
    let coins = SumOfEquallyLikely(
      [EquallyLikely](repeating: EquallyLikely([0, 1]), count: 2_000_000))
    let expected = try Binomial.logAtMost(heads, of: 2_000_000, p: 0.5)
    // Both round the logarithm of numbers of a million digits.
    #expect(abs(coins.logAtMost(heads) - expected) < 1e-9 * max(1, abs(expected)))
  }

  @Test(arguments: [10, 257])
  func `fifty thousand canaries take a moment, and critical values hold`(texts: Int) throws {
    var random = EvaluationTrials.generator(127)
    let clock = ContinuousClock()
    let took = try clock.measure {
      let canaries = try (0..<50_000).map { _ in
        try RankedSecret(rank: Int(random.uniform(below: UInt64(texts))) + 1, of: texts)
      }
      let test = try RankSum(canaries)
      // By the normal law of so many, whose error is far below this.
      let expected = log(Normal.sf(test.z ?? 0))
      #expect(abs(test.logPValue - expected) < 0.02)
      let sum = SumOfEquallyLikely(canaries.map(\.null))
      let critical = sum.critical(level: 0.02)
      #expect(sum.logAtMost(critical) <= log(0.02))
      #expect(sum.logAtMost(critical + sum.step) > log(0.02))
    }
    print("measured: rank sums of 50,000 canaries with \(texts) texts: \(took)")
    #expect(took < .seconds(30))
  }

  @Test func `two hundred best ranks have p = 256^-200, and one rank worse 201 times that`() throws
  {
    var canaries = try (0..<200).map { _ in try RankedSecret(rank: 1, of: 256) }
    #expect(near(try RankSum(canaries).logPValue, -200 * log(256), 1e-13))
    #expect(try RankSum(canaries).pValue == 0)
    canaries[7] = try RankedSecret(rank: 2, of: 256)
    #expect(abs(try RankSum(canaries).logPValue - log(201) + 200 * log(256)) < 1e-10)
    #expect(near(try RankSum(canaries).log10PValue, log10(201) - 200 * log10(256), 1e-12))
  }

  @Test func `with one power of two for all it is the sum of plain ranks`() throws {
    var random = EvaluationTrials.generator(111)
    for texts in [2, 32, 256, 4096] {
      let ranks = (0..<20).map { _ in Int(random.uniform(below: UInt64(texts))) + 1 }
      let test = try RankSum(ranks.map { try RankedSecret(rank: $0, of: texts) })
      let plain = try logUniformRankSum(ranks: ranks, sizes: ranks.map { _ in texts })
      #expect(abs(test.logPValue - plain) < 1e-11)
    }
  }

  @Test func `a given rank is that of scores without ties`() throws {
    for texts in [1, 3, 10, 256, 1000, 5000] {
      let scores = (0..<texts).map { -Double($0) }
      for rank in Set([1, (texts + 1) / 2, texts]) {
        #expect(
          try RankedSecret(rank: rank, of: texts) == RankedSecret(scores: scores, secret: rank - 1))
      }
    }
  }

  @Test func `under the null it rejects in at most alpha, whatever ties and sizes`() throws {
    let size = try EvaluationTrials.share("rank sum size at 5 %, 12 canaries", seed: 112) {
      random in
      let canaries = try (0..<12).map { place in
        try RankedSecret(scores: random.digits(4 << (place % 3), below: 9), secret: 2)
      }
      return try RankSum(canaries).pValue <= 0.05
    }
    #expect(try size <= EvaluationTrials.most(0.05))
    #expect(size > 0.02)
  }

  @Test func `hundreds of canaries take less than a second`() throws {
    let clock = ContinuousClock()
    var random = EvaluationTrials.generator(113)
    let cases: [(String, [RankedSecret])] = [
      ("200 of 256 texts", try (0..<200).map { try RankedSecret(rank: 40 + $0 / 3, of: 256) }),
      ("200 of 257 texts", try (0..<200).map { try RankedSecret(rank: 40 + $0 / 3, of: 257) }),
      (
        "200 of 256 texts with ties of their own",
        try (0..<200).map { _ in
          try RankedSecret(scores: random.digits(256, below: 2000), secret: 3)
        }
      ),
    ]
    for (name, canaries) in cases {
      var p = 0.0
      let time = try clock.measure { p = try RankSum(canaries).pValue }
      print("measured: rank sum, \(name): \(time), p = \(p)")
      // Several times what was measured, as other work may share the machine.
      #expect(time < .seconds(5))
    }
  }

  @Test func `hostile input is refused or has a defined answer`() throws {
    #expect(refusal { try RankSum([]) } == "empty_input")
    #expect(refusal { try RankedSecret(scores: [], secret: 0) } == "empty_input")
    #expect(refusal { try RankedSecret(scores: [1, .nan], secret: 0) } == "nan")
    for place in [-1, 2, .max] {
      #expect(refusal { try RankedSecret(scores: [1, 2], secret: place) } == "invalid_parameter")
    }
    for (rank, texts) in [(0, 4), (5, 4), (1, 0), (1, .max), (-1, -1), (.min, 3)] {
      #expect(refusal { try RankedSecret(rank: rank, of: texts) } == "invalid_parameter")
    }
    #expect(refusal { try RankedSecret(missing: .leak, of: 0) } == "invalid_parameter")
    // Nothing could have come out otherwise.
    let tied = try RankSum([RankedSecret(scores: [-.infinity, -.infinity, -.infinity], secret: 1)])
    #expect(tied.pValue == 1 && tied.z == nil && tied.deviation == 0)
    #expect(try RankSum([RankedSecret(rank: 1, of: 1)]).pValue == 1)
    #expect(try RankedSecret(scores: [0, -0.0], secret: 0).steps == 3072)
    #expect(try RankedSecret(scores: [.infinity, 1], secret: 0).steps == 2048)
  }
}

extension [Int] {
  fileprivate var mean: Double { Double(reduce(0, +)) / Double(count) }
}
