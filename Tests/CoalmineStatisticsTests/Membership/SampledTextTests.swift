// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Testing

@Suite struct `Sampled text` {
  @Test func `SaMIA equals recalls struck out by hand`() throws {
    var draws = ScoreDraws(171)
    for _ in 0..<200 {
      let target = draws.symbols(3 + draws.below(20), of: 5)
      let samples = (0..<4).map { _ in draws.symbols(draws.below(20), of: 5) }
      let sizes = samples.map { _ in 8 + draws.below(40) }
      for order in 1...2 {
        let recalls = samples.map { sample in
          let count = `ROUGE`.naive(order, target, sample)
          return Double(count.common) / Double(count.reference)
        }
        let plain = try SampledRecall.score(
          target: target, continuations: samples, order: order)
        #expect(scoresAgree(plain, recalls.reduce(0, +) / 4))
        let weighted = try SampledRecall.weightedScore(
          target: target, continuations: samples, compressedSizes: sizes, order: order)
        let products = zip(recalls, sizes).reduce(0) { $0 + $1.0 * Double($1.1) }
        #expect(scoresAgree(weighted, products / 4))
      }
    }
  }

  @Test func `the halves are cut once and make up the whole`() {
    for count in 0...9 {
      let words = Array(0..<count)
      let halves = SampledRecall.halves(of: words)
      #expect(halves.prefix + halves.target == words)
      #expect(halves.prefix.count == count / 2)
    }
  }

  @Test func `a verbatim sample recalls 1, an empty one 0`() throws {
    let target = words(of: "the access code is 4471")
    #expect(try SampledRecall.score(target: target, continuations: [target]) == 1)
    #expect(try SampledRecall.score(target: target, continuations: [target, []]) == 0.5)
  }

  @Test(arguments: ContinuationSimilarity.Measure.allCases)
  func `similarity is 1 for a copy and the mean lies below the maximum`(
    measure: ContinuationSimilarity.Measure
  ) throws {
    var draws = ScoreDraws(172)
    for _ in 0..<100 {
      let target = draws.symbols(1 + draws.below(30), of: 4)
      let samples = (0..<5).map { _ in draws.symbols(draws.below(30), of: 4) }
      let found = try ContinuationSimilarity(target: target, continuations: samples, by: measure)
      #expect(found.mean >= 0 && found.mean <= found.maximum && found.maximum <= 1)
      let single = try samples.map {
        try ContinuationSimilarity(target: target, continuations: [$0], by: measure).mean
      }
      #expect(scoresAgree(found.mean, single.reduce(0, +) / 5))
      #expect(found.maximum == single.max())
      let copied = try ContinuationSimilarity(
        target: target, continuations: samples + [target], by: measure)
      #expect(copied.maximum == 1)
    }
  }

  @Test func `the measures differ as their names say`() throws {
    let target = Array("abcd")
    let sample = [Array("abxxabxx")]
    func mean(_ measure: ContinuationSimilarity.Measure) throws -> Double {
      try ContinuationSimilarity(target: target, continuations: sample, by: measure).mean
    }
    #expect(try mean(.rougeLRecall) == 0.5)
    #expect(scoresAgree(try mean(.rougeLF1), 1.0 / 3))
    #expect(scoresAgree(try mean(.levenshtein), 0.25))
    #expect(scoresAgree(try mean(.indel), 1.0 / 3))
  }

  @Test func `shares of equal answers are counted`() throws {
    var draws = ScoreDraws(173)
    for _ in 0..<200 {
      let answers = draws.symbols(1 + draws.below(30), of: 5)
      let found = try SelfConsistency(answers: answers, target: 2)
      let counts = (0..<5).map { symbol in answers.count { $0 == symbol } }
      #expect(found.modal == counts.max())
      #expect(found.hits == counts[2])
      #expect(found.distinct == counts.count { $0 > 0 })
      #expect(found.targetShare <= found.modalShare && found.modalShare <= 1)
    }
    #expect(try SelfConsistency(answers: ["a"], target: "b").targetShare == 0)
  }

  @Test func `nothing to compare is refused`() {
    #expect(
      refusal { () throws(StatisticsError) in
        try SampledRecall.score(target: [Int](), continuations: [[1]])
      } == "empty_input")
    #expect(
      refusal { () throws(StatisticsError) in
        try SampledRecall.score(target: [1], continuations: [])
      } == "empty_input")
    #expect(
      refusal { () throws(StatisticsError) in
        try SampledRecall.score(target: [1], continuations: [[1]], order: 0)
      } == "invalid_parameter")
    for sizes in [[], [0], [1, 1]] {
      #expect(
        refusal { () throws(StatisticsError) in
          try SampledRecall.weightedScore(
            target: [1], continuations: [[1]], compressedSizes: sizes)
        } == "invalid_parameter")
    }
    #expect(
      refusal { () throws(StatisticsError) in
        try ContinuationSimilarity(target: [1], continuations: [], by: .indel)
      } == "empty_input")
    #expect(
      refusal { () throws(StatisticsError) in
        try SelfConsistency(answers: [Int](), target: 1)
      } == "empty_input")
  }
}
