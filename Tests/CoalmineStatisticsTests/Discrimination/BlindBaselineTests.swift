// SPDX-License-Identifier: Apache-2.0

import CoalmineStatistics
import Foundation
import Testing

@Suite struct `Blind baseline` {
  static func record(_ text: String, _ isMember: Bool, _ group: Int) -> BlindBaseline.Record {
    BlindBaseline.Record(text: Array(text.utf8), isMember: isMember, group: group)
  }

  static func digits(_ random: inout ChaCha8Rand, _ count: Int) -> String {
    (0..<count).map { _ in String(random.uniform(below: UInt64(10))) }.joined()
  }

  @Test func `texts that differ by a word are told apart`() throws {
    var random = EvaluationTrials.generator(151)
    let records = (0..<40).map { place in
      Self.record(
        (place % 2 == 0 ? "in 2023 " : "in 2024 ") + Self.digits(&random, 6), place % 2 == 0, place)
    }
    let result = try BlindBaseline(records, using: &random)
    #expect(result.auc > 0.95 && result.pValue == 1 / 201.0 && result.isFlagged)
  }

  @Test func `the log-odds are those of a classifier written out`() throws {
    // Every text its own fold, so that each is judged by all the others.
    let texts = ["ab cd", "ab", "cd e", "é ab", "zz", "cd cd"]
    let labels = [true, true, false, true, false, false]
    /// Without hashing: words and byte sequences, the kinds apart.
    func features(_ text: String) -> [String: Double] {
      let bytes = Array(text.utf8)
      var found: [String: Double] = [:]
      for word in text.split(separator: " ") { found["w\(Array(word.utf8))", default: 0] += 1 }
      for length in 2...4 where bytes.count >= length {
        for start in 0...(bytes.count - length) {
          found["\(Array(bytes[start..<(start + length)]))", default: 0] += 1
        }
      }
      return found
    }
    let counted = texts.map(features)
    let vocabulary = Double(Set(counted.flatMap { $0.keys }).count)
    let odds = texts.indices.map { own -> Double in
      func logChance(_ feature: String, _ label: Bool) -> Double {
        let others = texts.indices.filter { $0 != own && labels[$0] == label }
        let seen = others.reduce(0) { $0 + (counted[$1][feature] ?? 0) }
        let all = others.reduce(0) { $0 + counted[$1].values.reduce(0, +) }
        return log((seen + 0.5) / (all + vocabulary / 2))
      }
      return counted[own].reduce(0) {
        $0 + $1.value * (logChance($1.key, true) - logChance($1.key, false))
      }
    }
    let expected = try AUC(
      members: odds.indices.filter { labels[$0] }.map { odds[$0] },
      nonmembers: odds.indices.filter { !labels[$0] }.map { odds[$0] })
    var random = EvaluationTrials.generator(152)
    let result = try BlindBaseline(
      texts.indices.map { Self.record(texts[$0], labels[$0], $0) }, folds: 6, permutations: 99,
      using: &random)
    #expect(near(result.auc, expected.value))
  }

  @Test func `near-duplicates in one group do not judge each other`() throws {
    // Pairs of twins with one label: across folds the twin gives the label away.
    var random = EvaluationTrials.generator(153)
    var apart: [BlindBaseline.Record] = []
    var together: [BlindBaseline.Record] = []
    for pair in 0..<40 {
      let text = Self.digits(&random, 12)
      let isMember = random.coin()
      for twin in 0..<2 {
        apart.append(Self.record(text, isMember, pair * 2 + twin))
        together.append(Self.record(text, isMember, pair))
      }
    }
    let leaking = try BlindBaseline(apart, using: &random)
    let grouped = try BlindBaseline(together, unit: .group, using: &random)
    #expect(leaking.auc > 0.8 && grouped.auc < 0.75 && grouped.pValue > 0.01)
  }

  @Test func `hostile input is refused or has a defined answer`() throws {
    var random = EvaluationTrials.generator(154)
    func test(
      _ records: [BlindBaseline.Record], _ unit: BlindBaseline.Unit = .record, folds: Int = 5,
      permutations: Int = 99
    ) throws -> BlindBaseline {
      try BlindBaseline(
        records, unit: unit, folds: folds, permutations: permutations, using: &random)
    }
    let one = Self.record("a", true, 0)
    let other = Self.record("b", false, 1)
    #expect(refusal { try test([]) } == "empty_input")
    #expect(refusal { try test([one, one]) } == "empty_input")
    #expect(refusal { try test([one, other], folds: 1) } == "invalid_parameter")
    #expect(refusal { try test([one, other], permutations: 98) } == "invalid_parameter")
    #expect(refusal { try test([one, Self.record("b", false, 0)]) } == "invalid_parameter")
    #expect(
      refusal { try test([one, other, Self.record("c", false, 0)], .group) } == "invalid_parameter")
    let empty = try test([Self.record("", true, 0), Self.record("", false, 1)])
    #expect(empty.auc == 0.5 && empty.pValue == 1 && !empty.isFlagged)
    #expect(try test([one, other]).auc.isFinite)
    let bytes = BlindBaseline.Record(text: [0xFF, 0, 0x80], isMember: true, group: 5)
    #expect(try test([one, other, bytes], folds: .max).auc.isFinite)
  }

  @Test func `random secrets pass, whatever the groups`() throws {
    let size = try EvaluationTrials.share(
      "blind baseline p < 0.01", of: EvaluationTrials.resampled, seed: 155
    ) { random in
      let records = (0..<40).map { place in
        Self.record("code " + Self.digits(&random, 8), random.coin(), place / 2)
      }
      guard Set(records.map(\.isMember)).count == 2 else { return false }
      return try BlindBaseline(records, permutations: 199, using: &random).pValue < 0.01
    }
    #expect(try size <= EvaluationTrials.most(0.01, of: EvaluationTrials.resampled))
  }
}
