// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Testing

@Suite struct `Stratified permutation test` {
  /// The share of all relabellings of all strata whose sum is at least the observed one.
  static func naive(_ scores: [[Double]], _ labels: [[Bool]]) -> (p: Double, count: Int) {
    let values = scores.flatMap { $0 }
    let marks = labels.flatMap { $0 }
    let strata = scores.enumerated().flatMap {
      [Int](repeating: $0.offset, count: $0.element.count)
    }
    func perStratum(_ chosen: (Int) -> Bool) -> [Int] {
      scores.indices.map { stratum in values.indices.count { strata[$0] == stratum && chosen($0) } }
    }
    let wanted = perStratum { marks[$0] }
    let observed = values.indices.reduce(0) { $0 + (marks[$1] ? values[$1] : 0) }
    var (atLeast, count) = (0, 0)
    for mask in 0..<(1 << values.count) where perStratum({ mask >> $0 & 1 == 1 }) == wanted {
      count += 1
      let sum = values.indices.reduce(0) { $0 + (mask >> $1 & 1 == 1 ? values[$1] : 0) }
      if sum >= observed - 1e-9 { atLeast += 1 }
    }
    return (Double(atLeast) / Double(count), count)
  }

  @Test func `small studies are the enumeration of all relabellings`() throws {
    var random = EvaluationTrials.generator(91)
    for trial in 0..<80 {
      let sizes = [[4], [3, 5], [2, 2, 4], [1, 6], [0, 5, 3]][trial % 5]
      let scores = sizes.map { random.digits($0, below: 5).map { $0 / 3 } }
      let labels = sizes.map { size in (0..<size).map { _ in random.coin() } }
      let expected = Self.naive(scores, labels)
      let test = try stratifiedPermutation(
        scores: scores, labels: labels, permutations: 99, using: &random)
      #expect(test.isExact && test.relabellings == expected.count)
      #expect(near(test.pValue, expected.p))
    }
  }

  @Test func `drawn relabellings agree with the enumeration`() throws {
    // 18 choose 9 is above the limit, and few enough for the mask.
    var random = EvaluationTrials.generator(92)
    let scores = [random.normals(18)]
    let labels = [(0..<18).map { $0 % 2 == 0 }]
    let expected = Self.naive(scores, labels)
    let test = try stratifiedPermutation(
      scores: scores, labels: labels, permutations: 20_000, using: &random)
    #expect(!test.isExact && test.relabellings == 20_000)
    #expect(abs(test.pValue - expected.p) < 0.02)
  }

  @Test func `adding a constant to a stratum or scaling all changes no p`() throws {
    var random = EvaluationTrials.generator(93)
    for _ in 0..<50 {
      let scores = [random.digits(5, below: 9), random.digits(6, below: 9)]
      let labels = scores.map { $0.map { _ in random.coin() } }
      func p(_ scores: [[Double]]) throws -> Double {
        try stratifiedPermutation(scores: scores, labels: labels, permutations: 99, using: &random)
          .pValue
      }
      let plain = try p(scores)
      #expect(try p([scores[0].map { $0 + 100 }, scores[1].map { $0 - 7 }]) == plain)
      #expect(try p(scores.map { $0.map { $0 * 1024 } }) == plain)
    }
  }

  @Test func `perfect separation has one chance in all relabellings`() throws {
    var random = EvaluationTrials.generator(94)
    let test = try stratifiedPermutation(
      scores: [[5, 6, 7, 1, 2], [9, 8, 0]],
      labels: [[true, true, true, false, false], [true, true, false]], permutations: 99,
      using: &random)
    #expect(near(test.pValue, 1 / 30.0) && test.statistic == 35)
  }

  @Test func `hostile input is refused or has a defined answer`() throws {
    var random = EvaluationTrials.generator(95)
    func test(_ scores: [[Double]], _ labels: [[Bool]], _ permutations: Int = 99) throws
      -> StratifiedPermutationResult
    {
      try stratifiedPermutation(
        scores: scores, labels: labels, permutations: permutations, using: &random)
    }
    #expect(refusal { try test([], []) } == "empty_input")
    #expect(refusal { try test([[], []], [[], []]) } == "empty_input")
    #expect(refusal { try test([[1]], []) } == "invalid_parameter")
    #expect(refusal { try test([[1]], [[true, false]]) } == "invalid_parameter")
    #expect(refusal { try test([[1]], [[true]], 98) } == "invalid_parameter")
    #expect(refusal { try test([[1, .nan]], [[true, false]]) } == "nan")
    for bad in [Double.infinity, -.infinity, .greatestFiniteMagnitude] {
      #expect(refusal { try test([[bad, bad]], [[true, false]]) } == "invalid_parameter")
    }
    #expect(try test([[1]], [[true]]).pValue == 1)
    #expect(try test([[1, 2, 3]], [[false, false, false]]).pValue == 1)
    #expect(try test([[2, 2, 2, 2]], [[true, false, false, true]]).pValue == 1)
    let many = [Double](repeating: 0.1, count: 400)
    #expect(try test([many], [many.indices.map { $0 < 200 }]).pValue == 1)
  }

  @Test func `under the null it rejects seldom enough`() throws {
    let exact = try EvaluationTrials.share("stratified permutation size, exact", seed: 96) {
      random in
      let scores = [random.normals(6), random.normals(7)]
      let labels = scores.map { $0.map { _ in random.coin() } }
      return try stratifiedPermutation(
        scores: scores, labels: labels, permutations: 99, using: &random
      ).pValue <= 0.05
    }
    #expect(try exact <= EvaluationTrials.most(0.05))
    let drawn = try EvaluationTrials.share("stratified permutation size, drawn", seed: 97) {
      random in
      let scores = [random.normals(20), random.normals(20)]
      let labels = scores.map { $0.map { _ in random.coin() } }
      return try stratifiedPermutation(
        scores: scores, labels: labels, permutations: 199, using: &random
      ).pValue <= 0.05
    }
    #expect(try drawn <= EvaluationTrials.most(0.05))
  }
}

@Suite struct `Sign test` {
  @Test func `it is the sum over Pascal's triangle`() throws {
    for positive in 0...12 {
      for negative in 0...12 {
        let row = `McNemar test`.row(positive + negative)
        #expect(
          near(
            try signTest(positive: positive, negative: negative),
            row[positive...].reduce(0, +)))
      }
    }
  }

  @Test func `no pairs give 1, one more positive never a larger p`() throws {
    #expect(try signTest(positive: 0, negative: 0) == 1)
    for positive in 0..<50 {
      #expect(
        try signTest(positive: positive + 1, negative: 20)
          <= signTest(positive: positive, negative: 20))
    }
  }

  @Test func `impossible counts are refused and huge ones answered`() throws {
    for (positive, negative) in [(-1, 0), (0, -1), (.max, .max), (.min, 1)] {
      #expect(
        refusal { try signTest(positive: positive, negative: negative) } == "invalid_parameter")
    }
    #expect(abs(try signTest(positive: 1 << 40, negative: 1 << 40) - 0.5) < 1e-5)
  }

  @Test func `under the null it rejects seldom enough`() throws {
    let size = try EvaluationTrials.share("sign test size, 30 pairs", seed: 98) { random in
      let positive = random.hits(30, p: 0.5)
      return try signTest(positive: positive, negative: 30 - positive) <= 0.05
    }
    #expect(try size <= EvaluationTrials.most(0.05))
  }
}
