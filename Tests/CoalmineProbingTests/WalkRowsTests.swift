// SPDX-License-Identifier: Apache-2.0

import CoalmineCore
import CoalmineEndpoints
import CoalmineProbing
import Foundation
import Testing

/// What is known of a token that a row lists, and of one that it does not.
@Suite struct `Rows of next tokens` {
  static func row(_ values: [Int: Double]) -> NextTokens {
    NextTokens(
      choices: values.sorted { $0.value > $1.value }.map {
        NextTokens.Choice(id: $0.key, bytes: [], logProbability: $0.value)
      })
  }

  @Test func `before any row nothing is known`() {
    let rows = WalkRows(wanted: [[1]: [2]])
    #expect(rows.known(2, after: [1]) == nil && rows.bound(after: [1]) == 0)
  }

  @Test func `only wanted tokens are kept`() {
    var rows = WalkRows(wanted: [[1]: [2]])
    rows.add(Self.row([2: -1, 3: -2]), after: [1], isWhole: false)
    #expect(rows.known(2, after: [1]) == -1)
    #expect(rows.known(3, after: [1]) == nil)
    #expect(rows.known(2, after: [9]) == nil)
  }

  @Test func `a token that is not listed is no more likely than the last one that is`() {
    var rows = WalkRows(wanted: [[1]: [9]])
    rows.add(Self.row([2: log(0.3), 3: log(0.01)]), after: [1], isWhole: false)
    #expect(rows.bound(after: [1]) == log(0.01))
  }

  @Test func `a token that is not listed is no more likely than what the listed ones leave`() {
    var rows = WalkRows(wanted: [[1]: [9]])
    rows.add(Self.row([2: log(0.6), 3: log(0.39)]), after: [1], isWhole: false)
    #expect(abs(rows.bound(after: [1]) - log(0.01 + RankTrail.rowError)) < 1e-9)
  }

  @Test func `rows that sum to more than 1 leave their own error and no more`() {
    var rows = WalkRows(wanted: [[1]: [9]])
    rows.add(Self.row([2: log(0.7), 3: log(0.301)]), after: [1], isWhole: false)
    #expect(rows.bound(after: [1]) == log(RankTrail.rowError))
  }

  @Test func `a longer row of the same prefix narrows, and never widens`() {
    var rows = WalkRows(wanted: [[1]: [3, 9]])
    rows.add(Self.row([2: log(0.5), 3: log(0.2)]), after: [1], isWhole: false)
    let first = rows.bound(after: [1])
    rows.add(
      Self.row([2: log(0.5), 3: log(0.2), 4: log(0.1)]), after: [1], isWhole: false)
    #expect(rows.bound(after: [1]) == log(0.1) && log(0.1) < first)
    rows.add(Self.row([2: log(0.5)]), after: [1], isWhole: false)
    #expect(rows.bound(after: [1]) == log(0.1))
    #expect(rows.known(3, after: [1]) == log(0.2))
  }

  @Test func `a whole row leaves nothing open`() {
    var rows = WalkRows(wanted: [[1]: [9]])
    rows.add(Self.row([2: 0]), after: [1], isWhole: true)
    #expect(rows.bound(after: [1]) == -.infinity)
  }

  /// Against the definition: over every token of a random distribution, cut at every length.
  @Test func `the bound holds for every token that a cut row does not list`() {
    for seed in 0..<50 {
      let all = ScriptedModel.logProbabilities(after: [UInt8(seed), 3, UInt8(seed / 2)])
        .sorted { $0.value > $1.value }
      for length in [1, 2, 5, 20, 60, all.count - 1] {
        var rows = WalkRows(wanted: [[1]: [999]])
        rows.add(
          Self.row(
            Dictionary(uniqueKeysWithValues: all.prefix(length).map { (Int($0.byte), $0.value) })),
          after: [1], isWhole: false)
        let bound = rows.bound(after: [1])
        #expect(all.dropFirst(length).allSatisfy { $0.value <= bound })
        #expect(bound <= all[length - 1].value)
      }
    }
  }
}
