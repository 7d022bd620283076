// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineProbing
import Foundation
import Testing

/// What is known of a token that a row lists, and of one that it does not.
@Suite struct `Rows of next tokens` {
  static let one = TokenPrefix([1], text: [])

  static func row(_ values: [Int: Double]) -> NextTokens {
    NextTokens(
      choices: values.sorted { $0.value > $1.value }.map {
        NextTokens.Choice(id: $0.key, bytes: [], logProbability: $0.value)
      })
  }

  @Test func `before any row nothing is known`() {
    let rows = KnownRows(wanted: [Self.one: [2]])
    #expect(rows.known(2, after: Self.one) == nil && rows.bound(after: Self.one) == 0)
  }

  @Test func `only wanted tokens are kept`() {
    var rows = KnownRows(wanted: [Self.one: [2]])
    rows.add(Self.row([2: -1, 3: -2]), after: Self.one, listing: .top(1))
    #expect(rows.known(2, after: Self.one) == -1)
    #expect(rows.known(3, after: Self.one) == nil)
    #expect(rows.known(2, after: TokenPrefix([9], text: [])) == nil)
  }

  @Test func `a token that is not listed is no more likely than the last one that is`() {
    var rows = KnownRows(wanted: [Self.one: [9]])
    rows.add(Self.row([2: log(0.3), 3: log(0.01)]), after: Self.one, listing: .top(1))
    #expect(rows.bound(after: Self.one) == log(0.01))
  }

  @Test func `a token that is not listed is no more likely than what the listed ones leave`() {
    var rows = KnownRows(wanted: [Self.one: [9]])
    rows.add(Self.row([2: log(0.6), 3: log(0.39)]), after: Self.one, listing: .top(1))
    #expect(abs(rows.bound(after: Self.one) - log(0.01 + RankTrail.leastRowError)) < 1e-9)
  }

  @Test func `rows that sum to more than 1 leave their own error and no more`() {
    var rows = KnownRows(wanted: [Self.one: [9]])
    rows.add(Self.row([2: log(0.7), 3: log(0.301)]), after: Self.one, listing: .top(1))
    #expect(rows.bound(after: Self.one) == log(RankTrail.leastRowError))
  }

  @Test func `rows over many tokens are summed less exactly`() {
    let rowError = RankTrail.rowError(vocabulary: 150_000)
    #expect(rowError == 150_000 / 16_777_216.0 && RankTrail.rowError(vocabulary: 8_000) == 5e-4)
    #expect(RankTrail.rowError(vocabulary: nil) == RankTrail.leastRowError)
    // What single precision makes of 150,000 small numbers behind a large one is within it.
    let small = Float(2e-8)
    var sum = Float(1)
    for _ in 1..<150_000 { sum += small }
    let exact = 1 + 149_999 * Double(small)
    #expect(abs(exact / Double(sum) - 1) < rowError && abs(exact / Double(sum) - 1) > 2e-3)
    var rows = KnownRows(wanted: [Self.one: [9]], rowError: rowError)
    rows.add(Self.row([2: log(0.7), 3: log(0.301)]), after: Self.one, listing: .top(1))
    #expect(rows.bound(after: Self.one) == log(rowError))
  }

  @Test func `a longer row of the same prefix narrows, and never widens`() {
    var rows = KnownRows(wanted: [Self.one: [3, 9]])
    rows.add(Self.row([2: log(0.5), 3: log(0.2)]), after: Self.one, listing: .top(1))
    let first = rows.bound(after: Self.one)
    rows.add(
      Self.row([2: log(0.5), 3: log(0.2), 4: log(0.1)]), after: Self.one, listing: .top(1))
    #expect(rows.bound(after: Self.one) == log(0.1) && log(0.1) < first)
    rows.add(Self.row([2: log(0.5)]), after: Self.one, listing: .top(1))
    #expect(rows.bound(after: Self.one) == log(0.1))
    #expect(rows.known(3, after: Self.one) == log(0.2))
  }

  @Test func `a whole row leaves nothing open`() {
    var rows = KnownRows(wanted: [Self.one: [9]])
    rows.add(Self.row([2: 0]), after: Self.one, listing: .all)
    #expect(rows.bound(after: Self.one) == -.infinity)
  }

  /// Against the definition: over every token of a random distribution, cut at every length.
  @Test func `the bound holds for every token that a cut row does not list`() {
    for seed in 0..<50 {
      let all = ScriptedModel.logProbabilities(after: [UInt8(seed), 3, UInt8(seed / 2)])
        .sorted { $0.value > $1.value }
      for length in [1, 2, 5, 20, 60, all.count - 1] {
        var rows = KnownRows(wanted: [Self.one: [999]])
        rows.add(
          Self.row(
            Dictionary(uniqueKeysWithValues: all.prefix(length).map { (Int($0.byte), $0.value) })),
          after: Self.one, listing: .top(length))
        let bound = rows.bound(after: Self.one)
        #expect(all.dropFirst(length).allSatisfy { $0.value <= bound })
        #expect(bound <= all[length - 1].value)
      }
    }
  }

  @Test func `a row that lists fewer than it may lists all there is`() {
    var rows = KnownRows(wanted: [Self.one: [9]])
    rows.add(Self.row([2: -1, 3: -2]), after: Self.one, listing: .top(3))
    #expect(rows.bound(after: Self.one) == -.infinity)
  }

  @Test func `one wanted token alone says nothing of the others`() {
    var rows = KnownRows(wanted: [Self.one: [2, 9]])
    rows.add(Self.row([2: -7]), after: Self.one, listing: .only(2))
    #expect(rows.known(2, after: Self.one) == -7 && rows.bound(after: Self.one) == 0)
  }
}
