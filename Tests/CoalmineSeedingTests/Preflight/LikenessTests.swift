// SPDX-License-Identifier: Apache-2.0

import CoalmineSeeding
import CoalmineTesting
import Testing

@Suite struct `How canaries stand out` {
  @Test func `the share is twice the tail on the side of the median canary, itself included`()
    throws
  {
    let records = (1...10).map(Double.init)
    let low = try #require(Likeness(.length, [1, 2, 3], records))
    #expect(low.canaryMedian == 2 && low.recordMedian == 5.5)
    #expect(low.asUnusual == 0.4)
    let middle = try #require(Likeness(.length, [5, 6], records))
    #expect(middle.asUnusual == 1)
    let outside = try #require(Likeness(.length, [11], records))
    #expect(outside.asUnusual == 0 && outside.distance == 1)
    let equal = try #require(Likeness(.digits, [0, 0], [0, 0, 0]))
    #expect(equal.asUnusual == 1 && equal.distance == 0)
  }

  @Test func `the distance is the largest gap between the two shares at or below a value`() throws {
    var generator = SplitMix(8)
    for _ in 0..<50 {
      let own = (0..<7).map { _ in Double(Int.random(in: 0..<9, using: &generator)) }
      let records = (0..<23).map { _ in Double(Int.random(in: 0..<12, using: &generator)) }
      var naive = 0.0
      for value in 0..<12 {
        let below = own.count { $0 <= Double(value) }
        let others = records.count { $0 <= Double(value) }
        naive = max(naive, abs(Double(below) / 7 - Double(others) / 23))
      }
      let likeness = try #require(Likeness(.length, own, records))
      #expect(abs(likeness.distance - naive) < 1e-12)
    }
  }

  @Test func `measures are those of the texts`() throws {
    func texts(_ texts: String...) -> [RuleText] { texts.map { RuleText(Array($0.utf8)) } }
    let found = Likeness.all(
      canaries: texts("Code: 12"), records: texts("the end of it", "абв abcd"),
      lengths: [13, 4_000], language: "en")
    let by = Dictionary(uniqueKeysWithValues: found.map { ($0.measure, $0) })
    #expect(by.count == Likeness.Measure.allCases.count)
    #expect(by[.length]?.canaryMedian == 8 && by[.length]?.recordMedian == 2_006.5)
    #expect(by[.digits]?.canaryMedian == 2.0 / 7)
    #expect(by[.punctuation]?.canaryMedian == 1.0 / 7)
    #expect(by[.script]?.canaryMedian == 1)
    // All letters of the first record, four of seven of the second.
    let half = (1 + 4.0 / 7) / 2
    #expect(by[.script]?.recordMedian == half)
    #expect(by[.stopWords]?.recordMedian == 0.375)
    // Without a language there are no stop words.
    #expect(
      Likeness.all(canaries: texts("a"), records: texts("b"), lengths: [1], language: nil)
        .map(\.measure) == [.length, .digits, .punctuation, .script])
  }
}
